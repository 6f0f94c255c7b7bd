// SPDX-License-Identifier: Apache-2.0
// Random bytes from the kernel. Where there are none, the caller gets an error and must refuse.
#ifndef MYCRED_COMMON_RANDOM_H
#define MYCRED_COMMON_RANDOM_H

#include "common/secret.h"

// MC_UNAVAILABLE when the kernel gives none.
enum mc_result mc_random_bytes(void *bytes, size_t size) MC_MUST_USE;

// `count` decimal digits without bias, leading zeros kept. At most 16.
enum mc_result mc_random_digits(size_t count, struct mc_secret *ret_digits) MC_MUST_USE;

// `count` characters of RFC 4648 base32, 5 bits each. At most 64.
enum mc_result mc_random_base32(size_t count, struct mc_secret *ret_text) MC_MUST_USE;

#endif
