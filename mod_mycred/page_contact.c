// SPDX-License-Identifier: Apache-2.0
// Change Email Address and Change Mobile Number: identity, the new address, the code sent there,
// then one modify. The old address stays in force until the new one is proved.
#include "mod_mycred/identity.h"
#include "mod_mycred/person.h"
#include "mod_mycred/sending.h"

#include "common/field.h"
#include "common/notice.h"
#include "common/seal.h"

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

static int show(struct visit *visit, const struct flow *flow)
{
    bool email = channel_of(visit) == MC_METHOD_EMAIL;
    view_flag(visit->pool, visit->view, "for_email", email);
    view_flag(visit->pool, visit->view, "for_mobile", !email);
    if (flow->step == FLOW_VALUE_CODE) {
        const struct person_code code = code_of(visit, flow, false);
        person_show_code(visit, &code);
    }
    const char *typed = visit_field(visit, "address");
    view_text(visit->pool, visit->view, "address", typed[0] ? typed : flow->value);
    return flow_page(visit, flow, "contact");
}

static const char *read_address(struct visit *visit, char address[MC_CONTACT_MAX])
{
    const struct mc_config *config = visit->site->config;
    struct mc_span typed = mc_span_of(visit_field(visit, "address"));
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

// `mail 20261121210000Z k1:<hash>`: vouches for the new value alone.
static enum mc_result write_verified(struct visit *visit, const struct flow *flow, const char *kind,
                                     struct mc_buffer *value)
{
    const struct mc_seal_context about = {"mycredVerified", visit->account.uuid, mc_span_of(kind)};
    char now[MC_TIME_TEXT];
    mc_time_format(visit->context.now(), now);
    mc_buffer_format(value, "%s %s ", kind, now);
    return mc_keyed_hash(visit->context.keys, &about, mc_span_of(flow->value), value);
}

struct swap {
    struct mc_change changes[MC_CHANGES_MAX];
    size_t count;
};

static void add(struct swap *swap, enum mc_change_kind kind, const char *attribute,
                struct mc_span value)
{
    if (swap->count < MC_CHANGES_MAX) {
        swap->changes[swap->count++] = (struct mc_change){kind, attribute, value};
    }
}

// The stored value the old address was read from, in its own spelling.
static void replace_value(struct visit *visit, const struct flow *flow, const char *attribute,
                          struct swap *swap)
{
    struct mc_values values = mc_entry_values(visit->account.entry, attribute);
    bool there = false;
    for (size_t i = 0; i < values.count; i++) {
        if (mc_span_equals(values.items[i], flow->value)) {
            there = true;
        } else if (values.count == 1 || mc_account_holds(&visit->context, &visit->account,
                                                         channel_of(visit), values.items[i])) {
            add(swap, MC_CHANGE_DELETE, attribute, values.items[i]);
        }
    }
    if (!there) {
        add(swap, MC_CHANGE_ADD, attribute, mc_span_of(flow->value));
    }
}

static void drop_marks(struct visit *visit, const char *kind, struct swap *swap)
{
    struct mc_values marks = mc_entry_values(visit->account.entry, "mycredVerified");
    for (size_t i = 0; i < marks.count; i++) {
        struct mc_span rest = marks.items[i];
        if (mc_span_equals(mc_field_next(&rest, ' '), kind)) {
            add(swap, MC_CHANGE_DELETE, "mycredVerified", marks.items[i]);
        }
    }
}

static enum mc_result swap_address(struct visit *visit, const struct flow *flow)
{
    bool email = channel_of(visit) == MC_METHOD_EMAIL;
    const char *kind = email ? "mail" : "mobile";
    const struct mc_config *config = visit->site->config;
    const struct mc_notice notice = {
        .event = email ? MC_NOTICE_EMAIL_CHANGED : MC_NOTICE_MOBILE_CHANGED,
        .when = visit->context.now(),
        .source = visit->r->useragent_ip,
        .parameter = mc_account_address(&visit->account, channel_of(visit)),
    };
    struct swap swap = {0};
    MC_AUTO_BUFFER struct mc_buffer verified, outbox;
    mc_buffer_init(&verified, 512);
    mc_buffer_init(&outbox, 2048);
    enum mc_result result = identity_take(visit, flow, &swap.changes[0]);
    if (result == MC_OK) {
        swap.count = 1;
        result = write_verified(visit, flow, kind, &verified);
    }
    if (result == MC_OK) {
        result = mc_notice_write(&visit->context, &visit->account, &notice, &outbox);
    }
    if (result != MC_OK) {
        return result;
    }
    replace_value(visit, flow, email ? config->mail_attribute : config->mobile_attribute, &swap);
    drop_marks(visit, kind, &swap);
    add(&swap, MC_CHANGE_ADD, "mycredVerified", mc_buffer_span(&verified));
    add(&swap, MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&outbox));
    return mc_directory_modify(visit->context.directory, visit->account.dn, swap.changes,
                               swap.count, NULL);
}

static int finish(struct visit *visit, const struct flow *flow)
{
    enum mc_result result = swap_address(visit, flow);
    if (result == MC_WRONG || result == MC_LOST_RACE) {
        return flow_restart(visit); // this flow's proof was used or has run out
    }
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    mc_event_add_text(visit_note(visit, MC_EVENT_CREDENTIAL_CHANGED), "what", visit->path);
    sending_drain(visit->site->sending, visit->account.dn);
    return answer_redirect(visit, apr_pstrcat(visit->pool, "?done=", visit->path, NULL));
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
