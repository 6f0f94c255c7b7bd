// SPDX-License-Identifier: Apache-2.0
// One configured site: what httpd reads at start and every request of every child uses. Read-only
// after start, but for the pools a child makes of its own.
#ifndef MYCRED_MOD_MYCRED_SITE_H
#define MYCRED_MOD_MYCRED_SITE_H

#include "common/context.h"
#include "common/event.h"

#include <apr_pools.h>
#include <apr_reslist.h>
#include <httpd.h>

struct mc_servers;
struct administrators;
struct templates;
struct sending;
struct shared;
struct tally;

struct site {
    const char *conf; // path of mycred.conf
    struct mc_config *config;
    struct mc_keys *login_keys, *site_keys;
    struct mc_directory *model; // holds what only root may read; each request uses a copy of it
    struct mc_servers *servers; // of the directory; memory that all children share
    // what guarded locations read of people
    const char *const *session_attributes, *const *api_attributes;
    struct templates *templates;
    const char *prefix; // path of site_url with its last slash: "/mycred/"
    const char *origin; // "https://login.example.org"
    struct shared *shared;
    struct tally *tally; // what happened, in all children
    // of this child process
    apr_reslist_t *directories; // struct mc_directory *
    struct sending *sending;
    struct administrators *administrators;
    server_rec *server;
};

// Reads everything; called by configtest too. MC_BAD_CONFIG with one sentence in `error`.
enum mc_result site_load(struct site *site, apr_pool_t *pool, struct mc_buffer *error) MC_MUST_USE;

// Makes the pools of a child process, which end with `pool`.
apr_status_t site_start_child(struct site *site, apr_pool_t *pool) MC_MUST_USE;

// How many connections to the directory a child with so many threads may have.
int site_connections_max(int threads);

// A connection to the directory for one request, ready for use until the request's deadline.
// MC_UNAVAILABLE when all are in use.
enum mc_result site_borrow_directory(struct site *site,
                                     struct mc_directory **ret_directory) MC_MUST_USE;
void site_return_directory(struct site *site, struct mc_directory *directory);

// Writes the line of an event that belongs to no request, and counts it (tally.h).
void site_log(const struct site *site, enum mc_event event, const struct mc_buffer *line);

// What the core needs to decide, with that connection or NULL.
struct mc_context site_context(const struct site *site, struct mc_directory *directory);

#endif
