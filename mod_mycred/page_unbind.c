// SPDX-License-Identifier: Apache-2.0
// Unbind Virtual MFA Device: by a current code of that very device; refused while it is the login
// method. A device whose value is damaged has no codes: those are removed after identity was
// verified.
#include "mod_mycred/change.h"
#include "mod_mycred/person.h"

#include "common/device.h"
#include "common/field.h"

#include <apr_strings.h>
#include <stdlib.h>

struct target {
    struct mc_span value; // as stored
    struct mc_device device;
};

static bool find_device(struct visit *visit, unsigned id, struct target *ret_target)
{
    for (size_t i = 0; i < visit->account.devices.count; i++) {
        struct mc_span stored = visit->account.devices.items[i];
        // a copy: checking a code reads the account anew
        struct target target = {
            .value = {(const uint8_t *)apr_pmemdup(visit->pool, stored.data, stored.size),
                      stored.size}};
        if (mc_device_open(&visit->context, visit->account.uuid, target.value, &target.device) ==
                MC_OK &&
            target.device.id == id) {
            *ret_target = target;
            return true;
        }
        mc_device_release(&target.device);
    }
    return false;
}

static unsigned wanted_id(const struct visit *visit)
{
    const struct mc_span *query = form_find(&visit->query, "id");
    const char *field = visit_field(visit, "id");
    struct mc_span text = field[0] ? mc_span_of(field) : query ? *query : (struct mc_span){NULL, 0};
    unsigned id = 0;
    return mc_field_number(text, 1, UINT32_MAX, &id) ? id : 0;
}

static bool is_in_use(const struct visit *visit)
{
    return visit->account.chosen == MC_METHOD_TOTP && visit->account.devices.count < 2;
}

static int show(struct visit *visit, const struct target *target)
{
    view_text(visit->pool, visit->view, "id", apr_psprintf(visit->pool, "%u", target->device.id));
    view_span(visit->pool, visit->view, "label", target->device.label);
    view_flag(visit->pool, visit->view, "in_use", is_in_use(visit));
    return answer_page(visit, HTTP_OK, "unbind");
}

// Another window may choose the method, or unbind the other device, at this moment.
static void keep_logins_possible(struct visit *visit, struct change *change, struct mc_span removed)
{
    struct mc_values devices = visit->account.devices;
    if (visit->account.chosen != MC_METHOD_TOTP) {
        change_exclude_method(change, MC_METHOD_TOTP);
        return;
    }
    for (size_t i = 0; i < devices.count; i++) {
        struct mc_span other = devices.items[i];
        if (other.size != removed.size || memcmp(other.data, removed.data, other.size) != 0) {
            change_require_device(change, other);
            return;
        }
    }
}

static int remove_value(struct visit *visit, struct change *change, struct mc_span value)
{
    enum mc_result result = change_notify(visit, change, MC_NOTICE_DEVICE_UNBOUND, "");
    if (result == MC_OK) {
        change_add(change, MC_CHANGE_DELETE, "mycredTotp", value);
        keep_logins_possible(visit, change, value);
        result = change_write(visit, change);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    change_log(visit, visit->path);
    return change_done(visit);
}

// The code was right for one of the person's devices; was it this one's?
static bool is_of(struct visit *visit, const struct target *target)
{
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    const struct mc_step_window window = {visit->context.now(),
                                          (unsigned)visit->context.config->totp_earlier_steps, 0};
    mc_time start = 0;
    return mc_field_tidy(mc_span_of(visit_field(visit, "code")), &tidy) == MC_OK &&
           mc_device_match(&target->device, mc_secret_span(&tidy), &window, &start) == MC_OK;
}

static int take_code(struct visit *visit, const struct target *target)
{
    const struct person_answer answer = {.purpose = "identity", .method = MC_METHOD_TOTP};
    const char *method = "";
    AUTO_CHANGE struct change change = {0};
    enum mc_result result = person_check_code(visit, &answer, visit_field(visit, "code"), &method);
    if (result == MC_OK && !is_of(visit, target)) {
        person_error(visit, "code", visit_text(visit, "That is a code of another device."));
        result = MC_WRONG;
    }
    switch (result) {
    case MC_OK: // the account was read anew
        return is_in_use(visit) ? show(visit, target) : remove_value(visit, &change, target->value);
    case MC_WRONG:
    case MC_THROTTLED:
    case MC_LOCKED:
        return show(visit, target);
    default:
        return answer_failure(visit, result, visit->account.damaged);
    }
}

static int remove_damaged(struct visit *visit)
{
    AUTO_CHANGE struct change change = {0};
    struct flow flow;
    int status = OK;
    if (!identity_is_verified(visit, &flow, &status)) {
        return status;
    }
    if (!visit->is_post) {
        return flow_page(visit, &flow, "unbind");
    }
    for (size_t i = 0; i < visit->account.devices.count; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device device = {0};
        struct mc_span value = visit->account.devices.items[i];
        if (mc_device_open(&visit->context, visit->account.uuid, value, &device) == MC_BAD_DATA) {
            enum mc_result result = change_take_proof(visit, &change, &flow);
            return result == MC_OK ? remove_value(visit, &change, value)
                                   : change_failed(visit, result);
        }
    }
    return answer_redirect(visit, "");
}

int page_unbind(struct visit *visit)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    struct target target = {0};
    unsigned id = wanted_id(visit);
    if (id == 0) {
        return remove_damaged(visit);
    }
    if (!find_device(visit, id, &target)) {
        return answer_redirect(visit, "");
    }
    int status =
        visit->is_post && !is_in_use(visit) ? take_code(visit, &target) : show(visit, &target);
    device = target.device; // released with this frame
    return status;
}
