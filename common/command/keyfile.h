// SPDX-License-Identifier: Apache-2.0
// Adding a key to a key file without ever losing one.
#ifndef MYCRED_COMMON_COMMAND_KEYFILE_H
#define MYCRED_COMMON_COMMAND_KEYFILE_H

#include "common/buffer.h"

struct mc_keyfile_change {
    bool created;    // there was no file
    unsigned number; // of the new key
};

// Appends one new key, or creates the file with it, readable by its owner alone. The old file stays
// until the new one is on disk whole; of several at the same time each adds its own key. On
// MC_BAD_CONFIG `error` says why nothing was changed.
enum mc_result mc_keyfile_add(const char *path, struct mc_buffer *error,
                              struct mc_keyfile_change *ret_change) MC_MUST_USE;

#endif
