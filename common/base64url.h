// SPDX-License-Identifier: Apache-2.0
// Base64 of RFC 4648 section 5 without padding, in which sealed values and hashes are written. For
// what is no secret itself: its time depends on the text.
#ifndef MYCRED_COMMON_BASE64URL_H
#define MYCRED_COMMON_BASE64URL_H

#include "common/result.h"

// Writes at most `maximum` bytes. MC_MALFORMED for other characters, for lengths that no encoding
// has, for bits left over at the end that are not zero (one value has one text), and for more
// bytes.
enum mc_result mc_base64url_decode(struct mc_span text, size_t maximum, uint8_t *bytes,
                                   size_t *ret_size) MC_MUST_USE;

#endif
