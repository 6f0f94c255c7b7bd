// SPDX-License-Identifier: Apache-2.0
// Change Verification Method: SMS, Virtual MFA, Email or Disable, then a code of that method (to
// disable: of the present one), which is the proof; then one modify.
#include "mod_mycred/change.h"
#include "mod_mycred/person.h"

#include <stdio.h>

#define ATTRIBUTE "mycredLoginMethod"

static bool must_have_one(const struct visit *visit)
{
    return visit->rules.require == MC_REQUIRE_ON || visit->rules.require == MC_REQUIRE_ENROL;
}

// Why a method cannot be chosen, and the page that helps.
struct obstacle {
    const char *text, *page;
};

// NULL: it can be chosen.
static const struct obstacle *obstacle(const struct visit *visit, enum mc_method method)
{
    static const struct obstacle unbound[MC_METHOD_COUNT] = {
        [MC_METHOD_TOTP] = {N_("Bind a virtual MFA device first."), "device"},
        [MC_METHOD_SMS] = {N_("Bind a mobile number first."), "mobile"},
        [MC_METHOD_EMAIL] = {N_("Bind an e-mail address first."), "email"},
    };
    static const struct obstacle present = {N_("This is what you have now."), ""},
                                 required = {N_("Login verification is required for you."), ""},
                                 forbidden = {N_("Your organisation does not allow it."), ""},
                                 alone = {N_("Bind an e-mail address as well first."), "email"};
    if (method == visit->account.chosen) {
        return &present;
    }
    if (method == MC_METHOD_NONE) {
        return must_have_one(visit) ? &required : NULL;
    }
    if (!(visit->rules.allowed & MC_METHOD_BIT(method))) {
        return &forbidden;
    }
    if (!(visit->rules.usable & MC_METHOD_BIT(method))) {
        return &unbound[method];
    }
    bool needs_email = method == MC_METHOD_SMS && visit->site->config->sms_requires_email;
    return needs_email && !visit->account.email[0] ? &alone : NULL;
}

static int show_choice(struct visit *visit, const struct flow *flow)
{
    static const struct {
        enum mc_method method;
        const char *label, *hint;
    } choices[] = {
        {MC_METHOD_TOTP, N_("Virtual MFA"),
         N_("Codes from an authenticator app: the strongest check, and it works without network.")},
        {MC_METHOD_SMS, N_("SMS"),
         N_("A code to your mobile number. Who takes over the number gets the codes: an "
            "authenticator app is safer.")},
        {MC_METHOD_EMAIL, N_("Email"),
         N_("A code to your e-mail address: the weakest check, as good as your mailbox.")},
        {MC_METHOD_NONE, N_("Disable"), N_("Your password alone will let you in.")},
    };
    const char *typed = visit_field(visit, "method");
    view_flag(visit->pool, visit->view, "again", form_find(&visit->query, "again"));
    struct view *list = view_list(visit->pool, visit->view, "choices");
    for (size_t i = 0; i < MC_COUNT(choices); i++) {
        enum mc_method method = choices[i].method;
        const struct obstacle *why_not = obstacle(visit, method);
        struct view *item = view_item(visit->pool, list);
        view_text(visit->pool, item, "word", mc_method_word(method));
        view_text(visit->pool, item, "label", mc_text(visit->language, choices[i].label));
        view_text(visit->pool, item, "text", mc_text(visit->language, choices[i].hint));
        view_flag(visit->pool, item, "chosen",
                  !why_not && strcmp(typed, mc_method_word(method)) == 0);
        view_text(visit->pool, item, "why_not",
                  why_not ? mc_text(visit->language, why_not->text) : "");
        view_text(visit->pool, item, "url_cure", why_not ? why_not->page : "");
    }
    return flow_page(visit, flow, "method");
}

static int show_code(struct visit *visit, const struct flow *flow)
{
    const struct person_code code = {
        .purpose = "method", .channel = flow->channel, .flow = flow->id};
    if (flow->channel != MC_METHOD_TOTP) {
        person_show_code(visit, &code);
    }
    view_flag(visit->pool, visit->view, "by_app", flow->channel == MC_METHOD_TOTP);
    view_flag(visit->pool, visit->view, "by_code", flow->channel != MC_METHOD_TOTP);
    view_flag(visit->pool, visit->view, "disables", strcmp(flow->value, "none") == 0);
    return flow_page(visit, flow, "method");
}

static int send_code(struct visit *visit, struct flow *flow)
{
    const struct person_code code = {
        .purpose = "method", .channel = flow->channel, .flow = flow->id, .again = true};
    enum mc_result result =
        flow->channel == MC_METHOD_TOTP ? MC_OK : person_send_code(visit, &code);
    bool is_new = flow->step == FLOW_VALUE;
    if (result == MC_THROTTLED) {
        return is_new ? show_choice(visit, flow) : show_code(visit, flow);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, visit->account.damaged);
    }
    flow->step = FLOW_VALUE_CODE;
    return is_new ? flow_continue(visit, flow) : show_code(visit, flow);
}

static bool is_choice(const char *word)
{
    return strcmp(word, "none") == 0 || mc_method_parse(mc_span_of(word)) != MC_METHOD_NONE;
}

static int choose(struct visit *visit, struct flow *flow)
{
    const char *word = visit_field(visit, "method");
    enum mc_method method = mc_method_parse(mc_span_of(word));
    static const struct obstacle nothing = {N_("Choose a method."), ""};
    const struct obstacle *why_not = is_choice(word) ? obstacle(visit, method) : &nothing;
    if (why_not) {
        person_error(visit, "method", mc_text(visit->language, why_not->text));
        return show_choice(visit, flow);
    }
    snprintf(flow->value, sizeof flow->value, "%s", word);
    flow->channel = method != MC_METHOD_NONE ? method : visit->account.chosen;
    return send_code(visit, flow);
}

static enum mc_result write_method(struct visit *visit, const struct flow *flow)
{
    AUTO_CHANGE struct change change = {0};
    struct mc_values present = mc_entry_values(visit->account.entry, ATTRIBUTE);
    for (size_t i = 0; i < present.count; i++) {
        change_add(&change, MC_CHANGE_DELETE, ATTRIBUTE, present.items[i]);
    }
    if (strcmp(flow->value, "none") != 0) {
        change_add(&change, MC_CHANGE_ADD, ATTRIBUTE, mc_span_of(flow->value));
    }
    if (mc_method_parse(mc_span_of(flow->value)) == MC_METHOD_TOTP) {
        change_require_device(&change, visit->account.devices.items[0]);
    }
    mc_changes_add_class(&change.list, visit->account.entry);
    enum mc_result result = change_notify(visit, &change, MC_NOTICE_METHOD_CHANGED, flow->value);
    return result == MC_OK ? change_write(visit, &change) : result;
}

// What was allowed when it was chosen must be so still, on the entry as it is after the proof; and
// to disable, the code must be of the method that is the present one now.
static int finish(struct visit *visit, const struct flow *flow)
{
    enum mc_method method = mc_method_parse(mc_span_of(flow->value));
    bool of_present = method != MC_METHOD_NONE || flow->channel == visit->account.chosen;
    if (obstacle(visit, method) || !of_present) {
        return flow_restart(visit);
    }
    enum mc_result result = write_method(visit, flow);
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    change_log(visit, visit->path);
    return change_done(visit);
}

static int check_code(struct visit *visit, const struct flow *flow)
{
    const struct person_answer answer = {
        .purpose = "method", .method = flow->channel, .flow = flow->id};
    const char *method = "";
    enum mc_result result = person_check_code(visit, &answer, visit_field(visit, "code"), &method);
    switch (result) {
    case MC_OK:
        return finish(visit, flow);
    case MC_WRONG:
    case MC_THROTTLED:
    case MC_LOCKED:
        return show_code(visit, flow);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}

int page_method(struct visit *visit)
{
    struct flow flow;
    enum mc_result result = flow_open(visit, &flow);
    if (result == MC_WRONG) {
        return flow_restart(visit);
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    if (flow.step < FLOW_VALUE) {
        flow.step = FLOW_VALUE; // the code of the method is the proof
    }
    if (flow.step == FLOW_VALUE) {
        return visit->is_post ? choose(visit, &flow) : show_choice(visit, &flow);
    }
    if (!visit->is_post) {
        return show_code(visit, &flow);
    }
    return visit_field(visit, "resend")[0] ? send_code(visit, &flow) : check_code(visit, &flow);
}
