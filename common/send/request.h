// SPDX-License-Identifier: Apache-2.0
// One request to the SMS gateway, made from the configuration's templates.
#ifndef MYCRED_COMMON_SEND_REQUEST_H
#define MYCRED_COMMON_SEND_REQUEST_H

#include "common/config.h"
#include "common/job.h"
#include "common/secret.h"

struct mc_sms_request {
    struct mc_buffer url;
    struct mc_buffer headers; // "Name: value", each followed by a NUL
    struct mc_buffer body;
    bool idempotent; // a header carries the message's id: the gateway can know a repetition
};

#define MC_AUTO_SMS_REQUEST MC_CLEANUP(mc_sms_request_release)

void mc_sms_request_init(struct mc_sms_request *request);
void mc_sms_request_release(struct mc_sms_request *request);

// Fills an empty request. MC_MALFORMED when a value has no form at its place (a line break in a
// header) or the whole is too long; MC_NO_MEMORY.
enum mc_result mc_sms_request_build(const struct mc_config *config, const struct mc_job *job,
                                    const struct mc_secret *password,
                                    struct mc_sms_request *request) MC_MUST_USE;

// Whether the gateway's answer means that it took the message. `body` is NUL-terminated.
bool mc_sms_is_accepted(const struct mc_config *config, long status, const char *body) MC_MUST_USE;

#endif
