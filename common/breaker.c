// SPDX-License-Identifier: Apache-2.0
#include "common/breaker.h"

bool mc_breaker_is_open(const struct mc_breaker *breaker, int64_t now)
{
    return now < breaker->again;
}

bool mc_breaker_allows(struct mc_breaker *breaker, int64_t now, int64_t pause)
{
    // a clock that went back must not make the pause longer
    if (breaker->again > now + pause) {
        breaker->again = now + pause;
    }
    if (mc_breaker_is_open(breaker, now)) {
        return false;
    }
    if (breaker->failures >= MC_BREAKER_FAILURES) {
        breaker->again = now + pause;
    }
    return true;
}

bool mc_breaker_note(struct mc_breaker *breaker, bool good, int64_t now, int64_t pause)
{
    bool was_open = breaker->failures >= MC_BREAKER_FAILURES;
    if (good) {
        *breaker = (struct mc_breaker){0};
        return was_open;
    }
    if (!was_open) {
        breaker->failures++;
    }
    bool opened = !was_open && breaker->failures >= MC_BREAKER_FAILURES;
    if (was_open || opened) {
        breaker->again = now + pause;
    }
    return opened;
}

bool mc_breaker_counts(const char *line)
{
    static const char *const others[] = {"cause=refused", "cause=job", "reason=busy"};
    for (size_t i = 0; i < MC_COUNT(others); i++) {
        if (strstr(line, others[i])) {
            return false;
        }
    }
    return true;
}
