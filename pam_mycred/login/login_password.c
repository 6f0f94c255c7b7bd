// SPDX-License-Identifier: Apache-2.0
// chauthtok: the current password, a code where login verification is on, then the new one by the
// directory's rules.
#include "pam_mycred/login/login.h"

#include "common/password_reason.h"

#include <stdio.h>

#define PROOF_LIFE (10 * 60 * MC_SECOND)

static enum mc_result proved(struct exchange *exchange)
{
    struct state *state = &exchange->state;
    state->stage = STAGE_PROVED;
    state->user = exchange->request->user;
    snprintf(state->uuid, sizeof state->uuid, "%s", exchange->account.uuid);
    state->dn = mc_span_of(mc_entry_dn(exchange->account.entry));
    state->started = exchange->login->context.now();
    return MC_OK;
}

enum mc_result login_check_old(struct exchange *exchange)
{
    struct mc_password_state policy;
    const struct wire_request *request = exchange->request;
    exchange->state.started = exchange->login->context.now();
    exchange->state.for_password = true;
    enum mc_result result = login_read_account(exchange);
    if (result != MC_OK) {
        return result;
    }
    result = mc_directory_check_password(exchange->login->directory, exchange->account.dn,
                                         request->password, &policy);
    if (result != MC_OK) {
        if (result == MC_WRONG) {
            exchange->one_time_over = policy.one_time_over;
            login_note_wrong_password(exchange);
        }
        note_failure(exchange, result, NULL);
        return result;
    }
    result = login_begin_second_step(exchange);
    return result == MC_OFF || result == MC_EXEMPT || result == MC_OK ? proved(exchange) : result;
}

// The account as it is now. What was proved counts for that very entry, and no longer once it is
// locked.
static enum mc_result read_proved(struct exchange *exchange)
{
    enum mc_result result = login_read_account(exchange);
    if (result != MC_OK) {
        return result;
    }
    bool same = strcmp(exchange->state.uuid, exchange->account.uuid) == 0;
    if (same && !exchange->rules.locked) {
        return MC_OK;
    }
    mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "rules-changed");
    return same ? MC_LOCKED : MC_WRONG;
}

enum mc_result login_set_new(struct exchange *exchange)
{
    struct mc_password_state policy;
    const struct wire_request *request = exchange->request;
    struct state *state = &exchange->state;
    if (state->stage != STAGE_PROVED ||
        exchange->login->context.now() - state->started > PROOF_LIFE) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "not-proved");
        return MC_WRONG;
    }
    enum mc_result result = read_proved(exchange);
    if (result != MC_OK) {
        return result;
    }
    result = mc_directory_change_password(exchange->login->directory, exchange->account.dn,
                                          request->password, request->new_password, &policy);
    if (result == MC_OK) {
        (void)note(exchange, MC_EVENT_PASSWORD_CHANGED);
    } else if (result == MC_PASSWORD_REFUSED) {
        mc_event_add_text(note(exchange, MC_EVENT_PASSWORD_REFUSED), "detail", policy.diagnostic);
        say_text(exchange, WIRE_ERROR, mc_text(exchange->language, mc_password_reason(&policy)));
        state->dn = mc_span_of(exchange->account.dn);
    } else if (result == MC_WRONG) {
        (void)note(exchange, MC_EVENT_PASSWORD_WRONG);
    } else {
        note_failure(exchange, result, NULL);
    }
    return result;
}
