// SPDX-License-Identifier: Apache-2.0
#include "common/entry.h"

#include <stdlib.h>

struct attribute {
    char *name;
    struct mc_span *values;
    size_t count, room;
};

struct mc_entry {
    char *dn;
    struct attribute *attributes;
    size_t count, room;
};

void mc_entry_free(struct mc_entry *entry)
{
    if (!entry) {
        return;
    }
    for (size_t i = 0; i < entry->count; i++) {
        for (size_t j = 0; j < entry->attributes[i].count; j++) {
            free((void *)entry->attributes[i].values[j].data);
        }
        free(entry->attributes[i].values);
        free(entry->attributes[i].name);
    }
    free(entry->attributes);
    free(entry->dn);
    free(entry);
}

void mc_entry_free_pointer(struct mc_entry **entry)
{
    mc_entry_free(*entry);
    *entry = NULL;
}

enum mc_result mc_entry_new(struct mc_span dn, struct mc_entry **ret_entry)
{
    struct mc_entry *entry = mc_allocate(sizeof *entry);
    if (!entry) {
        return MC_NO_MEMORY;
    }
    entry->dn = mc_copy_text(dn);
    if (!entry->dn) {
        mc_entry_free(entry);
        return MC_NO_MEMORY;
    }
    *ret_entry = entry;
    return MC_OK;
}

// The items with room for one more; NULL when memory is short, and they are as they were.
static void *with_room(void *items, size_t count, size_t *room, size_t item_size)
{
    if (count < *room) {
        return items;
    }
    size_t wanted = *room ? *room * 2 : 4;
    void *grown = reallocarray(items, wanted, item_size);
    *room = grown ? wanted : *room;
    return grown;
}

static struct attribute *find(const struct mc_entry *entry, struct mc_span name)
{
    for (size_t i = 0; i < entry->count; i++) {
        if (mc_span_equals_any_case(name, entry->attributes[i].name)) {
            return &entry->attributes[i];
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
    struct attribute *attributes =
        with_room(entry->attributes, entry->count, &entry->room, sizeof *attributes);
    if (!attributes) {
        return NULL;
    }
    entry->attributes = attributes;
    char *copy = mc_copy_text(name);
    if (!copy) {
        return NULL;
    }
    attribute = &attributes[entry->count++];
    *attribute = (struct attribute){.name = copy};
    return attribute;
}

enum mc_result mc_entry_add(struct mc_entry *entry, struct mc_span name, struct mc_span value)
{
    struct attribute *attribute = find_or_add(entry, name);
    if (!attribute) {
        return MC_NO_MEMORY;
    }
    struct mc_span *values =
        with_room(attribute->values, attribute->count, &attribute->room, sizeof *values);
    if (!values) {
        return MC_NO_MEMORY;
    }
    attribute->values = values;
    char *copy = mc_copy_text(value);
    if (!copy) {
        return MC_NO_MEMORY;
    }
    values[attribute->count++] = (struct mc_span){(const uint8_t *)copy, value.size};
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
