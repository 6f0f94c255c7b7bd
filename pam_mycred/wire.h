// SPDX-License-Identifier: Apache-2.0
// The framed protocol between pam_mycred.so, mycred-logind and mycred-login, over one local stream
// socket.
//
// A frame is an 8-byte header ('m', 'c', version, kind, payload size as 32 bits, big-endian) and a
// payload of fields: tag (1 byte), size (32 bits, big-endian), bytes. A field may stand once,
// except MESSAGE and LOG in a reply. Unknown tags, duplicates, short or overlong frames make the
// whole frame malformed, and so does a NUL in a text. Zero numbers and empty texts are not sent;
// RESULT always is, and so are the three fields of SEND.
//
// The module sends one request, the helper answers with one reply. All state between a prompt and
// its answer is in the directory and in STATE, a sealed text the module carries back unread, so any
// worker may take the next request.
//
// A connection carries one exchange: whoever asks connects, writes one request, reads one reply and
// closes; the next request opens a new connection. mycred-logind takes START to SET_NEW, replies
// within 20 s of accepting and then closes; a connection closed without a reply is a helper that is
// unavailable.
#ifndef MYCRED_PAM_MYCRED_WIRE_H
#define MYCRED_PAM_MYCRED_WIRE_H

#include "common/buffer.h"

#define WIRE_VERSION 1
#define WIRE_HEADER_SIZE 8
#define WIRE_PAYLOAD_MAX 65536 // bytes
#define WIRE_FRAME_MAX (WIRE_HEADER_SIZE + WIRE_PAYLOAD_MAX)
#define WIRE_TEXT_MAX 1024 // bytes of one name, password, answer, new password or cause
#define WIRE_MESSAGES_MAX 16
#define WIRE_LOGS_MAX 16

enum wire_kind {
    WIRE_START = 1, // begin login verification (first_factor: PASSWORD is checked first)
    WIRE_ANSWER,    // what the person typed at the prompt; STATE from the reply before
    WIRE_ACCOUNT,   // account phase: may this account be used now? (no code asked)
    WIRE_CHECK_OLD, // chauthtok: is PASSWORD the current one? starts a code step when one is needed
    WIRE_SET_NEW,   // chauthtok: set NEW_PASSWORD; PASSWORD is the current one; STATE must say
                    // "proved"
    WIRE_UNDELIVERED, // logind to worker only: the message of STATE could not be sent; CAUSE says
                      // why
    WIRE_REPLY = 64,  // the answer to any of these
    WIRE_SEND,        // worker to logind only: JOB for the sender, REPLY if sent, OTHERWISE if not
};

enum wire_tag {
    WIRE_ID = 1,       // correlation id of the conversation, 16 lower-case hexadecimal digits
    WIRE_USER,         // login name, as PAM_USER
    WIRE_SERVICE,      // PAM service name
    WIRE_RHOST,        // PAM_RHOST, may be empty
    WIRE_METHODS,      // 1 byte: mask of enum mc_method_bit allowed by the pam.d line
    WIRE_FLAGS,        // 4 bytes: enum wire_flag
    WIRE_FALLBACK,     // 1 byte: enum wire_fallback
    WIRE_PROMPTS_LEFT, // 1 byte: prompts the module will still show after this request
    WIRE_PASSWORD,     // login password (first_factor, chauthtok) or API password (API door)
    WIRE_NEW_PASSWORD,
    WIRE_ANSWER_TEXT,
    WIRE_STATE,     // opaque
    WIRE_CAUSE,     // one line for the log
    WIRE_RESULT,    // 1 byte: enum mc_result
    WIRE_MESSAGE,   // 1 byte enum wire_style, then UTF-8 text to show; repeated, in order; a prompt
                    // comes last
    WIRE_LOG,       // 1 byte syslog priority (LOG_ERR..LOG_DEBUG), then one line; repeated
    WIRE_JOB,       // bytes for the sender's standard input
    WIRE_IF_SENT,   // a whole REPLY frame
    WIRE_OTHERWISE, // a whole UNDELIVERED frame, to which CAUSE is added
    WIRE_CHANNEL,   // 1 byte: enum mc_method of JOB; without it nothing of what follows counts
    WIRE_SOURCE_LIMIT, // 4 bytes: SMS in an hour from one address
    WIRE_SITE_LIMIT,   // 4 bytes: SMS in an hour from this host
    WIRE_PAUSE,        // 4 bytes: seconds a gateway is left alone after failures in a row
    WIRE_TAG_COUNT
};

enum wire_flag {
    WIRE_NULLOK = 1 << 0,       // "off" may be answered as such instead of a decoy prompt
    WIRE_FIRST_FACTOR = 1 << 1, // check PASSWORD by LDAP bind first
    WIRE_FORWARD_PASS = 1 << 2, // PASSWORD may end with the code
    WIRE_API_PASSWORD = 1 << 3, // check PASSWORD as an API password; no prompt follows
    WIRE_DECOY = 1 << 4,        // ask, never send, always refuse; ANSWERs are the word "decoy"
    WIRE_DEBUG = 1 << 5,        // log lines of LOG_DEBUG are wanted
    WIRE_MUST_CHANGE = 1 << 6,  // in a reply: the directory says the password must be changed now
    WIRE_FLAGS_ALL = (1 << 7) - 1
};

enum wire_fallback { WIRE_FALLBACK_ASK = 1, WIRE_FALLBACK_AUTO, WIRE_FALLBACK_NONE };

enum wire_style {
    WIRE_INFO = 1,
    WIRE_ERROR,
    WIRE_PROMPT,
    WIRE_CHOICE // a line without which the prompt cannot be answered
};

// Text members are spans into the frame, valid while it is; absent ones have size 0.
struct wire_request {
    enum wire_kind kind;
    struct mc_span id, user, service, rhost, password, new_password, answer, state, cause;
    uint8_t methods; // 0: absent, all
    uint32_t flags;
    enum wire_fallback fallback;
    uint8_t prompts_left;
};

struct wire_message {
    enum wire_style style;
    struct mc_span text;
};

struct wire_log {
    int priority; // LOG_ERR to LOG_DEBUG
    struct mc_span text;
};

struct wire_reply {
    enum mc_result result;
    uint32_t flags; // WIRE_MUST_CHANGE
    struct mc_span state;
    struct wire_message messages[WIRE_MESSAGES_MAX];
    size_t message_count;
    struct wire_log logs[WIRE_LOGS_MAX];
    size_t log_count;
};

// The limits are the configuration's, which logind does not read; 0 is none.
struct wire_send {
    struct mc_span job, if_sent, otherwise;
    uint8_t channel;
    uint32_t source_limit, site_limit, pause;
};

// A worker has memory here in which all of them agree on the directory's server
// (common/directory_servers.h).
#define WIRE_SERVERS_DESCRIPTOR 3
#define WIRE_SERVERS_SIZE 4096 // bytes, all zero at first

// What logind puts before a client's frame when it hands it to a worker. Host byte order: same
// machine.
struct wire_envelope {
    uint32_t peer_uid;
    uint32_t budget_ms; // left of the exchange's deadline
};

// Reads a header. MC_MALFORMED for a foreign magic or version, an unknown kind or a size over the
// maximum.
enum mc_result wire_header_parse(const uint8_t header[WIRE_HEADER_SIZE], enum wire_kind *ret_kind,
                                 size_t *ret_payload_size) MC_MUST_USE;

// Each writes one whole frame to `frame` (cleared first). MC_NO_MEMORY, or MC_MALFORMED when
// something is too long.
enum mc_result wire_request_encode(const struct wire_request *request,
                                   struct mc_buffer *frame) MC_MUST_USE;
enum mc_result wire_reply_encode(const struct wire_reply *reply,
                                 struct mc_buffer *frame) MC_MUST_USE;
enum mc_result wire_send_encode(const struct wire_send *send, struct mc_buffer *frame) MC_MUST_USE;

// Each reads one whole frame, header included. MC_MALFORMED otherwise; out-parameters hold spans
// into `frame`.
enum mc_result wire_request_decode(struct mc_span frame,
                                   struct wire_request *ret_request) MC_MUST_USE;
enum mc_result wire_reply_decode(struct mc_span frame, struct wire_reply *ret_reply) MC_MUST_USE;
enum mc_result wire_send_decode(struct mc_span frame, struct wire_send *ret_send) MC_MUST_USE;

#endif
