// SPDX-License-Identifier: Apache-2.0
#include "common/directory_servers.h"

#include "common/directory_private.h"

#include <time.h>

// How long a server that failed is asked last, and how often a return to the designated writer is
// tried: what is asked at a stand-by was asked no longer than this after the writer was last seen
// down.
#define AVOID_MS 10000

// After a return somebody else may still be at the stand-by: for AVOID_MS, the try itself, and an
// exchange that had begun.
#define SETTLE (20 * MC_SECOND)

static mc_time now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (mc_time)now.tv_sec * MC_SECOND + now.tv_nsec / 1000;
}

static bool is_avoided(struct mc_servers *servers, unsigned server)
{
    return atomic_load(&servers->avoid_until[server]) > mc_monotonic_ms();
}

static void add(struct mc_server_order *order, unsigned server)
{
    for (unsigned i = 0; i < order->count; i++) {
        if (order->servers[i] == server) {
            return;
        }
    }
    order->servers[order->count++] = server;
}

void mc_servers_order(struct mc_servers *servers, unsigned count, struct mc_server_order *ret_order)
{
    unsigned current = atomic_load(&servers->current);
    ret_order->count = 0;
    if (current > 0 && current <= count && !is_avoided(servers, current - 1)) {
        add(ret_order, current - 1);
    }
    for (unsigned server = 0; server < count; server++) {
        if (!is_avoided(servers, server)) {
            add(ret_order, server);
        }
    }
    for (unsigned server = 0; server < count; server++) {
        add(ret_order, server);
    }
}

// Never back: several may change at the same moment.
static void raise_switched(struct mc_servers *servers, mc_time to)
{
    mc_time known = atomic_load(&servers->switched);
    while (known < to && !atomic_compare_exchange_weak(&servers->switched, &known, to)) {
    }
}

void mc_servers_use(struct mc_servers *servers, unsigned server)
{
    unsigned before = atomic_load(&servers->current), after = server + 1;
    bool first = before == 0 && server == 0;
    atomic_store(&servers->avoid_until[server], 0);
    // what is void is known before anybody can be there
    if (before != after && !first) {
        raise_switched(servers, now() + (after < before ? SETTLE : 0));
    }
    atomic_store(&servers->current, after);
}

void mc_servers_failed(struct mc_servers *servers, unsigned server)
{
    atomic_store(&servers->avoid_until[server], mc_monotonic_ms() + AVOID_MS);
}

bool mc_servers_are_at(struct mc_servers *servers, unsigned server)
{
    return atomic_load(&servers->current) == server + 1;
}

bool mc_servers_claim_return(struct mc_servers *servers)
{
    int64_t due = atomic_load(&servers->avoid_until[0]), time = mc_monotonic_ms();
    return due <= time &&
           atomic_compare_exchange_strong(&servers->avoid_until[0], &due, time + AVOID_MS);
}

mc_time mc_servers_switched(struct mc_servers *servers)
{
    return atomic_load(&servers->switched);
}
