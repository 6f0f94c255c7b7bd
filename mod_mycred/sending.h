// SPDX-License-Identifier: Apache-2.0
// Messages leave after the answer, from a small pool of threads in each child: no page waits for a
// gateway. Each runs the sender program; a code that could not be sent is voided, a notice stays in
// its outbox until it is.
#ifndef MYCRED_MOD_MYCRED_SENDING_H
#define MYCRED_MOD_MYCRED_SENDING_H

#include "mod_mycred/site.h"

#define SENDING_THREADS 4 // of a child; each may hold a connection to the directory meanwhile

struct sending;

// The threads end with the pool; what is under way is finished, at most send_timeout later.
apr_status_t sending_start(struct site *site, apr_pool_t *pool,
                           struct sending **ret_sending) MC_MUST_USE;

// What is to be sent (job.h), and what to do when it could not be.
struct sending_task {
    const char *id; // correlation id
    struct mc_span job;
    const char *dn; // of the person whose pending code is void then; NULL: none
    const char *purpose;
    enum mc_method channel;
    const char *flow;
};

// Copies the task. MC_UNAVAILABLE when too many wait already.
enum mc_result sending_add(struct sending *sending, const struct sending_task *task) MC_MUST_USE;

// Work that no answer may wait for, or show by its time that there was any. `run` gets a context
// with a connection to the directory; `release` frees the data in any case, also when the work is
// refused (MC_UNAVAILABLE) or no connection is to be had.
struct sending_work {
    void (*run)(struct site *site, const struct mc_context *context, void *data);
    void (*release)(void *data);
    void *data;
};
enum mc_result sending_run(struct sending *sending, const struct sending_work *work) MC_MUST_USE;

// Tasks that wait in this child, of at most `maximum`, and those under way.
struct sending_load {
    size_t waiting, maximum, busy;
};
struct sending_load sending_load(const struct sending *sending);

// Looks after the notices of this person's outbox soon.
void sending_drain(struct sending *sending, const char *dn);

#endif
