// SPDX-License-Identifier: Apache-2.0
// mycred reset and mycred require.
#include "common/command/act.h"

#include "common/command/terminal.h"
#include "common/field.h"

#include <stdio.h>

// What each option of `reset` asks for, in the order in which it is done.
static const struct {
    enum mc_argument option;
    enum mc_act act;
    const char *done;
} resets[] = {
    {MC_ARGUMENT_DEVICE, MC_ACT_REMOVE_DEVICE, "virtual MFA device removed"},
    {MC_ARGUMENT_API_PASSWORD, MC_ACT_REMOVE_API_PASSWORD, "API password removed"},
    {MC_ARGUMENT_RECOVERY, MC_ACT_REMOVE_RECOVERY, "recovery codes removed"},
    {MC_ARGUMENT_ALL, MC_ACT_RESET, "everything bound is removed, and verification is off"},
    {MC_ARGUMENT_SESSIONS, MC_ACT_SIGN_OUT, "all sessions are ended"},
};

// "3", or "all" for 0.
static bool read_number(const char *option, const char *text, unsigned *ret_number)
{
    *ret_number = 0;
    if (text[0] == '\0' || strcmp(text, "all") == 0 ||
        mc_field_number(mc_span_of(text), 1, UINT32_MAX, ret_number)) {
        return true;
    }
    mc_complain("--%s must be a number, as 'mycred status' shows it, or all, not '%s'.", option,
                text);
    return false;
}

static bool read_orders(const struct mc_arguments *arguments,
                        struct mc_order orders[MC_COUNT(resets)])
{
    bool any = arguments->values[MC_ARGUMENT_PASSWORD] != NULL;
    for (size_t i = 0; i < MC_COUNT(resets); i++) {
        const char *value = arguments->values[resets[i].option];
        orders[i] = (struct mc_order){.act = value ? resets[i].act : MC_ACT_NONE};
        bool is_device = resets[i].option == MC_ARGUMENT_DEVICE;
        if (value &&
            !read_number(is_device ? "device" : "api-password", value, &orders[i].number)) {
            return false;
        }
        any = any || value;
    }
    if (!any) {
        mc_complain("say what: --device N, --api-password N, --recovery, --sessions, --password or "
                    "--all; see 'mycred help reset'.");
    }
    return any;
}

// The password is printed by itself, past stdio's buffers.
static enum mc_exit give_password(struct mc_act_desk *desk)
{
    MC_AUTO_SECRET struct mc_secret password = {0};
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    const struct mc_order order = {.source = desk->host};
    bool told = false;
    if (mc_directory_want_setter(desk->admin.directory, &error) != MC_OK) {
        mc_complain("%s", mc_buffer_text(&error));
        return MC_EXIT_TROUBLE;
    }
    enum mc_result result =
        mc_administer_password(&desk->admin.context, &desk->account, &order, &password, &told);
    mc_act_log_refused(desk, "one-time-password", result);
    if (result != MC_OK) {
        return mc_act_complain(desk, result);
    }
    mc_act_log_word(desk, "one-time-password");
    (void)printf("%s must change this password at the next sign-in; it is shown once:\n",
                 desk->arguments->operand);
    result = mc_terminal_write(mc_secret_span(&password));
    if (result == MC_OK) {
        result = mc_terminal_write(mc_span_of("\n"));
    }
    mc_act_tell(desk, told);
    return result == MC_OK ? MC_EXIT_OK : MC_EXIT_TROUBLE;
}

// Each act is a modify of its own, on the entry as it then is.
static enum mc_exit do_next(struct mc_act_desk *desk, struct mc_order *order, const char *done)
{
    mc_account_release(&desk->account);
    mc_directory_set_deadline(desk->admin.directory, MC_ADMIN_DEADLINE_MS);
    enum mc_exit status = mc_act_find(desk);
    return status == MC_EXIT_OK ? mc_act_do(desk, order, done) : status;
}

enum mc_exit mc_reset_run(const struct mc_arguments *arguments)
{
    MC_CLEANUP(mc_act_release) struct mc_act_desk desk = {0};
    struct mc_order orders[MC_COUNT(resets)];
    if (!read_orders(arguments, orders)) {
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = mc_act_open(arguments, &desk);
    for (size_t i = 0; status == MC_EXIT_OK && i < MC_COUNT(resets); i++) {
        if (orders[i].act != MC_ACT_NONE) {
            status = do_next(&desk, &orders[i], resets[i].done);
        }
    }
    if (status == MC_EXIT_OK && arguments->values[MC_ARGUMENT_PASSWORD]) {
        mc_account_release(&desk.account);
        status = mc_act_find(&desk);
        status = status == MC_EXIT_OK ? give_password(&desk) : status;
    }
    return status;
}

// ---- rules

static bool read_methods(const char *text, mc_method_set *ret_methods)
{
    struct mc_span rest = mc_span_of(text);
    *ret_methods = 0;
    while (rest.size && strcmp(text, "none") != 0) {
        enum mc_method method = mc_method_parse(mc_field_next(&rest, ','));
        if (method == MC_METHOD_NONE) {
            mc_complain("--methods must be a list of totp, sms and email, or none, not '%s'.",
                        text);
            return false;
        }
        *ret_methods |= MC_METHOD_BIT(method);
    }
    return true;
}

static bool read_rules(const struct mc_arguments *arguments, struct mc_order *require,
                       struct mc_order *allow)
{
    const char *word = arguments->second, *methods = arguments->values[MC_ARGUMENT_METHODS];
    if (!word && !methods) {
        mc_complain("say what: optional, enrol, on, off or none, or --methods LIST.");
        return false;
    }
    if (word) {
        bool none = strcmp(word, "none") == 0;
        *require = (struct mc_order){
            .act = MC_ACT_REQUIRE, .require = mc_require_parse(mc_span_of(word)), .with_off = true};
        if (!none && !require->require) {
            mc_complain("the rule must be optional, enrol, on, off or none, not '%s'.", word);
            return false;
        }
    }
    if (methods) {
        *allow = (struct mc_order){.act = MC_ACT_ALLOW};
        return read_methods(methods, &allow->methods);
    }
    return true;
}

static enum mc_exit rule_group(struct mc_act_desk *desk, const struct mc_order *order,
                               const char *done)
{
    const char *group = desk->arguments->operand;
    enum mc_result result = mc_administer_group(&desk->admin.context, group, order);
    mc_act_log_refused(desk, mc_act_word(order->act), result);
    if (result == MC_NOT_FOUND) {
        mc_complain("there is no entry '%s'.", group);
        return MC_EXIT_NO;
    }
    if (result != MC_OK) {
        return mc_act_complain(desk, result);
    }
    mc_act_log(desk, order);
    (void)printf("%s: %s.\n", group, done);
    return MC_EXIT_OK;
}

enum mc_exit mc_require_run(const struct mc_arguments *arguments)
{
    static const char *const done[] = {"requirement changed", "allowed methods changed"};
    MC_CLEANUP(mc_act_release) struct mc_act_desk desk = {0};
    struct mc_order orders[2] = {{.act = MC_ACT_NONE}, {.act = MC_ACT_NONE}};
    if (!read_rules(arguments, &orders[0], &orders[1])) {
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = mc_act_open(arguments, &desk);
    for (size_t i = 0; status == MC_EXIT_OK && i < MC_COUNT(orders); i++) {
        if (orders[i].act == MC_ACT_NONE) {
            continue;
        }
        status = arguments->values[MC_ARGUMENT_GROUP] ? rule_group(&desk, &orders[i], done[i])
                                                      : do_next(&desk, &orders[i], done[i]);
    }
    return status;
}
