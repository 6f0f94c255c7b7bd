// SPDX-License-Identifier: Apache-2.0
#include "common/account.h"
#include "common/device.h"
#include "common/field.h"

// When the number was proved here; 0: never, so that it is an administrator's.
static mc_time proved_at(const struct mc_account *account)
{
    struct mc_values marks = mc_entry_values(account->entry, "mycredVerified");
    mc_time latest = 0;
    for (size_t i = 0; i < marks.count; i++) {
        struct mc_span rest = marks.items[i];
        mc_time time = 0;
        if (mc_span_equals(mc_field_next(&rest, ' '), "mobile") &&
            mc_time_parse(mc_field_next(&rest, ' '), &time) == MC_OK && time > latest) {
            latest = time;
        }
    }
    return latest;
}

// A damaged device shows no codes. Whatever else keeps it from being opened is no absence.
static bool has_device(const struct mc_context *context, const struct mc_account *account)
{
    enum mc_result result = MC_BAD_DATA;
    for (size_t i = 0; result == MC_BAD_DATA && i < account->devices.count; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device device = {0};
        result = mc_device_open(context, account->uuid, account->devices.items[i], &device);
    }
    return result != MC_BAD_DATA;
}

mc_method_set mc_account_proofs(const struct mc_context *context, const struct mc_account *account)
{
    mc_method_set proofs = 0;
    proofs |= account->email[0] ? MC_METHOD_BIT(MC_METHOD_EMAIL) : 0;
    proofs |= has_device(context, account) ? MC_METHOD_BIT(MC_METHOD_TOTP) : 0;
    mc_time proved = proved_at(account);
    bool held = proved && context->now() < proved + context->config->contact_hold * MC_SECOND;
    if (account->mobile[0] && !(held && proofs)) {
        proofs |= MC_METHOD_BIT(MC_METHOD_SMS);
    }
    // where nothing but a damaged device is bound, the password alone is no proof: it is asked for,
    // and refused
    return proofs || account->devices.count == 0 ? proofs : MC_METHOD_BIT(MC_METHOD_TOTP);
}
