// SPDX-License-Identifier: Apache-2.0
#include "common/command/moment.h"

#include "common/field.h"

#include <stdio.h>

#define LONGEST 100000 // of any unit

static bool parse_span(const char *text, mc_time *ret_span)
{
    static const struct {
        char letter;
        mc_time span;
    } units[] = {{'m', 60 * MC_SECOND}, {'h', 3600 * MC_SECOND}, {'d', 86400 * MC_SECOND}};
    size_t size = strlen(text);
    unsigned number = 0;
    for (size_t i = 0; size > 1 && i < MC_COUNT(units); i++) {
        const struct mc_span digits = {(const uint8_t *)text, size - 1};
        if (text[size - 1] == units[i].letter && mc_field_number(digits, 1, LONGEST, &number)) {
            *ret_span = number * units[i].span;
            return true;
        }
    }
    return false;
}

static bool parse_day(const char *text, mc_time *ret_time)
{
    char joined[MC_TIME_TEXT];
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') {
        return false;
    }
    (void)snprintf(joined, sizeof joined, "%.4s%.2s%.2s000000Z", text, text + 5, text + 8);
    return mc_time_parse(mc_span_of(joined), ret_time) == MC_OK;
}

bool mc_moment_parse(const char *text, mc_time now, mc_time *ret_time)
{
    mc_time span = 0;
    if (parse_span(text, &span)) {
        *ret_time = now + span;
        return true;
    }
    return parse_day(text, ret_time) || mc_time_parse(mc_span_of(text), ret_time) == MC_OK;
}
