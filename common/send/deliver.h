// SPDX-License-Identifier: Apache-2.0
// Delivery of one job, by channel.
#ifndef MYCRED_COMMON_SEND_DELIVER_H
#define MYCRED_COMMON_SEND_DELIVER_H

#include "common/config.h"
#include "common/job.h"
#include "common/secret.h"
#include "common/send/outcome.h"

struct mc_delivery {
    const struct mc_config *config;
    const struct mc_job *job;
    struct mc_secret password; // the gateway's; empty when it asks for none
    int64_t end;               // by mc_deadline_now
};

// One whole delivery, tries and all. `outcome` says how it ended; its gateway points into the
// configuration.
void mc_deliver(struct mc_delivery *delivery, struct mc_send_outcome *outcome);

// One try each. `ret_idempotent` says whether a second cannot deliver twice.
void mc_sms_try(const struct mc_delivery *delivery, struct mc_send_outcome *outcome,
                bool *ret_idempotent);
void mc_smtp_try(const struct mc_delivery *delivery, struct mc_send_outcome *outcome);

#endif
