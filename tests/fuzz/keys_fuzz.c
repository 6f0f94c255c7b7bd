// SPDX-License-Identifier: Apache-2.0
// Key files from any bytes: either keys, or one sentence that shows none of the file but its name.
#include "common/keys.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    mc_buffer_init(&error, 256);
    enum mc_result result = mc_keys_parse("fuzz.key", (struct mc_span){data, size}, &error, &keys);
    if (result != MC_OK) {
        MUST(result == MC_BAD_CONFIG && !keys && error.size > 0);
        MUST(mc_buffer_result(&error) == MC_OK && !strchr(error.data, '\n'));
        return 0;
    }
    const char *id = NULL;
    const uint8_t *newest = mc_keys_newest(keys, &id);
    MUST(error.size == 0 && mc_keys_find(keys, mc_span_of(id)) == newest);
    MUST(mc_keys_next_number(keys) > 1);
    return 0;
}
