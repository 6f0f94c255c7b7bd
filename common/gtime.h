// SPDX-License-Identifier: Apache-2.0
// Times as LDAP writes them: GeneralizedTime, RFC 4517 section 3.3.13, and inside the program
// microseconds since 1970.
#ifndef MYCRED_COMMON_GTIME_H
#define MYCRED_COMMON_GTIME_H

#include "common/result.h"

typedef int64_t mc_time; // microseconds since 1970-01-01T00:00:00Z
#define MC_SECOND ((mc_time)1000000)
#define MC_TIME_TEXT 24 // bytes that hold any text written here, with NUL

// Every form of the RFC: no minutes, no seconds, a fraction of any of them after `.` or `,`, `Z` or
// an offset. MC_MALFORMED otherwise, and for years outside 1970 to 9999.
enum mc_result mc_time_parse(struct mc_span text, mc_time *ret_time) MC_MUST_USE;

// Whether it is less than `life` ago, and no further ahead than clocks may differ: what was written
// before the clock was set back is not young again.
#define MC_CLOCKS_APART (300 * MC_SECOND)
bool mc_time_is_recent(mc_time time, mc_time life, mc_time now);

// "20261121201533Z"; whole seconds, rounded down. Times outside 1970 to 9999 are clamped.
void mc_time_format(mc_time time, char text[MC_TIME_TEXT]);

// "20261121201533.123456Z".
void mc_time_format_exact(mc_time time, char text[MC_TIME_TEXT]);

#endif
