// SPDX-License-Identifier: Apache-2.0
// Asking by one of the methods, and changing between them.
#include "common/changes.h"
#include "common/field.h"
#include "common/limit.h"
#include "common/seal.h"
#include "pam_mycred/login/login.h"

#include <stdio.h>

// In the order in which they are listed, and tried when nothing else decides.
static const enum mc_method in_order[] = {MC_METHOD_TOTP, MC_METHOD_SMS, MC_METHOD_EMAIL};

static bool is_open(const struct exchange *exchange, enum mc_method method)
{
    mc_method_set open =
        (mc_method_set)(exchange->rules.usable & (mc_method_set)~exchange->state.failed);
    return (open & MC_METHOD_BIT(method)) != 0;
}

enum mc_method login_best_method(const struct exchange *exchange)
{
    if (is_open(exchange, exchange->account.chosen)) {
        return exchange->account.chosen;
    }
    for (size_t i = 0; i < MC_COUNT(in_order); i++) {
        if (is_open(exchange, in_order[i])) {
            return in_order[i];
        }
    }
    return MC_METHOD_NONE;
}

static bool has_other_ways(const struct exchange *exchange, enum mc_method method)
{
    for (size_t i = 0; i < MC_COUNT(in_order); i++) {
        if (in_order[i] != method && is_open(exchange, in_order[i])) {
            return exchange->request->fallback != WIRE_FALLBACK_NONE;
        }
    }
    return false;
}

// What the next answer must know.
static void remember(struct exchange *exchange, enum stage stage, enum mc_method method)
{
    struct state *state = &exchange->state;
    const struct mc_account *account = &exchange->account;
    state->stage = stage;
    state->method = method;
    state->user = exchange->request->user;
    if (account->entry) {
        snprintf(state->uuid, sizeof state->uuid, "%s", account->uuid);
        state->dn = mc_span_of(account->dn);
        state->has_class = mc_entry_has_state_class(account->entry);
    }
}

static enum mc_result ask(struct exchange *exchange, enum mc_method method)
{
    exchange->state.others = has_other_ways(exchange, method);
    say_code_prompt(exchange, method, exchange->state.others);
    remember(exchange, STAGE_CODE, method);
    return MC_ASK;
}

static struct mc_challenge login_challenge(enum mc_method method)
{
    return (struct mc_challenge){.purpose = "login", .channel = method, .flow = ""};
}

static enum mc_result send_new(struct exchange *exchange, enum mc_method method)
{
    const struct mc_context *context = &exchange->login->context;
    const struct mc_challenge challenge = login_challenge(method);
    const struct mc_issue issue = {exchange->language, exchange->request->id};
    mc_time from = 0;
    char hint[4];
    enum mc_result result =
        mc_challenge_issue(context, &exchange->account, &challenge, &issue, &exchange->job, &from);
    mc_contact_hint(method, mc_account_address(&exchange->account, method), hint);
    int64_t life =
        method == MC_METHOD_SMS ? context->config->sms_code_life : context->config->email_code_life;
    switch (result) {
    case MC_OK:
        say_where_sent(exchange, method, hint, false, life);
        return ask(exchange, method);
    case MC_LOST_RACE: // another login has just had one sent; it serves this one as well
        mc_buffer_clear(&exchange->job);
        say_where_sent(exchange, method, hint, true, life);
        return ask(exchange, method);
    case MC_THROTTLED:
        mc_buffer_clear(&exchange->job);
        mc_event_add_text(note(exchange, MC_EVENT_SEND_LIMITED), "method", mc_method_word(method));
        say_wait(exchange, from, false);
        return ask(exchange, method);
    default:
        mc_buffer_clear(&exchange->job);
        note_failure(exchange, result,
                     exchange->account.damaged ? exchange->account.damaged : "mycredSendTime");
        return result;
    }
}

static enum mc_result say_pending(struct exchange *exchange, enum mc_method method,
                                  const struct mc_pending *pending)
{
    mc_time now = exchange->login->context.now();
    char hint[4];
    mc_contact_hint(method, mc_account_address(&exchange->account, method), hint);
    say_where_sent(exchange, method, hint, true, (pending->expiry - now) / MC_SECOND);
    return ask(exchange, method);
}

// The person typed "resend": allowed as soon as the quota is; until then the code they have stays
// good.
static enum mc_result ask_again(struct exchange *exchange, enum mc_method method)
{
    const struct mc_context *context = &exchange->login->context;
    mc_time now = context->now(), from = 0;
    enum mc_result result =
        mc_limit_send(context->config, mc_entry_values(exchange->account.entry, "mycredSendTime"),
                      mc_method_word(method), (struct mc_span){NULL, 0}, now, &from);
    if (result != MC_OK) {
        note_failure(exchange, result, "mycredSendTime");
        return result;
    }
    if (from > now) {
        say_wait(exchange, from, true);
        return ask(exchange, method);
    }
    return send_new(exchange, method);
}

static bool is_sent(enum mc_method method)
{
    return method == MC_METHOD_SMS || method == MC_METHOD_EMAIL;
}

// Too many wrong answers already: said at once, so that nobody types codes that cannot count.
static enum mc_result look_at_guesses(struct exchange *exchange, enum mc_method method)
{
    struct mc_attempt attempt = {0};
    enum mc_factor factor = is_sent(method) ? MC_FACTOR_CODE : MC_FACTOR_TOTP;
    enum mc_result result =
        mc_attempt_look(&exchange->login->context, factor, &exchange->account, &attempt);
    if (result == MC_THROTTLED) {
        say_throttled(exchange, attempt.retry_at);
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "throttled");
    } else if (result == MC_BAD_DATA) {
        note_failure(exchange, result, attempt.damaged);
    }
    return result;
}

enum mc_result login_ask_by(struct exchange *exchange, enum mc_method method, bool again)
{
    const struct mc_challenge challenge = login_challenge(method);
    struct mc_pending pending = {0};
    enum mc_result result = look_at_guesses(exchange, method);
    if (result != MC_OK) {
        return result;
    }
    if (!is_sent(method)) {
        return ask(exchange, method);
    }
    if (again) {
        return ask_again(exchange, method);
    }
    result = mc_challenge_look(&exchange->login->context, &exchange->account, &challenge, &pending);
    if (result != MC_OK) {
        note_failure(exchange, result, "mycredChallenge");
        return result;
    }
    return pending.is_pending ? say_pending(exchange, method, &pending)
                              : send_new(exchange, method);
}

enum mc_result login_show_menu(struct exchange *exchange)
{
    unsigned number = 0;
    say_text(exchange, WIRE_CHOICE,
             mc_text(exchange->language, "Choose how to verify this login, or type a recovery "
                                         "code:"));
    for (size_t i = 0; i < MC_COUNT(in_order); i++) {
        if (is_open(exchange, in_order[i])) {
            say_way(exchange, ++number, in_order[i]);
        }
    }
    mc_buffer_format(say(exchange, WIRE_PROMPT), mc_text(exchange->language, "Choice (1-%u): "),
                     number);
    remember(exchange, STAGE_MENU, exchange->state.method);
    return MC_ASK;
}

enum mc_method login_read_choice(const struct exchange *exchange, struct mc_span typed)
{
    unsigned number = 0, chosen = 0;
    bool is_number = mc_field_number(typed, 1, MC_COUNT(in_order), &chosen);
    for (size_t i = 0; i < MC_COUNT(in_order); i++) {
        const char *word = mc_method_word(in_order[i]);
        if (!is_open(exchange, in_order[i])) {
            continue;
        }
        number++;
        if ((is_number && number == chosen) ||
            (typed.size == strlen(word) &&
             strncasecmp((const char *)typed.data, word, typed.size) == 0)) {
            return in_order[i];
        }
    }
    return MC_METHOD_NONE;
}

// The method a stranger's name would have: the same at every try, as real people's are.
static enum mc_method decoy_method(const struct exchange *exchange)
{
    mc_method_set methods =
        exchange->account.entry ? exchange->rules.usable : exchange->login->config->methods;
    if (methods & MC_METHOD_BIT(exchange->account.chosen)) {
        return exchange->account.chosen;
    }
    if (!(methods & MC_METHODS_ALL)) {
        return MC_METHOD_TOTP;
    }
    unsigned start =
        mc_stable_choice(exchange->login->keys, exchange->request->user, MC_COUNT(in_order));
    while (!(methods & MC_METHOD_BIT(in_order[start % MC_COUNT(in_order)]))) {
        start++;
    }
    return in_order[start % MC_COUNT(in_order)];
}

static void decoy_hint(const struct exchange *exchange, enum mc_method method, char hint[4])
{
    const char *address =
        exchange->account.entry ? mc_account_address(&exchange->account, method) : "";
    unsigned choice = mc_stable_choice(exchange->login->keys, exchange->request->user, 100);
    if (address[0]) {
        mc_contact_hint(method, address, hint);
    } else if (method == MC_METHOD_SMS) {
        snprintf(hint, 4, "%02u", choice);
    } else {
        // most addresses begin as the name does; they are ASCII, names need not be
        struct mc_span user = exchange->request->user;
        bool ascii = user.size && user.data[0] > ' ' && user.data[0] < 0x7f;
        snprintf(hint, 4, "%c", ascii ? user.data[0] : 'a' + (int)(choice % 26));
    }
}

enum mc_result login_ask_decoy(struct exchange *exchange, enum mc_result verdict)
{
    const struct mc_config *config = exchange->login->config;
    enum mc_method method = exchange->state.method;
    if (exchange->state.stage != STAGE_DECOY) {
        method = decoy_method(exchange);
        exchange->state.others = exchange->account.entry && has_other_ways(exchange, method);
    }
    if (is_sent(method) && exchange->state.answers == 0) {
        char hint[4];
        decoy_hint(exchange, method, hint);
        say_where_sent(exchange, method, hint, false,
                       method == MC_METHOD_SMS ? config->sms_code_life : config->email_code_life);
    }
    say_code_prompt(exchange, method, exchange->state.others);
    remember(exchange, STAGE_DECOY, method);
    exchange->state.verdict = verdict;
    return MC_ASK;
}

enum mc_result login_answer_decoy(struct exchange *exchange)
{
    unsigned answers = ++exchange->state.answers;
    unsigned prompts_left = exchange->request->prompts_left;
    int64_t tries = exchange->login->config->code_tries - answers;
    unsigned left = tries > 0 ? (unsigned)tries : 0;
    if (prompts_left == 0 || left == 0) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason",
                          mc_result_word(exchange->state.verdict));
        return exchange->state.verdict;
    }
    say_wrong(exchange, left < prompts_left ? left : prompts_left);
    return login_ask_decoy(exchange, exchange->state.verdict);
}
