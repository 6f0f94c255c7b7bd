// SPDX-License-Identifier: Apache-2.0
// A person's entry of any attributes and values: either damaged by name, or rules within bounds.
#include "tests/fuzz/core.h"

static void look_at_rules(const struct mc_account *account)
{
    const struct mc_context *context = core_context();
    const struct mc_group_rules groups = {0};
    struct mc_rules rules;
    mc_rules_apply(context, account, &groups, &rules);
    MUST(rules.require >= MC_REQUIRE_OPTIONAL && rules.require <= MC_REQUIRE_OFF);
    MUST((rules.allowed & ~MC_METHODS_ALL) == 0 && (rules.usable & ~rules.allowed) == 0);
    // nothing but the entry's own word can switch verification off or grant an exemption
    bool says_off = mc_entry_has(account->entry, "mycredRequire", "off");
    MUST((rules.require == MC_REQUIRE_OFF) == says_off);
    MUST(!rules.exempt || mc_entry_values(account->entry, "mycredExemptUntil").count == 1);
    MUST(!(rules.usable & MC_METHOD_BIT(MC_METHOD_TOTP)) || account->devices.count);
}

static void look_at_contacts(const struct mc_account *account)
{
    char again[MC_CONTACT_MAX];
    if (account->mobile[0]) {
        MUST(mc_mobile_parse(mc_span_of(account->mobile), "", again) == MC_OK);
        MUST(strncmp(again, "+86", 3) == 0 || strncmp(again, "+1", 2) == 0);
    }
    MUST(!account->email[0] || mc_email_parse(mc_span_of(account->email), again) == MC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_account account = {0};
    struct mc_entry *entry = core_entry((struct mc_span){data, size});
    enum mc_result result = mc_account_init(core_context(), entry, &account);
    MUST(result == MC_OK || result == MC_BAD_DATA);
    MUST((account.damaged != NULL) == (result == MC_BAD_DATA));
    if (result == MC_OK) {
        bool chosen = mc_entry_values(entry, "mycredLoginMethod").count > 0;
        MUST((account.chosen != MC_METHOD_NONE) == chosen);
        look_at_rules(&account);
        look_at_contacts(&account);
    }
    mc_account_release(&account);
    return 0;
}
