// SPDX-License-Identifier: Apache-2.0
// Forgot Password: a code by e-mail or mobile; with login verification on a second, independent
// proof; then a new password, and nothing else. Up to the first proof every answer is the same for
// everybody, whether there is such a person or not.
#include "mod_mycred/budget.h"
#include "mod_mycred/forgot.h"
#include "mod_mycred/identity.h"
#include "mod_mycred/moment.h"
#include "mod_mycred/person.h"
#include "mod_mycred/shared.h"

#include "common/field.h"
#include "common/reset.h"

#include <apr_strings.h>
#include <stdio.h>

#define SETTLE_US 250000 // from its start no wrong answer is given before this

int forgot_show(struct visit *visit, const struct flow *flow)
{
    const struct mc_config *config = visit->site->config;
    int64_t life = flow->channel == MC_METHOD_SMS ? config->sms_code_life : config->email_code_life;
    const char *typed = visit_typed(visit, "login");
    view_text(visit->pool, visit->view, "login", typed[0] ? typed : flow->user);
    view_flag(visit->pool, visit->view, "by_email", flow->channel == MC_METHOD_EMAIL);
    view_flag(visit->pool, visit->view, "by_sms", flow->channel == MC_METHOD_SMS);
    view_text(visit->pool, visit->view, "life", moment_duration(visit, life));
    view_flag(visit->pool, visit->view, "again", form_find(&visit->query, "again"));
    return flow_page(visit, flow, "forgot");
}

// By the form's own clock: what the directory knows would tell whether there is such a person.
static bool may_ask_again(struct visit *visit, const struct flow *flow)
{
    mc_time from = flow->asked + visit->site->config->send_interval * MC_SECOND;
    bool must_wait = flow->asked && from > visit->context.now();
    if (must_wait) {
        moment_show_wait(visit, from);
    }
    return !must_wait;
}

static int ask_for_code(struct visit *visit, struct flow *flow)
{
    const char *field = flow->step == FLOW_IDENTITY ? "way" : "code";
    if (flow->channel == MC_METHOD_SMS && budget_take_reset(visit, field) != MC_OK) {
        return forgot_show(visit, flow);
    }
    enum mc_result result = forgot_send(visit, flow);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    flow->asked = visit->context.now();
    flow->wrong = 0;
    flow->step = FLOW_IDENTITY_CODE;
    return flow_continue(visit, flow);
}

static int take_name(struct visit *visit, struct flow *flow)
{
    const char *typed = visit_typed(visit, "login");
    enum mc_method way = mc_method_parse(mc_span_of(visit_field(visit, "way")));
    flow->channel = way;
    if (!typed[0] || strlen(typed) >= sizeof flow->user) {
        person_error(
            visit, "login",
            visit_text(visit, "Type your user name, your e-mail address or your mobile number."));
        return forgot_show(visit, flow);
    }
    if (way != MC_METHOD_EMAIL && way != MC_METHOD_SMS) {
        person_error(visit, "way", visit_text(visit, "Choose where the code is sent."));
        return forgot_show(visit, flow);
    }
    snprintf(flow->user, sizeof flow->user, "%s", typed);
    return ask_for_code(visit, flow);
}

// The person as they are now. MC_WRONG for nobody, for who is locked, and for who has a new
// password since this began.
static enum mc_result find_person(struct visit *visit, const struct flow *flow)
{
    mc_time changed = 0;
    enum mc_result result = person_find(visit, flow->user);
    if (result == MC_UNKNOWN_USER || (result == MC_OK && visit->rules.locked)) {
        return MC_WRONG;
    }
    if (result != MC_OK) {
        return result;
    }
    struct mc_values times = mc_entry_values(visit->account.entry, "pwdChangedTime");
    bool renewed = times.count &&
                   (mc_time_parse(times.items[0], &changed) != MC_OK || changed > flow->started);
    return renewed ? MC_WRONG : MC_OK;
}

static bool is_verified(const struct visit *visit)
{
    const struct mc_rules *rules = &visit->rules;
    return rules->require != MC_REQUIRE_OFF && (visit->account.chosen != MC_METHOD_NONE ||
                                                (rules->require == MC_REQUIRE_ON && rules->usable));
}

enum mc_result forgot_check_sent(struct visit *visit, const struct flow *flow,
                                 enum mc_method channel, const char *typed)
{
    const struct mc_challenge challenge = {
        .purpose = "reset", .channel = channel, .flow = flow->id};
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    unsigned left = 0;
    enum mc_result result = mc_field_tidy(mc_span_of(typed), &tidy);
    if (result != MC_OK) {
        return result == MC_MALFORMED ? MC_WRONG : result;
    }
    result =
        mc_reset_check(&visit->context, &visit->account, &challenge, mc_secret_span(&tidy), &left);
    if (result == MC_OK && channel == MC_METHOD_SMS) {
        shared_note_verified(visit->site);
    }
    return result;
}

// The count is the form's own as well.
void forgot_say_wrong(struct visit *visit, struct flow *flow)
{
    unsigned tries = (unsigned)visit->site->config->code_tries;
    unsigned left = ++flow->wrong < tries ? tries - flow->wrong : 0;
    const char *text =
        left ? apr_psprintf(visit->pool,
                            mc_text_n(visit->language,
                                      "That code is not right. You have %u try "
                                      "left.",
                                      "That code is not right. You have %u tries left.", left),
                            left)
             : visit_text(visit, "That code is not right. Ask for a new one.");
    person_error(visit, "code", text);
}

static void settle(struct visit *visit)
{
    visit_leave_directory(visit);
    apr_time_t left = visit->r->request_time + SETTLE_US - apr_time_now();
    if (left > 0) {
        apr_sleep(left);
    }
}

static int refuse_code(struct visit *visit, struct flow *flow)
{
    visit_forget_account(visit);
    forgot_say_wrong(visit, flow);
    settle(visit);
    return forgot_show(visit, flow);
}

int forgot_allow(struct visit *visit, struct flow *flow, const char *method)
{
    enum mc_result result = identity_mark(visit, flow, method);
    return result == MC_OK ? flow_continue(visit, flow) : answer_failure(visit, result, NULL);
}

// One proof does where verification is off, which must be certain.
static int allow_by_one(struct visit *visit, struct flow *flow)
{
    enum mc_result result = mc_account_check_sight(&visit->context, &visit->account);
    return result == MC_OK ? forgot_allow(visit, flow, mc_method_word(flow->channel))
                           : answer_failure(visit, result, NULL);
}

static int take_first_code(struct visit *visit, struct flow *flow)
{
    const char *typed = visit_field(visit, "code");
    if (!typed[0]) {
        person_error(visit, "code", visit_text(visit, "Type the code."));
        return forgot_show(visit, flow);
    }
    enum mc_result result = find_person(visit, flow);
    if (result == MC_OK) {
        result = forgot_check_sent(visit, flow, flow->channel, typed);
    }
    if (result == MC_WRONG) {
        if (visit->account.entry) {
            mc_event_add_text(visit_note(visit, MC_EVENT_CODE_WRONG), "method", "reset");
        }
        return refuse_code(visit, flow);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, visit->account.damaged);
    }
    // what was typed may be somebody else's by the next step; their name is theirs
    snprintf(flow->user, sizeof flow->user, "%s",
             mc_entry_text(visit->account.entry, visit->site->config->login_attribute));
    if (!is_verified(visit)) {
        return allow_by_one(visit, flow);
    }
    flow->step = FLOW_SECOND;
    flow->wrong = 0;
    snprintf(flow->value, sizeof flow->value, "%s",
             mc_method_word(visit->account.devices.count ? MC_METHOD_TOTP : MC_METHOD_NONE));
    return flow_continue(visit, flow);
}

static int first_steps(struct visit *visit, struct flow *flow)
{
    if (!visit->is_post) {
        if (flow->step == FLOW_IDENTITY_CODE) {
            (void)may_ask_again(visit, flow);
        }
        return forgot_show(visit, flow);
    }
    if (flow->step == FLOW_IDENTITY) {
        return take_name(visit, flow);
    }
    if (visit_field(visit, "resend")[0]) {
        return may_ask_again(visit, flow) ? ask_for_code(visit, flow) : forgot_show(visit, flow);
    }
    return take_first_code(visit, flow);
}

// From the first proof on the answers may be this person's own.
static int later_steps(struct visit *visit, struct flow *flow)
{
    enum mc_result result = find_person(visit, flow);
    if (result == MC_WRONG) {
        return flow_restart(visit);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, visit->account.damaged);
    }
    return flow->step == FLOW_SECOND ? forgot_second(visit, flow) : forgot_password(visit, flow);
}

int page_forgot(struct visit *visit)
{
    struct flow flow;
    if (visit->signed_in) {
        return answer_redirect(visit, "password");
    }
    enum mc_result result = flow_open(visit, &flow);
    if (result == MC_WRONG) {
        return flow_restart(visit);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    if (flow.step == FLOW_DONE) {
        return forgot_show(visit, &flow);
    }
    return flow.step < FLOW_SECOND ? first_steps(visit, &flow) : later_steps(visit, &flow);
}
