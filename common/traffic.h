// SPDX-License-Identifier: Apache-2.0
// What SMS pumping looks like: many codes are sent and few come back, or they go to numbers that
// lie side by side, as those of a fraudster's block do. Nothing is stopped by this; it is told.
// Pure, as window.h is.
#ifndef MYCRED_COMMON_TRAFFIC_H
#define MYCRED_COMMON_TRAFFIC_H

#include "common/window.h"

#define MC_TRAFFIC_NUMBERS 32

struct mc_traffic { // {0} is none yet
    struct mc_window sent, runs;
    uint32_t verified;
    uint32_t next;
    int64_t numbers[MC_TRAFFIC_NUMBERS]; // the last new ones, of the digits; 0: none
};

enum mc_alarm { MC_ALARM_NONE, MC_ALARM_UNVERIFIED, MC_ALARM_ADJACENT };

// A code went out; `number` is where to if somebody has just named it, NULL if it was known before.
// An alarm comes once an hour.
enum mc_alarm mc_traffic_note_sent(struct mc_traffic *traffic, const char *number, int64_t now);

// A code came back and was right.
void mc_traffic_note_verified(struct mc_traffic *traffic);

const char *mc_alarm_word(enum mc_alarm alarm);

#endif
