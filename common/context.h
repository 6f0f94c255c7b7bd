// SPDX-License-Identifier: Apache-2.0
// What every decision needs. Passed by the caller, so that two copies live in one process and tests
// fix the clock.
#ifndef MYCRED_COMMON_CONTEXT_H
#define MYCRED_COMMON_CONTEXT_H

#include "common/config.h"
#include "common/directory.h"
#include "common/keys.h"

struct mc_context {
    const struct mc_config *config;
    const struct mc_keys *keys;      // of the purpose `login`
    const struct mc_keys *site_keys; // of the purpose `site`; NULL on hosts
    struct mc_directory *directory;
    mc_time (*now)(void); // wall clock
};

// The host's wall clock, the usual `now`.
mc_time mc_now(void);

#endif
