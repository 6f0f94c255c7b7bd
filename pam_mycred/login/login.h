// SPDX-License-Identifier: Apache-2.0
// mycred-login: answers the requests of pam_mycred.so (wire.h). It never waits for a person: what
// one prompt must know of the one before is in the directory and in a sealed state text that the
// module carries.
//
// One exchange: login_exchange.c reads the request and checks who asks; login_start.c or
// login_answer.c or login_password.c decides, with login_method.c to ask by one method and
// login_say.c for the words; login_exchange.c writes the reply, or a message to send with the reply
// for either outcome.
#ifndef MYCRED_PAM_MYCRED_LOGIN_LOGIN_H
#define MYCRED_PAM_MYCRED_LOGIN_LOGIN_H

#include "common/attempt.h"
#include "common/challenge.h"
#include "common/event.h"
#include "pam_mycred/wire.h"

#include <sys/types.h>

// What lives as long as the process.
struct login {
    struct mc_config *config;
    struct mc_keys *keys;
    struct mc_directory *directory;
    struct mc_context context;
    enum mc_result failure; // MC_OK, or why nothing can be decided
    struct mc_buffer error; // the sentence for it
    struct mc_buffer conf;  // path of the configuration
};

// ---- state between prompt and answer (login_state.c) ----

enum stage {
    STAGE_CODE = 1, // a code of `method` is asked for
    STAGE_MENU,     // the other ways are listed
    STAGE_DECOY,    // looks like STAGE_CODE; ends in `verdict`
    STAGE_PROVED    // chauthtok: all proofs are given, the new password may come
};

struct state {
    enum stage stage;
    enum mc_method method;
    enum mc_result verdict; // STAGE_DECOY
    mc_method_set failed;   // channels that could not deliver
    bool has_class;         // the entry has an object class of ours
    bool for_password;      // the code step of a password change
    bool others;            // the prompt offers other ways
    unsigned answers;       // given so far, for decoys
    enum mc_language language;
    mc_time started;
    char uuid[64];
    struct mc_span user, dn; // into the opened text
    // a failed delivery that nobody was told of, since another one began in the same exchange
    enum mc_method lost;
    struct mc_span lost_cause;
};

#define STATE_LIFE (15 * 60 * MC_SECOND)

enum mc_result state_seal(const struct login *login, const struct state *state, struct mc_span id,
                          struct mc_buffer *out) MC_MUST_USE;
// MC_BAD_DATA when it is not of this conversation, too old or damaged. `opened` holds what the
// spans point into.
enum mc_result state_open(const struct login *login, struct mc_span text, struct mc_span id,
                          struct mc_secret *opened, struct state *ret_state) MC_MUST_USE;

// ---- one exchange ----

struct said {
    enum wire_style style;
    struct mc_buffer text;
};

struct noted {
    int priority;
    struct mc_buffer line;
};

struct exchange {
    struct login *login;
    const struct wire_request *request;
    uid_t peer;
    struct mc_account account;
    struct mc_group_rules groups;
    struct mc_rules rules;
    enum mc_language language;
    struct state state;
    struct mc_secret opened; // the state's text
    struct said said[WIRE_MESSAGES_MAX];
    size_t said_count;
    struct noted noted[WIRE_LOGS_MAX];
    size_t noted_count;
    uint32_t reply_flags;
    struct mc_buffer job;       // not empty: to be sent before the reply counts
    bool one_time_over;         // the password is right, and was to be changed before now
    enum mc_method undelivered; // what this exchange began with, after a failed delivery
};

// Each decides one request: MC_ASK with a prompt said, or the conversation's result.
enum mc_result login_start(struct exchange *exchange) MC_MUST_USE;
enum mc_result login_answer(struct exchange *exchange) MC_MUST_USE;
enum mc_result login_undelivered(struct exchange *exchange) MC_MUST_USE;
enum mc_result login_account_phase(struct exchange *exchange) MC_MUST_USE;
enum mc_result login_check_old(struct exchange *exchange) MC_MUST_USE;
enum mc_result login_set_new(struct exchange *exchange) MC_MUST_USE;

// Reads account, rules and language of the request's user into the exchange. (login_start.c)
enum mc_result login_read_account(struct exchange *exchange) MC_MUST_USE;

// Logs a wrong password; says so of one that has run out. (login_start.c)
void login_note_wrong_password(struct exchange *exchange);

// Looks at the rules and asks by the right method, or ends. (login_start.c)
enum mc_result login_begin_second_step(struct exchange *exchange) MC_MUST_USE;

// Asks by one method; for SMS and e-mail sends a code unless one is pending. `again`: the person
// asked for a new one. (login_method.c)
enum mc_result login_ask_by(struct exchange *exchange, enum mc_method method,
                            bool again) MC_MUST_USE;
// The first usable method that has not failed, the chosen one before all; MC_METHOD_NONE.
// (login_method.c)
enum mc_method login_best_method(const struct exchange *exchange);
enum mc_result login_show_menu(struct exchange *exchange) MC_MUST_USE;
// What the person chose of the menu; MC_METHOD_NONE when it is no choice.
enum mc_method login_read_choice(const struct exchange *exchange, struct mc_span typed);
// A prompt that looks like everybody's and ends in `verdict`.
enum mc_result login_ask_decoy(struct exchange *exchange, enum mc_result verdict) MC_MUST_USE;
enum mc_result login_answer_decoy(struct exchange *exchange) MC_MUST_USE;

// ---- words (login_say.c) ----

struct mc_buffer *say(struct exchange *exchange, enum wire_style style);
// Takes back all that was said so far.
void say_nothing(struct exchange *exchange);
void say_text(struct exchange *exchange, enum wire_style style, const char *text);
void say_code_prompt(struct exchange *exchange, enum mc_method method, bool others);
void say_where_sent(struct exchange *exchange, enum mc_method method, const char *hint,
                    bool already, int64_t life);
// When a message may be sent again; `has_code`: one was sent before and still counts.
void say_wait(struct exchange *exchange, mc_time from, bool has_code);
void say_wrong(struct exchange *exchange, unsigned tries_left);
void say_throttled(struct exchange *exchange, mc_time retry_at);
void say_way(struct exchange *exchange, unsigned number, enum mc_method method);

// ---- log lines (login_note.c) ----

// Begins a line with event, user, service and id; the caller may add more before the next call.
struct mc_buffer *note(struct exchange *exchange, enum mc_event event);
// The line that every error result must have; MC_OK and the like pass without one.
void note_failure(struct exchange *exchange, enum mc_result result, const char *attribute);

// ---- frames (login_exchange.c) ----

// Answers one request frame by a REPLY or SEND frame. Never fails: the worst is an error reply.
void login_exchange(struct login *login, struct mc_span frame, uid_t peer, int64_t budget_ms,
                    struct mc_buffer *answer);

// May this local user ask about that account? (login_peer.c)
bool login_peer_may(const struct login *login, const struct wire_request *request, uid_t peer);

// Runs the sender for a SEND frame. True: the message left and `next` is the reply; false: it did
// not, and `next` is the request to go on with. `left_ms`: of the whole exchange.
// (login_send.c)
bool login_send(const struct login *login, const char *sender, struct mc_span frame,
                int64_t left_ms, struct mc_buffer *next) MC_MUST_USE;

#endif
