// SPDX-License-Identifier: Apache-2.0
// Base32 of RFC 4648 section 6, in which the secrets of virtual MFA devices are shown and typed.
#ifndef MYCRED_COMMON_BASE32_H
#define MYCRED_COMMON_BASE32_H

#include "common/buffer.h"
#include "common/secret.h"

#define MC_BASE32_MAX 512 // characters taken by mc_base32_decode

// Appends the text without padding.
void mc_base32_encode(struct mc_span bytes, struct mc_buffer *out);

// Bytes of a text as people type it: any case, spaces and hyphens anywhere, padding or none. Bits
// left over at the end are dropped, as every app does. MC_MALFORMED for other characters and for
// lengths that no encoding has.
enum mc_result mc_base32_decode(struct mc_span text, struct mc_secret *ret_bytes) MC_MUST_USE;

#endif
