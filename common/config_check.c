// SPDX-License-Identifier: Apache-2.0
#include "common/config_reader.h"

enum mc_result mc_config_check(struct mc_config_reader *reader)
{
    (void)reader;
    return MC_OK;
}
