// SPDX-License-Identifier: Apache-2.0
// The one error space. Zero is not success: a forgotten assignment denies.
#ifndef MYCRED_COMMON_RESULT_H
#define MYCRED_COMMON_RESULT_H

#include "common/base.h"

// X(name, word used in logs, what it means)
#define MC_RESULTS(X)                                                                              \
    X(UNDECIDED, "undecided", "nothing was decided; denies")                                       \
    X(OK, "ok", "proved, or the operation is done")                                                \
    X(EXEMPT, "exempt", "let in without a code: exempt until a time to come, or required=off")     \
    X(OFF, "off", "entry read completely: login verification is off for this account")             \
    X(ASK, "ask", "not over: a prompt follows")                                                    \
    X(WRONG, "wrong", "wrong, expired, replayed or lost to a parallel login")                      \
    X(THROTTLED, "throttled", "too many wrong codes; a wait is running or the factor is disabled") \
    X(LOCKED, "locked", "locked by an administrator")                                              \
    X(UNKNOWN_USER, "unknown-user", "no entry for this name")                                      \
    X(NO_METHOD, "no-method", "verification is required and nothing usable is bound")              \
    X(UNDELIVERED, "undelivered", "no method could be delivered")                                  \
    X(UNAVAILABLE, "unavailable", "directory unreachable in the deadline, or refuses the write")   \
    X(UNTRUSTED, "untrusted", "the server's certificate was refused")                              \
    X(BAD_CONFIG, "bad-config", "unusable configuration or key file")                              \
    X(BAD_DATA, "bad-data", "damaged stored value, or more than one entry")                        \
    X(DENIED_PEER, "denied-peer", "this local user may not ask about that account")                \
    X(PASSWORD_REFUSED, "password-refused", "the directory's password policy refused it")          \
    X(MALFORMED, "malformed", "input that does not parse")                                         \
    X(NOT_FOUND, "not-found", "there is no such value")                                            \
    X(LOST_RACE, "lost-race", "somebody else changed the value first")                             \
    X(NO_MEMORY, "no-memory", "out of memory")                                                     \
    X(INTERNAL, "internal", "anything unforeseen")

enum mc_result {
#define MC_RESULT_ENUM(name, word, meaning) MC_##name,
    MC_RESULTS(MC_RESULT_ENUM)
#undef MC_RESULT_ENUM
        MC_RESULT_COUNT
};

// The word for logs ("unavailable"); a static string, also for values out of range.
const char *mc_result_word(enum mc_result result);

#endif
