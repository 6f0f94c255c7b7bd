// SPDX-License-Identifier: Apache-2.0
// Audit events: one catalogue for PAM and web, one line an event, `event=<name> key=value ...`.
#ifndef MYCRED_COMMON_EVENT_H
#define MYCRED_COMMON_EVENT_H

#include "common/buffer.h"

// X(name, word, syslog priority, meaning)
#define MC_EVENTS(X)                                                                               \
    X(LOGIN_VERIFIED, "login_verified", 6, "the chosen method, another one or a recovery code")    \
    X(LOGIN_REFUSED, "login_refused", 5, "reason says why")                                        \
    X(LOGIN_OFF, "login_verification_off", 6, "the person has not turned login verification on")   \
    X(LOGIN_EXEMPT, "login_exempt", 4, "let in without a code by an administrator's exemption")    \
    X(CODE_WRONG, "code_wrong", 5, "a wrong, expired or used code; counted")                       \
    X(CODES_DISABLED, "codes_disabled", 3, "so many wrong ones that none is taken until a reset")  \
    X(CODE_SENT, "code_sent", 6, "accepted by the gateway or mail server")                         \
    X(CODE_NOT_SENT, "code_not_sent", 4, "cause says why; the code is void, the quota is spent")   \
    X(SEND_LIMITED, "send_limited", 5, "no message: the sending quota is used up for now")         \
    X(SMS_BUDGET_SPENT, "sms_budget_spent", 4, "no more SMS for an address or the site this hour") \
    X(SMS_UNUSUAL, "sms_unusual", 4, "few codes come back, or numbers lie side by side")           \
    X(GATEWAY_PAUSED, "gateway_paused", 3, "failed again and again, is left alone for a while")    \
    X(GATEWAY_BACK, "gateway_back", 5, "took a message again after a pause")                       \
    X(SOURCE_THROTTLED, "source_throttled", 4, "too many wrong passwords from one address")        \
    X(LINES_FOLDED, "lines_folded", 4, "further lines of one event and address are only counted")  \
    X(PASSWORD_WRONG, "password_wrong", 5, "login password (first_factor, chauthtok)")             \
    X(PASSWORD_CHANGED, "password_changed", 5, "by the person, with the current one")              \
    X(PASSWORD_REFUSED, "password_refused", 6, "the directory's policy refused the new one")       \
    X(PASSWORD_RESET, "password_reset", 5, "forgotten, and set anew after its proofs")             \
    X(RESET_REFUSED, "reset_refused", 6, "no code for a forgotten password; reason says why")      \
    X(API_PASSWORD_VERIFIED, "api_password_verified", 6, "label id in `credential`")               \
    X(API_PASSWORD_REFUSED, "api_password_refused", 5, "wrong, expired or out of scope")           \
    X(DEVICE_BOUND, "device_bound", 5, "a virtual MFA device, with new recovery codes")            \
    X(KEY_ADDED, "key_added", 5, "a key file was made or has a new key, which seals from now on")  \
    X(RESEALED, "resealed", 5,                                                                     \
      "values of older keys are sealed with this one; left says how many")                         \
    X(CLOCK_TROUBLE, "clock_trouble", 4, "the newest code used lies in the future")                \
    X(VALUE_DAMAGED, "value_damaged", 3, "a stored value does not parse or open; denied")          \
    X(DIRECTORY_FAULT, "directory_fault", 3, "cause says why")                                     \
    X(SIGNED_IN, "signed_in", 6, "to the site; method says by what second step")                   \
    X(SIGNED_OUT, "signed_out", 6, "one session, by the person")                                   \
    X(FORM_REFUSED, "form_refused", 5, "a form that was not made for this browser and page")       \
    X(IDENTITY_VERIFIED, "identity_verified", 6, "before a change; method says how")               \
    X(CREDENTIAL_CHANGED, "credential_changed", 5, "what says which")                              \
    X(ADMINISTERED, "administered", 5,                                                             \
      "an administrator's act; `user` or `by` did it to `target`")                                 \
    X(ADMINISTER_REFUSED, "administer_refused", 4,                                                 \
      "an administrator's act that was not done; reason says why")                                 \
    X(REMINDED, "reminded", 6,                                                                     \
      "of an old password or of what ends soon; a notice is in the outbox")                        \
    X(HELP_ASKED, "help_asked", 5, "somebody asked an administrator for help; reason says why")    \
    X(INVITATION_ACCEPTED, "invitation_accepted", 5, "its link set e-mail address and password")   \
    X(INVITATION_REFUSED, "invitation_refused", 5, "a link that is used, withdrawn or run out")    \
    X(NOTICE_SENT, "notice_sent", 6, "about a change; taken out of the outbox")                    \
    X(NOTICE_NOT_SENT, "notice_not_sent", 4, "cause says why; it stays in the outbox")             \
    X(CONFIGURATION_BAD, "configuration_bad", 3, "detail says which line")                         \
    X(PEER_REFUSED, "peer_refused", 4, "a local user asked about an account not its own")          \
    X(FAULT, "fault", 3, "anything unforeseen")

enum mc_event {
#define MC_EVENT_ENUM(name, word, priority, meaning) MC_EVENT_##name,
    MC_EVENTS(MC_EVENT_ENUM)
#undef MC_EVENT_ENUM
        MC_EVENT_COUNT
};

#define MC_EVENT_LINE_MAX 900 // bytes

// Writes `event=<word>` to an empty line.
void mc_event_begin(enum mc_event event, struct mc_buffer *line);

// Adds ` key=value`. Values from outside are cut to 200 bytes as written, quoted where they hold
// anything but plain characters, and control, bidirectional and broken characters in them become
// \xNN, so that one event is one line for ever. A pair for which the line has no room is left out.
void mc_event_add(struct mc_buffer *line, const char *key, struct mc_span value);
void mc_event_add_text(struct mc_buffer *line, const char *key, const char *value);

int mc_event_priority(enum mc_event event);
const char *mc_event_word(enum mc_event event);

#endif
