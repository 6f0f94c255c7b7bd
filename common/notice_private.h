// SPDX-License-Identifier: Apache-2.0
// Shared by notice.c and notice_text.c alone.
#ifndef MYCRED_COMMON_NOTICE_PRIVATE_H
#define MYCRED_COMMON_NOTICE_PRIVATE_H

#include "common/field.h"
#include "common/notice.h"

// "event when source parameter", the parameter to the end.
struct mc_notice_opened {
    struct mc_secret text;
    struct mc_span id;
    unsigned event;
    struct mc_span when, source, parameter;
};

// What is told together.
struct mc_notice_batch {
    struct mc_notice_opened items[MC_NOTICES_AT_ONCE];
    size_t count;
};

// The jobs for all of it: the present e-mail address, an old address or number where that is what
// changed, and where there is no e-mail address the mobile.
enum mc_result mc_notice_add_jobs(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_notice_batch *batch,
                                  struct mc_buffer *jobs) MC_MUST_USE;

#endif
