// SPDX-License-Identifier: Apache-2.0
#include "common/field.h"
#include "common/seal.h"
#include "pam_mycred/login/login.h"

#include <stdio.h>

#define STATE_TEXT_MAX 4096 // bytes

static struct mc_seal_context seal_context(struct mc_span id)
{
    return (struct mc_seal_context){"conversation", "", id};
}

enum mc_result state_seal(const struct login *login, const struct state *state, struct mc_span id,
                          struct mc_buffer *out)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, STATE_TEXT_MAX);
    mc_buffer_format(&text, "%d %d %d %d %d %d %d %u %lld %s ", state->stage, state->method,
                     state->verdict, state->failed, state->has_class, state->for_password,
                     state->others, state->answers, (long long)state->started,
                     state->uuid[0] ? state->uuid : "-");
    // login names and DNs may hold spaces: sizes, not separators
    mc_buffer_format(&text, "%d %d %zu %zu ", state->language, state->lost, state->lost_cause.size,
                     state->user.size);
    mc_buffer_add_span(&text, state->lost_cause);
    mc_buffer_add_span(&text, state->user);
    mc_buffer_add_span(&text, state->dn);
    enum mc_result result = mc_buffer_result(&text);
    const struct mc_seal_context about = seal_context(id);
    return result == MC_OK ? mc_seal(login->keys, &about, mc_buffer_span(&text), out) : result;
}

// Numbers become places in tables: none of another version's may get there.
static bool is_known(int stage, int method, int verdict, int failed)
{
    return stage >= STAGE_CODE && stage <= STAGE_PROVED && method >= MC_METHOD_NONE &&
           method < MC_METHOD_COUNT && verdict >= MC_UNDECIDED && verdict < MC_RESULT_COUNT &&
           (failed & ~MC_METHODS_ALL) == 0;
}

// Takes `size` bytes off the front of `rest`; false when it has fewer.
static bool take(struct mc_span *rest, size_t size, struct mc_span *ret_taken)
{
    if (size > rest->size) {
        return false;
    }
    *ret_taken = (struct mc_span){rest->data, size};
    *rest = (struct mc_span){rest->data + size, rest->size - size};
    return true;
}

static bool read_state(struct mc_span text, struct state *state)
{
    int stage = 0, method = 0, verdict = 0, failed = 0, has_class = 0, for_password = 0, others = 0;
    int language = 0, lost = 0, used = 0;
    long long started = 0;
    size_t cause_size = 0, user_size = 0;
    struct mc_span numbers, rest = text;
    // authenticated text of our own making, NUL-terminated by mc_secret
    if (sscanf((const char *)text.data, "%d %d %d %d %d %d %d %u %lld %63s %d %d %zu %zu%n", &stage,
               &method, &verdict, &failed, &has_class, &for_password, &others, &state->answers,
               &started, state->uuid, &language, &lost, &cause_size, &user_size, &used) != 14) {
        return false;
    }
    if (started < 0 || !take(&rest, (size_t)used + 1, &numbers) ||
        !take(&rest, cause_size, &state->lost_cause) || !take(&rest, user_size, &state->user) ||
        !is_known(stage, method, verdict, failed) || !is_known(stage, lost, verdict, failed) ||
        language < 0 || language >= MC_LANGUAGE_COUNT) {
        return false;
    }
    state->stage = (enum stage)stage;
    state->method = (enum mc_method)method;
    state->verdict = (enum mc_result)verdict;
    state->failed = (mc_method_set)failed;
    state->has_class = has_class;
    state->for_password = for_password;
    state->others = others;
    state->started = started;
    state->language = (enum mc_language)language;
    state->lost = (enum mc_method)lost;
    state->dn = rest;
    return true;
}

enum mc_result state_open(const struct login *login, struct mc_span text, struct mc_span id,
                          struct mc_secret *opened, struct state *ret_state)
{
    const struct mc_seal_context about = seal_context(id);
    struct state state = {0};
    enum mc_result result = mc_unseal(login->keys, &about, text, opened);
    if (result != MC_OK) {
        return result;
    }
    mc_time age = 0;
    if (read_state(mc_secret_span(opened), &state)) {
        age = login->context.now() - state.started;
    }
    if (state.stage == 0 || age > STATE_LIFE) {
        return MC_BAD_DATA;
    }
    *ret_state = state;
    return MC_OK;
}
