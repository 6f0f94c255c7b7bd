// SPDX-License-Identifier: Apache-2.0
// A password that an administrator hands over. Directories take a password by one operation and the
// order to change it by another, so the second's failure must not leave the first's work behind.
#include "common/administer.h"

#include "common/notice.h"
#include "common/random.h"
#include "common/reminded.h"

#define NOTICE_MAX 2048
#define PASSWORD_SIZE 20 // characters of base32: 100 bits
#define DEADLINE_MS 8000

static enum mc_result set_random(const struct mc_context *context, const struct mc_account *account,
                                 struct mc_secret *ret_password)
{
    MC_AUTO_SECRET struct mc_secret random = {0};
    MC_AUTO_BUFFER struct mc_buffer shown;
    struct mc_password_state state;
    mc_buffer_init(&shown, 2 * PASSWORD_SIZE);
    enum mc_result result = mc_random_base32(PASSWORD_SIZE, &random);
    if (result != MC_OK) {
        return result;
    }
    // in groups, to be read out and typed
    for (size_t i = 0; i < PASSWORD_SIZE; i += 5) {
        mc_buffer_format(&shown, "%s%.5s", i ? "-" : "", random.data + i);
    }
    result = mc_buffer_result(&shown);
    if (result == MC_OK) {
        result = mc_directory_reset_password(context->directory, account->dn,
                                             mc_buffer_span(&shown), &state);
    }
    return result == MC_OK ? mc_secret_set(ret_password, mc_buffer_span(&shown)) : result;
}

static enum mc_result tell(const struct mc_context *context, const struct mc_account *account,
                           const struct mc_order *order, struct mc_buffer *value)
{
    const struct mc_notice notice = {.event = MC_NOTICE_ONE_TIME_PASSWORD,
                                     .when = context->now(),
                                     .source = order->source ? order->source : "-",
                                     .parameter = ""};
    return mc_notice_write(context, account, &notice, value);
}

// Forces the change, ends what the old password had opened, and tells.
static enum mc_result force_change(const struct mc_context *context,
                                   const struct mc_account *account, const struct mc_order *order)
{
    char until[MC_TIME_TEXT], mark[MC_REMINDED_TEXT];
    struct mc_changes changes = {0};
    mc_changes_clear(&changes, "pwdReset");
    mc_changes_add(&changes, MC_CHANGE_ADD, "pwdReset", mc_span_of("TRUE"));
    mc_changes_clear(&changes, "mycredSession");
    mc_changes_clear(&changes, "mycredHelpAsked");
    // as one_time_password_life asks for it
    mc_reminded_note(account, MC_ONE_TIME_MARK, context->now(), mark, &changes);
    mc_changes_add_class(&changes, account->entry);
    if (order->until) {
        mc_time_format(order->until, until);
        mc_changes_clear(&changes, "mycredInviteUntil");
        mc_changes_add(&changes, MC_CHANGE_ADD, "mycredInviteUntil", mc_span_of(until));
    }
    MC_AUTO_BUFFER struct mc_buffer notice;
    mc_buffer_init(&notice, NOTICE_MAX);
    enum mc_result result = MC_OK;
    if (context->site_keys) {
        result = tell(context, account, order, &notice);
        mc_changes_add(&changes, MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&notice));
    }
    return result == MC_OK ? mc_changes_write(context->directory, account->dn, &changes, NULL)
                           : result;
}

enum mc_result mc_administer_password(const struct mc_context *context,
                                      const struct mc_account *account,
                                      const struct mc_order *order, struct mc_secret *ret_password,
                                      bool *ret_told)
{
    MC_AUTO_SECRET struct mc_secret password = {0};
    if (order->actor_uuid && strcmp(order->actor_uuid, account->uuid) == 0) {
        return MC_DENIED_PEER;
    }
    if (account->locked_until > context->now()) {
        return MC_LOCKED;
    }
    enum mc_result result = set_random(context, account, &password);
    if (result != MC_OK) {
        return result;
    }
    result = force_change(context, account, order);
    if (result != MC_OK) {
        // another one, that nobody knows: the one just made could be kept
        mc_directory_set_deadline(context->directory, DEADLINE_MS);
        enum mc_result again = set_random(context, account, &password);
        return again == MC_OK ? result : MC_INTERNAL;
    }
    *ret_told = context->site_keys != NULL;
    return mc_secret_set(ret_password, mc_secret_span(&password));
}
