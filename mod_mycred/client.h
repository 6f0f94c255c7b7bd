// SPDX-License-Identifier: Apache-2.0
// A browser's own description (User-Agent), in the few words by which people know their browsers.
#ifndef MYCRED_MOD_MYCRED_CLIENT_H
#define MYCRED_MOD_MYCRED_CLIENT_H

#include "common/base.h"

#include <apr_pools.h>

// "Firefox, Windows"; the description itself where it names nothing we know.
const char *client_name(apr_pool_t *pool, struct mc_span agent);

#endif
