// SPDX-License-Identifier: Apache-2.0
#include "common/changes.h"

static const char class_attribute[] = "objectClass", account_class[] = "mycredAccount",
                  state_class[] = "mycredState";

void mc_changes_add(struct mc_changes *changes, enum mc_change_kind kind, const char *attribute,
                    struct mc_span value)
{
    if (!mc_changes_has_room(changes, 1)) {
        changes->overflowed = true;
        return;
    }
    changes->items[changes->count++] = (struct mc_change){kind, attribute, value};
}

void mc_changes_clear(struct mc_changes *changes, const char *attribute)
{
    mc_changes_add(changes, MC_CHANGE_CLEAR, attribute, (struct mc_span){NULL, 0});
}

void mc_changes_join(struct mc_changes *changes, const struct mc_changes *others)
{
    for (size_t i = 0; i < others->count; i++) {
        const struct mc_change *change = &others->items[i];
        mc_changes_add(changes, change->kind, change->attribute, change->value);
    }
    changes->overflowed |= others->overflowed;
}

bool mc_changes_has_room(const struct mc_changes *changes, size_t more)
{
    return MC_CHANGES_MAX - changes->count >= more;
}

void mc_changes_add_class(struct mc_changes *changes, const struct mc_entry *entry)
{
    if (!mc_entry_has(entry, class_attribute, account_class)) {
        mc_changes_add(changes, MC_CHANGE_ADD, class_attribute, mc_span_of(account_class));
    }
}

bool mc_entry_has_state_class(const struct mc_entry *entry)
{
    return mc_entry_has(entry, class_attribute, account_class) ||
           mc_entry_has(entry, class_attribute, state_class);
}

void mc_changes_add_state_class(struct mc_changes *changes, const struct mc_entry *entry)
{
    if (!mc_entry_has_state_class(entry)) {
        mc_changes_add(changes, MC_CHANGE_ADD, class_attribute, mc_span_of(state_class));
    }
}

enum mc_result mc_changes_write(struct mc_directory *directory, const char *dn,
                                const struct mc_changes *changes, struct mc_entry **ret_after)
{
    return changes->overflowed
               ? MC_INTERNAL
               : mc_directory_modify(directory, dn, changes->items, changes->count, ret_after);
}

enum mc_result mc_changes_write_surely(struct mc_directory *directory, const char *dn,
                                       const struct mc_changes *changes,
                                       const struct mc_change *sign)
{
    return changes->overflowed
               ? MC_INTERNAL
               : mc_directory_modify_surely(directory, dn, changes->items, changes->count, sign);
}

enum mc_result mc_changes_write_own(struct mc_directory *directory, const char *dn,
                                    const struct mc_changes *changes, size_t own)
{
    enum mc_result result = mc_changes_write(directory, dn, changes, NULL);
    return result == MC_LOST_RACE && changes->count > own
               ? mc_directory_modify(directory, dn, changes->items, own, NULL)
               : result;
}
