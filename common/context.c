// SPDX-License-Identifier: Apache-2.0
#include "common/context.h"

#include <time.h>

mc_time mc_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (mc_time)now.tv_sec * MC_SECOND + now.tv_nsec / 1000;
}
