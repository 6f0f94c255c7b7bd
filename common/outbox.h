// SPDX-License-Identifier: Apache-2.0
// Delivering what waits in people's outboxes (notice.h), by mycred-send.
#ifndef MYCRED_COMMON_OUTBOX_H
#define MYCRED_COMMON_OUTBOX_H

#include "common/account.h"
#include "common/event.h"

#define MC_OUTBOX_CAUSE_MAX 512 // bytes

struct mc_outbox {
    const char *conf; // path of the configuration, which mycred-send reads itself
    // Sends a job in place of mc_outbox_send; may be NULL.
    bool (*send)(void *data, struct mc_span job, char cause[MC_OUTBOX_CAUSE_MAX]);
    // Takes the line (event.h) of each notice that was sent, or not; may be NULL.
    void (*log)(void *data, enum mc_event event, struct mc_buffer *line);
    void *data;
};

// Sends one job (job.h). False: `cause` says why not.
bool mc_outbox_send(const struct mc_config *config, const struct mc_outbox *outbox,
                    struct mc_span job, char cause[MC_OUTBOX_CAUSE_MAX]);

// Delivers the person's notices, in at most `most` messages. `ret_sent`: how many were. MC_OK: none
// waits any more, or `most` were sent. MC_THROTTLED: what waits came too soon after a message; it
// may leave after MC_NOTICE_GAP. MC_UNDELIVERED: one could not be sent and waits on. Takes up to
// `most` times send_timeout; the directory's deadline is set anew for each.
enum mc_result mc_outbox_drain(const struct mc_context *context, const struct mc_outbox *outbox,
                               const char *dn, size_t most, size_t *ret_sent) MC_MUST_USE;

#endif
