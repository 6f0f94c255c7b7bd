// SPDX-License-Identifier: Apache-2.0
// Which of the servers of `ldap_uri` is in use. Known together by all connections of a process, and
// where this lies in memory that processes share, by these: all change at once, so that a code is
// not refused anew by each, and no two of them write to different servers for long.
#ifndef MYCRED_COMMON_DIRECTORY_SERVERS_H
#define MYCRED_COMMON_DIRECTORY_SERVERS_H

#include "common/gtime.h"

#include <stdatomic.h>

#define MC_SERVERS_MAX 8

// All zero at the beginning; no further release. Every function may be called at any time by any
// thread of any process. Servers are named by their place in `ldap_uri`, from 0.
struct mc_servers {
    _Atomic unsigned current;                    // place + 1; 0: none was used yet
    _Atomic mc_time switched;                    // as mc_directory_switched
    _Atomic int64_t avoid_until[MC_SERVERS_MAX]; // monotonic milliseconds
};

struct mc_server_order {
    unsigned servers[MC_SERVERS_MAX];
    unsigned count;
};

// The order in which to try `count` servers: the one in use, then by their places, those that
// failed lately at the end.
void mc_servers_order(struct mc_servers *servers, unsigned count,
                      struct mc_server_order *ret_order);

// A connection was made, or could not be.
void mc_servers_use(struct mc_servers *servers, unsigned server);
void mc_servers_failed(struct mc_servers *servers, unsigned server);

// Whether this is the server that all use.
bool mc_servers_are_at(struct mc_servers *servers, unsigned server);

// Whether it is time to try the designated writer again, and this caller the one to do it.
bool mc_servers_claim_return(struct mc_servers *servers);

mc_time mc_servers_switched(struct mc_servers *servers);

#endif
