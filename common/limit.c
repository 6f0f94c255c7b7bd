// SPDX-License-Identifier: Apache-2.0
#include "common/limit.h"

#include "common/field.h"

#include <stdlib.h>

#define FIRST_WAIT (30 * MC_SECOND)
#define DOUBLINGS_MAX 7 // as many would be more than LONGEST_WAIT
#define LONGEST_WAIT (3600 * MC_SECOND)
#define HOUR (3600 * MC_SECOND)
#define DAY (24 * HOUR)
// Times further ahead than MC_CLOCKS_APART were written by a clock that ran wrong; they must not
// block anybody for years.
#define SENDS_MAX 128 // more than sends_per_day can be

static bool is_own(struct mc_span value, struct mc_span own)
{
    return own.size == value.size && own.size && memcmp(own.data, value.data, own.size) == 0;
}

enum mc_result mc_limit_guess(const struct mc_config *config, struct mc_values failures,
                              struct mc_span own, mc_time now, mc_time *ret_from)
{
    mc_time last = 0, from = 0;
    int64_t count = 0;
    for (size_t i = 0; i < failures.count; i++) {
        mc_time time = 0;
        if (is_own(failures.items[i], own)) {
            continue;
        }
        if (mc_time_parse(failures.items[i], &time) != MC_OK) {
            return MC_BAD_DATA;
        }
        last = time > last && time <= now + MC_CLOCKS_APART ? time : last;
        count++;
    }
    if (count >= config->failures_max) {
        from = MC_LIMIT_NEVER;
    } else if (count >= config->code_tries) {
        int64_t doublings = count - config->code_tries;
        from = last + (doublings < DOUBLINGS_MAX ? FIRST_WAIT << doublings : LONGEST_WAIT);
    }
    *ret_from = from;
    return MC_OK;
}

enum mc_result mc_limit_count_since(struct mc_values failures, struct mc_span own, mc_time since,
                                    unsigned *ret_count)
{
    unsigned count = 0;
    for (size_t i = 0; i < failures.count; i++) {
        mc_time time = 0;
        if (mc_time_parse(failures.items[i], &time) != MC_OK) {
            return MC_BAD_DATA;
        }
        count += !is_own(failures.items[i], own) && time >= since;
    }
    *ret_count = count;
    return MC_OK;
}

static int newest_first(const void *one, const void *other)
{
    mc_time a = *(const mc_time *)one, b = *(const mc_time *)other;
    return (a < b) - (a > b);
}

// The sends of the last day on this channel; more than there is room for are over any limit anyway.
static enum mc_result gather_sends(struct mc_values sends, const char *channel, struct mc_span own,
                                   mc_time now, mc_time times[SENDS_MAX], size_t *ret_count)
{
    size_t count = 0;
    for (size_t i = 0; i < sends.count; i++) {
        struct mc_span rest = sends.items[i];
        mc_time time = 0;
        if (mc_time_parse(mc_field_next(&rest, ' '), &time) != MC_OK) {
            return MC_BAD_DATA;
        }
        bool counts = !is_own(sends.items[i], own) && mc_span_equals(rest, channel) &&
                      time > now - DAY && time <= now + MC_CLOCKS_APART;
        if (counts && count < SENDS_MAX) {
            times[count++] = time;
        }
    }
    *ret_count = count;
    return MC_OK;
}

enum mc_result mc_limit_send(const struct mc_config *config, struct mc_values sends,
                             const char *channel, struct mc_span own, mc_time now,
                             mc_time *ret_from)
{
    const struct {
        int64_t allowed;
        mc_time length;
    } windows[] = {{1, config->send_interval * MC_SECOND},
                   {config->sends_per_hour, HOUR},
                   {config->sends_per_day, DAY}};
    mc_time times[SENDS_MAX], from = 0;
    size_t count = 0;
    enum mc_result result = gather_sends(sends, channel, own, now, times, &count);
    if (result != MC_OK) {
        return result;
    }
    qsort(times, count, sizeof times[0], newest_first);
    for (size_t i = 0; i < MC_COUNT(windows); i++) {
        if (count >= (size_t)windows[i].allowed) {
            // there is room again when the oldest of the allowed ones leaves the window
            mc_time opens = times[windows[i].allowed - 1] + windows[i].length;
            from = opens > from ? opens : from;
        }
    }
    *ret_from = from;
    return MC_OK;
}
