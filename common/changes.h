// SPDX-License-Identifier: Apache-2.0
// The changes of one modify as they are gathered, and the class that allows what they add.
#ifndef MYCRED_COMMON_CHANGES_H
#define MYCRED_COMMON_CHANGES_H

#include "common/directory.h"

// Starts as {0}. What the changes point to must outlive it.
struct mc_changes {
    struct mc_change items[MC_CHANGES_MAX];
    size_t count;
    bool overflowed; // more was added than fits: such a list is never written
};

void mc_changes_add(struct mc_changes *changes, enum mc_change_kind kind, const char *attribute,
                    struct mc_span value);
void mc_changes_clear(struct mc_changes *changes, const char *attribute);
void mc_changes_join(struct mc_changes *changes, const struct mc_changes *others);

// Whether that many more fit: for what may as well be dropped the next time.
bool mc_changes_has_room(const struct mc_changes *changes, size_t more);

// The class mycredAccount, unless the entry has it: it goes in with the first attribute, so that
// people need no preparation.
void mc_changes_add_class(struct mc_changes *changes, const struct mc_entry *entry);

// Whether the entry has a class for what logins count: mycredState, or mycredAccount, which allows
// the same; and mycredState, unless it has.
bool mc_entry_has_state_class(const struct mc_entry *entry);
void mc_changes_add_state_class(struct mc_changes *changes, const struct mc_entry *entry);

// mc_directory_modify and mc_directory_modify_surely with these changes. MC_INTERNAL: more than
// fits.
enum mc_result mc_changes_write(struct mc_directory *directory, const char *dn,
                                const struct mc_changes *changes,
                                struct mc_entry **ret_after) MC_MUST_USE;
enum mc_result mc_changes_write_surely(struct mc_directory *directory, const char *dn,
                                       const struct mc_changes *changes,
                                       const struct mc_change *sign) MC_MUST_USE;

// For changes of which those after the first `own` are what another request of the same moment may
// have made as well: the class, and what was left over. Where it has, the first `own` are written
// alone.
enum mc_result mc_changes_write_own(struct mc_directory *directory, const char *dn,
                                    const struct mc_changes *changes, size_t own) MC_MUST_USE;

#endif
