// SPDX-License-Identifier: Apache-2.0
// A gateway that fails again and again is left alone for a while: people hear at once that nothing
// can be sent that way, and senders are not all held up by it. After the pause one message goes as
// a probe; what becomes of it decides. Pure, as window.h is.
#ifndef MYCRED_COMMON_BREAKER_H
#define MYCRED_COMMON_BREAKER_H

#include "common/base.h"

#define MC_BREAKER_FAILURES 5 // in a row

struct mc_breaker { // {0} is a closed one
    int64_t again;  // no message leaves before this moment, seconds; 0 while it is closed
    uint32_t failures;
};

// Whether a message may leave now. While it is open, true for the probe alone: another follows only
// when `pause` seconds have gone by with nothing heard of it.
bool mc_breaker_allows(struct mc_breaker *breaker, int64_t now, int64_t pause);

// Whether it stops messages now; no probe is taken by asking.
bool mc_breaker_is_open(const struct mc_breaker *breaker, int64_t now);

// What became of a message. True when that opened a closed breaker or closed an open one.
bool mc_breaker_note(struct mc_breaker *breaker, bool good, int64_t now, int64_t pause);

// Whether the sender's line tells of trouble with the gateway, and not with one message, its
// receiver, or a pause like this one.
bool mc_breaker_counts(const char *line);

#endif
