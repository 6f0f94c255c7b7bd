// SPDX-License-Identifier: Apache-2.0
#include "common/window.h"

// A clock that went back begins a new one: nobody must wait for years.
static bool is_over(const struct mc_window *window, const struct mc_window_rule *rule, int64_t now)
{
    return window->count == 0 || now < window->start || now - window->start >= rule->length;
}

enum mc_result mc_window_look(const struct mc_window *window, const struct mc_window_rule *rule,
                              int64_t now, int64_t *ret_from)
{
    if (rule->limit == 0 || is_over(window, rule, now) || window->count < rule->limit) {
        return MC_OK;
    }
    *ret_from = window->start + rule->length;
    return MC_THROTTLED;
}

enum mc_result mc_window_take(struct mc_window *window, const struct mc_window_rule *rule,
                              int64_t now, int64_t *ret_from)
{
    if (is_over(window, rule, now)) {
        *window = (struct mc_window){.start = now};
    }
    enum mc_result result = mc_window_look(window, rule, now, ret_from);
    window->count += result == MC_OK;
    return result;
}

void mc_window_return(struct mc_window *window, const struct mc_window_rule *rule, int64_t now)
{
    if (!is_over(window, rule, now)) {
        window->count--;
    }
}

bool mc_window_alert(struct mc_window *window)
{
    bool first = !window->alerted;
    window->alerted = true;
    return first;
}
