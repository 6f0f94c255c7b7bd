// SPDX-License-Identifier: Apache-2.0
#include "common/gtime.h"

#include <stdio.h>
#include <time.h>

#define YEAR_9999_END ((mc_time)253402300800 * MC_SECOND - 1)

struct date {
    int year, month, day, hour, minute, second; // month and day from 1
};

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

static bool read_date(struct cursor *in, struct date *date)
{
    return read_number(in, 4, &date->year) && read_number(in, 2, &date->month) &&
           read_number(in, 2, &date->day) && read_number(in, 2, &date->hour) &&
           date->year >= 1970 && date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->hour <= 23;
}

// Days from 1970-01-01 to the first of March of a year: leap days come last in a year that begins
// then.
static int64_t days_to_march(int64_t year)
{
    return year * 365 + year / 4 - year / 100 + year / 400 - 719468;
}

// Month 0 is March.
static int days_in_month(int64_t year, int month)
{
    bool leap = (year + 1) % 4 == 0 && ((year + 1) % 100 != 0 || (year + 1) % 400 == 0);
    static const int days[] = {31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28};
    return days[month] + (month == 11 && leap);
}

// (153 * m + 2) / 5 is how many days the m months after February 28 or 29 have.
static bool to_seconds(const struct date *date, mc_time *ret_time)
{
    int month = (date->month + 9) % 12;
    int64_t year = date->year - (date->month < 3);
    if (date->day > days_in_month(year, month)) {
        return false;
    }
    int64_t days = days_to_march(year) + (153 * month + 2) / 5 + date->day - 1;
    // a leap second is legal and becomes the next minute's first
    int64_t seconds = days * 86400 + date->hour * 3600 + date->minute * 60 + date->second;
    *ret_time = seconds * MC_SECOND;
    return true;
}

// Minutes and seconds, where they are given; what a fraction then counts comes back.
static bool read_clock(struct cursor *in, struct date *date, mc_time *ret_unit)
{
    *ret_unit = 3600 * MC_SECOND;
    if (!next_is_digit(in)) {
        return true;
    }
    *ret_unit = 60 * MC_SECOND;
    if (!read_number(in, 2, &date->minute) || date->minute > 59) {
        return false;
    }
    if (!next_is_digit(in)) {
        return true;
    }
    *ret_unit = MC_SECOND;
    return read_number(in, 2, &date->second) && date->second <= 60;
}

enum mc_result mc_time_parse(struct mc_span text, mc_time *ret_time)
{
    if (text.size == 0) {
        return MC_MALFORMED;
    }
    struct cursor in = {text.data, text.data + text.size};
    struct date date = {0};
    mc_time unit = 0, fraction = 0, offset = 0, time = 0;
    if (!read_date(&in, &date) || !read_clock(&in, &date, &unit) ||
        !read_fraction(&in, unit, &fraction) || !read_zone(&in, &offset) ||
        !to_seconds(&date, &time)) {
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

bool mc_time_is_recent(mc_time time, mc_time life, mc_time now)
{
    return time <= now + MC_CLOCKS_APART && now - time < life;
}
