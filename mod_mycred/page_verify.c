// SPDX-License-Identifier: Apache-2.0
// Login Verification: the code of the chosen method, after the password. Until it is right nothing
// else is reachable.
#include "mod_mycred/help.h"
#include "mod_mycred/person.h"

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
    view_flag(visit->pool, visit->view, "way_recovery",
              mc_entry_values(visit->account.entry, "mycredRecovery").count > 0);
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
    enum mc_result result = enter_read_person(visit, flow);
    bool usable = result == MC_OK && (visit->rules.usable & MC_METHOD_BIT(flow->channel));
    return result == MC_OK && !usable ? MC_WRONG : result;
}

static int answer_code(struct visit *visit, const struct flow *flow)
{
    const struct person_answer answer = {
        .purpose = "login", .method = flow->channel, .flow = "", .recovery = true};
    const char *method = "";
    enum mc_result result = person_check_code(visit, &answer, visit_field(visit, "code"), &method);
    switch (result) {
    case MC_OK:
        return enter_after_code(visit, flow, method);
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
    if (visit_field(visit, "help")[0] && visit->site->config->security_group[0]) {
        return help_ask(visit, visit_field(visit, "help"));
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
