// SPDX-License-Identifier: Apache-2.0
#include "common/command/admin.h"

enum mc_exit mc_check_run(const struct mc_arguments *arguments)
{
    (void)arguments;
    mc_complain("not built in yet.");
    return MC_EXIT_TROUBLE;
}
