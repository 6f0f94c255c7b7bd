// SPDX-License-Identifier: Apache-2.0
#include "common/traffic.h"

#include <stdlib.h>

#define SENT_ENOUGH 30   // codes before their share says anything
#define SHARE_VERIFIED 4 // at least one in so many comes back
#define SIDE_BY_SIDE 16  // numbers this near to each other
#define RUN_ENOUGH 6     // so many of them
#define NUMBER_TELLS 18  // digits that fit an int64_t

static const struct mc_window_rule hour = {0, 3600};

static int64_t value_of(const char *number)
{
    int64_t value = 0;
    int digits = 0;
    for (; *number && digits < NUMBER_TELLS; number++) {
        if (*number >= '0' && *number <= '9') {
            value = value * 10 + (*number - '0');
            digits++;
        }
    }
    return value;
}

// Different ones: the same number again is its person's matter.
static bool is_run(struct mc_traffic *traffic, int64_t number)
{
    unsigned near = 1;
    for (size_t i = 0; i < MC_TRAFFIC_NUMBERS; i++) {
        if (traffic->numbers[i] == number) {
            return false;
        }
        near += traffic->numbers[i] && llabs(traffic->numbers[i] - number) < SIDE_BY_SIDE;
    }
    traffic->numbers[traffic->next++ % MC_TRAFFIC_NUMBERS] = number;
    return near >= RUN_ENOUGH;
}

static bool is_unverified(const struct mc_traffic *traffic)
{
    return traffic->sent.count >= SENT_ENOUGH &&
           traffic->verified < traffic->sent.count / SHARE_VERIFIED;
}

enum mc_alarm mc_traffic_note_sent(struct mc_traffic *traffic, const char *number, int64_t now)
{
    int64_t from = 0;
    enum mc_result counted = mc_window_take(&traffic->sent, &hour, now, &from);
    if (counted == MC_OK && traffic->sent.count == 1) {
        traffic->verified = 0;
    }
    if (number && is_run(traffic, value_of(number))) {
        counted = mc_window_take(&traffic->runs, &hour, now, &from);
        if (counted == MC_OK && mc_window_alert(&traffic->runs)) {
            return MC_ALARM_ADJACENT;
        }
    }
    return is_unverified(traffic) && mc_window_alert(&traffic->sent) ? MC_ALARM_UNVERIFIED
                                                                     : MC_ALARM_NONE;
}

void mc_traffic_note_verified(struct mc_traffic *traffic)
{
    traffic->verified++;
}

const char *mc_alarm_word(enum mc_alarm alarm)
{
    static const char *const words[] = {[MC_ALARM_NONE] = "none",
                                        [MC_ALARM_UNVERIFIED] = "few-verified",
                                        [MC_ALARM_ADJACENT] = "adjacent-numbers"};
    return words[alarm];
}
