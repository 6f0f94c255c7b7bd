// SPDX-License-Identifier: Apache-2.0
#include "common/attempt.h"

#include "common/changes.h"
#include "common/field.h"
#include "common/limit.h"

#include <stdio.h>

#define CHARGE_TRIES 64 // microseconds tried when another attempt holds ours already
#define SPEND_CHANGES_MAX 8

static const char *const failure_attributes[] = {[MC_FACTOR_TOTP] = "mycredTotpFailure",
                                                 [MC_FACTOR_CODE] = "mycredCodeFailure",
                                                 [MC_FACTOR_RECOVERY] = "mycredRecoveryFailure"};

const char *mc_attempt_attribute(enum mc_factor factor)
{
    return failure_attributes[factor];
}

static enum mc_result judge(const struct mc_context *context, enum mc_factor factor,
                            const struct mc_account *account, struct mc_span own,
                            struct mc_attempt *attempt)
{
    const char *attribute = failure_attributes[factor];
    struct mc_values failures = mc_entry_values(account->entry, attribute);
    mc_time now = context->now(), from = 0;
    if (mc_limit_guess(context->config, failures, own, now, &from) != MC_OK) {
        attempt->damaged = attribute;
        return MC_BAD_DATA;
    }
    int64_t before = (int64_t)failures.count - (own.size ? 1 : 0);
    int64_t left = context->config->code_tries - before - 1;
    attempt->tries_left = left > 0 ? (unsigned)left : 0;
    attempt->failures = (unsigned)before + 1;
    attempt->retry_at = from;
    return from > now ? MC_THROTTLED : MC_OK;
}

enum mc_result mc_attempt_look(const struct mc_context *context, enum mc_factor factor,
                               const struct mc_account *account, struct mc_attempt *attempt)
{
    return judge(context, factor, account, (struct mc_span){NULL, 0}, attempt);
}

// Adds one failure with a time nobody else holds; `time` is its text.
static enum mc_result add_failure(const struct mc_context *context, enum mc_factor factor,
                                  const struct mc_account *account, char time[MC_TIME_TEXT],
                                  struct mc_entry **ret_after)
{
    mc_time now = context->now();
    bool has_class = mc_entry_has_state_class(account->entry);
    enum mc_result result = MC_LOST_RACE;
    for (int i = 0; i < CHARGE_TRIES && result == MC_LOST_RACE; i++) {
        mc_time_format_exact(now + i, time);
        const struct mc_change changes[] = {
            {MC_CHANGE_ADD, failure_attributes[factor], mc_span_of(time)},
            {MC_CHANGE_ADD, "objectClass", mc_span_of("mycredState")},
        };
        result = mc_directory_modify(context->directory, account->dn, changes, has_class ? 1 : 2,
                                     ret_after);
        has_class = has_class || i > 1; // the class may be what somebody else added meanwhile
    }
    return result == MC_LOST_RACE ? MC_UNAVAILABLE : result;
}

// Takes a charge back that came too late to be compared; if that fails the entry only holds one
// failure more.
static void remove_failure(const struct mc_context *context, enum mc_factor factor,
                           const struct mc_account *account, const char *time)
{
    const struct mc_change change = {MC_CHANGE_DELETE, failure_attributes[factor],
                                     mc_span_of(time)};
    enum mc_result result = mc_directory_modify(context->directory, account->dn, &change, 1, NULL);
    (void)result;
}

// The entry may have become another one under the same name while the person was typing.
static enum mc_result replace_account(const struct mc_context *context, struct mc_entry *after,
                                      struct mc_account *account, struct mc_attempt *attempt)
{
    struct mc_account fresh;
    enum mc_result result = mc_account_init(context, after, &fresh);
    if (result == MC_OK && strcmp(fresh.uuid, account->uuid) != 0) {
        result = MC_WRONG;
    }
    attempt->damaged = fresh.damaged;
    mc_account_release(account);
    *account = fresh;
    return result;
}

enum mc_result mc_attempt_charge(const struct mc_context *context, enum mc_factor factor,
                                 struct mc_account *account, struct mc_attempt *attempt)
{
    struct mc_entry *after = NULL;
    *attempt = (struct mc_attempt){0};
    // who is refused already by what was read writes nothing
    enum mc_result result = mc_attempt_look(context, factor, account, attempt);
    if (result != MC_OK) {
        return result;
    }
    result = add_failure(context, factor, account, attempt->charge, &after);
    if (result != MC_OK) {
        return result == MC_NOT_FOUND ? MC_WRONG : result;
    }
    result = replace_account(context, after, account, attempt);
    if (result != MC_OK) {
        return result;
    }
    result = judge(context, factor, account, mc_span_of(attempt->charge), attempt);
    if (result == MC_THROTTLED) {
        remove_failure(context, factor, account, attempt->charge);
    }
    if (result == MC_OK && account->locked_until > context->now()) {
        result = MC_LOCKED;
    }
    return result;
}

enum mc_result mc_attempt_spend(const struct mc_context *context, enum mc_factor factor,
                                const struct mc_account *account, const struct mc_change *changes,
                                size_t count, struct mc_attempt *attempt)
{
    struct mc_change all[SPEND_CHANGES_MAX + 1];
    if (count > SPEND_CHANGES_MAX) {
        return MC_INTERNAL;
    }
    memcpy(all, changes, count * sizeof *changes);
    all[count] = (struct mc_change){MC_CHANGE_CLEAR, failure_attributes[factor], {NULL, 0}};
    enum mc_result result =
        mc_directory_modify(context->directory, account->dn, all, count + 1, NULL);
    attempt->lost_race = result == MC_LOST_RACE;
    return result == MC_LOST_RACE || result == MC_NOT_FOUND ? MC_WRONG : result;
}

void mc_attempt_note_use(const struct mc_context *context, const struct mc_account *account,
                         const char *word)
{
    struct mc_values uses = mc_entry_values(account->entry, "mycredLastUse");
    struct mc_change changes[2];
    size_t count = 0;
    char day[MC_TIME_TEXT], value[MC_TIME_TEXT + 16];
    mc_time_format(context->now() / (86400 * MC_SECOND) * (86400 * MC_SECOND), day);
    snprintf(value, sizeof value, "%s %s", word, day);
    for (size_t i = 0; i < uses.count; i++) {
        struct mc_span rest = uses.items[i];
        if (mc_span_equals(rest, value)) {
            return;
        }
        if (mc_span_equals(mc_field_next(&rest, ' '), word) && count == 0) {
            changes[count++] = (struct mc_change){MC_CHANGE_DELETE, "mycredLastUse", uses.items[i]};
        }
    }
    changes[count++] = (struct mc_change){MC_CHANGE_ADD, "mycredLastUse", mc_span_of(value)};
    enum mc_result result =
        mc_directory_modify(context->directory, account->dn, changes, count, NULL);
    (void)result; // a statistic; another login of the same moment may have written it
}
