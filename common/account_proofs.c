// SPDX-License-Identifier: Apache-2.0
#include "common/account.h"
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

mc_method_set mc_account_proofs(const struct mc_context *context, const struct mc_account *account)
{
    mc_method_set proofs = 0;
    proofs |= account->email[0] ? MC_METHOD_BIT(MC_METHOD_EMAIL) : 0;
    proofs |= account->devices.count ? MC_METHOD_BIT(MC_METHOD_TOTP) : 0;
    mc_time proved = proved_at(account);
    bool held = proved && context->now() < proved + context->config->contact_hold * MC_SECOND;
    if (account->mobile[0] && !(held && proofs)) {
        proofs |= MC_METHOD_BIT(MC_METHOD_SMS);
    }
    return proofs;
}
