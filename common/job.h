// SPDX-License-Identifier: Apache-2.0
// One message to deliver: what the core decides and mycred-send carries out. It travels on the
// sender's standard input, never in arguments or environment. Lines `name value`, an empty line,
// then the text to the end:
//   channel sms            (or email)
//   to +8613800138042      (E.164, or one plain address)
//   subject ...            (email only; UTF-8, no line breaks)
//   message-id 0123456789abcdef@example.org   (email only)
//   id 0123456789abcdef    (correlation id, for the log and as idempotency key)
#ifndef MYCRED_COMMON_JOB_H
#define MYCRED_COMMON_JOB_H

#include "common/buffer.h"
#include "common/method.h"

#define MC_JOB_MAX 8192 // bytes

struct mc_job {
    enum mc_method channel; // SMS or EMAIL
    struct mc_span to, subject, message_id, id, text;
};

// Appends the job to `out`. MC_MALFORMED when a field holds a line break or the channel is no
// channel.
enum mc_result mc_job_write(const struct mc_job *job, struct mc_buffer *out) MC_MUST_USE;

// Spans point into `bytes`. MC_MALFORMED for anything else than the form above.
enum mc_result mc_job_read(struct mc_span bytes, struct mc_job *ret_job) MC_MUST_USE;

#endif
