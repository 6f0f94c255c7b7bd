// SPDX-License-Identifier: Apache-2.0
// One e-mail, as it goes over the wire (RFC 5322).
#ifndef MYCRED_COMMON_SEND_MAIL_H
#define MYCRED_COMMON_SEND_MAIL_H

#include "common/config.h"
#include "common/job.h"

#include <time.h>

// Appends the whole message, lines ended by CR LF, ASCII only. MC_MALFORMED when it is too long for
// `out`.
enum mc_result mc_mail_build(const struct mc_config *config, const struct mc_job *job, time_t now,
                             struct mc_buffer *out) MC_MUST_USE;

// Appends header text (RFC 2047 where it must be), folded; `used` is how much of the line is taken
// already.
void mc_mail_add_text(struct mc_buffer *out, struct mc_span text, size_t used);

#endif
