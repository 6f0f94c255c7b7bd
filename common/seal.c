// SPDX-License-Identifier: Apache-2.0
#include "common/seal.h"

#include "common/base64url.h"
#include "common/random.h"

#include <sodium.h>

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define BINARY_MAX (NONCE_SIZE + MC_SEAL_MAX + TAG_SIZE)
#define CONTEXT_MAX 4096

// Sizes before texts: no two contexts can give the same bytes.
static enum mc_result describe(const struct mc_seal_context *context, struct mc_buffer *out)
{
    struct mc_span parts[] = {mc_span_of(context->attribute), mc_span_of(context->entry_uuid),
                              context->detail};
    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        mc_buffer_add_number(out, parts[i].size);
        mc_buffer_add_text(out, ":");
        mc_buffer_add_span(out, parts[i]);
    }
    return mc_buffer_result(out);
}

static enum mc_result write_text(struct mc_span key_id, const uint8_t *bytes, size_t size,
                                 struct mc_buffer *out)
{
    size_t room = sodium_base64_encoded_len(size, BASE64);
    MC_AUTO_FREE char *text = mc_allocate(room);
    if (!text) {
        return MC_NO_MEMORY;
    }
    sodium_bin2base64(text, room, bytes, size, BASE64);
    mc_buffer_add_span(out, key_id);
    mc_buffer_add_text(out, ":");
    mc_buffer_add_text(out, text);
    return mc_buffer_result(out);
}

// Splits `k1:<base64url>`; `bytes` has room for `maximum`.
static enum mc_result read_text(const struct mc_keys *keys, struct mc_span text, size_t maximum,
                                uint8_t *bytes, size_t *ret_size, const uint8_t **ret_key)
{
    const uint8_t *colon = text.size ? memchr(text.data, ':', text.size) : NULL;
    if (!colon) {
        return MC_BAD_DATA;
    }
    size_t id_size = (size_t)(colon - text.data);
    struct mc_span encoded = {colon + 1, text.size - id_size - 1};
    const uint8_t *key = mc_keys_find(keys, (struct mc_span){text.data, id_size});
    if (!key || mc_base64url_decode(encoded, maximum, bytes, ret_size) != MC_OK) {
        return MC_BAD_DATA;
    }
    *ret_key = key;
    return MC_OK;
}

enum mc_result mc_seal(const struct mc_keys *keys, const struct mc_seal_context *context,
                       struct mc_span plain, struct mc_buffer *out)
{
    MC_AUTO_BUFFER struct mc_buffer about;
    mc_buffer_init(&about, CONTEXT_MAX);
    enum mc_result result = describe(context, &about);
    if (result != MC_OK || plain.size > MC_SEAL_MAX) {
        return result != MC_OK ? result : MC_MALFORMED;
    }
    MC_AUTO_FREE uint8_t *sealed = mc_allocate(NONCE_SIZE + plain.size + TAG_SIZE);
    if (!sealed) {
        return MC_NO_MEMORY;
    }
    result = mc_random_bytes(sealed, NONCE_SIZE);
    if (result != MC_OK) {
        return result;
    }
    const char *key_id = NULL;
    const uint8_t *key = mc_keys_newest(keys, &key_id);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_SIZE, NULL, plain.data, plain.size,
                                               (const uint8_t *)about.data, about.size, NULL,
                                               sealed, key);
    return write_text(mc_span_of(key_id), sealed, NONCE_SIZE + plain.size + TAG_SIZE, out);
}

enum mc_result mc_unseal(const struct mc_keys *keys, const struct mc_seal_context *context,
                         struct mc_span sealed, struct mc_secret *ret_plain)
{
    MC_AUTO_BUFFER struct mc_buffer about;
    mc_buffer_init(&about, CONTEXT_MAX);
    enum mc_result result = describe(context, &about);
    if (result != MC_OK) {
        return result;
    }
    if (sealed.size > BINARY_MAX * 2) {
        return MC_BAD_DATA;
    }
    MC_AUTO_FREE uint8_t *bytes = mc_allocate(sealed.size);
    size_t size = 0;
    const uint8_t *key = NULL;
    if (!bytes) {
        return MC_NO_MEMORY;
    }
    result = read_text(keys, sealed, sealed.size, bytes, &size, &key);
    if (result != MC_OK) {
        return result;
    }
    if (size < NONCE_SIZE + TAG_SIZE) {
        return MC_BAD_DATA;
    }
    struct mc_secret plain = {mc_allocate(size), size - NONCE_SIZE - TAG_SIZE};
    if (!plain.data) {
        return MC_NO_MEMORY;
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            (uint8_t *)plain.data, NULL, NULL, bytes + NONCE_SIZE, size - NONCE_SIZE,
            (const uint8_t *)about.data, about.size, bytes, key) != 0) {
        mc_secret_release(&plain);
        return MC_BAD_DATA;
    }
    mc_secret_release(ret_plain);
    *ret_plain = plain;
    return MC_OK;
}

static enum mc_result hash_with(const uint8_t *key, const struct mc_seal_context *context,
                                struct mc_span secret, uint8_t hash[MC_DIGEST_SIZE])
{
    MC_AUTO_BUFFER struct mc_buffer about;
    mc_buffer_init(&about, CONTEXT_MAX);
    mc_buffer_add_text(&about, "hash:"); // apart from every sealing context
    enum mc_result result = describe(context, &about);
    if (result != MC_OK) {
        return result;
    }
    mc_buffer_add_span(&about, secret);
    result = mc_buffer_result(&about);
    if (result == MC_OK) {
        crypto_generichash(hash, MC_DIGEST_SIZE, (const uint8_t *)about.data, about.size, key,
                           MC_KEY_SIZE);
    }
    return result;
}

enum mc_result mc_keyed_hash(const struct mc_keys *keys, const struct mc_seal_context *context,
                             struct mc_span secret, struct mc_buffer *out)
{
    uint8_t hash[MC_DIGEST_SIZE];
    const char *key_id = NULL;
    const uint8_t *key = mc_keys_newest(keys, &key_id);
    enum mc_result result = hash_with(key, context, secret, hash);
    return result == MC_OK ? write_text(mc_span_of(key_id), hash, sizeof hash, out) : result;
}

enum mc_result mc_keyed_hash_like(const struct mc_keys *keys, const struct mc_seal_context *context,
                                  struct mc_span secret, struct mc_span key_id,
                                  struct mc_buffer *out)
{
    uint8_t hash[MC_DIGEST_SIZE];
    const uint8_t *key = mc_keys_find(keys, key_id);
    if (!key) {
        return MC_BAD_DATA;
    }
    enum mc_result result = hash_with(key, context, secret, hash);
    return result == MC_OK ? write_text(key_id, hash, sizeof hash, out) : result;
}

enum mc_result mc_keyed_hash_check(const struct mc_keys *keys,
                                   const struct mc_seal_context *context, struct mc_span secret,
                                   struct mc_span hash)
{
    uint8_t stored[MC_DIGEST_SIZE], made[MC_DIGEST_SIZE];
    size_t size = 0;
    const uint8_t *key = NULL;
    enum mc_result result = read_text(keys, hash, sizeof stored, stored, &size, &key);
    if (result != MC_OK || size != sizeof stored) {
        return MC_BAD_DATA;
    }
    result = hash_with(key, context, secret, made);
    if (result != MC_OK) {
        return result;
    }
    return sodium_memcmp(stored, made, sizeof made) == 0 ? MC_OK : MC_WRONG;
}

void mc_digest(struct mc_span bytes, uint8_t digest[MC_DIGEST_SIZE])
{
    crypto_generichash(digest, MC_DIGEST_SIZE, bytes.data, bytes.size, NULL, 0);
}

unsigned mc_stable_choice(const struct mc_keys *keys, struct mc_span text, unsigned limit)
{
    const struct mc_seal_context context = {"decoy", "", {NULL, 0}};
    uint8_t hash[MC_DIGEST_SIZE] = {0};
    const char *key_id = NULL;
    if (hash_with(mc_keys_newest(keys, &key_id), &context, text, hash) != MC_OK) {
        return 0;
    }
    return ((unsigned)hash[0] << 8 | hash[1]) % limit;
}
