// SPDX-License-Identifier: Apache-2.0
// Reading the small texts kept in attributes: fields parted by one byte, numbers without sign or
// leading zeros.
#ifndef MYCRED_COMMON_FIELD_H
#define MYCRED_COMMON_FIELD_H

#include "common/secret.h"

// Takes the text up to `separator` off the front of `rest`; all of it when there is no separator.
struct mc_span mc_field_next(struct mc_span *rest, char separator);

// A decimal number from `minimum` to `maximum`; false for anything else.
bool mc_field_number(struct mc_span text, uint32_t minimum, uint32_t maximum, unsigned *ret_number);

// A code or word as typed: spaces and hyphens dropped, ASCII letters made upper case. At most 64
// bytes remain; MC_MALFORMED for more, and for NUL bytes.
enum mc_result mc_field_tidy(struct mc_span typed, struct mc_secret *ret_tidy) MC_MUST_USE;

bool mc_field_is_digits(struct mc_span text);
bool mc_field_is_base32(struct mc_span text);    // upper case, RFC 4648
bool mc_field_is_base64url(struct mc_span text); // without padding, RFC 4648

#endif
