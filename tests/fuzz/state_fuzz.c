// SPDX-License-Identifier: Apache-2.0
// States of any bytes: unsealed ones never open; sealed by our own key, as another version might
// have, they open within bounds or not at all, and what opens is sealed to the same again.
#include "common/seal.h"
#include "pam_mycred/login/login.h"
#include "tests/fuzz/core.h"

#define ID "0123456789abcdef"

static void look(const struct state *state)
{
    MUST(state->stage >= STAGE_CODE && state->stage <= STAGE_PROVED);
    MUST((unsigned)state->method < MC_METHOD_COUNT && (state->failed & ~MC_METHODS_ALL) == 0);
    MUST((unsigned)state->verdict < MC_RESULT_COUNT);
    MUST(memchr(state->uuid, '\0', sizeof state->uuid));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct login login = {0};
    login.context = *core_context();
    login.keys = (struct mc_keys *)(uintptr_t)login.context.keys;
    MC_AUTO_SECRET struct mc_secret opened = {0}, opened_again = {0};
    MC_AUTO_BUFFER struct mc_buffer sealed, again;
    struct state state = {0}, second = {0};
    mc_buffer_init(&sealed, WIRE_PAYLOAD_MAX);
    mc_buffer_init(&again, WIRE_PAYLOAD_MAX);
    struct mc_span text = {data, size};
    MUST(state_open(&login, text, mc_span_of(ID), &opened, &state) != MC_OK);
    const struct mc_seal_context context = {"conversation", "", mc_span_of(ID)};
    if (mc_seal(login.keys, &context, text, &sealed) != MC_OK ||
        state_open(&login, mc_buffer_span(&sealed), mc_span_of(ID), &opened, &state) != MC_OK) {
        return 0;
    }
    look(&state);
    if (state_seal(&login, &state, mc_span_of(ID), &again) == MC_OK) {
        MUST(state_open(&login, mc_buffer_span(&again), mc_span_of(ID), &opened_again, &second) ==
             MC_OK);
        MUST(second.stage == state.stage && second.method == state.method &&
             second.started == state.started && same_bytes(second.user, state.user) &&
             same_bytes(second.dn, state.dn));
    }
    return 0;
}
