// SPDX-License-Identifier: Apache-2.0
// From one request frame to one answer frame.
#include "pam_mycred/login/login.h"

#include <malloc.h>
#include <syslog.h>

static void exchange_release(struct exchange *exchange)
{
    say_nothing(exchange);
    for (size_t i = 0; i < exchange->noted_count; i++) {
        mc_buffer_release(&exchange->noted[i].line);
    }
    mc_account_release(&exchange->account);
    mc_secret_release(&exchange->opened);
    mc_buffer_release(&exchange->job);
}

// What is left to say when even a reply cannot be made.
static void encode_plain(enum mc_result result, struct mc_buffer *answer)
{
    const struct wire_reply reply = {.result = result};
    if (wire_reply_encode(&reply, answer) != MC_OK) {
        mc_buffer_clear(answer); // no memory at all: the module sees no answer and refuses
    }
}

static void fill_reply(const struct exchange *exchange, enum mc_result result, struct mc_span state,
                       struct wire_reply *reply)
{
    *reply = (struct wire_reply){.result = result, .flags = exchange->reply_flags, .state = state};
    for (size_t i = 0; i < exchange->said_count; i++) {
        reply->messages[reply->message_count++] =
            (struct wire_message){exchange->said[i].style, mc_buffer_span(&exchange->said[i].text)};
    }
    for (size_t i = 0; i < exchange->noted_count; i++) {
        reply->logs[reply->log_count++] = (struct wire_log){
            exchange->noted[i].priority, mc_buffer_span(&exchange->noted[i].line)};
    }
}

// The state for UNDELIVERED. What was said and noted so far is in the reply that then counts for
// nothing, so a delivery that has failed already is told again from here.
static enum mc_result seal_onward(struct exchange *exchange, struct mc_buffer *state)
{
    const struct wire_request *request = exchange->request;
    if (exchange->undelivered != MC_METHOD_NONE) {
        exchange->state.lost = exchange->undelivered;
        exchange->state.lost_cause = request->cause;
    }
    return state_seal(exchange->login, &exchange->state, request->id, state);
}

// SEND: the reply counts if the message leaves; otherwise the request goes on as UNDELIVERED.
static enum mc_result encode_send(struct exchange *exchange, struct mc_span if_sent,
                                  struct mc_buffer *answer)
{
    MC_AUTO_BUFFER struct mc_buffer otherwise, state;
    mc_buffer_init(&otherwise, WIRE_PAYLOAD_MAX);
    mc_buffer_init(&state, WIRE_PAYLOAD_MAX);
    struct wire_request request = *exchange->request;
    enum mc_result result = seal_onward(exchange, &state);
    request.kind = WIRE_UNDELIVERED;
    request.state = mc_buffer_span(&state);
    request.password = request.new_password = request.answer = (struct mc_span){NULL, 0};
    if (result == MC_OK) {
        result = wire_request_encode(&request, &otherwise);
    }
    if (result != MC_OK) {
        return result;
    }
    const struct mc_config *config = exchange->login->config;
    const struct wire_send send = {.job = mc_buffer_span(&exchange->job),
                                   .if_sent = if_sent,
                                   .otherwise = mc_buffer_span(&otherwise),
                                   .channel = (uint8_t)exchange->state.method,
                                   .source_limit = (uint32_t)config->sms_per_source,
                                   .site_limit = (uint32_t)config->sms_per_site,
                                   .pause = (uint32_t)config->gateway_pause};
    return wire_send_encode(&send, answer);
}

static enum mc_result encode_answer(struct exchange *exchange, enum mc_result result,
                                    struct mc_buffer *answer)
{
    MC_AUTO_BUFFER struct mc_buffer state, frame;
    struct wire_reply reply;
    mc_buffer_init(&state, WIRE_PAYLOAD_MAX);
    mc_buffer_init(&frame, WIRE_PAYLOAD_MAX);
    enum mc_result encoded = MC_OK;
    exchange->state.language = exchange->language;
    // a state is only worth something where another request may follow
    bool goes_on = result == MC_ASK || exchange->state.stage == STAGE_PROVED;
    if (goes_on) {
        encoded = state_seal(exchange->login, &exchange->state, exchange->request->id, &state);
    }
    if (encoded != MC_OK) {
        return encoded;
    }
    if (result == MC_ASK && exchange->job.size) {
        mc_event_add_text(note(exchange, MC_EVENT_CODE_SENT), "method",
                          mc_method_word(exchange->state.method));
    }
    fill_reply(exchange, result, mc_buffer_span(&state), &reply);
    if (result != MC_ASK || exchange->job.size == 0) {
        return wire_reply_encode(&reply, answer);
    }
    encoded = wire_reply_encode(&reply, &frame);
    return encoded == MC_OK ? encode_send(exchange, mc_buffer_span(&frame), answer) : encoded;
}

// Kinds that go on from a prompt need the state; the rest must not bring one.
static enum mc_result open_state(struct exchange *exchange)
{
    const struct wire_request *request = exchange->request;
    enum wire_kind kind = request->kind;
    if (kind != WIRE_ANSWER && kind != WIRE_UNDELIVERED && kind != WIRE_SET_NEW) {
        return MC_OK;
    }
    enum mc_result result = state_open(exchange->login, request->state, request->id,
                                       &exchange->opened, &exchange->state);
    if (result == MC_OK && !mc_secret_matches(exchange->state.user, request->user)) {
        result = MC_BAD_DATA;
    }
    if (result == MC_BAD_DATA) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "foreign-state");
        return MC_WRONG;
    }
    if (result == MC_OK) {
        exchange->language = exchange->state.language;
    }
    return result;
}

static enum mc_result decide(struct exchange *exchange)
{
    // until the person is known, and for those nobody knows
    exchange->language = mc_language_choose("", exchange->login->config->default_language);
    enum mc_result result = open_state(exchange);
    if (result != MC_OK) {
        return result;
    }
    switch (exchange->request->kind) {
    case WIRE_START:
        return login_start(exchange);
    case WIRE_ANSWER:
        result = login_answer(exchange);
        break;
    case WIRE_ACCOUNT:
        return login_account_phase(exchange);
    case WIRE_CHECK_OLD:
        return login_check_old(exchange);
    case WIRE_SET_NEW:
        return login_set_new(exchange);
    case WIRE_UNDELIVERED:
        return login_undelivered(exchange);
    case WIRE_REPLY:
    case WIRE_SEND:
        break;
    }
    if (result == MC_OK && exchange->state.for_password) {
        exchange->state.stage = STAGE_PROVED;
        exchange->state.started = exchange->login->context.now();
        exchange->state.dn = mc_span_of(exchange->account.dn);
    }
    return result;
}

static enum mc_result decide_for_peer(struct exchange *exchange)
{
    struct login *login = exchange->login;
    if (login->failure != MC_OK) {
        note_failure(exchange, login->failure, NULL);
        return login->failure;
    }
    if (!login_peer_may(login, exchange->request, exchange->peer)) {
        mc_buffer_format(note(exchange, MC_EVENT_PEER_REFUSED), " peer_uid=%u", exchange->peer);
        return MC_DENIED_PEER;
    }
    return decide(exchange);
}

// The LDAP and TLS libraries leave a password in memory that they free; the allocator overwrites
// what is freed while one is at hand.
static void overwrite_freed_memory(bool on)
{
    (void)mallopt(M_PERTURB, on ? 0x55 : 0); // best effort: the password is checked all the same
}

void login_exchange(struct login *login, struct mc_span frame, uid_t peer, int64_t budget_ms,
                    struct mc_buffer *answer)
{
    struct wire_request request;
    if (wire_request_decode(frame, &request) != MC_OK) {
        encode_plain(MC_MALFORMED, answer);
        return;
    }
    overwrite_freed_memory(request.password.size || request.new_password.size);
    struct exchange exchange = {.login = login, .request = &request, .peer = peer};
    mc_buffer_init(&exchange.job, WIRE_PAYLOAD_MAX);
    if (login->directory) {
        mc_directory_set_deadline(login->directory, budget_ms);
    }
    enum mc_result result = decide_for_peer(&exchange);
    enum mc_result encoded = encode_answer(&exchange, result, answer);
    if (encoded != MC_OK) {
        encode_plain(encoded, answer);
    }
    exchange_release(&exchange);
    overwrite_freed_memory(false);
}
