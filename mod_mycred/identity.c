// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/identity.h"

#include "mod_mycred/budget.h"
#include "mod_mycred/person.h"

#include <apr_strings.h>

#define MARK_LIFE (5 * 60) // seconds from the proof to the change

static mc_method_set identity_ways(const struct visit *visit)
{
    // before an administrator's acts it is login verification itself
    return strcmp(visit->path, "administration/verify") == 0
               ? visit->rules.usable
               : mc_account_proofs(&visit->context, &visit->account);
}

static enum mc_method only_way(mc_method_set ways)
{
    for (int method = MC_METHOD_TOTP; method < MC_METHOD_COUNT; method++) {
        if (ways == MC_METHOD_BIT(method)) {
            return (enum mc_method)method;
        }
    }
    return MC_METHOD_NONE;
}

static struct mc_challenge mark_of(const struct flow *flow)
{
    // by the flow alone: the way it was proved has no part in what it allows
    return (struct mc_challenge){
        .purpose = "proved", .channel = MC_METHOD_TOTP, .flow = flow->id, .address = ""};
}

// `page_api_password` of "api-password": what the identity is verified for.
static const char *page_flag(const struct visit *visit)
{
    char *flag = apr_pstrcat(visit->pool, "page_", visit->path, NULL);
    for (char *at = flag; *at; at++) {
        *at = *at == '-' ? '_' : *at;
    }
    return flag;
}

int flow_page(struct visit *visit, const struct flow *flow, const char *template_name)
{
    static const char *const steps[] = {
        [FLOW_IDENTITY] = "step_identity",     [FLOW_IDENTITY_CODE] = "step_identity_code",
        [FLOW_SECOND] = "step_second",         [FLOW_VALUE] = "step_value",
        [FLOW_VALUE_CODE] = "step_value_code", [FLOW_DONE] = "step_done"};
    MC_AUTO_BUFFER struct mc_buffer token;
    mc_buffer_init(&token, 4096);
    enum mc_result result = flow_write(visit, flow, &token);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    view_text(visit->pool, visit->view, "flow", mc_buffer_text(&token));
    view_flag(visit->pool, visit->view, steps[flow->step], true);
    view_flag(visit->pool, visit->view, page_flag(visit), true);
    return answer_page(visit, HTTP_OK, template_name);
}

int flow_continue(struct visit *visit, const struct flow *flow)
{
    MC_AUTO_BUFFER struct mc_buffer token;
    mc_buffer_init(&token, 4096);
    enum mc_result result = flow_write(visit, flow, &token);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    return answer_redirect(
        visit, apr_pstrcat(visit->pool, visit->path, "?flow=", mc_buffer_text(&token), NULL));
}

int flow_restart(struct visit *visit)
{
    return answer_redirect(visit, apr_pstrcat(visit->pool, visit->path, "?again=1", NULL));
}

// What was chosen stays chosen; at first the way that is bound and takes least.
static enum mc_method chosen_way(const struct visit *visit, mc_method_set ways)
{
    enum mc_method way = mc_method_parse(mc_span_of(visit_field(visit, "way")));
    static const enum mc_method order[] = {MC_METHOD_EMAIL, MC_METHOD_SMS, MC_METHOD_TOTP};
    for (size_t i = 0; !(ways & MC_METHOD_BIT(way)) && i < MC_COUNT(order); i++) {
        way = order[i];
    }
    return way;
}

static int show_ways(struct visit *visit, const struct flow *flow)
{
    mc_method_set ways = identity_ways(visit);
    enum mc_method way = chosen_way(visit, ways);
    const struct mc_span *again = form_find(&visit->query, "again");
    view_flag(visit->pool, visit->view, "again", again != NULL);
    view_flag(visit->pool, visit->view, "way_email", ways & MC_METHOD_BIT(MC_METHOD_EMAIL));
    view_flag(visit->pool, visit->view, "way_sms", ways & MC_METHOD_BIT(MC_METHOD_SMS));
    view_flag(visit->pool, visit->view, "way_totp", ways & MC_METHOD_BIT(MC_METHOD_TOTP));
    view_flag(visit->pool, visit->view, "way_choice", ways && !only_way(ways));
    view_flag(visit->pool, visit->view, "way_password", ways == 0);
    view_flag(visit->pool, visit->view, "by_email", way == MC_METHOD_EMAIL);
    view_flag(visit->pool, visit->view, "by_sms", way == MC_METHOD_SMS);
    view_flag(visit->pool, visit->view, "by_app", way == MC_METHOD_TOTP);
    return flow_page(visit, flow, "identity");
}

static int show_code(struct visit *visit, const struct flow *flow)
{
    const struct person_code code = {
        .purpose = "identity", .channel = flow->channel, .flow = flow->id};
    if (flow->channel != MC_METHOD_TOTP) {
        person_show_code(visit, &code);
    }
    view_flag(visit->pool, visit->view, "by_app", flow->channel == MC_METHOD_TOTP);
    view_flag(visit->pool, visit->view, "by_code", flow->channel != MC_METHOD_TOTP);
    view_flag(visit->pool, visit->view, "way_choice", !only_way(identity_ways(visit)));
    return flow_page(visit, flow, "identity");
}

static int send_code(struct visit *visit, struct flow *flow)
{
    bool again = flow->step == FLOW_IDENTITY_CODE;
    if (flow->channel != MC_METHOD_TOTP) {
        const struct person_code code = {
            .purpose = "identity", .channel = flow->channel, .flow = flow->id, .again = again};
        enum mc_result result = person_send_code(visit, &code);
        if (result == MC_THROTTLED) {
            return again ? show_code(visit, flow) : show_ways(visit, flow);
        }
        if (result != MC_OK) {
            return answer_failure(visit, result, visit->account.damaged);
        }
    }
    flow->step = FLOW_IDENTITY_CODE;
    return again ? show_code(visit, flow) : flow_continue(visit, flow);
}

// Where a password is proof enough nothing else counts how often it is given: old marks make room.
static enum mc_result write_mark(struct visit *visit, const struct mc_challenge *challenge,
                                 struct mc_span value)
{
    struct mc_changes changes = {0};
    mc_changes_add(&changes, MC_CHANGE_ADD, "mycredChallenge", value);
    mc_changes_add_class(&changes, visit->account.entry);
    mc_challenge_drop_marks(&visit->context, &visit->account, challenge, &changes);
    // another request of this moment may add the class, or spend one of the old ones
    return mc_changes_write_own(visit->context.directory, visit->account.dn, &changes, 1);
}

enum mc_result identity_mark(struct visit *visit, struct flow *flow, const char *method)
{
    const struct mc_challenge challenge = mark_of(flow);
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, 512);
    enum mc_result result =
        mc_challenge_mark(&visit->context, &visit->account, &challenge, MARK_LIFE, &value);
    if (result == MC_OK) {
        result = write_mark(visit, &challenge, mc_buffer_span(&value));
    }
    if (result == MC_OK) {
        mc_event_add_text(visit_note(visit, MC_EVENT_IDENTITY_VERIFIED), "method", method);
        flow->step = FLOW_VALUE;
    }
    return result;
}

static int prove(struct visit *visit, struct flow *flow, const char *method)
{
    enum mc_result result = identity_mark(visit, flow, method);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    // what may not verify a login opens no administrator's page either
    bool as_login = visit->rules.usable & MC_METHOD_BIT(flow->channel);
    MC_AUTO_BUFFER struct mc_buffer cookie;
    mc_buffer_init(&cookie, 4096);
    result = mc_session_prove(&visit->context, &visit->account, &visit->session, as_login, &cookie);
    if (result == MC_OK) {
        answer_set_session(visit, apr_pstrdup(visit->pool, mc_buffer_text(&cookie)));
    } else if (result != MC_NOT_FOUND) { // the next request tells what became of the session
        return answer_failure(visit, result, NULL);
    }
    return flow_continue(visit, flow);
}

static int check_password(struct visit *visit, struct flow *flow)
{
    struct mc_password_state policy;
    if (budget_may_try(visit, "password") != MC_OK) {
        return show_ways(visit, flow);
    }
    enum mc_result result =
        mc_directory_check_password(visit->context.directory, visit->account.dn,
                                    mc_span_of(visit_field(visit, "password")), &policy);
    if (result == MC_WRONG) {
        (void)visit_note(visit, MC_EVENT_PASSWORD_WRONG);
        budget_note_wrong_password(visit);
        person_error(visit, "password", visit_text(visit, "That password is not right."));
        return show_ways(visit, flow);
    }
    return result == MC_OK ? prove(visit, flow, "password") : answer_failure(visit, result, NULL);
}

static int choose_way(struct visit *visit, struct flow *flow)
{
    mc_method_set ways = identity_ways(visit);
    enum mc_method way = mc_method_parse(mc_span_of(visit_field(visit, "way")));
    if (ways == 0) {
        return check_password(visit, flow);
    }
    way = way ? way : only_way(ways);
    if (!way || !(ways & MC_METHOD_BIT(way))) {
        person_error(visit, "way", visit_text(visit, "Choose how to verify your identity."));
        return show_ways(visit, flow);
    }
    flow->channel = way;
    return send_code(visit, flow);
}

static int check_code(struct visit *visit, struct flow *flow)
{
    const struct person_answer answer = {
        .purpose = "identity", .method = flow->channel, .flow = flow->id};
    const char *method = "";
    enum mc_result result = person_check_code(visit, &answer, visit_field(visit, "code"), &method);
    switch (result) {
    case MC_OK:
        return prove(visit, flow, method);
    case MC_WRONG:
    case MC_THROTTLED:
    case MC_LOCKED:
        return show_code(visit, flow);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}

static int identity_step(struct visit *visit, struct flow *flow)
{
    if (flow->step == FLOW_IDENTITY) {
        return visit->is_post ? choose_way(visit, flow) : show_ways(visit, flow);
    }
    if (!visit->is_post) {
        return show_code(visit, flow);
    }
    return visit_field(visit, "resend")[0] ? send_code(visit, flow) : check_code(visit, flow);
}

enum mc_result flow_open(struct visit *visit, struct flow *flow)
{
    enum mc_result result = flow_read(visit, flow);
    bool brought = visit->is_post || form_find(&visit->query, "flow");
    return result == MC_WRONG && !brought ? flow_begin(visit, flow) : result;
}

bool identity_is_verified(struct visit *visit, struct flow *flow, int *ret_status)
{
    enum mc_result result = flow_open(visit, flow);
    if (result == MC_OK && flow->step >= FLOW_VALUE) {
        return true;
    }
    *ret_status = result == MC_OK      ? identity_step(visit, flow)
                  : result == MC_WRONG ? flow_restart(visit)
                                       : answer_failure(visit, result, NULL);
    return false;
}

enum mc_result identity_take(struct visit *visit, const struct flow *flow,
                             struct mc_change *ret_change)
{
    const struct mc_challenge challenge = mark_of(flow);
    struct mc_span value = {NULL, 0};
    enum mc_result result =
        mc_challenge_find_mark(&visit->context, &visit->account, &challenge, &value);
    if (result == MC_OK) {
        *ret_change = (struct mc_change){MC_CHANGE_DELETE, "mycredChallenge", value};
    }
    return result;
}
