// SPDX-License-Identifier: Apache-2.0
// Change Email Address and Change Mobile Number: identity, the new address, the code sent there,
// then one modify. The old address stays in force until the new one is proved.
#include "mod_mycred/change.h"
#include "mod_mycred/person.h"

#include "common/contact_swap.h"

#include <apr_strings.h>
#include <stdio.h>

static enum mc_method channel_of(const struct visit *visit)
{
    return strcmp(visit->path, "email") == 0 ? MC_METHOD_EMAIL : MC_METHOD_SMS;
}

static struct person_code code_of(const struct visit *visit, const struct flow *flow, bool again)
{
    return (struct person_code){.purpose = "address",
                                .channel = channel_of(visit),
                                .flow = flow->id,
                                .address = flow->value,
                                .again = again};
}

static enum mc_result show_code(struct visit *visit, const struct flow *flow)
{
    const struct person_code code = code_of(visit, flow, false);
    struct flow back = *flow; // who mistyped goes back one step
    back.step = FLOW_VALUE;
    MC_AUTO_BUFFER struct mc_buffer token;
    mc_buffer_init(&token, 4096);
    enum mc_result result = flow_write(visit, &back, &token);
    view_text(visit->pool, visit->view, "url_back", mc_buffer_text(&token));
    view_text(visit->pool, visit->view, "address", flow->value);
    person_show_code(visit, &code);
    return result;
}

static int show(struct visit *visit, const struct flow *flow)
{
    bool email = channel_of(visit) == MC_METHOD_EMAIL;
    view_flag(visit->pool, visit->view, "for_email", email);
    view_flag(visit->pool, visit->view, "for_mobile", !email);
    if (flow->step == FLOW_VALUE_CODE) {
        enum mc_result result = show_code(visit, flow);
        return result == MC_OK ? flow_page(visit, flow, "contact")
                               : answer_failure(visit, result, NULL);
    }
    const char *typed = visit_typed(visit, "address");
    view_text(visit->pool, visit->view, "address", typed[0] ? typed : flow->value);
    return flow_page(visit, flow, "contact");
}

static const char *read_address(struct visit *visit, char address[MC_CONTACT_MAX])
{
    const struct mc_config *config = visit->site->config;
    struct mc_span typed = mc_span_of(visit_typed(visit, "address"));
    if (channel_of(visit) == MC_METHOD_EMAIL) {
        return mc_email_parse(typed, address) == MC_OK
                   ? NULL
                   : N_("Type one e-mail address, such as name@example.org.");
    }
    if (mc_mobile_parse(typed, config->default_country, address) != MC_OK) {
        return N_("Type a mobile number with its country code, such as +49 151 12345678.");
    }
    return mc_mobile_is_allowed(address, &config->sms_countries)
               ? NULL
               : N_("SMS cannot be sent to numbers of that country.");
}

// Who else holds the address is nobody's business: the code goes there all the same, and the change
// decides.
static int take_address(struct visit *visit, struct flow *flow)
{
    char address[MC_CONTACT_MAX] = "";
    const char *wrong = read_address(visit, address);
    if (wrong) {
        person_error(visit, "address", mc_text(visit->language, wrong));
        return show(visit, flow);
    }
    snprintf(flow->value, sizeof flow->value, "%s", address);
    const struct person_code code = code_of(visit, flow, true);
    enum mc_result result = person_send_code(visit, &code);
    if (result == MC_THROTTLED) {
        return show(visit, flow);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, visit->account.damaged);
    }
    flow->step = FLOW_VALUE_CODE;
    return flow_continue(visit, flow);
}

static enum mc_result add_swap(struct visit *visit, const struct flow *flow, struct change *change,
                               struct mc_contact_swap *swap)
{
    enum mc_result result = mc_contact_swap_make(&visit->context, &visit->account,
                                                 channel_of(visit), flow->value, swap);
    mc_changes_join(&change->list, &swap->changes);
    return result;
}

static enum mc_result swap_address(struct visit *visit, const struct flow *flow)
{
    bool email = channel_of(visit) == MC_METHOD_EMAIL;
    AUTO_CHANGE struct change change = {0};
    MC_CLEANUP(mc_contact_swap_release) struct mc_contact_swap swap = {0};
    enum mc_result result = change_take_proof(visit, &change, flow);
    if (result == MC_OK) {
        result = add_swap(visit, flow, &change, &swap);
    }
    if (result == MC_OK) {
        result = change_notify(visit, &change,
                               email ? MC_NOTICE_EMAIL_CHANGED : MC_NOTICE_MOBILE_CHANGED,
                               mc_account_address(&visit->account, channel_of(visit)));
    }
    return result == MC_OK ? change_write(visit, &change) : result;
}

static int finish(struct visit *visit, const struct flow *flow)
{
    enum mc_result result = swap_address(visit, flow);
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    change_log(visit, visit->path);
    return change_done(visit);
}

static int check_code(struct visit *visit, struct flow *flow)
{
    const struct person_answer answer = {.purpose = "address",
                                         .method = channel_of(visit),
                                         .flow = flow->id,
                                         .address = flow->value};
    const char *method = "";
    enum mc_result result = person_check_code(visit, &answer, visit_field(visit, "code"), &method);
    switch (result) {
    case MC_OK:
        return finish(visit, flow);
    case MC_WRONG:
    case MC_THROTTLED:
    case MC_LOCKED:
        return show(visit, flow);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}

static int send_again(struct visit *visit, const struct flow *flow)
{
    const struct person_code code = code_of(visit, flow, true);
    enum mc_result result = person_send_code(visit, &code);
    return result == MC_OK || result == MC_THROTTLED
               ? show(visit, flow)
               : answer_failure(visit, result, visit->account.damaged);
}

int page_contact(struct visit *visit)
{
    struct flow flow;
    int status = OK;
    if (!identity_is_verified(visit, &flow, &status)) {
        return status;
    }
    if (flow.step == FLOW_VALUE) {
        return visit->is_post ? take_address(visit, &flow) : show(visit, &flow);
    }
    if (!visit->is_post) {
        return show(visit, &flow);
    }
    return visit_field(visit, "resend")[0] ? send_again(visit, &flow) : check_code(visit, &flow);
}
