// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/change.h"

#include "common/field.h"
#include "mod_mycred/sending.h"

#include <apr_strings.h>

#define NOTICE_MAX 2048 // bytes

void change_release(struct change *change)
{
    mc_buffer_release(&change->notice);
}

void change_add(struct change *change, enum mc_change_kind kind, const char *attribute,
                struct mc_span value)
{
    mc_changes_add(&change->list, kind, attribute, value);
}

// Both servers look at the whole modify before they keep any of it, and at single values at its
// end.
void change_require_device(struct change *change, struct mc_span value)
{
    change_add(change, MC_CHANGE_DELETE, "mycredTotp", value);
    change_add(change, MC_CHANGE_ADD, "mycredTotp", value);
}

void change_exclude_method(struct change *change, enum mc_method method)
{
    struct mc_span word = mc_span_of(mc_method_word(method));
    change_add(change, MC_CHANGE_ADD, "mycredLoginMethod", word);
    change_add(change, MC_CHANGE_DELETE, "mycredLoginMethod", word);
}

enum mc_result change_take_proof(struct visit *visit, struct change *change,
                                 const struct flow *flow)
{
    struct mc_change taken = {0};
    enum mc_result result = identity_take(visit, flow, &taken);
    if (result == MC_OK) {
        change_add(change, taken.kind, taken.attribute, taken.value);
    }
    return result;
}

enum mc_result change_notify(struct visit *visit, struct change *change, enum mc_notice_event event,
                             const char *parameter)
{
    const struct mc_notice notice = {.event = event,
                                     .when = visit->context.now(),
                                     .source = visit->r->useragent_ip,
                                     .parameter = parameter};
    mc_buffer_init(&change->notice, NOTICE_MAX);
    enum mc_result result =
        mc_notice_write(&visit->context, &visit->account, &notice, &change->notice);
    if (result == MC_OK) {
        change_add(change, MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&change->notice));
    }
    return result;
}

enum mc_result change_write(struct visit *visit, const struct change *change)
{
    struct mc_directory *directory = visit->context.directory;
    const char *dn = visit->account.dn;
    // the notice's id is new with every change
    struct mc_span rest = mc_buffer_span(&change->notice);
    const struct mc_change sign = {MC_CHANGE_ADD, "mycredNotice", mc_field_next(&rest, ' ')};
    return sign.value.size ? mc_changes_write_surely(directory, dn, &change->list, &sign)
                           : mc_changes_write(directory, dn, &change->list, NULL);
}

enum mc_result change_take_back(struct visit *visit, const struct change *change)
{
    struct change back = {0};
    for (size_t i = 0; i < change->list.count; i++) {
        const struct mc_change *item = &change->list.items[i];
        enum mc_change_kind kind = item->kind == MC_CHANGE_ADD ? MC_CHANGE_DELETE : MC_CHANGE_ADD;
        change_add(&back, kind, item->attribute, item->value);
    }
    return change_write(visit, &back);
}

void change_log(struct visit *visit, const char *what)
{
    mc_event_add_text(visit_note(visit, MC_EVENT_CREDENTIAL_CHANGED), "what", what);
    sending_drain(visit->site->sending, visit->account.dn);
}

int change_done(struct visit *visit)
{
    return answer_redirect(visit, apr_pstrcat(visit->pool, "?done=", visit->path, NULL));
}

int change_failed(struct visit *visit, enum mc_result result)
{
    return result == MC_WRONG || result == MC_LOST_RACE ? flow_restart(visit)
                                                        : answer_failure(visit, result, NULL);
}
