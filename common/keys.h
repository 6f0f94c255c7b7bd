// SPDX-License-Identifier: Apache-2.0
// Key files: one line a key, `k1 <43 characters of base64url: 256 bits>`, oldest first; the last
// one seals what is new. Two files part the purposes: `login` (hosts and web: devices, login codes)
// and `site` (web only).
#ifndef MYCRED_COMMON_KEYS_H
#define MYCRED_COMMON_KEYS_H

#include "common/buffer.h"
#include "common/secret.h"

#define MC_KEY_SIZE 32 // bytes
#define MC_KEY_ID_MAX 8
#define MC_KEYS_MAX 16

struct mc_keys;

// Reads a key file; it must be root's (or the caller's own) alone: mode 0600 or stricter, no link.
// MC_BAD_CONFIG with the reason in `error`.
enum mc_result mc_keys_load(const char *path, struct mc_buffer *error,
                            struct mc_keys **ret_keys) MC_MUST_USE;
enum mc_result mc_keys_parse(const char *name, struct mc_span text, struct mc_buffer *error,
                             struct mc_keys **ret_keys) MC_MUST_USE;
void mc_keys_free(struct mc_keys *keys);
void mc_keys_free_pointer(struct mc_keys **keys);

// The key that seals new values; never NULL.
const uint8_t *mc_keys_newest(const struct mc_keys *keys, const char **ret_id);

// NULL when no key has this id.
const uint8_t *mc_keys_find(const struct mc_keys *keys, struct mc_span id);

// One new line of a key file for a key with this number, newline included.
enum mc_result mc_keys_make_line(unsigned number, struct mc_secret *ret_line) MC_MUST_USE;

// The number the next key should have: 1 for no keys.
unsigned mc_keys_next_number(const struct mc_keys *keys);

#endif
