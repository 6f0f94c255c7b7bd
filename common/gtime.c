// SPDX-License-Identifier: Apache-2.0
#include "common/gtime.h"

#include <stdio.h>
#include <time.h>

#define YEAR_9999_END ((mc_time)253402300800 * MC_SECOND - 1)

struct cursor {
    const uint8_t *at, *end;
};

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static bool next_is_digit(const struct cursor *in)
{
    return in->at < in->end && is_digit(*in->at);
}

static bool read_number(struct cursor *in, int digits, int *ret_number)
{
    int number = 0;
    for (int i = 0; i < digits; i++) {
        if (!next_is_digit(in)) {
            return false;
        }
        number = number * 10 + (*in->at++ - '0');
    }
    *ret_number = number;
    return true;
}

// A fraction of `unit`, digits beyond a microsecond's weight dropped.
static bool read_fraction(struct cursor *in, mc_time unit, mc_time *ret_fraction)
{
    if (in->at >= in->end || (*in->at != '.' && *in->at != ',')) {
        *ret_fraction = 0;
        return true;
    }
    in->at++;
    if (!next_is_digit(in)) {
        return false;
    }
    mc_time fraction = 0;
    while (next_is_digit(in)) {
        unit /= 10;
        fraction += unit * (*in->at++ - '0');
    }
    *ret_fraction = fraction;
    return true;
}

// "Z", "+hh", "-hhmm"; what must be subtracted to come to UTC.
static bool read_zone(struct cursor *in, mc_time *ret_offset)
{
    if (in->at >= in->end) {
        return false;
    }
    uint8_t sign = *in->at++;
    if (sign == 'Z') {
        *ret_offset = 0;
        return in->at == in->end;
    }
    int hours = 0, minutes = 0;
    if ((sign != '+' && sign != '-') || !read_number(in, 2, &hours) || hours > 23) {
        return false;
    }
    if (in->at < in->end && (!read_number(in, 2, &minutes) || minutes > 59)) {
        return false;
    }
    *ret_offset = (hours * 3600 + minutes * 60) * (sign == '-' ? -MC_SECOND : MC_SECOND);
    return in->at == in->end;
}

static bool read_date(struct cursor *in, struct tm *date)
{
    if (!read_number(in, 4, &date->tm_year) || !read_number(in, 2, &date->tm_mon) ||
        !read_number(in, 2, &date->tm_mday) || !read_number(in, 2, &date->tm_hour)) {
        return false;
    }
    if (date->tm_year < 1970 || date->tm_mon < 1 || date->tm_mon > 12 || date->tm_mday < 1 ||
        date->tm_mday > 31 || date->tm_hour > 23) {
        return false;
    }
    date->tm_year -= 1900;
    date->tm_mon -= 1;
    return true;
}

// timegm() mends dates such as February 30; a date it had to mend was not one.
static bool to_seconds(struct tm date, mc_time *ret_time)
{
    int day = date.tm_mday;
    int second = date.tm_sec;
    date.tm_sec = 0; // a leap second is legal and becomes the next minute's first
    time_t seconds = timegm(&date);
    if (date.tm_mday != day || seconds < 0) {
        return false;
    }
    *ret_time = ((mc_time)seconds + second) * MC_SECOND;
    return true;
}

// Minutes and seconds, where they are given; what a fraction then counts comes back.
static bool read_clock(struct cursor *in, struct tm *date, mc_time *ret_unit)
{
    *ret_unit = 3600 * MC_SECOND;
    if (!next_is_digit(in)) {
        return true;
    }
    *ret_unit = 60 * MC_SECOND;
    if (!read_number(in, 2, &date->tm_min) || date->tm_min > 59) {
        return false;
    }
    if (!next_is_digit(in)) {
        return true;
    }
    *ret_unit = MC_SECOND;
    return read_number(in, 2, &date->tm_sec) && date->tm_sec <= 60;
}

enum mc_result mc_time_parse(struct mc_span text, mc_time *ret_time)
{
    if (text.size == 0) {
        return MC_MALFORMED;
    }
    struct cursor in = {text.data, text.data + text.size};
    struct tm date = {0};
    mc_time unit = 0, fraction = 0, offset = 0, time = 0;
    if (!read_date(&in, &date) || !read_clock(&in, &date, &unit) ||
        !read_fraction(&in, unit, &fraction) || !read_zone(&in, &offset) ||
        !to_seconds(date, &time)) {
        return MC_MALFORMED;
    }
    time += fraction - offset;
    if (time < 0 || time > YEAR_9999_END) {
        return MC_MALFORMED;
    }
    *ret_time = time;
    return MC_OK;
}

// "20261121201533"; the microseconds within the second come back.
static int write_seconds(mc_time time, char text[MC_TIME_TEXT])
{
    time = time < 0 ? 0 : time > YEAR_9999_END ? YEAR_9999_END : time;
    time_t seconds = (time_t)(time / MC_SECOND);
    struct tm date;
    gmtime_r(&seconds, &date);
    strftime(text, MC_TIME_TEXT, "%Y%m%d%H%M%S", &date);
    return (int)(time % MC_SECOND);
}

void mc_time_format(mc_time time, char text[MC_TIME_TEXT])
{
    char whole[MC_TIME_TEXT];
    (void)write_seconds(time, whole);
    snprintf(text, MC_TIME_TEXT, "%.14sZ", whole);
}

void mc_time_format_exact(mc_time time, char text[MC_TIME_TEXT])
{
    char whole[MC_TIME_TEXT];
    int microseconds = write_seconds(time, whole);
    snprintf(text, MC_TIME_TEXT, "%.14s.%06dZ", whole, microseconds);
}
