// SPDX-License-Identifier: Apache-2.0
// How often may be guessed and how often sent, judged from times alone.
#ifndef MYCRED_COMMON_LIMIT_H
#define MYCRED_COMMON_LIMIT_H

#include "common/config.h"
#include "common/entry.h"
#include "common/gtime.h"

#define MC_LIMIT_NEVER ((mc_time)INT64_MAX)

// The moment from which one more attempt may be compared, given the failures so far
// (GeneralizedTime values, in any order): at once while there are fewer than `code_tries`; then 30
// s after the last, doubling with every further failure up to an hour (NIST SP 800-63B 3.2.2);
// MC_LIMIT_NEVER from `failures_max` on. `own`: a value that does not count, the attempt's own; may
// be empty. MC_BAD_DATA for a damaged value.
enum mc_result mc_limit_guess(const struct mc_config *config, struct mc_values failures,
                              struct mc_span own, mc_time now, mc_time *ret_from) MC_MUST_USE;

// Of `failures` those later than `since`, without `own`.
enum mc_result mc_limit_count_since(struct mc_values failures, struct mc_span own, mc_time since,
                                    unsigned *ret_count) MC_MUST_USE;

// The moment from which one more message may be sent on this channel: `send_interval` after the
// last, `sends_per_hour`, `sends_per_day`. Values are `<time> <channel>`; `own` as above.
enum mc_result mc_limit_send(const struct mc_config *config, struct mc_values sends,
                             const char *channel, struct mc_span own, mc_time now,
                             mc_time *ret_from) MC_MUST_USE;

#endif
