// SPDX-License-Identifier: Apache-2.0
#include "common/administer.h"

#include "common/changes.h"
#include "common/field.h"
#include "common/notice.h"

#include <stdio.h>

#define NOTICE_MAX 2048
#define PARAMETER_MAX 256

// The changes of one modify and the texts they point to.
struct plan {
    struct mc_changes changes;
    bool adds; // something that the class mycredAccount allows
    char until[MC_TIME_TEXT];
    char parameter[PARAMETER_MAX]; // of the notice
    struct mc_buffer notice;
};

static void plan_release(struct plan *plan)
{
    mc_buffer_release(&plan->notice);
}

static void clear(struct plan *plan, const char *attribute)
{
    mc_changes_clear(&plan->changes, attribute);
}

static void add(struct plan *plan, const char *attribute, struct mc_span value)
{
    mc_changes_add(&plan->changes, MC_CHANGE_ADD, attribute, value);
    plan->adds = true;
}

static void set(struct plan *plan, const char *attribute, const char *value)
{
    clear(plan, attribute);
    add(plan, attribute, mc_span_of(value));
}

// ---- what each act adds to its table's row

typedef enum mc_result plan_act(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_order *order, struct plan *plan);

static enum mc_result plan_lock(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_order *order, struct plan *plan)
{
    (void)account;
    if (order->until <= context->now()) {
        return MC_MALFORMED;
    }
    mc_time_format(order->until, plan->until);
    set(plan, "mycredLockedUntil", plan->until);
    return MC_OK;
}

static enum mc_result plan_exempt(const struct mc_context *context,
                                  const struct mc_account *account, const struct mc_order *order,
                                  struct plan *plan)
{
    mc_time now = context->now();
    (void)account;
    if (order->until <= now || order->until > now + context->config->exempt_max * MC_SECOND) {
        return MC_MALFORMED;
    }
    mc_time_format(order->until, plan->until);
    snprintf(plan->parameter, sizeof plan->parameter, "%s", plan->until);
    set(plan, "mycredExemptUntil", plan->until);
    return MC_OK;
}

// The one value that begins with the order's number; how many others there are.
static enum mc_result find_numbered(const struct mc_account *account, const char *attribute,
                                    unsigned number, struct mc_span *ret_value, size_t *ret_others)
{
    struct mc_values values = mc_entry_values(account->entry, attribute);
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span rest = values.items[i];
        unsigned found = 0;
        if (mc_field_number(mc_field_next(&rest, ' '), 1, UINT32_MAX, &found) && found == number) {
            *ret_value = values.items[i];
            *ret_others = values.count - 1;
            return MC_OK;
        }
    }
    return MC_NOT_FOUND;
}

static enum mc_result plan_numbered(const struct mc_account *account, const struct mc_order *order,
                                    const char *attribute, struct plan *plan, size_t *ret_others)
{
    struct mc_span value = {NULL, 0};
    *ret_others = 0;
    if (order->number == 0) {
        clear(plan, attribute);
        return MC_OK;
    }
    enum mc_result result = find_numbered(account, attribute, order->number, &value, ret_others);
    if (result == MC_OK) {
        mc_changes_add(&plan->changes, MC_CHANGE_DELETE, attribute, value);
    }
    return result;
}

// The newest step used stays while there is a device it may be of.
static enum mc_result plan_device(const struct mc_context *context,
                                  const struct mc_account *account, const struct mc_order *order,
                                  struct plan *plan)
{
    size_t others = 0;
    (void)context;
    enum mc_result result = plan_numbered(account, order, "mycredTotp", plan, &others);
    if (result == MC_OK && others == 0) {
        clear(plan, "mycredTotpUsed");
        clear(plan, "mycredTotpFailure");
    }
    return result;
}

static enum mc_result plan_api_password(const struct mc_context *context,
                                        const struct mc_account *account,
                                        const struct mc_order *order, struct plan *plan)
{
    size_t others = 0;
    (void)context;
    return plan_numbered(account, order, "mycredApiPassword", plan, &others);
}

static enum mc_result plan_reset(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_order *order, struct plan *plan)
{
    (void)context, (void)order;
    if (strlen(account->email) < sizeof plan->parameter) {
        snprintf(plan->parameter, sizeof plan->parameter, "%s", account->email);
    }
    return MC_OK;
}

static enum mc_result plan_require(const struct mc_context *context,
                                   const struct mc_account *account, const struct mc_order *order,
                                   struct plan *plan)
{
    (void)context, (void)account;
    bool known = order->require >= 0 && order->require <= MC_REQUIRE_OFF;
    if (!known || (order->require == MC_REQUIRE_OFF && !order->with_off)) {
        return MC_MALFORMED;
    }
    const char *word = mc_require_word(order->require);
    snprintf(plan->parameter, sizeof plan->parameter, "%s", order->require ? word : "none");
    if (order->require) {
        set(plan, "mycredRequire", word);
    } else {
        clear(plan, "mycredRequire");
    }
    return MC_OK;
}

static void add_methods(mc_method_set methods, struct mc_buffer *out)
{
    for (int method = MC_METHOD_NONE + 1; method < MC_METHOD_COUNT; method++) {
        if (methods & MC_METHOD_BIT(method)) {
            mc_buffer_format(out, "%s%s", out->size ? "," : "", mc_method_word(method));
        }
    }
    mc_buffer_add_text(out, out->size ? "" : "none");
}

static enum mc_result plan_allow(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_order *order, struct plan *plan)
{
    MC_AUTO_BUFFER struct mc_buffer list;
    (void)context, (void)account;
    if (order->methods & (mc_method_set)~MC_METHODS_ALL) {
        return MC_MALFORMED;
    }
    mc_buffer_init(&list, sizeof plan->parameter - 1);
    add_methods(order->methods, &list);
    snprintf(plan->parameter, sizeof plan->parameter, "%s", mc_buffer_text(&list));
    clear(plan, "mycredMethodAllowed");
    for (int method = MC_METHOD_NONE + 1; method < MC_METHOD_COUNT; method++) {
        if (order->methods & MC_METHOD_BIT(method)) {
            add(plan, "mycredMethodAllowed", mc_span_of(mc_method_word(method)));
        }
    }
    return MC_OK;
}

// ---- the table

#define CLEARS_MAX 14

static const struct act {
    plan_act *plan;
    enum mc_notice_event notice;
    bool answers_help; // who asked for help has got it
    bool not_oneself;  // it makes logins weaker
    bool for_groups;
    const char *clears[CLEARS_MAX];
} acts[MC_ACT_COUNT] = {
    [MC_ACT_UNLOCK] = {.notice = MC_NOTICE_UNLOCKED,
                       .answers_help = true,
                       .not_oneself = true,
                       .clears = {"mycredLockedUntil", "mycredTotpFailure", "mycredCodeFailure",
                                  "mycredRecoveryFailure"}},
    [MC_ACT_LOCK] = {.plan = plan_lock, .notice = MC_NOTICE_LOCKED, .clears = {"mycredSession"}},
    [MC_ACT_EXEMPT] = {.plan = plan_exempt,
                       .notice = MC_NOTICE_EXEMPTED,
                       .answers_help = true,
                       .not_oneself = true},
    [MC_ACT_END_EXEMPTION] = {.notice = MC_NOTICE_EXEMPTION_ENDED, .clears = {"mycredExemptUntil"}},
    [MC_ACT_REMOVE_DEVICE] = {.plan = plan_device,
                              .notice = MC_NOTICE_DEVICE_REMOVED,
                              .answers_help = true,
                              .not_oneself = true},
    [MC_ACT_REMOVE_API_PASSWORD] = {.plan = plan_api_password,
                                    .notice = MC_NOTICE_API_PASSWORD_REMOVED},
    [MC_ACT_REMOVE_RECOVERY] = {.notice = MC_NOTICE_RECOVERY_REMOVED,
                                .clears = {"mycredRecovery", "mycredRecoveryFailure"}},
    [MC_ACT_RESET] = {.plan = plan_reset,
                      .notice = MC_NOTICE_RESET,
                      .answers_help = true,
                      .not_oneself = true,
                      .clears = {"mycredLoginMethod", "mycredTotp", "mycredRecovery",
                                 "mycredApiPassword", "mycredVerified", "mycredTotpUsed",
                                 "mycredTotpFailure", "mycredCodeFailure", "mycredRecoveryFailure",
                                 "mycredChallenge", "mycredSendTime", "mycredSession",
                                 "mycredLastUse", "mycredInviteUntil"}},
    [MC_ACT_SIGN_OUT] = {.notice = MC_NOTICE_SIGNED_OUT, .clears = {"mycredSession"}},
    [MC_ACT_CLOSE_HELP] = {.notice = MC_NOTICE_HELP_CLOSED,
                           .answers_help = true,
                           .not_oneself = true},
    [MC_ACT_REQUIRE] = {.plan = plan_require,
                        .notice = MC_NOTICE_REQUIRE_CHANGED,
                        .not_oneself = true,
                        .for_groups = true},
    [MC_ACT_ALLOW] = {.plan = plan_allow,
                      .notice = MC_NOTICE_ALLOWED_CHANGED,
                      .not_oneself = true,
                      .for_groups = true},
};

static const char *const words[MC_ACT_COUNT] = {"none",
#define MC_ACT_WORD(name, word, meaning) word,
                                                MC_ACTS(MC_ACT_WORD)
#undef MC_ACT_WORD
};

const char *mc_act_word(enum mc_act act)
{
    return words[act > MC_ACT_NONE && act < MC_ACT_COUNT ? act : MC_ACT_NONE];
}

static bool is_oneself(const struct mc_account *account, const struct mc_order *order)
{
    return order->actor_uuid && strcmp(order->actor_uuid, account->uuid) == 0;
}

static enum mc_result add_notice(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_order *order, enum mc_notice_event event,
                                 struct plan *plan)
{
    const struct mc_notice notice = {.event = event,
                                     .when = context->now(),
                                     .source = order->source ? order->source : "-",
                                     .parameter = plan->parameter};
    if (!context->site_keys) {
        return MC_OK;
    }
    enum mc_result result = mc_notice_write(context, account, &notice, &plan->notice);
    if (result == MC_OK) {
        add(plan, "mycredNotice", mc_buffer_span(&plan->notice));
    }
    return result;
}

static enum mc_result make_plan(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_order *order, struct plan *plan)
{
    const struct act *act = &acts[order->act];
    for (size_t i = 0; i < CLEARS_MAX && act->clears[i]; i++) {
        clear(plan, act->clears[i]);
    }
    return act->plan ? act->plan(context, account, order, plan) : MC_OK;
}

static bool is_act(const struct mc_order *order)
{
    return order->act > MC_ACT_NONE && order->act < MC_ACT_COUNT;
}

static enum mc_result write_plan(const struct mc_context *context, const struct mc_account *account,
                                 struct plan *plan)
{
    if (plan->adds) {
        mc_changes_add_class(&plan->changes, account->entry);
    }
    return mc_changes_write(context->directory, account->dn, &plan->changes, NULL);
}

enum mc_result mc_administer(const struct mc_context *context, const struct mc_account *account,
                             const struct mc_order *order, bool *ret_told)
{
    MC_CLEANUP(plan_release) struct plan plan = {0};
    mc_buffer_init(&plan.notice, NOTICE_MAX);
    if (!is_act(order)) {
        return MC_MALFORMED;
    }
    if (acts[order->act].not_oneself && is_oneself(account, order)) {
        return MC_DENIED_PEER;
    }
    enum mc_result result = make_plan(context, account, order, &plan);
    if (result == MC_OK && acts[order->act].answers_help) {
        clear(&plan, "mycredHelpAsked");
    }
    if (result == MC_OK) {
        result = add_notice(context, account, order, acts[order->act].notice, &plan);
    }
    if (result == MC_OK) {
        result = write_plan(context, account, &plan);
    }
    if (result == MC_OK) {
        *ret_told = context->site_keys != NULL;
    }
    return result;
}

enum mc_result mc_administer_group(const struct mc_context *context, const char *group_dn,
                                   const struct mc_order *order)
{
    static const char *const wanted[] = {"objectClass", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    MC_CLEANUP(plan_release) struct plan plan = {0};
    if (!is_act(order) || !acts[order->act].for_groups) {
        return MC_MALFORMED;
    }
    enum mc_result result = make_plan(context, NULL, order, &plan);
    if (result == MC_OK) {
        result = mc_directory_search(context->directory, group_dn, true, "(objectClass=*)", wanted,
                                     &found);
    }
    if (result == MC_OK && found.count == 0) {
        result = MC_NOT_FOUND;
    }
    if (result != MC_OK) {
        return result;
    }
    if (plan.adds && !mc_entry_has(found.items[0], "objectClass", "mycredPolicy")) {
        add(&plan, "objectClass", mc_span_of("mycredPolicy"));
    }
    return mc_changes_write(context->directory, group_dn, &plan.changes, NULL);
}

static void describe_details(const struct mc_order *order, struct mc_buffer *line)
{
    MC_AUTO_BUFFER struct mc_buffer methods;
    char until[MC_TIME_TEXT];
    mc_buffer_init(&methods, PARAMETER_MAX);
    switch (order->act) {
    case MC_ACT_LOCK:
    case MC_ACT_EXEMPT:
        mc_time_format(order->until, until);
        mc_event_add_text(line, "until", until);
        break;
    case MC_ACT_REMOVE_DEVICE:
    case MC_ACT_REMOVE_API_PASSWORD:
        mc_buffer_format(line, order->number ? " number=%u" : " number=all", order->number);
        break;
    case MC_ACT_REQUIRE:
        mc_event_add_text(line, "require",
                          order->require ? mc_require_word(order->require) : "none");
        break;
    case MC_ACT_ALLOW:
        add_methods(order->methods, &methods);
        mc_event_add_text(line, "methods", mc_buffer_text(&methods));
        break;
    default:
        break;
    }
}

const char *mc_administer_refusal(const struct mc_context *context, enum mc_result result)
{
    switch (result) {
    case MC_DENIED_PEER:
        return "self";
    case MC_PASSWORD_REFUSED: // by policy or for want of the right: the directory does not tell
        return mc_result_word(result);
    case MC_UNAVAILABLE:
        return strstr(mc_directory_cause(context->directory), "cause=ldap_rights_missing")
                   ? "rights"
                   : NULL;
    default:
        return NULL;
    }
}

void mc_refusal_describe(const char *act, const char *target, const char *reason,
                         struct mc_buffer *line)
{
    mc_event_add_text(line, "act", act);
    mc_event_add_text(line, "target", target);
    mc_event_add_text(line, "reason", reason);
}

void mc_order_describe(const struct mc_order *order, const char *target, struct mc_buffer *line)
{
    mc_event_add_text(line, "act", mc_act_word(order->act));
    mc_event_add_text(line, "target", target);
    describe_details(order, line);
}
