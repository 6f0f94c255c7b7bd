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
    bool probe;                // reach the gateway (by mail, sign in as well) and send nothing
};

// One whole delivery, tries and all. `outcome` says how it ended; its gateway points into the
// configuration.
void mc_deliver(struct mc_delivery *delivery, struct mc_send_outcome *outcome);

// One try. `ret_idempotent` says whether a second cannot deliver twice.
typedef void mc_delivery_try(const struct mc_delivery *delivery, struct mc_send_outcome *outcome,
                             bool *ret_idempotent);
mc_delivery_try mc_sms_try;
mc_delivery_try mc_smtp_try;

#endif
