// SPDX-License-Identifier: Apache-2.0
// The entry a server sends back in the Post-Read control (RFC 4527), as any bytes.
#include "common/directory_write.c" // NOLINT: the reader is nobody else's business

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    const struct berval value = {size, (char *)(uintptr_t)data};
    enum mc_result result = read_value(&value, &entry);
    MUST((entry != NULL) == (result == MC_OK));
    MUST(result == MC_OK || result == MC_UNAVAILABLE);
    return 0;
}
