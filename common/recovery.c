// SPDX-License-Identifier: Apache-2.0
#include "common/recovery.h"

#include "common/attempt.h"
#include "common/field.h"
#include "common/random.h"
#include "common/seal.h"

#include <stdio.h>

bool mc_recovery_is_code(struct mc_span typed)
{
    return typed.size == MC_RECOVERY_SIZE && mc_field_is_base32(typed);
}

enum mc_result mc_recovery_make(const struct mc_context *context, const char *entry_uuid,
                                unsigned id, struct mc_secret *ret_code, struct mc_buffer *value)
{
    MC_AUTO_SECRET struct mc_secret code = {0};
    uint8_t digest[MC_DIGEST_SIZE];
    char detail[16], shown[MC_RECOVERY_SHOWN];
    enum mc_result result = mc_random_base32(MC_RECOVERY_SIZE, &code);
    if (result != MC_OK) {
        return result;
    }
    snprintf(detail, sizeof detail, "%02u", id);
    const struct mc_seal_context about = {"mycredRecovery", entry_uuid, mc_span_of(detail)};
    mc_digest(mc_secret_span(&code), digest);
    mc_buffer_format(value, "%s ", detail);
    result = mc_seal(context->keys, &about, (struct mc_span){digest, sizeof digest}, value);
    if (result == MC_OK) {
        snprintf(shown, sizeof shown, "%.4s-%.5s-%.4s", code.data, code.data + 4, code.data + 9);
        result = mc_secret_set(ret_code, mc_span_of(shown));
        mc_wipe(shown, sizeof shown);
    }
    return result;
}

enum mc_result mc_recovery_find(const struct mc_context *context, const struct mc_account *account,
                                struct mc_span typed, struct mc_span *ret_value)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredRecovery");
    uint8_t digest[MC_DIGEST_SIZE];
    enum mc_result found = MC_WRONG;
    bool damaged = false;
    mc_digest(typed, digest);
    for (size_t i = 0; i < values.count; i++) {
        MC_AUTO_SECRET struct mc_secret stored = {0};
        struct mc_span sealed = values.items[i];
        const struct mc_seal_context about = {"mycredRecovery", account->uuid,
                                              mc_field_next(&sealed, ' ')};
        enum mc_result result = mc_unseal(context->keys, &about, sealed, &stored);
        if (result == MC_BAD_DATA) {
            damaged = true;
        } else if (result != MC_OK) {
            return result;
        } else if (mc_secret_matches(mc_secret_span(&stored),
                                     (struct mc_span){digest, sizeof digest})) {
            *ret_value = values.items[i];
            found = MC_OK;
        }
    }
    return found == MC_WRONG && damaged ? MC_BAD_DATA : found;
}

// A value that went between looking and deleting was used by somebody else, or moved to a new key
// (reseal.h); only in the second case does the code still find one.
static enum mc_result spend(const struct mc_context *context, struct mc_account *account,
                            struct mc_span typed, struct mc_span value, struct mc_attempt *attempt)
{
    struct mc_change change = {MC_CHANGE_DELETE, "mycredRecovery", value};
    enum mc_result result =
        mc_attempt_spend(context, MC_FACTOR_RECOVERY, account, &change, 1, attempt);
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    if (!attempt->lost_race ||
        mc_directory_read_person(context->directory, account->dn, &entry) != MC_OK) {
        return result;
    }
    struct mc_account fresh = *account;
    fresh.entry = entry;
    if (mc_recovery_find(context, &fresh, typed, &change.value) != MC_OK) {
        return result;
    }
    attempt->lost_race = false;
    return mc_attempt_spend(context, MC_FACTOR_RECOVERY, account, &change, 1, attempt);
}

enum mc_result mc_attempt_recovery(const struct mc_context *context, struct mc_account *account,
                                   struct mc_span typed, struct mc_attempt *ret_attempt)
{
    struct mc_span value = {NULL, 0};
    enum mc_result result = mc_directory_check_settled(context->directory, context->now());
    if (result == MC_OK) {
        result = mc_attempt_charge(context, MC_FACTOR_RECOVERY, account, ret_attempt);
    }
    if (result == MC_OK) {
        result = mc_recovery_find(context, account, typed, &value);
    }
    if (result == MC_BAD_DATA && !ret_attempt->damaged) {
        ret_attempt->damaged = "mycredRecovery";
    }
    if (result != MC_OK) {
        return result;
    }
    result = spend(context, account, typed, value, ret_attempt);
    if (result == MC_OK) {
        ret_attempt->recovery_left =
            (unsigned)mc_entry_values(account->entry, "mycredRecovery").count - 1;
        mc_attempt_note_use(context, account, "recovery");
    }
    return result;
}
