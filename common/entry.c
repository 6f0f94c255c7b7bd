// SPDX-License-Identifier: Apache-2.0
#include "common/entry.h"

#include <stdlib.h>

// bytes; where overruns are watched for, each value is a piece of its own
#if defined(__SANITIZE_ADDRESS__)
#define CHUNK_MIN 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHUNK_MIN 0
#endif
#endif
#ifndef CHUNK_MIN
#define CHUNK_MIN 2048
#endif

#define ALIGNMENT _Alignof(max_align_t)

struct attribute {
    struct mc_span name;
    struct mc_span *values;
    size_t count, room;
};

// Names, values and their lists lie in few large pieces, which are freed at once.
struct chunk {
    struct chunk *next;
    size_t used, room;
    max_align_t bytes[];
};

struct mc_entry {
    char *dn;
    struct attribute *attributes;
    size_t count, room;
    struct chunk *chunks; // the newest first
};

void mc_entry_free(struct mc_entry *entry)
{
    if (!entry) {
        return;
    }
    while (entry->chunks) {
        struct chunk *next = entry->chunks->next;
        free(entry->chunks);
        entry->chunks = next;
    }
    free(entry->attributes);
    free(entry);
}

void mc_entry_free_pointer(struct mc_entry **entry)
{
    mc_entry_free(*entry);
    *entry = NULL;
}

// Zeroed memory that lives as long as the entry; NULL when memory is short.
static void *take(struct mc_entry *entry, size_t size)
{
    struct chunk *chunk = entry->chunks;
    if (!chunk || size > chunk->room - chunk->used) {
        size_t room = size > CHUNK_MIN ? size : CHUNK_MIN;
        chunk = mc_allocate(sizeof *chunk + room);
        if (!chunk) {
            return NULL;
        }
        *chunk = (struct chunk){.next = entry->chunks, .room = room};
        entry->chunks = chunk;
    }
    void *memory = (char *)chunk->bytes + chunk->used;
    size_t aligned = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    bool fits = aligned < chunk->room - chunk->used;
    chunk->used = fits ? chunk->used + aligned : chunk->room;
    return memory;
}

// With a NUL behind it.
static char *take_copy(struct mc_entry *entry, struct mc_span bytes)
{
    char *copy = take(entry, bytes.size + 1);
    if (copy && bytes.size) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return copy;
}

enum mc_result mc_entry_new(struct mc_span dn, struct mc_entry **ret_entry)
{
    struct mc_entry *entry = mc_allocate(sizeof *entry);
    if (!entry) {
        return MC_NO_MEMORY;
    }
    entry->dn = take_copy(entry, dn);
    if (!entry->dn) {
        mc_entry_free(entry);
        return MC_NO_MEMORY;
    }
    *ret_entry = entry;
    return MC_OK;
}

static bool is_named(const struct attribute *attribute, struct mc_span name)
{
    return attribute->name.size == name.size &&
           mc_span_equals_any_case(name, (const char *)attribute->name.data);
}

static struct attribute *find(const struct mc_entry *entry, struct mc_span name)
{
    for (size_t i = entry->count; i > 0; i--) { // the values of one come one after the other
        if (is_named(&entry->attributes[i - 1], name)) {
            return &entry->attributes[i - 1];
        }
    }
    return NULL;
}

static struct attribute *find_or_add(struct mc_entry *entry, struct mc_span name)
{
    struct attribute *attribute = find(entry, name);
    if (attribute) {
        return attribute;
    }
    if (entry->count == entry->room) {
        size_t room = entry->room ? entry->room * 2 : 16;
        attribute = reallocarray(entry->attributes, room, sizeof *attribute);
        if (!attribute) {
            return NULL;
        }
        entry->attributes = attribute;
        entry->room = room;
    }
    const char *copy = take_copy(entry, name);
    if (!copy) {
        return NULL;
    }
    attribute = &entry->attributes[entry->count++];
    *attribute = (struct attribute){.name = {(const uint8_t *)copy, name.size}};
    return attribute;
}

static bool make_room(struct mc_entry *entry, struct attribute *attribute)
{
    if (attribute->count < attribute->room) {
        return true;
    }
    size_t room = attribute->room ? attribute->room * 2 : 2;
    struct mc_span *values = take(entry, room * sizeof *values);
    if (!values) {
        return false;
    }
    if (attribute->count) {
        memcpy(values, attribute->values, attribute->count * sizeof *values);
    }
    attribute->values = values;
    attribute->room = room;
    return true;
}

enum mc_result mc_entry_add(struct mc_entry *entry, struct mc_span name, struct mc_span value)
{
    struct attribute *attribute = find_or_add(entry, name);
    if (!attribute || !make_room(entry, attribute)) {
        return MC_NO_MEMORY;
    }
    const char *copy = take_copy(entry, value);
    if (!copy) {
        return MC_NO_MEMORY;
    }
    attribute->values[attribute->count++] = (struct mc_span){(const uint8_t *)copy, value.size};
    return MC_OK;
}

const char *mc_entry_dn(const struct mc_entry *entry)
{
    return entry->dn;
}

struct mc_values mc_entry_values(const struct mc_entry *entry, const char *name)
{
    const struct attribute *attribute = find(entry, mc_span_of(name));
    return attribute ? (struct mc_values){attribute->values, attribute->count}
                     : (struct mc_values){NULL, 0};
}

struct mc_values mc_entry_values_of(const struct mc_entry *entry_or_null, const char *name)
{
    return entry_or_null ? mc_entry_values(entry_or_null, name) : (struct mc_values){NULL, 0};
}

const char *mc_entry_text(const struct mc_entry *entry, const char *name)
{
    struct mc_values values = mc_entry_values(entry, name);
    return values.count ? (const char *)values.items[0].data : "";
}

bool mc_entry_has(const struct mc_entry *entry, const char *name, const char *value_any_case)
{
    struct mc_values values = mc_entry_values(entry, name);
    for (size_t i = 0; i < values.count; i++) {
        if (mc_span_equals_any_case(values.items[i], value_any_case)) {
            return true;
        }
    }
    return false;
}
