// SPDX-License-Identifier: Apache-2.0
// The Cookie header (RFC 6265 section 4.2), as browsers and attackers send it.
#ifndef MYCRED_MOD_MYCRED_COOKIE_H
#define MYCRED_MOD_MYCRED_COOKIE_H

#include "common/base.h"

#define COOKIE_START "__Host-mycred" // of every cookie of the site

struct cookie_pair {
    struct mc_span name, value; // value: to the end of the pair, {NULL, 0} without "="
    struct mc_span text;        // both, as sent
};

// The next pair of `rest`; false at the end.
bool cookie_take(struct mc_span *rest, struct cookie_pair *ret_pair);

// The value of one cookie. False when there is none; two of one name are as good as none, since
// one may be planted.
bool cookie_find(struct mc_span header, const char *name, struct mc_span *ret_value);

#endif
