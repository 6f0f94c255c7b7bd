// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/person.h"

#include "common/field.h"
#include "common/recovery.h"
#include "common/warning.h"
#include "mod_mycred/budget.h"
#include "mod_mycred/moment.h"
#include "mod_mycred/sending.h"
#include "mod_mycred/shared.h"

#include <apr_strings.h>

static enum mc_result find_by_contact(struct visit *visit, const char *typed)
{
    const struct mc_config *config = visit->site->config;
    char contact[MC_CONTACT_MAX];
    struct mc_entry *entry = NULL;
    const char *attribute = NULL;
    if (mc_email_parse(mc_span_of(typed), contact) == MC_OK) {
        attribute = config->mail_attribute;
    } else if (mc_mobile_parse(mc_span_of(typed), config->default_country, contact) == MC_OK) {
        attribute = config->mobile_attribute;
    } else {
        return MC_UNKNOWN_USER;
    }
    enum mc_result result =
        mc_directory_find_contact(visit->context.directory, attribute, mc_span_of(contact), &entry);
    if (result != MC_OK) {
        return result;
    }
    char *login = apr_pstrdup(visit->pool, mc_entry_text(entry, config->login_attribute));
    mc_entry_free(entry);
    return login[0] ? visit_read_account(visit, mc_span_of(login)) : MC_UNKNOWN_USER;
}

enum mc_result person_find(struct visit *visit, const char *typed)
{
    if (!typed[0]) {
        return MC_UNKNOWN_USER;
    }
    enum mc_result result = visit_read_account(visit, mc_span_of(typed));
    return result == MC_UNKNOWN_USER ? find_by_contact(visit, typed) : result;
}

static void show_sent(struct visit *visit, const struct person_code *code, int64_t life)
{
    enum mc_method channel = code->channel;
    char hint[4] = "";
    mc_contact_hint(channel,
                    code->address ? code->address : mc_account_address(&visit->account, channel),
                    hint);
    view_flag(visit->pool, visit->view, channel == MC_METHOD_SMS ? "sent_sms" : "sent_email", true);
    view_text(visit->pool, visit->view, "hint", apr_pstrdup(visit->pool, hint));
    view_text(visit->pool, visit->view, "life", moment_duration(visit, life));
}

static enum mc_result issue(struct visit *visit, const struct mc_challenge *challenge)
{
    const struct mc_issue about = {visit->language, mc_span_of(visit->id)};
    MC_AUTO_BUFFER struct mc_buffer job;
    mc_time from = 0;
    mc_buffer_init(&job, 8192);
    enum mc_result result = budget_take(visit, challenge);
    if (result != MC_OK) {
        return result;
    }
    result = mc_challenge_issue(&visit->context, &visit->account, challenge, &about, &job, &from);
    if (result != MC_OK) {
        budget_give_back(visit, challenge);
    }
    if (result == MC_LOST_RACE) {
        return MC_OK; // another page of the same moment has sent one
    }
    if (result == MC_THROTTLED) {
        mc_event_add_text(visit_note(visit, MC_EVENT_SEND_LIMITED), "method",
                          mc_method_word(challenge->channel));
        view_text(visit->pool, visit->view, "throttled", moment_left(visit, from));
    }
    if (result != MC_OK) {
        return result;
    }
    const struct sending_task task = {.id = visit->id,
                                      .job = mc_buffer_span(&job),
                                      .dn = visit->account.dn,
                                      .purpose = challenge->purpose,
                                      .channel = challenge->channel,
                                      .flow = challenge->flow};
    result = sending_add(visit->site->sending, &task);
    if (result != MC_OK) { // nobody was sent it, so nobody may be told so
        budget_give_back(visit, challenge);
        mc_challenge_void(&visit->context, &visit->account, challenge);
        mc_event_add_text(visit_note(visit, MC_EVENT_CODE_NOT_SENT), "cause", "too_many_wait");
    }
    return result;
}

static struct mc_challenge challenge_of(const struct person_code *code)
{
    return (struct mc_challenge){.purpose = code->purpose,
                                 .channel = code->channel,
                                 .flow = code->flow,
                                 .address = code->address};
}

// What became of the code, and when another may be asked for.
void person_show_code(struct visit *visit, const struct person_code *code)
{
    const struct mc_challenge challenge = challenge_of(code);
    struct mc_pending pending = {0};
    mc_time from = 0;
    if (mc_challenge_look(&visit->context, &visit->account, &challenge, &pending) == MC_OK) {
        view_flag(visit->pool, visit->view, "no_code", !pending.is_pending);
    }
    if (pending.is_pending) {
        show_sent(visit, code, (pending.expiry - visit->context.now()) / MC_SECOND);
    }
    if (mc_challenge_next(&visit->context, &visit->account, &challenge, &from) == MC_OK &&
        from > visit->context.now()) {
        moment_show_wait(visit, from);
    }
}

enum mc_result person_send_code(struct visit *visit, const struct person_code *code)
{
    const struct mc_challenge challenge = challenge_of(code);
    struct mc_pending pending = {0};
    enum mc_result result =
        mc_challenge_look(&visit->context, &visit->account, &challenge, &pending);
    if (result == MC_OK && (!pending.is_pending || code->again)) {
        result = issue(visit, &challenge);
    }
    // what was sent before still counts where nothing new may be sent
    return result == MC_THROTTLED && pending.is_pending ? MC_OK : result;
}

void person_error(struct visit *visit, const char *field, const char *text)
{
    struct view *errors = NULL;
    for (const struct view *child = visit->view->first; child; child = child->next) {
        if (child->name && strcmp(child->name, "errors") == 0) {
            errors = (struct view *)child;
        }
    }
    if (!errors) {
        errors = view_list(visit->pool, visit->view, "errors");
    }
    struct view *item = view_item(visit->pool, errors);
    view_text(visit->pool, item, "field", field);
    view_text(visit->pool, item, "text", text);
    view_text(visit->pool, visit->view, apr_pstrcat(visit->pool, "error_", field, NULL), text);
}

static void show_wrong(struct visit *visit, const struct mc_attempt *attempt)
{
    if (attempt->tries_left == 0) {
        person_error(visit, "code", visit_text(visit, "That code is not right."));
        return;
    }
    unsigned left = attempt->tries_left;
    person_error(
        visit, "code",
        apr_psprintf(visit->pool,
                     mc_text_n(visit->language, "That code is not right. You have %u try left.",
                               "That code is not right. You have %u tries left.", left),
                     left));
}

static void show_throttled(struct visit *visit, const struct mc_attempt *attempt)
{
    if (attempt->retry_at == INT64_MAX) {
        person_error(visit, "code",
                     visit_text(visit, "Too many wrong codes. Ask your administrator to unlock "
                                       "login verification."));
        return;
    }
    person_error(visit, "code",
                 apr_psprintf(visit->pool,
                              visit_text(visit, "Too many wrong codes. Try again in %s."),
                              moment_left(visit, attempt->retry_at)));
}

static enum mc_result attempt(struct visit *visit, const struct person_answer *answer,
                              struct mc_span tidy, struct mc_attempt *ret_attempt,
                              const char **ret_method)
{
    if (answer->recovery && mc_recovery_is_code(tidy)) {
        *ret_method = "recovery";
        return mc_attempt_recovery(&visit->context, &visit->account, tidy, ret_attempt);
    }
    *ret_method = mc_method_word(answer->method);
    if (answer->method == MC_METHOD_TOTP) {
        return mc_attempt_totp(&visit->context, &visit->account, tidy, ret_attempt);
    }
    const struct mc_challenge challenge = {.purpose = answer->purpose,
                                           .channel = answer->method,
                                           .flow = answer->flow,
                                           .address = answer->address};
    return mc_attempt_challenge(&visit->context, &visit->account, &challenge, tidy, ret_attempt);
}

static void warn(struct visit *visit, const struct mc_attempt *proof)
{
    enum mc_warning warning = mc_warn_of_failures(&visit->context, &visit->account, proof,
                                                  mc_span_of(visit->r->useragent_ip));
    if (warning == MC_WARNING_DISABLED) {
        (void)visit_note(visit, MC_EVENT_CODES_DISABLED);
    }
    if (warning != MC_WARNING_NONE) {
        sending_drain(visit->site->sending, visit->account.dn);
    }
}

enum mc_result person_check_code(struct visit *visit, const struct person_answer *answer,
                                 const char *typed, const char **ret_method)
{
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    struct mc_attempt proof = {0};
    if (!typed[0]) {
        person_error(visit, "code", visit_text(visit, "Type the code."));
        return MC_WRONG;
    }
    enum mc_result result = mc_field_tidy(mc_span_of(typed), &tidy);
    if (result == MC_MALFORMED) { // counted like any wrong answer
        result = mc_secret_set(&tidy, mc_span_of("-"));
    }
    if (result != MC_OK) {
        return result;
    }
    result = attempt(visit, answer, mc_secret_span(&tidy), &proof, ret_method);
    visit_apply_rules(visit);
    if (result == MC_OK && strcmp(*ret_method, "sms") == 0) {
        shared_note_verified(visit->site);
    }
    if (result == MC_WRONG) {
        mc_event_add_text(visit_note(visit, MC_EVENT_CODE_WRONG), "method", *ret_method);
        warn(visit, &proof);
        show_wrong(visit, &proof);
    } else if (result == MC_THROTTLED) {
        show_throttled(visit, &proof);
    }
    return result;
}

static const char *way_label(struct visit *visit, enum mc_method method)
{
    char hint[4] = "";
    mc_contact_hint(method, mc_account_address(&visit->account, method), hint);
    if (method == MC_METHOD_TOTP) {
        return visit_text(visit, "Authenticator app");
    }
    return method == MC_METHOD_SMS
               ? apr_psprintf(visit->pool, visit_text(visit, "SMS to a number ending in %s"), hint)
               : apr_psprintf(visit->pool,
                              visit_text(visit, "E-mail to an address beginning with %s"), hint);
}

void person_list_ways(struct visit *visit, enum mc_method but)
{
    struct view *ways = view_list(visit->pool, visit->view, "ways");
    for (int i = MC_METHOD_TOTP; i < MC_METHOD_COUNT; i++) {
        enum mc_method method = (enum mc_method)i;
        if (method != but && (visit->rules.usable & MC_METHOD_BIT(method))) {
            struct view *way = view_item(visit->pool, ways);
            view_text(visit->pool, way, "method", mc_method_word(method));
            view_text(visit->pool, way, "label", way_label(visit, method));
        }
    }
}
