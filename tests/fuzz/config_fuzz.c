// SPDX-License-Identifier: Apache-2.0
// mycred.conf from any bytes: either a whole configuration, or one sentence and nothing else.
#include "common/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 4096);
    struct mc_config *config = NULL;
    enum mc_result result =
        mc_config_parse("fuzz.conf", (struct mc_span){data, size}, &error, &config);
    bool whole = result == MC_OK && config && error.size == 0;
    bool refused = result == MC_BAD_CONFIG && !config && error.size > 0 &&
                   !strchr(mc_buffer_text(&error), '\n');
    if (!whole && !refused) {
        abort();
    }
    mc_config_free(config);
    return 0;
}
