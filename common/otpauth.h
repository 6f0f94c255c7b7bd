// SPDX-License-Identifier: Apache-2.0
// What a virtual MFA app scans: an otpauth URI ("Key URI Format"). Everything from outside is
// percent-encoded (RFC 3986 2.1); a colon, which would part issuer and account, becomes a hyphen.
#ifndef MYCRED_COMMON_OTPAUTH_H
#define MYCRED_COMMON_OTPAUTH_H

#include "common/device.h"

#define MC_OTPAUTH_MAX 2048 // bytes

// Appends `otpauth://totp/<issuer>:<account>?secret=...&issuer=...`, with algorithm, digits and
// period where they are not what every app takes for granted. The text is a secret. MC_MALFORMED
// when a name is not UTF-8.
enum mc_result mc_otpauth_write(const struct mc_device *device, struct mc_span issuer,
                                struct mc_span account, struct mc_buffer *out) MC_MUST_USE;

#endif
