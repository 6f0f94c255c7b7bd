// SPDX-License-Identifier: Apache-2.0
#include "common/keys.h"

#include "common/config.h"
#include "common/field.h"
#include "common/random.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY_FILE_MAX 4096 // bytes
#define KEY_TEXT_SIZE 43  // base64url of 32 bytes, no padding

struct key {
    char id[MC_KEY_ID_MAX + 1];
    uint8_t bytes[MC_KEY_SIZE];
};

struct mc_keys {
    size_t count;
    struct key items[MC_KEYS_MAX];
};

void mc_keys_free(struct mc_keys *keys)
{
    if (keys) {
        sodium_free(keys); // wipes, and the pages were kept out of core files and swap
    }
}

void mc_keys_free_pointer(struct mc_keys **keys)
{
    mc_keys_free(*keys);
    *keys = NULL;
}

const uint8_t *mc_keys_find(const struct mc_keys *keys, struct mc_span id)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (mc_span_equals(id, keys->items[i].id)) {
            return keys->items[i].bytes;
        }
    }
    return NULL;
}

const uint8_t *mc_keys_newest(const struct mc_keys *keys, const char **ret_id)
{
    const struct key *newest = &keys->items[keys->count - 1];
    *ret_id = newest->id;
    return newest->bytes;
}

unsigned mc_keys_next_number(const struct mc_keys *keys)
{
    unsigned highest = 0;
    for (size_t i = 0; keys && i < keys->count; i++) {
        unsigned number = (unsigned)strtoul(keys->items[i].id + 1, NULL, 10);
        highest = number > highest ? number : highest;
    }
    return highest + 1;
}

static bool is_key_id(struct mc_span id)
{
    if (id.size < 2 || id.size > MC_KEY_ID_MAX || id.data[0] != 'k' || id.data[1] == '0') {
        return false;
    }
    for (size_t i = 1; i < id.size; i++) {
        if (id.data[i] < '0' || id.data[i] > '9') {
            return false;
        }
    }
    return true;
}

// NULL, or what is wrong with the line.
static const char *read_line(struct mc_keys *keys, struct mc_span line)
{
    const uint8_t *space = memchr(line.data, ' ', line.size);
    if (!space) {
        return "is not 'k<number> <key>'";
    }
    struct mc_span id = {line.data, (size_t)(space - line.data)};
    struct mc_span text = {space + 1, line.size - id.size - 1};
    if (!is_key_id(id)) {
        return "does not begin with a key id such as k1";
    }
    if (mc_keys_find(keys, id)) {
        return "repeats a key id";
    }
    if (keys->count == MC_KEYS_MAX) {
        return "is one key too many; at most 16 may be kept";
    }
    struct key *key = &keys->items[keys->count];
    size_t size = 0;
    if (text.size != KEY_TEXT_SIZE || !mc_field_is_base64url(text) ||
        sodium_base642bin(key->bytes, MC_KEY_SIZE, (const char *)text.data, text.size, NULL, &size,
                          NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != MC_KEY_SIZE) {
        return "holds no 256-bit key; make one with 'mycred keygen'";
    }
    memcpy(key->id, id.data, id.size);
    keys->count++;
    return NULL;
}

static enum mc_result read_lines(const char *name, struct mc_span text, struct mc_buffer *error,
                                 struct mc_keys *keys)
{
    for (unsigned number = 1; text.size; number++) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        struct mc_span line = {text.data, end ? (size_t)(end - text.data) : text.size};
        size_t used = line.size + (end ? 1 : 0);
        text = (struct mc_span){text.data + used, text.size - used};
        const char *wrong = NULL;
        if (line.size && line.data[0] != '#') {
            wrong = read_line(keys, line);
        }
        if (wrong) {
            mc_buffer_format(error, "%s:%u: the line %s", name, number, wrong);
            return MC_BAD_CONFIG;
        }
    }
    if (keys->count == 0) {
        mc_buffer_format(error, "%s: holds no key; make one with 'mycred keygen'", name);
        return MC_BAD_CONFIG;
    }
    return MC_OK;
}

enum mc_result mc_keys_parse(const char *name, struct mc_span text, struct mc_buffer *error,
                             struct mc_keys **ret_keys)
{
    if (sodium_init() < 0) {
        return MC_INTERNAL;
    }
    struct mc_keys *keys = sodium_malloc(sizeof *keys);
    if (!keys) {
        return MC_NO_MEMORY;
    }
    memset(keys, 0, sizeof *keys);
    enum mc_result result = read_lines(name, text, error, keys);
    if (result != MC_OK) {
        mc_keys_free(keys);
        return result;
    }
    sodium_mprotect_readonly(keys);
    *ret_keys = keys;
    return MC_OK;
}

enum mc_result mc_keys_load(const char *path, struct mc_buffer *error, struct mc_keys **ret_keys)
{
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&content, KEY_FILE_MAX);
    enum mc_result result =
        mc_file_read_trusted(path, MC_FILE_NOBODY, KEY_FILE_MAX, error, &content);
    if (result != MC_OK) {
        return result;
    }
    return mc_keys_parse(path, mc_buffer_span(&content), error, ret_keys);
}

enum mc_result mc_keys_make_line(unsigned number, struct mc_secret *ret_line)
{
    uint8_t bytes[MC_KEY_SIZE];
    char text[KEY_TEXT_SIZE + 1], line[KEY_TEXT_SIZE + MC_KEY_ID_MAX + 8];
    enum mc_result result = mc_random_bytes(bytes, sizeof bytes);
    if (result == MC_OK) {
        sodium_bin2base64(text, sizeof text, bytes, sizeof bytes,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        snprintf(line, sizeof line, "k%u %s\n", number, text);
        result = mc_secret_set(ret_line, mc_span_of(line));
    }
    mc_wipe(bytes, sizeof bytes);
    mc_wipe(text, sizeof text);
    mc_wipe(line, sizeof line);
    return result;
}
