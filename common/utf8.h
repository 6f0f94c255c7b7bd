// SPDX-License-Identifier: Apache-2.0
// UTF-8 (RFC 3629) where it enters from outside.
#ifndef MYCRED_COMMON_UTF8_H
#define MYCRED_COMMON_UTF8_H

#include "common/base.h"

// Takes one code point off the front of `text`. False, with `text` as it was, when it is empty or
// does not begin with a whole, shortest-form sequence (surrogates and values over U+10FFFF are
// none).
bool mc_utf8_take(struct mc_span *text, uint32_t *ret_code_point) MC_MUST_USE;

bool mc_utf8_is_valid(struct mc_span text) MC_MUST_USE;

#endif
