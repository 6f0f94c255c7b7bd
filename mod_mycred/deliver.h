// SPDX-License-Identifier: Apache-2.0
// Running the sender program from a thread of its own.
#ifndef MYCRED_MOD_MYCRED_DELIVER_H
#define MYCRED_MOD_MYCRED_DELIVER_H

#include "common/outbox.h"
#include "mod_mycred/site.h"

#define DELIVER_CAUSE_MAX MC_OUTBOX_CAUSE_MAX

// True when the message was accepted; else `cause` says why not. Takes at most send_timeout and a
// little.
bool deliver_job(const struct site *site, struct mc_span job, char cause[DELIVER_CAUSE_MAX]);

// Sends what is in the outbox of this person and takes it out. MC_OK also when there was nothing,
// MC_THROTTLED when what waits came too soon after a message, MC_UNDELIVERED when the first that
// could not be sent stays.
enum mc_result deliver_notices(const struct mc_context *context, const struct site *site,
                               const char *dn) MC_MUST_USE;

#endif
