// SPDX-License-Identifier: Apache-2.0
// Where a request came from, as far as limits go: who has one address of IPv6 has all of its /64.
#ifndef MYCRED_COMMON_SOURCE_H
#define MYCRED_COMMON_SOURCE_H

#include "common/base.h"

#define MC_SOURCE_MAX 64 // bytes with NUL

// "192.0.2.7" and "::ffff:192.0.2.7" are 192.0.2.7; "2001:db8:1:2:3::4" is 2001:db8:1:2::/64. A
// host name, which PAM may have instead, is itself, cut to fit. "" for no address at all.
void mc_source_prefix(struct mc_span address, char prefix[MC_SOURCE_MAX]);

#endif
