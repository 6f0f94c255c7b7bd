// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/tally.h"

#include <apr_shm.h>
#include <stdatomic.h>

#define EXAMINED_FOR 1000000 // microseconds

struct tally {
    struct {
        _Atomic uint64_t total;
        _Atomic int64_t last;
    } events[MC_EVENT_COUNT];
    _Atomic int64_t examined;
    _Atomic struct tally_directory directory;
};

apr_status_t tally_new(apr_pool_t *pool, struct tally **ret_tally)
{
    apr_shm_t *memory = NULL;
    apr_status_t status = apr_shm_create(&memory, sizeof(struct tally), NULL, pool);
    if (status == APR_SUCCESS) {
        *ret_tally = apr_shm_baseaddr_get(memory);
        memset(*ret_tally, 0, sizeof **ret_tally);
    }
    return status;
}

void tally_count(struct tally *tally, enum mc_event event, mc_time now)
{
    atomic_fetch_add(&tally->events[event].total, 1);
    atomic_store(&tally->events[event].last, now);
}

uint64_t tally_total(const struct tally *tally, enum mc_event event)
{
    return atomic_load(&tally->events[event].total);
}

mc_time tally_last(const struct tally *tally, enum mc_event event)
{
    return atomic_load(&tally->events[event].last);
}

struct tally_directory tally_directory(const struct tally *tally)
{
    return atomic_load(&tally->directory);
}

void tally_set_directory(struct tally *tally, struct tally_directory found)
{
    atomic_store(&tally->directory, found);
}

bool tally_take_turn(struct tally *tally, mc_time now)
{
    int64_t before = atomic_load(&tally->examined);
    bool is_old = now - before >= EXAMINED_FOR || now < before;
    return tally_directory(tally).result == MC_UNDECIDED ||
           (is_old && atomic_compare_exchange_strong(&tally->examined, &before, now));
}
