// SPDX-License-Identifier: Apache-2.0
#include "common/attempt.h"
#include "common/device.h"

#define CLOCK_SLACK                                                                                \
    (60 * MC_SECOND) // how far ahead a spent step may lie by clocks that differ a little

// Start of the newest step spent, 0 for none.
static enum mc_result read_used(const struct mc_account *account, mc_time *ret_used,
                                struct mc_attempt *attempt)
{
    struct mc_values used = mc_entry_values(account->entry, "mycredTotpUsed");
    *ret_used = 0;
    if (used.count && mc_time_parse(used.items[0], ret_used) != MC_OK) {
        attempt->damaged = "mycredTotpUsed";
        return MC_BAD_DATA;
    }
    return MC_OK;
}

// One damaged device does not hide another that is right; with none right it is reported, never
// overlooked.
static enum mc_result match_devices(const struct mc_context *context,
                                    const struct mc_account *account, struct mc_span typed,
                                    const struct mc_step_window *window, mc_time *ret_start)
{
    enum mc_result found = MC_WRONG;
    bool damaged = false;
    for (size_t i = 0; i < account->devices.count && found == MC_WRONG; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device device = {0};
        enum mc_result result =
            mc_device_open(context, account->uuid, account->devices.items[i], &device);
        if (result == MC_BAD_DATA) {
            damaged = true;
            continue;
        }
        found = result == MC_OK ? mc_device_match(&device, typed, window, ret_start) : result;
    }
    return found == MC_WRONG && damaged ? MC_BAD_DATA : found;
}

static enum mc_result spend_step(const struct mc_context *context, const struct mc_account *account,
                                 mc_time start, struct mc_attempt *attempt)
{
    struct mc_values used = mc_entry_values(account->entry, "mycredTotpUsed");
    char text[MC_TIME_TEXT];
    struct mc_change changes[2];
    size_t count = 0;
    mc_time_format(start, text);
    if (used.count) {
        changes[count++] = (struct mc_change){MC_CHANGE_DELETE, "mycredTotpUsed", used.items[0]};
    }
    changes[count++] = (struct mc_change){MC_CHANGE_ADD, "mycredTotpUsed", mc_span_of(text)};
    return mc_attempt_spend(context, MC_FACTOR_TOTP, account, changes, count, attempt);
}

enum mc_result mc_attempt_totp(const struct mc_context *context, struct mc_account *account,
                               struct mc_span typed, struct mc_attempt *ret_attempt)
{
    mc_time used = 0, start = 0;
    enum mc_result result = mc_attempt_charge(context, MC_FACTOR_TOTP, account, ret_attempt);
    if (result == MC_OK) {
        result = read_used(account, &used, ret_attempt);
    }
    if (result != MC_OK) {
        return result;
    }
    mc_time now = context->now(), switched = mc_directory_switched(context->directory);
    ret_attempt->clock_trouble = used > now + CLOCK_SLACK;
    const struct mc_step_window window = {now, (unsigned)context->config->totp_earlier_steps,
                                          used > switched ? used : switched};
    result = match_devices(context, account, typed, &window, &start);
    if (result == MC_BAD_DATA) {
        ret_attempt->damaged = "mycredTotp";
    }
    if (result != MC_OK) {
        return result;
    }
    result = spend_step(context, account, start, ret_attempt);
    if (result == MC_OK) {
        mc_attempt_note_use(context, account, "totp");
    }
    return result;
}
