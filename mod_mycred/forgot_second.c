// SPDX-License-Identifier: Apache-2.0
// The second proof of Forgot Password: another channel than the first, the authenticator app or a
// recovery code. One mailbox is never enough where login verification is on.
#include "mod_mycred/forgot.h"
#include "mod_mycred/person.h"

#include "common/field.h"
#include "common/recovery.h"

#include <apr_strings.h>
#include <stdio.h>

static mc_method_set second_ways(const struct visit *visit, const struct flow *flow)
{
    mc_method_set ways = mc_account_proofs(&visit->context, &visit->account);
    return ways & (mc_method_set)~MC_METHOD_BIT(flow->channel);
}

static struct person_code second_code(const struct flow *flow, enum mc_method way)
{
    return (struct person_code){
        .purpose = "reset", .channel = way, .flow = flow->id, .again = true};
}

static int show_second(struct visit *visit, const struct flow *flow)
{
    mc_method_set ways = second_ways(visit, flow);
    enum mc_method way = mc_method_parse(mc_span_of(flow->value));
    const struct person_code code = second_code(flow, way);
    size_t recovery = mc_entry_values(visit->account.entry, "mycredRecovery").count;
    if (way == MC_METHOD_EMAIL || way == MC_METHOD_SMS) {
        person_show_code(visit, &code);
    }
    view_flag(visit->pool, visit->view, "way_email", ways & MC_METHOD_BIT(MC_METHOD_EMAIL));
    view_flag(visit->pool, visit->view, "way_sms", ways & MC_METHOD_BIT(MC_METHOD_SMS));
    view_flag(visit->pool, visit->view, "way_totp", ways & MC_METHOD_BIT(MC_METHOD_TOTP));
    view_flag(visit->pool, visit->view, "way_recovery", recovery > 0);
    view_flag(visit->pool, visit->view, "no_way", ways == 0 && recovery == 0);
    view_flag(visit->pool, visit->view, "by_app", way == MC_METHOD_TOTP);
    view_flag(visit->pool, visit->view, "has_code", way != MC_METHOD_NONE || recovery > 0);
    return forgot_show(visit, flow);
}

static int choose(struct visit *visit, struct flow *flow, enum mc_method way)
{
    const struct person_code code = second_code(flow, way);
    enum mc_result result = MC_OK;
    if (!(second_ways(visit, flow) & MC_METHOD_BIT(way))) {
        return show_second(visit, flow);
    }
    if (way != MC_METHOD_TOTP) {
        result = person_send_code(visit, &code);
    }
    if (result != MC_OK && result != MC_THROTTLED) {
        return answer_failure(visit, result, visit->account.damaged);
    }
    if (result == MC_OK) {
        snprintf(flow->value, sizeof flow->value, "%s", mc_method_word(way));
    }
    return show_second(visit, flow);
}

static enum mc_result check(struct visit *visit, struct flow *flow, const char **ret_method)
{
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    const char *typed = visit_field(visit, "code");
    enum mc_method way = mc_method_parse(mc_span_of(flow->value));
    const struct person_answer answer = {
        .purpose = "reset", .method = MC_METHOD_TOTP, .flow = flow->id, .recovery = true};
    bool is_recovery = mc_field_tidy(mc_span_of(typed), &tidy) == MC_OK &&
                       mc_recovery_is_code(mc_secret_span(&tidy));
    if (is_recovery || way == MC_METHOD_TOTP || !typed[0]) {
        return person_check_code(visit, &answer, typed, ret_method);
    }
    *ret_method = mc_method_word(way);
    if (!(second_ways(visit, flow) & MC_METHOD_BIT(way))) {
        person_error(visit, "code", visit_text(visit, "Ask for a code first."));
        return MC_WRONG;
    }
    enum mc_result result = forgot_check_sent(visit, flow, way, typed);
    if (result == MC_WRONG) {
        forgot_say_wrong(visit, flow);
    }
    return result;
}

int forgot_second(struct visit *visit, struct flow *flow)
{
    const char *method = "", *send = visit_field(visit, "send");
    if (!visit->is_post) {
        return show_second(visit, flow);
    }
    if (send[0]) {
        return choose(visit, flow, mc_method_parse(mc_span_of(send)));
    }
    enum mc_result result = check(visit, flow, &method);
    switch (result) {
    case MC_OK:
        return forgot_allow(
            visit, flow, apr_psprintf(visit->pool, "%s+%s", mc_method_word(flow->channel), method));
    case MC_WRONG:
    case MC_THROTTLED:
    case MC_LOCKED:
        return show_second(visit, flow);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}
