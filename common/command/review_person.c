// SPDX-License-Identifier: Apache-2.0
// --user: whether this person can sign in as the rules want it.
#include "common/command/review.h"

#include "common/device.h"

static bool find_account(struct mc_review *review, const char *user, struct mc_account *account)
{
    const struct mc_admin *admin = &review->admin;
    enum mc_result result = mc_account_find(&admin->context, mc_span_of(user), account);
    if (result == MC_OK) {
        mc_buffer_clear(&review->person);
        mc_buffer_add_text(&review->person, account->dn);
        return true;
    }
    if (result == MC_UNKNOWN_USER) {
        mc_review_error(review, "Correct the name, ldap_base or ldap_person_filter.",
                        "there is no account '%s' below %s", user, admin->config->ldap_base);
    } else if (result == MC_BAD_DATA && account->damaged) {
        mc_review_error(review, "Correct or delete that value; 'mycred status' shows it.",
                        "%s of %s is damaged, so every login is refused", account->damaged, user);
    } else {
        mc_review_error_directory(review, admin->directory, result);
    }
    return false;
}

static void check_devices(struct mc_review *review, const char *user,
                          const struct mc_account *account)
{
    size_t bad = 0;
    for (size_t i = 0; i < account->devices.count; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device device = {0};
        bad += mc_device_open(&review->admin.context, account->uuid, account->devices.items[i],
                              &device) != MC_OK;
    }
    if (bad) {
        mc_review_error(review, "'mycred status' says which and why; bind them anew.",
                        "%zu of %zu virtual MFA devices of %s cannot be used", bad,
                        account->devices.count, user);
    }
}

static void check_rules(struct mc_review *review, const char *user,
                        const struct mc_account *account)
{
    struct mc_group_rules groups = {0};
    struct mc_rules rules;
    const struct mc_context *context = &review->admin.context;
    enum mc_result result = mc_group_rules_read(context, account, mc_span_of(user), &groups);
    if (result == MC_BAD_DATA) {
        mc_review_error(review, "Correct it; 'mycred status' shows it.",
                        "a group of %s has a rule that is damaged, so every login is refused",
                        user);
        return;
    }
    if (result != MC_OK) {
        mc_review_error_directory(review, review->admin.directory, result);
        return;
    }
    mc_rules_apply(context, account, &groups, &rules);
    bool wanted = account->chosen != MC_METHOD_NONE || rules.require == MC_REQUIRE_ON ||
                  rules.require == MC_REQUIRE_ENROL;
    if (wanted && !rules.usable && rules.require != MC_REQUIRE_OFF && !rules.exempt) {
        mc_review_error(review, "Bind a method ('mycred enrol'), or allow one that is bound.",
                        "%s must verify logins, but has no usable method", user);
    }
}

void mc_review_person(struct mc_review *review)
{
    const char *user = review->arguments->values[MC_ARGUMENT_USER];
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    if (user && review->admin.keys && find_account(review, user, &account)) {
        check_devices(review, user, &account);
        check_rules(review, user, &account);
    }
}
