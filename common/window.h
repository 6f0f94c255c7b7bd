// SPDX-License-Identifier: Apache-2.0
// How often something may happen in a window of time that begins with its first time. Pure: one
// process's memory, or memory that several share under a lock. Times are seconds of any one clock.
#ifndef MYCRED_COMMON_WINDOW_H
#define MYCRED_COMMON_WINDOW_H

#include "common/result.h"

struct mc_window { // {0} is an empty one
    int64_t start;
    uint32_t count;
    uint32_t alerted; // bool
};

struct mc_window_rule {
    uint32_t limit; // 0: none
    int64_t length; // seconds
};

// MC_OK, or MC_THROTTLED when the limit is reached, with the moment the window ends.
enum mc_result mc_window_look(const struct mc_window *window, const struct mc_window_rule *rule,
                              int64_t now, int64_t *ret_from) MC_MUST_USE;

// The same, and counts one more time unless the limit is reached.
enum mc_result mc_window_take(struct mc_window *window, const struct mc_window_rule *rule,
                              int64_t now, int64_t *ret_from) MC_MUST_USE;

// Takes one back that was counted and did not happen after all.
void mc_window_return(struct mc_window *window, const struct mc_window_rule *rule, int64_t now);

// True once in each window: whether this is the time to tell somebody.
bool mc_window_alert(struct mc_window *window);

#endif
