// SPDX-License-Identifier: Apache-2.0
// What the person typed: a code of the method asked for, a recovery code, `resend`, `?` or a choice
// of the menu.
#include "common/field.h"
#include "common/recovery.h"
#include "common/warning.h"
#include "pam_mycred/login/login.h"

#include <strings.h>

// Surrounding spaces are nobody's meaning.
static struct mc_span trim(struct mc_span text)
{
    while (text.size && text.data[0] == ' ') {
        text = (struct mc_span){text.data + 1, text.size - 1};
    }
    while (text.size && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    return text;
}

static bool is_word(const struct exchange *exchange, struct mc_span typed, const char *english)
{
    const char *own = mc_text(exchange->language, english);
    return (typed.size == strlen(english) &&
            strncasecmp((const char *)typed.data, english, typed.size) == 0) ||
           mc_span_equals(typed, own);
}

static bool asks_for_ways(struct mc_span typed)
{
    return mc_span_equals(typed, "?") || mc_span_equals(typed, "\xef\xbc\x9f"); // full-width: ？
}

// The account as the state knows it: enough to charge an attempt, whose Post-Read brings the rest.
static enum mc_result account_of_state(struct exchange *exchange)
{
    const struct state *state = &exchange->state;
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    enum mc_result result = mc_entry_new(state->dn, &entry);
    if (result == MC_OK) {
        result = mc_entry_add(entry, mc_span_of("entryUUID"), mc_span_of(state->uuid));
    }
    if (result == MC_OK && state->has_class) {
        result = mc_entry_add(entry, mc_span_of("objectClass"), mc_span_of("mycredState"));
    }
    if (result != MC_OK) {
        return result;
    }
    mc_account_release(&exchange->account);
    result = mc_account_init(&exchange->login->context, entry, &exchange->account);
    entry = NULL;
    if (result == MC_OK) {
        result = mc_group_rules_read(&exchange->login->context, &exchange->account, state->user,
                                     &exchange->groups);
    }
    if (result != MC_OK) {
        note_failure(exchange, result, "group mycredRequire");
    }
    return result;
}

static enum mc_result attempt(struct exchange *exchange, struct mc_span tidy, bool recovery,
                              struct mc_attempt *ret_attempt)
{
    const struct mc_context *context = &exchange->login->context;
    enum mc_method method = exchange->state.method;
    if (recovery) {
        return mc_attempt_recovery(context, &exchange->account, tidy, ret_attempt);
    }
    if (method == MC_METHOD_TOTP) {
        return mc_attempt_totp(context, &exchange->account, tidy, ret_attempt);
    }
    const struct mc_challenge challenge = {.purpose = "login", .channel = method, .flow = ""};
    return mc_attempt_challenge(context, &exchange->account, &challenge, tidy, ret_attempt);
}

// Right and spent. The rules may have changed while the person typed: what is not allowed now does
// not count. (A lock has refused the attempt itself.)
static enum mc_result finish(struct exchange *exchange, bool recovery,
                             const struct mc_attempt *proof)
{
    mc_method_set needed = MC_METHOD_BIT(exchange->state.method);
    if (!recovery && !(exchange->rules.usable & needed)) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "rules-changed");
        return MC_WRONG;
    }
    mc_event_add_text(note(exchange, MC_EVENT_LOGIN_VERIFIED), "method",
                      recovery ? "recovery" : mc_method_word(exchange->state.method));
    if (recovery) {
        mc_buffer_format(say(exchange, WIRE_INFO),
                         mc_text_n(exchange->language, "You have %u recovery code left.",
                                   "You have %u recovery codes left.", proof->recovery_left),
                         proof->recovery_left);
    }
    return MC_OK;
}

static void note_wrong(struct exchange *exchange, bool recovery, const struct mc_attempt *proof)
{
    struct mc_buffer *line = note(exchange, MC_EVENT_CODE_WRONG);
    mc_event_add_text(line, "method",
                      recovery ? "recovery" : mc_method_word(exchange->state.method));
    if (proof->lost_race) {
        mc_event_add_text(line, "reason", "spent-by-another-login");
    }
    if (mc_warn_of_failures(&exchange->login->context, &exchange->account, proof,
                            exchange->request->rhost) == MC_WARNING_DISABLED) {
        (void)note(exchange, MC_EVENT_CODES_DISABLED);
    }
    if (proof->clock_trouble) {
        (void)note(exchange, MC_EVENT_CLOCK_TROUBLE);
        say_text(exchange, WIRE_ERROR,
                 mc_text(exchange->language, "A clock is wrong: the last code used lies in the "
                                             "future. Tell your administrator."));
    }
}

static enum mc_result ask_once_more(struct exchange *exchange, unsigned tries_left)
{
    unsigned prompts_left = exchange->request->prompts_left;
    unsigned left = tries_left < prompts_left ? tries_left : prompts_left;
    say_wrong(exchange, left);
    if (left == 0) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "wrong-code");
        return MC_WRONG;
    }
    bool others = (exchange->rules.usable & (mc_method_set)~exchange->state.failed &
                   (mc_method_set)~MC_METHOD_BIT(exchange->state.method)) != 0;
    say_code_prompt(exchange, exchange->state.method,
                    others && exchange->request->fallback != WIRE_FALLBACK_NONE);
    exchange->state.stage = STAGE_CODE;
    exchange->state.has_class = true;
    exchange->state.dn = mc_span_of(exchange->account.dn);
    return MC_ASK;
}

static enum mc_result answer_code(struct exchange *exchange, struct mc_span typed)
{
    MC_AUTO_SECRET struct mc_secret tidy = {0};
    struct mc_attempt proof = {0};
    enum mc_result result = mc_field_tidy(typed, &tidy);
    if (result == MC_MALFORMED) { // counted like any wrong answer
        result = mc_secret_set(&tidy, mc_span_of("-"));
    }
    if (result == MC_OK) {
        result = account_of_state(exchange);
    }
    if (result != MC_OK) {
        return result;
    }
    bool recovery = mc_recovery_is_code(mc_secret_span(&tidy));
    result = attempt(exchange, mc_secret_span(&tidy), recovery, &proof);
    if (exchange->account.entry) {
        mc_rules_apply(&exchange->login->context, &exchange->account, &exchange->groups,
                       &exchange->rules);
        exchange->rules.usable &=
            exchange->request->methods ? exchange->request->methods : MC_METHODS_ALL;
    }
    switch (result) {
    case MC_OK:
        return finish(exchange, recovery, &proof);
    case MC_WRONG:
        note_wrong(exchange, recovery, &proof);
        return ask_once_more(exchange, proof.tries_left);
    case MC_THROTTLED:
        say_throttled(exchange, proof.retry_at);
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "throttled");
        return result;
    case MC_LOCKED:
        exchange->state.stage = STAGE_DECOY;
        exchange->state.verdict = MC_LOCKED;
        return login_answer_decoy(exchange);
    default:
        note_failure(exchange, result, proof.damaged);
        return result;
    }
}

// Nothing more can be asked: neither is a code sent that nobody could type.
static enum mc_result refuse_word(struct exchange *exchange)
{
    say_text(exchange, WIRE_ERROR,
             mc_text(exchange->language, "That was the last answer of this login. Sign in again to "
                                         "get another code or to verify in another way."));
    mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "prompts-used-up");
    return MC_WRONG;
}

// Words that need the account as it is now: another way, or the code again.
static enum mc_result answer_word(struct exchange *exchange, struct mc_span typed)
{
    enum mc_method choice = MC_METHOD_NONE;
    // the menu has no code to send again: there it is no choice, and the menu is shown anew
    bool again = exchange->state.stage == STAGE_CODE && is_word(exchange, typed, N_("resend"));
    enum mc_result result = login_read_account(exchange);
    if (result != MC_OK) {
        return result;
    }
    if (exchange->rules.locked || exchange->rules.usable == 0) {
        return login_ask_decoy(exchange, exchange->rules.locked ? MC_LOCKED : MC_WRONG);
    }
    if (again) {
        bool usable = exchange->rules.usable & MC_METHOD_BIT(exchange->state.method);
        return usable ? login_ask_by(exchange, exchange->state.method, true)
                      : login_show_menu(exchange);
    }
    choice = login_read_choice(exchange, typed);
    if (asks_for_ways(typed) || choice == MC_METHOD_NONE) {
        return login_show_menu(exchange);
    }
    return login_ask_by(exchange, choice, false);
}

static bool needs_account(const struct exchange *exchange, struct mc_span typed)
{
    bool others_allowed = exchange->request->fallback != WIRE_FALLBACK_NONE;
    if (exchange->state.stage == STAGE_MENU) {
        // longer ones are recovery codes, or codes typed early
        return typed.size < 6 || is_word(exchange, typed, "resend");
    }
    return (asks_for_ways(typed) && others_allowed) ||
           (is_word(exchange, typed, "resend") && exchange->state.method != MC_METHOD_TOTP);
}

enum mc_result login_answer(struct exchange *exchange)
{
    struct mc_span typed = trim(exchange->request->answer);
    bool asked = exchange->state.stage == STAGE_CODE || exchange->state.stage == STAGE_MENU;
    if ((exchange->request->flags & WIRE_DECOY) && asked) {
        // sshd refuses this person: nothing counts from here on
        exchange->state.stage = STAGE_DECOY;
        exchange->state.verdict = MC_WRONG;
    }
    switch (exchange->state.stage) {
    case STAGE_DECOY:
        return login_answer_decoy(exchange);
    case STAGE_CODE:
    case STAGE_MENU:
        if (!needs_account(exchange, typed)) {
            return answer_code(exchange, typed);
        }
        return exchange->request->prompts_left ? answer_word(exchange, typed)
                                               : refuse_word(exchange);
    case STAGE_PROVED:
        break; // nothing was asked
    }
    note_failure(exchange, MC_INTERNAL, NULL);
    return MC_INTERNAL;
}

static void note_undelivered(struct exchange *exchange, enum mc_method method, struct mc_span cause)
{
    struct mc_buffer *line = note(exchange, MC_EVENT_CODE_NOT_SENT);
    mc_event_add_text(line, "method", mc_method_word(method));
    mc_event_add(line, "cause", cause);
}

// `cause` as service_budget.c or the sender says it.
static void say_undelivered(struct exchange *exchange, enum mc_method method, struct mc_span cause)
{
    bool spent = mc_span_equals(cause, "reason=source_budget") ||
                 mc_span_equals(cause, "reason=site_budget");
    const char *text = spent                     ? N_("No more codes can be sent by SMS for now.")
                       : method == MC_METHOD_SMS ? N_("The code could not be sent by SMS.")
                                                 : N_("The code could not be sent by e-mail.");
    say_text(exchange, WIRE_ERROR, mc_text(exchange->language, text));
}

// The sender could not deliver what the last reply promised.
enum mc_result login_undelivered(struct exchange *exchange)
{
    struct state *state = &exchange->state;
    enum mc_method failed = state->method, lost = state->lost;
    struct mc_span lost_cause = state->lost_cause;
    const struct mc_challenge challenge = {.purpose = "login", .channel = failed, .flow = ""};
    if (lost != MC_METHOD_NONE) {
        note_undelivered(exchange, lost, lost_cause);
    }
    note_undelivered(exchange, failed, exchange->request->cause);
    state->lost = MC_METHOD_NONE;
    state->lost_cause = (struct mc_span){NULL, 0};
    exchange->undelivered = failed;
    enum mc_result result = login_read_account(exchange);
    if (result != MC_OK) {
        return result;
    }
    mc_challenge_void(&exchange->login->context, &exchange->account, &challenge);
    state->failed |= MC_METHOD_BIT(failed);
    if (lost != MC_METHOD_NONE) {
        say_undelivered(exchange, lost, lost_cause);
    }
    say_undelivered(exchange, failed, exchange->request->cause);
    enum mc_method next = login_best_method(exchange);
    if (exchange->request->fallback == WIRE_FALLBACK_NONE || next == MC_METHOD_NONE) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason",
                          mc_result_word(MC_UNDELIVERED));
        return MC_UNDELIVERED;
    }
    return exchange->request->fallback == WIRE_FALLBACK_AUTO ? login_ask_by(exchange, next, false)
                                                             : login_show_menu(exchange);
}
