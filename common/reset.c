// SPDX-License-Identifier: Apache-2.0
#include "common/reset.h"

#include "common/challenge_private.h"

// `tried.<flow>/<channel> <created> <expiry> w1 <number>` with the times of the code: a value that
// one try alone can add.
static enum mc_result write_try(struct mc_span code_value, unsigned number, struct mc_buffer *value)
{
    struct mc_span rest = code_value;
    (void)mc_field_next(&rest, '.');
    mc_buffer_add_text(value, "tried.");
    for (int field = 0; field < 4; field++) {
        mc_buffer_add_span(value, mc_field_next(&rest, ' '));
        mc_buffer_add_text(value, " ");
    }
    mc_buffer_format(value, "%u", number);
    return mc_buffer_result(value);
}

static bool is_there(const struct mc_account *account, const struct mc_buffer *value)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredChallenge");
    for (size_t i = 0; i < values.count; i++) {
        if (mc_span_equals(values.items[i], mc_buffer_text(value))) {
            return true;
        }
    }
    return false;
}

// Takes the first free try; `ret_left` are those after it. MC_WRONG when none is free.
static enum mc_result reserve(const struct mc_context *context, const struct mc_account *account,
                              struct mc_span code_value, unsigned *ret_left)
{
    unsigned tries = (unsigned)context->config->code_tries, number = 0;
    enum mc_result result = MC_LOST_RACE;
    while (result == MC_LOST_RACE && number < tries) {
        MC_AUTO_BUFFER struct mc_buffer value;
        mc_buffer_init(&value, MC_CHALLENGE_VALUE_MAX);
        result = write_try(code_value, ++number, &value);
        if (result == MC_OK && is_there(account, &value)) {
            result = MC_LOST_RACE;
        }
        const struct mc_change change = {MC_CHANGE_ADD, "mycredChallenge", mc_buffer_span(&value)};
        if (result == MC_OK) {
            result = mc_directory_modify(context->directory, account->dn, &change, 1, NULL);
        }
    }
    *ret_left = tries - number;
    return result == MC_LOST_RACE || result == MC_NOT_FOUND ? MC_WRONG : result;
}

static enum mc_result spend(const struct mc_context *context, const struct mc_account *account,
                            struct mc_span value)
{
    const struct mc_change change = {MC_CHANGE_DELETE, "mycredChallenge", value};
    enum mc_result result = mc_directory_modify(context->directory, account->dn, &change, 1, NULL);
    return result == MC_LOST_RACE || result == MC_NOT_FOUND ? MC_WRONG : result;
}

enum mc_result mc_reset_check(const struct mc_context *context, const struct mc_account *account,
                              const struct mc_challenge *challenge, struct mc_span typed,
                              unsigned *ret_tries_left)
{
    struct mc_pending pending = {0};
    struct mc_span value = {NULL, 0};
    *ret_tries_left = 0;
    enum mc_result result = mc_challenge_look(context, account, challenge, &pending);
    if (result == MC_OK && !pending.is_pending) {
        result = MC_WRONG;
    }
    if (result == MC_OK) {
        result = reserve(context, account, pending.value, ret_tries_left);
    }
    if (result == MC_OK) {
        result = mc_challenge_match(context, account, challenge, typed, (struct mc_span){NULL, 0},
                                    &value);
    }
    return result == MC_OK ? spend(context, account, value) : result;
}
