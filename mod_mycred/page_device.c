// SPDX-License-Identifier: Apache-2.0
// Bind Virtual MFA Device: identity, then a new secret as QR code and text, proved by two
// consecutive codes. Until then the secret is in the sealed flow alone and nothing has changed.
#include "mod_mycred/change.h"
#include "mod_mycred/person.h"
#include "mod_mycred/qr.h"
#include "mod_mycred/recovery_show.h"

#include "common/base32.h"
#include "common/device_bind.h"
#include "common/field.h"
#include "common/otpauth.h"

#include <apr_strings.h>
#include <stdio.h>

#define STEPS_BACK 3 // the first code may be this old: two have to be typed

static enum mc_result open_pending(const struct flow *flow, struct mc_device *device)
{
    *device = (struct mc_device){.algorithm = MC_SHA1, .digits = 6, .period = 30};
    return mc_base32_decode(mc_span_of(flow->value), &device->secret);
}

// A new secret goes into the flow, so that a reload shows the same one.
static enum mc_result make_secret(struct flow *flow)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, sizeof flow->value - 1);
    enum mc_result result = mc_device_make(&device);
    if (result == MC_OK) {
        mc_base32_encode(mc_secret_span(&device.secret), &text);
        result = mc_buffer_result(&text);
    }
    if (result == MC_OK) {
        snprintf(flow->value, sizeof flow->value, "%s", mc_buffer_text(&text));
        flow->step = FLOW_VALUE_CODE;
    }
    return result;
}

static enum mc_result show_secret(struct visit *visit, const struct flow *flow,
                                  const struct mc_device *device)
{
    const struct mc_config *config = visit->site->config;
    const char *login = mc_entry_text(visit->account.entry, config->login_attribute);
    MC_AUTO_BUFFER struct mc_buffer uri, path;
    unsigned side = 0;
    mc_buffer_init(&uri, MC_OTPAUTH_MAX);
    mc_buffer_init(&path, 65536);
    enum mc_result result =
        mc_otpauth_write(device, mc_span_of(config->service_name), mc_span_of(login), &uri);
    if (result == MC_OK) {
        result = qr_path(mc_buffer_span(&uri), &path, &side);
    }
    if (result == MC_OK) {
        view_secret(visit->pool, visit->view, "url_otpauth", mc_buffer_text(&uri));
        view_secret(visit->pool, visit->view, "qr", mc_buffer_text(&path));
        view_text(visit->pool, visit->view, "qr_side", apr_psprintf(visit->pool, "%u", side));
        view_secret(visit->pool, visit->view, "secret", flow->value);
    }
    return result;
}

static int show(struct visit *visit, const struct flow *flow)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    enum mc_result result = open_pending(flow, &device);
    if (result == MC_OK) {
        result = show_secret(visit, flow, &device);
    }
    view_text(visit->pool, visit->view, "label", visit_field(visit, "label"));
    return result == MC_OK ? flow_page(visit, flow, "device") : answer_failure(visit, result, NULL);
}

// MC_OK with the start of the second code's step.
static enum mc_result check_codes(struct visit *visit, const struct mc_device *device,
                                  mc_time *ret_proved)
{
    MC_AUTO_SECRET struct mc_secret first = {0};
    MC_AUTO_SECRET struct mc_secret second = {0};
    MC_AUTO_SECRET struct mc_secret expected = {0};
    const struct mc_step_window window = {visit->context.now(), STEPS_BACK, 0};
    mc_time start = 0;
    if (mc_field_tidy(mc_span_of(visit_field(visit, "first_code")), &first) != MC_OK ||
        mc_field_tidy(mc_span_of(visit_field(visit, "second_code")), &second) != MC_OK) {
        return MC_WRONG;
    }
    enum mc_result result = mc_device_match(device, mc_secret_span(&first), &window, &start);
    if (result != MC_OK) {
        return result;
    }
    start += device->period * MC_SECOND;
    result = mc_device_code(device, start, &expected);
    if (result != MC_OK) {
        return result;
    }
    *ret_proved = start;
    return mc_secret_matches(mc_secret_span(&expected), mc_secret_span(&second)) ? MC_OK : MC_WRONG;
}

static enum mc_result bind_device(struct visit *visit, const struct flow *flow,
                                  struct mc_device *device, mc_time proved,
                                  struct mc_recovery_codes *codes)
{
    AUTO_CHANGE struct change also = {0};
    enum mc_result result = change_take_proof(visit, &also, flow);
    if (result == MC_OK) {
        result = change_notify(visit, &also, MC_NOTICE_DEVICE_BOUND, "");
    }
    if (result != MC_OK) {
        return result;
    }
    const struct mc_binding binding = {
        .device = device,
        .proved = proved,
        .keep_codes = mc_entry_values(visit->account.entry, "mycredRecovery").count > 0,
        .also = &also.list,
    };
    return mc_device_bind(&visit->context, &visit->account, &binding, codes);
}

static int finish(struct visit *visit, const struct flow *flow, struct mc_device *device,
                  mc_time proved)
{
    MC_CLEANUP(mc_recovery_codes_release) struct mc_recovery_codes codes = {0};
    enum mc_result result = bind_device(visit, flow, device, proved, &codes);
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    change_log(visit, "device");
    return codes.items[0].size ? recovery_show(visit, &codes) : change_done(visit);
}

static const char *label_of(const struct visit *visit)
{
    const char *label = visit_field(visit, "label");
    return label[0] ? label : visit_text(visit, "Authenticator app");
}

static int take_codes(struct visit *visit, const struct flow *flow)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    mc_time proved = 0;
    enum mc_result result = open_pending(flow, &device);
    device.label = mc_span_of(label_of(visit));
    if (mc_device_label_complaint(device.label)) {
        person_error(visit, "label", visit_text(visit, "Choose another, shorter name."));
        return show(visit, flow);
    }
    if (result == MC_OK) {
        result = check_codes(visit, &device, &proved);
    }
    if (result == MC_WRONG) {
        person_error(visit, "first_code",
                     visit_text(visit, "Those are not two codes in a row. Wait for a new code, "
                                       "type it, and then the one after it."));
        return show(visit, flow);
    }
    return result == MC_OK ? finish(visit, flow, &device, proved)
                           : answer_failure(visit, result, NULL);
}

static void wipe_flow(struct flow *flow)
{
    mc_wipe(flow, sizeof *flow);
}

int page_device(struct visit *visit)
{
    MC_CLEANUP(wipe_flow) struct flow flow; // it carries the new device's secret
    int status = OK;
    if (!identity_is_verified(visit, &flow, &status)) {
        return status;
    }
    if (flow.step == FLOW_VALUE) {
        enum mc_result result = make_secret(&flow);
        return result == MC_OK ? flow_continue(visit, &flow) : answer_failure(visit, result, NULL);
    }
    return visit->is_post ? take_codes(visit, &flow) : show(visit, &flow);
}
