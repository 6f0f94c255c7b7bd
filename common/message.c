// SPDX-License-Identifier: Apache-2.0
#include "common/message.h"

#include "common/catalogue.h"
#include "common/field.h"

#include <stdlib.h>
#include <strings.h>

#define PLURAL_KEY_MAX 512 // bytes

static unsigned one_form(unsigned long number)
{
    (void)number;
    return 0;
}

static unsigned two_forms(unsigned long number)
{
    return number != 1;
}

// `tag`: the primary subtag, RFC 5646.
static const struct {
    const char *tag;
    const struct mc_catalogue *catalogue;
    unsigned (*plural)(unsigned long number); // as the catalogue's Plural-Forms says
} languages[MC_LANGUAGE_COUNT] = {
    [MC_ENGLISH] = {"en", NULL, two_forms},
    [MC_CHINESE_SIMPLIFIED] = {"zh", &mc_catalogue_zh_CN, one_form},
};

// MC_LANGUAGE_COUNT when we do not speak it.
static enum mc_language find_language(struct mc_span tag)
{
    for (int i = 0; i < MC_LANGUAGE_COUNT; i++) {
        size_t size = strlen(languages[i].tag);
        if (tag.size >= size && strncasecmp((const char *)tag.data, languages[i].tag, size) == 0 &&
            (tag.size == size || tag.data[size] == '-' || tag.data[size] == '_')) {
            return (enum mc_language)i;
        }
    }
    return MC_LANGUAGE_COUNT;
}

bool mc_language_is_known(const char *tag)
{
    return find_language(mc_span_of(tag)) != MC_LANGUAGE_COUNT;
}

static struct mc_span trim(struct mc_span text)
{
    while (text.size && text.data[0] == ' ') {
        text = (struct mc_span){text.data + 1, text.size - 1};
    }
    while (text.size && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    return text;
}

// The weight after ";q=", 1 when there is none.
static double weight(struct mc_span parameters)
{
    struct mc_span text = trim(parameters);
    if (text.size < 3 || text.size > 10 || strncasecmp((const char *)text.data, "q=", 2) != 0) {
        return 1;
    }
    char number[12] = "";
    memcpy(number, text.data + 2, text.size - 2);
    return atof(number);
}

enum mc_language mc_language_choose(const char *preferred, const char *fallback)
{
    enum mc_language best = find_language(mc_span_of(fallback));
    double best_weight = 0;
    struct mc_span rest = mc_span_of(preferred);
    while (rest.size) {
        struct mc_span item = mc_field_next(&rest, ',');
        enum mc_language language = find_language(trim(mc_field_next(&item, ';')));
        double item_weight = weight(item);
        if (language != MC_LANGUAGE_COUNT && item_weight > best_weight) {
            best = language;
            best_weight = item_weight;
        }
    }
    return best == MC_LANGUAGE_COUNT ? MC_ENGLISH : best;
}

static const char *find_form(enum mc_language language, struct mc_span key, unsigned form)
{
    const struct mc_catalogue *catalogue = languages[language].catalogue;
    struct mc_span forms = {NULL, 0};
    if (catalogue) {
        forms = mc_catalogue_find(catalogue, key);
    }
    for (; form && forms.size; form--) {
        (void)mc_field_next(&forms, '\0');
    }
    return forms.size ? (const char *)forms.data : NULL;
}

const char *mc_text(enum mc_language language, const char *english)
{
    const char *translation = find_form(language, mc_span_of(english), 0);
    return translation ? translation : english;
}

const char *mc_text_n(enum mc_language language, const char *one, const char *many,
                      unsigned long number)
{
    unsigned form = languages[language].plural(number);
    size_t one_size = strlen(one), many_size = strlen(many);
    char key[PLURAL_KEY_MAX];
    const char *translation = NULL;
    if (one_size + many_size + 1 < sizeof key) {
        memcpy(key, one, one_size + 1);
        memcpy(key + one_size + 1, many, many_size);
        const struct mc_span key_span = {(const uint8_t *)key, one_size + 1 + many_size};
        translation = find_form(language, key_span, form);
    }
    return translation ? translation : number == 1 ? one : many;
}

void mc_text_duration(enum mc_language language, int64_t seconds, struct mc_buffer *out)
{
    if (seconds < 1) {
        seconds = 1;
    }
    long days = (long)((seconds + 86399) / 86400);
    long hours = (long)((seconds + 3599) / 3600);
    long minutes = (long)((seconds + 59) / 60);
    long whole = (long)seconds;
    if (seconds > 3 * 86400) {
        mc_buffer_format(out, mc_text_n(language, "%ld day", "%ld days", (unsigned long)days),
                         days);
    } else if (seconds > 90 * 60) {
        mc_buffer_format(out, mc_text_n(language, "%ld hour", "%ld hours", (unsigned long)hours),
                         hours);
    } else if (seconds > 90) {
        mc_buffer_format(
            out, mc_text_n(language, "%ld minute", "%ld minutes", (unsigned long)minutes), minutes);
    } else {
        mc_buffer_format(
            out, mc_text_n(language, "%ld second", "%ld seconds", (unsigned long)whole), whole);
    }
}

// "login.example.org" of "https://login.example.org/mycred/".
static struct mc_span host_of(const char *url)
{
    const char *start = strstr(url, "://");
    start = start ? start + 3 : url;
    return (struct mc_span){(const uint8_t *)start, strcspn(start, "/:?#")};
}

// Each format stands where it is used, so that the compiler checks its arguments.
static void add_sentence(const struct mc_config *config, const struct mc_code_message *message,
                         const char *life, struct mc_buffer *text)
{
    enum mc_language language = message->language;
    const char *code = message->code, *service = config->service_name;
    switch (message->use) {
    case MC_CODE_LOGIN:
        mc_buffer_format(text,
                         mc_text(language, "%s is your %s login verification code. It is valid for "
                                           "%s. Do not tell it to anybody."),
                         code, service, life);
        break;
    case MC_CODE_CHANGE:
        mc_buffer_format(text,
                         mc_text(language, "%s is your %s code for changing your credentials. It "
                                           "is valid for %s. Do not tell it to anybody."),
                         code, service, life);
        break;
    case MC_CODE_ADDRESS:
        mc_buffer_format(text,
                         mc_text(language, "%s is your %s code for using this address. It is valid "
                                           "for %s. Do not tell it to anybody."),
                         code, service, life);
        break;
    case MC_CODE_RESET:
        mc_buffer_format(text,
                         mc_text(language, "%s is your %s code for setting a new password. It is "
                                           "valid for %s. Do not tell it to anybody."),
                         code, service, life);
        break;
    }
}

static void add_subject(const struct mc_config *config, const struct mc_code_message *message,
                        struct mc_buffer *subject)
{
    const char *service = config->service_name;
    if (message->use == MC_CODE_LOGIN) {
        mc_buffer_format(subject, mc_text(message->language, "%s login verification code"),
                         service);
    } else if (message->use == MC_CODE_RESET) {
        mc_buffer_format(subject, mc_text(message->language, "%s code for setting a new password"),
                         service);
    } else {
        mc_buffer_format(subject, mc_text(message->language, "%s verification code"), service);
    }
}

static const char *const advice[] = {
    [MC_CODE_LOGIN] = N_("If you are not signing in right now, somebody knows your password: "
                         "change it, and tell your administrator."),
    [MC_CODE_CHANGE] = N_("If you are not changing your credentials right now, somebody is signed "
                          "in as you: change your password, and tell your administrator."),
    [MC_CODE_ADDRESS] = N_("If you did not ask for it, ignore this message."),
    [MC_CODE_RESET] = N_("If you did not ask for it, ignore this message: your password stays as "
                         "it is."),
};

enum mc_result mc_message_code(const struct mc_config *config,
                               const struct mc_code_message *message, struct mc_buffer *subject,
                               struct mc_buffer *text)
{
    enum mc_language language = message->language;
    MC_AUTO_BUFFER struct mc_buffer life;
    mc_buffer_init(&life, 64);
    mc_text_duration(language, message->life, &life);
    add_sentence(config, message, mc_buffer_text(&life), text);
    if (message->channel == MC_METHOD_EMAIL) {
        add_subject(config, message, subject);
        mc_buffer_add_text(text, "\n\n");
        mc_buffer_add_text(text, mc_text(language, advice[message->use]));
        mc_buffer_add_text(text, "\n");
    } else if (config->site_url[0]) {
        // lets browsers fill the code in on that site only (origin-bound one-time codes)
        mc_buffer_add_text(text, "\n@");
        mc_buffer_add_span(text, host_of(config->site_url));
        mc_buffer_format(text, " #%s", message->code);
    }
    enum mc_result result = mc_buffer_result(&life);
    return result == MC_OK ? mc_buffer_result(text) : result;
}

enum mc_result mc_message_invite(const struct mc_config *config,
                                 const struct mc_invite_message *message, struct mc_buffer *subject,
                                 struct mc_buffer *text)
{
    enum mc_language language = message->language;
    const char *service = config->service_name;
    MC_AUTO_BUFFER struct mc_buffer life;
    mc_buffer_init(&life, 64);
    mc_text_duration(language, message->life, &life);
    mc_buffer_format(subject, mc_text(language, "%s: set your credentials"), service);
    mc_buffer_format(text,
                     mc_text(language, "An administrator of %s invites you to use this e-mail "
                                       "address and to set your login password:"),
                     service);
    mc_buffer_format(text, "\n\n%s\n\n", message->link);
    mc_buffer_format(text,
                     mc_text(language, "The link is valid for %s and can be used once. Do not pass "
                                       "it on: who has it can set your password."),
                     mc_buffer_text(&life));
    mc_buffer_add_text(text, "\n\n");
    mc_buffer_add_text(text, mc_text(language, "If you did not expect it, ignore this message."));
    mc_buffer_add_text(text, "\n");
    enum mc_result result = mc_buffer_result(&life);
    return result == MC_OK ? mc_buffer_result(text) : result;
}
