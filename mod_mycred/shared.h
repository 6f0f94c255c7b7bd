// SPDX-License-Identifier: Apache-2.0
// What all children of this httpd know together: how often each address was wrong or had codes
// sent, in httpd's shared-object cache, which may lose it; and how the sending of the whole site
// goes, in a little shared memory, which nobody can crowd out. Nothing here decides alone: without
// it the limits of each account in the directory hold all the same. Nobody waits here for more than
// another's few instructions.
#ifndef MYCRED_MOD_MYCRED_SHARED_H
#define MYCRED_MOD_MYCRED_SHARED_H

#include "mod_mycred/visit.h"

// What is counted of an address (source.h).
enum shared_count {
    SHARED_PASSWORDS,     // wrong ones
    SHARED_API_PASSWORDS, // wrong ones
    SHARED_SMS,           // sent to who has proved something
    SHARED_RESET_SMS,     // asked for by strangers
    SHARED_LINES          // of the log; with shared_may_log, one count for each event
};

// httpd's pre_config.
apr_status_t shared_register(apr_pool_t *pool) MC_MUST_USE;

// Before there are children. MC_BAD_CONFIG with a sentence in `error`.
enum mc_result shared_create(apr_pool_t *pool, server_rec *server, struct mc_buffer *error,
                             struct shared **ret_shared) MC_MUST_USE;

// In each child.
apr_status_t shared_start_child(struct shared *shared, apr_pool_t *pool) MC_MUST_USE;

// Whether this visitor's address may go on: MC_OK, or MC_THROTTLED with the moment from when.
// `look` counts nothing; `take` counts one more time unless the limit is reached, and logs the
// first refusal of a window; `give_back` takes that back.
enum mc_result shared_look(const struct visit *visit, enum shared_count what,
                           mc_time *ret_from) MC_MUST_USE;
enum mc_result shared_take(const struct visit *visit, enum shared_count what,
                           mc_time *ret_from) MC_MUST_USE;
void shared_give_back(const struct visit *visit, enum shared_count what);

// Whether one more line of this event may be written about the visitor's address: whoever sends
// nothing but bad requests shall not fill the disk.
bool shared_may_log(const struct visit *visit, enum mc_event event);

// The same for all SMS of this httpd; `reset`: of those that strangers asked for.
enum mc_result shared_take_sms(const struct site *site, bool reset, mc_time *ret_from) MC_MUST_USE;
void shared_give_back_sms(const struct site *site, bool reset);

// Whether a gateway is left alone for a while, and what became of a message to it; see breaker.h.
bool shared_is_paused(const struct site *site, enum mc_method channel);
bool shared_may_send(const struct site *site, enum mc_method channel);
void shared_note_delivery(const struct site *site, enum mc_method channel, bool sent,
                          const char *cause);

// A code went out by SMS, to a `number` that somebody has just named or (NULL) to a known one; a
// code that came by SMS was right. What looks like fraud is logged.
void shared_note_sent(const struct site *site, const char *number);
void shared_note_verified(const struct site *site);

#endif
