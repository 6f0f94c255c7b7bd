// SPDX-License-Identifier: Apache-2.0
// What the directory keeps of a secret: sealed (authenticated encryption, XChaCha20-Poly1305) or as
// a keyed hash (BLAKE2b). Both are bound to a context, so that a value moved to another entry,
// attribute or factor is refused. Texts have the form `k1:<base64url>`, k1 being the key's id in
// the key file.
#ifndef MYCRED_COMMON_SEAL_H
#define MYCRED_COMMON_SEAL_H

#include "common/keys.h"

#define MC_SEAL_MAX 8192  // bytes that can be sealed
#define MC_DIGEST_SIZE 32 // bytes

// Where a sealed value belongs. Texts without NUL; "" where a part does not apply.
struct mc_seal_context {
    const char *attribute;  // "mycredTotp"
    const char *entry_uuid; // text form of RFC 4530
    struct mc_span detail;  // the value's own clear fields, e.g. "1 sha1/6/30"
};

enum mc_result mc_seal(const struct mc_keys *keys, const struct mc_seal_context *context,
                       struct mc_span plain, struct mc_buffer *out) MC_MUST_USE;

// MC_BAD_DATA when the text is damaged, belongs elsewhere or its key is not in the file.
enum mc_result mc_unseal(const struct mc_keys *keys, const struct mc_seal_context *context,
                         struct mc_span sealed, struct mc_secret *ret_plain) MC_MUST_USE;

// Appends `k1:<base64url>` of the hash of context and `secret` under the newest key.
enum mc_result mc_keyed_hash(const struct mc_keys *keys, const struct mc_seal_context *context,
                             struct mc_span secret, struct mc_buffer *out) MC_MUST_USE;

// The same under the key of this id, to be compared with several texts; MC_BAD_DATA when there is
// no such key.
enum mc_result mc_keyed_hash_like(const struct mc_keys *keys, const struct mc_seal_context *context,
                                  struct mc_span secret, struct mc_span key_id,
                                  struct mc_buffer *out) MC_MUST_USE;

// MC_OK, MC_WRONG, or MC_BAD_DATA for a text that is no hash of a key we have.
enum mc_result mc_keyed_hash_check(const struct mc_keys *keys,
                                   const struct mc_seal_context *context, struct mc_span secret,
                                   struct mc_span hash) MC_MUST_USE;

// A plain BLAKE2b-256 digest, for values that carry enough randomness of their own.
void mc_digest(struct mc_span bytes, uint8_t digest[MC_DIGEST_SIZE]);

// A number below `limit` that depends on `text` and the newest key only: decoys that stay the same
// from try to try.
unsigned mc_stable_choice(const struct mc_keys *keys, struct mc_span text, unsigned limit);

#endif
