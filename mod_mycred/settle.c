// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/settle.h"

#include "common/base.h"

#include <apr_atomic.h>

#define LEAST 50000   // microseconds
#define MOST 1000000  // a directory in trouble shall not hold threads as well
#define REMEMBERED 32 // checks

// Of this child, the last ones in any order; no lock, since an old one in place of a new does no
// harm.
static volatile apr_uint32_t durations[REMEMBERED];
static volatile apr_uint32_t count;

void settle_note(apr_time_t start)
{
    apr_time_t took = apr_time_now() - start;
    took = took < 0 ? 0 : took > MOST ? MOST : took;
    apr_atomic_set32(&durations[apr_atomic_inc32(&count) % REMEMBERED], (apr_uint32_t)took);
}

void settle_wait(apr_time_t start)
{
    apr_time_t longest = LEAST;
    for (size_t i = 0; i < MC_COUNT(durations); i++) {
        apr_time_t took = apr_atomic_read32(&durations[i]);
        longest = took > longest ? took : longest;
    }
    apr_time_t left = start + longest - apr_time_now();
    if (left > 0 && left <= MOST) { // the clock may have been set back
        apr_sleep(left);
    }
}
