// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/enter.h"

#include "common/notice.h"
#include "mod_mycred/help.h"
#include "mod_mycred/identity.h"
#include "mod_mycred/person.h"
#include "mod_mycred/sending.h"

#include <apr_escape.h>
#include <apr_strings.h>
#include <stdio.h>

#define ENTER_LIFE (10 * 60 * MC_SECOND) // from the password to the last step

// A path on this host: one slash, no other, no backslash, no control characters (browsers drop some
// of them).
static bool is_local_path(const char *target)
{
    if (target[0] != '/' || target[1] == '/' || strlen(target) > 1024) {
        return false;
    }
    for (const char *at = target; *at; at++) {
        if ((unsigned char)*at <= ' ' || *at == '\\' || (unsigned char)*at >= 0x7f) {
            return false;
        }
    }
    return true;
}

int enter_first(struct visit *visit, const char *back)
{
    if (visit->is_post) {
        return answer_redirect(visit, "sign-in?again=1");
    }
    if (!back[0]) {
        return answer_redirect(visit, "sign-in");
    }
    const char *target = apr_pstrcat(visit->pool, visit->site->prefix, back, NULL);
    return answer_redirect(visit, apr_pstrcat(visit->pool, "sign-in?to=",
                                              apr_pescape_urlencoded(visit->pool, target), NULL));
}

int enter_target(struct visit *visit, const char *target)
{
    return is_local_path(target) ? answer_redirect_local(visit, target)
                                 : answer_redirect(visit, "");
}

int enter_session(struct visit *visit, const char *method, const char *target)
{
    MC_AUTO_BUFFER struct mc_buffer cookie;
    const char *agent = apr_table_get(visit->r->headers_in, "User-Agent");
    const struct mc_session_about about = {method, mc_span_of(agent ? agent : "-")};
    mc_buffer_init(&cookie, 4096);
    enum mc_result result = mc_session_create(&visit->context, &visit->account, &about, &cookie);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    answer_set_session(visit, apr_pstrdup(visit->pool, mc_buffer_text(&cookie)));
    mc_event_add_text(visit_note(visit, MC_EVENT_SIGNED_IN), "method", method);
    return enter_target(visit, target);
}

// All proofs are given, but the password will not do for another time. The mark of them allows one
// change.
static int renew(struct visit *visit, const char *method, const char *target)
{
    struct flow flow;
    visit->path = "renew";
    enum mc_result result = flow_begin(visit, &flow);
    if (result == MC_OK) {
        result = identity_mark(visit, &flow, method);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    snprintf(flow.user, sizeof flow.user, "%s",
             mc_entry_text(visit->account.entry, visit->site->config->login_attribute));
    bool fits = strlen(method) + strlen(target) + 1 < sizeof flow.value;
    snprintf(flow.value, sizeof flow.value, "%s %s", method, fits ? target : "");
    return flow_continue(visit, &flow);
}

int enter_after_code(struct visit *visit, const struct flow *flow, const char *method)
{
    return flow->must_change ? renew(visit, method, flow->value)
                             : enter_session(visit, method, flow->value);
}

enum mc_result enter_read_person(struct visit *visit, struct flow *ret_flow)
{
    enum mc_result result = flow_read(visit, ret_flow);
    if (result == MC_OK &&
        !mc_time_is_recent(ret_flow->started, ENTER_LIFE, visit->context.now())) {
        result = MC_WRONG;
    }
    if (result == MC_OK) {
        result = visit_read_account(visit, mc_span_of(ret_flow->user));
    }
    struct mc_values changed = mc_entry_values_of(visit->account.entry, "pwdChangedTime");
    mc_time time = 0;
    if (result == MC_OK && changed.count &&
        (mc_time_parse(changed.items[0], &time) != MC_OK || time > ret_flow->started)) {
        result = MC_WRONG;
    }
    return result == MC_OK && visit->rules.locked ? MC_WRONG : result;
}

// The chosen method, or another usable one where the rules demand verification; NONE: the password
// is enough.
static enum mc_method second_step(const struct visit *visit, bool *ret_refused)
{
    const struct mc_rules *rules = &visit->rules;
    enum mc_method chosen = visit->account.chosen;
    *ret_refused = false;
    if (rules->exempt || rules->require == MC_REQUIRE_OFF) {
        return MC_METHOD_NONE;
    }
    if (chosen == MC_METHOD_NONE && rules->require != MC_REQUIRE_ON) {
        return MC_METHOD_NONE; // `enrol` lets people in to choose
    }
    if (chosen && (rules->usable & MC_METHOD_BIT(chosen))) {
        return chosen;
    }
    for (int method = MC_METHOD_TOTP; method < MC_METHOD_COUNT; method++) {
        if (rules->usable & MC_METHOD_BIT(method)) {
            return (enum mc_method)method;
        }
    }
    *ret_refused = !visit->rules.invited;
    return MC_METHOD_NONE;
}

// That nothing more is asked follows from what the entry does not have, so that must be certain.
static int let_in_by_password(struct visit *visit, const char *target, bool must_change)
{
    enum mc_result result = mc_account_check_sight(&visit->context, &visit->account);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    return must_change ? renew(visit, "password", target)
                       : enter_session(visit, "password", target);
}

int enter_after_password(struct visit *visit, const char *target, bool must_change)
{
    bool refused = false;
    MC_AUTO_BUFFER struct mc_buffer token;
    if (mc_notice_waits(&visit->account)) { // a host may have written one
        sending_drain(visit->site->sending, visit->account.dn);
    }
    struct flow flow;
    enum mc_method method = second_step(visit, &refused);
    mc_buffer_init(&token, 4096);
    if (refused) {
        return help_offer(visit);
    }
    if (method == MC_METHOD_NONE) {
        return let_in_by_password(visit, target, must_change);
    }
    visit->path = "verify";
    enum mc_result result = flow_begin(visit, &flow);
    if (result == MC_OK) {
        const char *login =
            mc_entry_text(visit->account.entry, visit->site->config->login_attribute);
        flow.step = FLOW_IDENTITY_CODE;
        flow.channel = method;
        flow.must_change = must_change;
        snprintf(flow.user, sizeof flow.user, "%s", login);
        snprintf(flow.value, sizeof flow.value, "%s",
                 strlen(target) < sizeof flow.value ? target : "");
        result = flow_write(visit, &flow, &token);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    return answer_redirect(visit,
                           apr_pstrcat(visit->pool, "verify?flow=", mc_buffer_text(&token), NULL));
}
