// SPDX-License-Identifier: Apache-2.0
// What happened since httpd started: how often each audit event, and when last. In memory that all
// children of one generation share, so that whichever child is asked knows.
#ifndef MYCRED_MOD_MYCRED_TALLY_H
#define MYCRED_MOD_MYCRED_TALLY_H

#include "common/event.h"
#include "common/gtime.h"

#include <apr_pools.h>

struct tally;

// For the parent, before it has children; lives as long as the pool.
apr_status_t tally_new(apr_pool_t *pool, struct tally **ret_tally) MC_MUST_USE;

void tally_count(struct tally *tally, enum mc_event event, mc_time now);
uint64_t tally_total(const struct tally *tally, enum mc_event event);
mc_time tally_last(const struct tally *tally, enum mc_event event); // 0: never

// What the last examination of the directory came to.
struct tally_directory {
    enum mc_result result; // MC_UNDECIDED before the first
    unsigned server;       // place in `ldap_uri` of the one that answered, from 1; 0: none
};
struct tally_directory tally_directory(const struct tally *tally);
void tally_set_directory(struct tally *tally, struct tally_directory found);

// True when the caller shall examine it anew: one does in each second, whatever number asks.
bool tally_take_turn(struct tally *tally, mc_time now);

#endif
