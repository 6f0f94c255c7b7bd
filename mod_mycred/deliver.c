// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/deliver.h"

#include "common/job.h"
#include "mod_mycred/shared.h"

#include <stdio.h>

#define NOTICES_AT_ONCE 8 // of one person; the rest at the next change

bool deliver_job(const struct site *site, struct mc_span job, char cause[DELIVER_CAUSE_MAX])
{
    const struct mc_outbox outbox = {.conf = site->conf};
    struct mc_job details;
    if (mc_job_read(job, &details) != MC_OK) {
        snprintf(cause, DELIVER_CAUSE_MAX, "cause=job");
        return false;
    }
    if (!shared_may_send(site, details.channel)) {
        snprintf(cause, DELIVER_CAUSE_MAX, "cause=paused");
        return false;
    }
    bool sent = mc_outbox_send(site->config, &outbox, job, cause);
    shared_note_delivery(site, details.channel, sent, cause);
    return sent;
}

static bool send_job(void *data, struct mc_span job, char cause[MC_OUTBOX_CAUSE_MAX])
{
    return deliver_job(data, job, cause);
}

static void log_notice(void *data, enum mc_event event, struct mc_buffer *line)
{
    site_log(data, event, line);
}

enum mc_result deliver_notices(const struct mc_context *context, const struct site *site,
                               const char *dn)
{
    const struct mc_outbox outbox = {
        .conf = site->conf, .send = send_job, .log = log_notice, .data = (void *)(uintptr_t)site};
    size_t sent = 0;
    return mc_outbox_drain(context, &outbox, dn, NOTICES_AT_ONCE, &sent);
}
