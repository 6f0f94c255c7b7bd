// SPDX-License-Identifier: Apache-2.0
// Login Verification: the code of the chosen method, after the password. Until it is right nothing
// else is reachable.
#include "mod_mycred/enter.h"
#include "mod_mycred/person.h"

#define VERIFY_LIFE (10 * 60 * MC_SECOND)

static int show(struct visit *visit, const struct flow *flow)
{
    MC_AUTO_BUFFER struct mc_buffer token;
    mc_buffer_init(&token, 4096);
    enum mc_result result = flow_write(visit, flow, &token);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    if (flow->channel != MC_METHOD_TOTP) {
        person_show_code(visit, &(const struct person_code){
                                    .purpose = "login", .channel = flow->channel, .flow = ""});
    }
    view_text(visit->pool, visit->view, "flow", mc_buffer_text(&token));
    view_flag(visit->pool, visit->view, "by_app", flow->channel == MC_METHOD_TOTP);
    view_flag(visit->pool, visit->view, "by_code", flow->channel != MC_METHOD_TOTP);
    person_list_ways(visit, flow->channel);
    return answer_page(visit, HTTP_OK, "verify");
}

// Sends the code where the method needs one, and shows the form.
static int ask(struct visit *visit, const struct flow *flow, bool again)
{
    if (flow->channel != MC_METHOD_TOTP) {
        const struct person_code code = {
            .purpose = "login", .channel = flow->channel, .flow = "", .again = again};
        enum mc_result result = person_send_code(visit, &code);
        if (result != MC_OK && result != MC_THROTTLED) {
            return answer_failure(visit, result, visit->account.damaged);
        }
    }
    return show(visit, flow);
}

// The entry as it is now must still allow what the token says was proved.
static enum mc_result read_person(struct visit *visit, struct flow *flow)
{
    enum mc_result result = flow_read(visit, flow);
    if (result == MC_OK && visit->context.now() - flow->started > VERIFY_LIFE) {
        result = MC_WRONG;
    }
    if (result == MC_OK) {
        result = visit_read_account(visit, mc_span_of(flow->user));
    }
    struct mc_values changed = mc_entry_values_of(visit->account.entry, "pwdChangedTime");
    mc_time time = 0;
    if (result == MC_OK && changed.count &&
        (mc_time_parse(changed.items[0], &time) != MC_OK || time > flow->started)) {
        result = MC_WRONG;
    }
    if (result == MC_OK &&
        (visit->rules.locked || !(visit->rules.usable & MC_METHOD_BIT(flow->channel)))) {
        result = MC_WRONG;
    }
    return result;
}

static int answer_code(struct visit *visit, const struct flow *flow)
{
    const struct person_answer answer = {
        .purpose = "login", .method = flow->channel, .flow = "", .recovery = true};
    const char *method = "";
    enum mc_result result = person_check_code(visit, &answer, visit_field(visit, "code"), &method);
    switch (result) {
    case MC_OK:
        return visit->rules.locked ? answer_redirect(visit, "sign-in")
                                   : enter_session(visit, method, flow->value);
    case MC_WRONG:
    case MC_THROTTLED:
    case MC_LOCKED:
        return show(visit, flow);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}

int page_verify(struct visit *visit)
{
    struct flow flow;
    if (visit->signed_in) {
        return answer_redirect(visit, "");
    }
    enum mc_result result = read_person(visit, &flow);
    if (result == MC_WRONG || result == MC_UNKNOWN_USER) {
        return answer_redirect(visit, "sign-in");
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, visit->account.damaged);
    }
    enum mc_method way = mc_method_parse(mc_span_of(visit_field(visit, "way")));
    if (way && (visit->rules.usable & MC_METHOD_BIT(way))) {
        flow.channel = way;
        return ask(visit, &flow, false);
    }
    if (!visit->is_post || visit_field(visit, "resend")[0]) {
        return ask(visit, &flow, visit->is_post);
    }
    return answer_code(visit, &flow);
}
