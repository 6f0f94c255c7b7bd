// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/options.h"

#include <sys/un.h>

#define AUTH MC_PHASE_AUTH
#define PASSWORD MC_PHASE_PASSWORD
#define ALL (MC_PHASE_AUTH | MC_PHASE_ACCOUNT | MC_PHASE_PASSWORD)
#define AT(member) offsetof(struct mc_pam_options, member)
#define PATH_LENGTH 4096
#define SOCKET_LENGTH (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

const struct mc_pam_option mc_pam_options[] = {
    {"api_password", MC_PAM_FLAG, AUTH, AT(api_password), 0, 0},
    {"conf", MC_PAM_PATH, ALL, AT(conf), 1, PATH_LENGTH},
    {"debug", MC_PAM_FLAG, ALL, AT(debug), 0, 0},
    {"decoy", MC_PAM_FLAG, AUTH, AT(decoy), 0, 0},
    {"fallback", MC_PAM_FALLBACK, AUTH | PASSWORD, AT(fallback), 0, 0},
    {"first_factor", MC_PAM_FLAG, AUTH, AT(first_factor), 0, 0},
    {"forward_pass", MC_PAM_FLAG, AUTH, AT(forward_pass), 0, 0},
    {"helper", MC_PAM_PATH, ALL, AT(helper), 1, PATH_LENGTH},
    {"ignore_root", MC_PAM_FLAG, ALL, AT(ignore_root), 0, 0},
    {"ignore_unknown_user", MC_PAM_FLAG, ALL, AT(ignore_unknown_user), 0, 0},
    {"methods", MC_PAM_METHODS, AUTH | PASSWORD, AT(methods), 0, 0},
    {"minimum_uid", MC_PAM_NUMBER, ALL, AT(minimum_uid), 0, UINT32_MAX - 1},
    {"noecho", MC_PAM_FLAG, AUTH | PASSWORD, AT(noecho), 0, 0},
    {"nullok", MC_PAM_FLAG, AUTH, AT(nullok), 0, 0},
    {"prompt", MC_PAM_TEXT, AUTH | PASSWORD, AT(prompt), 1, 256},
    {"retry", MC_PAM_NUMBER, AUTH | PASSWORD, AT(retry), 1, 10},
    {"socket", MC_PAM_PATH, ALL, AT(socket), 1, SOCKET_LENGTH},
    {"try_first_pass", MC_PAM_FLAG, AUTH | PASSWORD, AT(try_first_pass), 0, 0},
    {"use_first_pass", MC_PAM_FLAG, AUTH | PASSWORD, AT(use_first_pass), 0, 0},
};
const size_t mc_pam_option_count = MC_COUNT(mc_pam_options);

static const struct mc_pam_options defaults = {
    .conf = MC_SYSCONFDIR "/mycred/mycred.conf",
    .helper = MC_LIBEXECDIR "/mycred-login",
    .socket = "/run/mycred/login.sock",
    .methods = MC_METHODS_ALL,
    .fallback = WIRE_FALLBACK_ASK,
    .retry = 3,
};

static const struct mc_pam_option *find_option(struct mc_span name)
{
    for (size_t i = 0; i < mc_pam_option_count; i++) {
        if (mc_span_equals(name, mc_pam_options[i].name)) {
            return &mc_pam_options[i];
        }
    }
    return NULL;
}

// NULL when all is well; else what is wrong.
static const char *set_text(const struct mc_pam_option *option, const char *value, void *place)
{
    size_t size = strlen(value);
    if (option->kind == MC_PAM_PATH && value[0] != '/') {
        return "must be an absolute path";
    }
    if (size < option->minimum || size > option->maximum) {
        return size ? "is too long" : "needs a value";
    }
    memcpy(place, &value, sizeof value);
    return NULL;
}

static const char *set_number(const struct mc_pam_option *option, const char *value, void *place)
{
    uint64_t number = 0;
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || value[digits] || digits > 10) {
        return "must be a number";
    }
    for (size_t i = 0; i < digits; i++) {
        number = number * 10 + (uint64_t)(value[i] - '0');
    }
    if (number < option->minimum || number > option->maximum) {
        return "is out of range";
    }
    *(uint32_t *)place = (uint32_t)number;
    return NULL;
}

static const char *set_methods(const char *value, void *place)
{
    mc_method_set methods = 0;
    while (true) {
        size_t size = strcspn(value, ",");
        enum mc_method method = mc_method_parse((struct mc_span){(const uint8_t *)value, size});
        if (method == MC_METHOD_NONE) {
            return "must be words of totp, sms and email, separated by commas";
        }
        methods |= MC_METHOD_BIT(method);
        if (!value[size]) {
            break;
        }
        value += size + 1;
    }
    *(mc_method_set *)place = methods;
    return NULL;
}

static const char *set_fallback(const char *value, void *place)
{
    static const struct {
        const char *word;
        enum wire_fallback fallback;
    } words[] = {
        {"ask", WIRE_FALLBACK_ASK},
        {"auto", WIRE_FALLBACK_AUTO},
        {"none", WIRE_FALLBACK_NONE},
    };
    for (size_t i = 0; i < MC_COUNT(words); i++) {
        if (strcmp(value, words[i].word) == 0) {
            *(enum wire_fallback *)place = words[i].fallback;
            return NULL;
        }
    }
    return "must be ask, auto or none";
}

static const char *set_value(const struct mc_pam_option *option, const char *value,
                             struct mc_pam_options *options)
{
    void *place = (char *)options + option->offset;
    switch (option->kind) {
    case MC_PAM_FLAG: // has none
        break;
    case MC_PAM_PATH:
    case MC_PAM_TEXT:
        return set_text(option, value, place);
    case MC_PAM_NUMBER:
        return set_number(option, value, place);
    case MC_PAM_METHODS:
        return set_methods(value, place);
    case MC_PAM_FALLBACK:
        return set_fallback(value, place);
    }
    return "is unknown";
}

static const char *set_option(enum mc_phase phase, const char *argument,
                              struct mc_pam_options *options)
{
    size_t size = strcspn(argument, "=");
    const char *value = argument[size] ? argument + size + 1 : NULL;
    const struct mc_pam_option *option =
        find_option((struct mc_span){(const uint8_t *)argument, size});
    if (!option) {
        return "is unknown";
    }
    struct mc_pam_options without_effect = defaults;
    struct mc_pam_options *target = option->phases & phase ? options : &without_effect;
    if (option->kind == MC_PAM_FLAG) {
        *(bool *)((char *)target + option->offset) = true;
        return value ? "takes no value" : NULL;
    }
    return value ? set_value(option, value, target) : "needs a value";
}

static const char *check_together(const struct mc_pam_options *options, const char **ret_argument)
{
    *ret_argument = "forward_pass";
    if (options->forward_pass && !options->first_factor) {
        return "needs first_factor"; // or a code would be charged before the password is proved
    }
    *ret_argument = "api_password";
    if (options->api_password && options->first_factor) {
        return "excludes first_factor";
    }
    return NULL;
}

enum mc_result mc_pam_options_parse(enum mc_phase phase, int argc, const char **argv,
                                    struct mc_pam_options *ret_options,
                                    struct mc_pam_option_fault *ret_fault)
{
    struct mc_pam_options options = defaults;
    const char *reason = NULL;
    const char *argument = NULL;
    for (int i = 0; i < argc && !reason; i++) {
        argument = argv[i];
        reason = set_option(phase, argument, &options);
    }
    if (!reason) {
        reason = check_together(&options, &argument);
    }
    if (reason) {
        *ret_fault = (struct mc_pam_option_fault){argument, reason};
        return MC_BAD_CONFIG;
    }
    *ret_options = options;
    return MC_OK;
}
