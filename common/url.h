// SPDX-License-Identifier: Apache-2.0
// The parts of a URL that decide where something is sent and whether the way there is private.
#ifndef MYCRED_COMMON_URL_H
#define MYCRED_COMMON_URL_H

#include "common/base.h"

// Spans point into the text that was split.
struct mc_url {
    struct mc_span scheme;    // "https"
    struct mc_span authority; // "sms.example.org:8443", "[::1]:389"
    struct mc_span host;      // "sms.example.org", "::1"
    struct mc_span path;      // all that follows the authority
};

// False when the text has no scheme, holds a space, or its authority holds credentials or a
// malformed port.
bool mc_url_split(const char *text, struct mc_url *ret_url) MC_MUST_USE;

// Whether the host is this machine by an address or name that needs no name server.
bool mc_url_is_loopback(const struct mc_url *url) MC_MUST_USE;

#endif
