// SPDX-License-Identifier: Apache-2.0
// What every connection of the sender has in common: no environment, no redirect, no weak TLS, no
// endless answer.
#ifndef MYCRED_COMMON_SEND_TRANSFER_H
#define MYCRED_COMMON_SEND_TRANSFER_H

#include "common/send/outcome.h"

#include <curl/curl.h>

#define MC_REPLY_MAX (64 * 1024) // bytes, head and body each

struct mc_transfer {
    CURL *handle;
    struct mc_buffer body; // of the answer
    size_t head_size;
    int64_t first_byte; // milliseconds of mc_deadline_now; 0: none came
    bool too_long, too_slow;
    char error[CURL_ERROR_SIZE];
};

#define MC_AUTO_TRANSFER MC_CLEANUP(mc_transfer_release)

struct mc_transfer_target {
    const char *url;
    const char *protocols; // the only ones libcurl may speak: "http,https"
    const char *ca_file;   // "": the system's
    int64_t end;           // by mc_deadline_now
    bool probe;            // look at the certificate as well
};

// Sets up a fresh handle. MC_INTERNAL when libcurl refuses an option, MC_NO_MEMORY.
enum mc_result mc_transfer_init(struct mc_transfer *transfer,
                                const struct mc_transfer_target *target) MC_MUST_USE;
void mc_transfer_release(struct mc_transfer *transfer);

// Performs it. The code is libcurl's; mc_transfer_explain gives it a cause.
CURLcode mc_transfer_perform(struct mc_transfer *transfer) MC_MUST_USE;

// Notes in a probe's outcome when the certificate ends that was shown, whether it was trusted or
// not.
void mc_transfer_note_certificate(const struct mc_transfer *transfer,
                                  struct mc_send_outcome *outcome);

// Fills cause and reason from how the transfer failed; `sent` says whether the other side may have
// acted.
void mc_transfer_explain(const struct mc_transfer *transfer, CURLcode code, bool sent,
                         struct mc_send_outcome *outcome);

// Milliseconds from one try to the next: so that many senders do not come back in step.
unsigned mc_transfer_pause(unsigned tries) MC_MUST_USE;

#endif
