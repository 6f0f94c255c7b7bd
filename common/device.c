// SPDX-License-Identifier: Apache-2.0
#include "common/device.h"

#include "common/field.h"
#include "common/seal.h"

#include <liboath/oath.h>
#include <stdio.h>

#define PERIOD_MIN 15
#define PERIOD_MAX 120

static const struct {
    const char *word;
    int flags;
} algorithms[] = {
    [MC_SHA1] = {"sha1", 0},
    [MC_SHA256] = {"sha256", OATH_TOTP_HMAC_SHA256},
    [MC_SHA512] = {"sha512", OATH_TOTP_HMAC_SHA512},
};

void mc_device_release(struct mc_device *device)
{
    mc_secret_release(&device->secret);
    *device = (struct mc_device){0};
}

static enum mc_algorithm parse_algorithm(struct mc_span word)
{
    for (int i = MC_SHA1; i <= MC_SHA512; i++) {
        if (mc_span_equals(word, algorithms[i].word)) {
            return (enum mc_algorithm)i;
        }
    }
    return (enum mc_algorithm)0;
}

// "sha1/6/30"
static bool read_parameters(struct mc_span text, struct mc_device *device)
{
    device->algorithm = parse_algorithm(mc_field_next(&text, '/'));
    return device->algorithm && mc_field_number(mc_field_next(&text, '/'), 6, 8, &device->digits) &&
           mc_field_number(text, PERIOD_MIN, PERIOD_MAX, &device->period);
}

enum mc_result mc_device_open(const struct mc_context *context, const char *entry_uuid,
                              struct mc_span value, struct mc_device *ret_device)
{
    struct mc_device device = {0};
    struct mc_span rest = value;
    struct mc_span id = mc_field_next(&rest, ' ');
    struct mc_span parameters = mc_field_next(&rest, ' ');
    // "1 sha1/6/30": what the seal is bound to besides the entry
    struct mc_span detail = {value.data, id.size + 1 + parameters.size};
    struct mc_span created = mc_field_next(&rest, ' ');
    struct mc_span sealed = mc_field_next(&rest, ' ');
    if (!mc_field_number(id, 1, UINT32_MAX, &device.id) || !read_parameters(parameters, &device) ||
        mc_time_parse(created, &device.created) != MC_OK) {
        return MC_BAD_DATA;
    }
    device.label = rest;
    const struct mc_seal_context about = {"mycredTotp", entry_uuid, detail};
    enum mc_result result = mc_unseal(context->keys, &about, sealed, &device.secret);
    if (result == MC_OK &&
        (device.secret.size < MC_DEVICE_SECRET_MIN || device.secret.size > MC_DEVICE_SECRET_MAX)) {
        mc_device_release(&device);
        result = MC_BAD_DATA;
    }
    if (result == MC_OK) {
        *ret_device = device;
    }
    return result;
}

enum mc_result mc_device_write(const struct mc_context *context, const char *entry_uuid,
                               const struct mc_device *device, struct mc_buffer *out)
{
    char detail[64], created[MC_TIME_TEXT];
    snprintf(detail, sizeof detail, "%u %s/%u/%u", device->id, algorithms[device->algorithm].word,
             device->digits, device->period);
    mc_time_format(device->created, created);
    mc_buffer_format(out, "%s %s ", detail, created);
    const struct mc_seal_context about = {"mycredTotp", entry_uuid, mc_span_of(detail)};
    enum mc_result result = mc_seal(context->keys, &about, mc_secret_span(&device->secret), out);
    if (result != MC_OK) {
        return result;
    }
    mc_buffer_add_text(out, " ");
    mc_buffer_add_span(out, device->label);
    return mc_buffer_result(out);
}

enum mc_result mc_device_code(const struct mc_device *device, mc_time time,
                              struct mc_secret *ret_code)
{
    char code[16] = "";
    int status = oath_totp_generate2(device->secret.data, device->secret.size,
                                     (time_t)(time / MC_SECOND), device->period, 0, device->digits,
                                     algorithms[device->algorithm].flags, code);
    if (status != OATH_OK) {
        return status == OATH_MALLOC_ERROR ? MC_NO_MEMORY : MC_INTERNAL;
    }
    enum mc_result result = mc_secret_set(ret_code, mc_span_of(code));
    mc_wipe(code, sizeof code);
    return result;
}

enum mc_result mc_device_match(const struct mc_device *device, struct mc_span code,
                               const struct mc_step_window *window, mc_time *ret_step_start)
{
    mc_time period = (mc_time)device->period * MC_SECOND;
    mc_time current = window->now - window->now % period;
    enum mc_result found = MC_WRONG;
    for (unsigned back = 0; back <= window->earlier; back++) {
        mc_time start = current - (mc_time)back * period;
        MC_AUTO_SECRET struct mc_secret expected = {0};
        enum mc_result result = mc_device_code(device, start, &expected);
        if (result != MC_OK) {
            return result;
        }
        bool same = mc_secret_matches(mc_secret_span(&expected), code);
        if (same && start > window->after) {
            *ret_step_start = start;
            found = MC_OK;
        }
    }
    return found;
}
