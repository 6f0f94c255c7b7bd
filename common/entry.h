// SPDX-License-Identifier: Apache-2.0
// One directory entry as it was read: names and bytes, nothing interpreted.
#ifndef MYCRED_COMMON_ENTRY_H
#define MYCRED_COMMON_ENTRY_H

#include "common/result.h"

struct mc_values {
    const struct mc_span *items; // each followed by a NUL byte
    size_t count;
};

struct mc_entry;

enum mc_result mc_entry_new(struct mc_span dn, struct mc_entry **ret_entry) MC_MUST_USE;
void mc_entry_free(struct mc_entry *entry);
void mc_entry_free_pointer(struct mc_entry **entry);

// Adds one value to an attribute; several calls for one name gather.
enum mc_result mc_entry_add(struct mc_entry *entry, struct mc_span name,
                            struct mc_span value) MC_MUST_USE;

const char *mc_entry_dn(const struct mc_entry *entry);

// All values; attribute names compare without regard to case. Count 0 when there is none.
struct mc_values mc_entry_values(const struct mc_entry *entry, const char *name);

// The same where there may be no entry at all.
struct mc_values mc_entry_values_of(const struct mc_entry *entry_or_null, const char *name);

// The first value as text; "" when there is none.
const char *mc_entry_text(const struct mc_entry *entry, const char *name);

bool mc_entry_has(const struct mc_entry *entry, const char *name, const char *value_any_case);

#endif
