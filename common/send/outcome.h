// SPDX-License-Identifier: Apache-2.0
// How a delivery ended, as the exit status and the one log line say it.
#ifndef MYCRED_COMMON_SEND_OUTCOME_H
#define MYCRED_COMMON_SEND_OUTCOME_H

#include "common/buffer.h"
#include "common/gtime.h"

enum { MC_SEND_EXIT_ACCEPTED = 0, MC_SEND_EXIT_NOT_DELIVERED = 1, MC_SEND_EXIT_UNUSABLE = 2 };

// X(NAME, word, outcome in the log, exit status, how often it may be tried again, what it means)
// Tried again is only what surely was not taken: 502, 504 and a lost answer may stand for a message
// on its way.
#define MC_SEND_CAUSES(X)                                                                          \
    X(INTERNAL, "internal", "permanent", 1, 0, "something unforeseen")                             \
    X(ACCEPTED, "accepted", "accepted", 0, 0, "the gateway took it")                               \
    X(CREDENTIALS, "credentials", "permanent", 1, 0, "the gateway refused the credentials")        \
    X(REFUSED, "refused", "permanent", 1, 0, "the gateway refused this message or its receiver")   \
    X(BUSY, "busy", "temporary", 1, 1, "the gateway cannot take it now")                           \
    X(ANSWER, "answer", "permanent", 1, 0, "the answer is not one that means accepted")            \
    X(UNREACHABLE, "unreachable", "temporary", 1, 2, "the gateway could not be reached")           \
    X(UNTRUSTED, "untrusted", "permanent", 1, 0, "the gateway's TLS is not to be trusted")         \
    X(TIMEOUT, "timeout", "unknown", 1, 0, "no answer in time; it may have been taken")            \
    X(LOST, "lost", "unknown", 1, 0, "no answer; it may have been taken")                          \
    X(CONFIGURATION, "configuration", "permanent", 2, 0, "the configuration does not allow it")    \
    X(JOB, "job", "permanent", 2, 0, "the job on standard input is malformed")

enum mc_send_cause {
#define MC_SEND_CAUSE_ENUM(name, word, outcome, status, again, meaning) MC_SEND_##name,
    MC_SEND_CAUSES(MC_SEND_CAUSE_ENUM)
#undef MC_SEND_CAUSE_ENUM
        MC_SEND_CAUSE_COUNT
};

struct mc_send_outcome {
    enum mc_send_cause cause;
    struct mc_span gateway; // host and port, from the configuration
    long status;            // of HTTP or SMTP; 0: none came
    unsigned tries;
    mc_time certificate_end; // of the gateway's certificate, when that was asked for; 0: unknown
    char reason[300];        // more exact than the cause's meaning; "" when there is nothing to add
};

// "outcome=permanent cause=credentials gateway=127.0.0.1:13013 status=403 tries=1 reason="..."",
// without a line end; 540 bytes at most. A probe's has certificate_end=20261121201533Z as well.
void mc_send_outcome_format(const struct mc_send_outcome *outcome, struct mc_buffer *line);

int mc_send_exit_status(enum mc_send_cause cause) MC_MUST_USE;

// Whether what ended so after `tries` tries may be tried again. With an idempotency key also what
// may have been taken.
bool mc_send_may_repeat(enum mc_send_cause cause, unsigned tries, bool idempotent) MC_MUST_USE;

#endif
