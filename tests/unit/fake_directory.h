// SPDX-License-Identifier: Apache-2.0
// A directory of one person in memory, in place of the functions of directory.h that
// FAKE_DIRECTORY in parts.mk wraps. A modify is atomic, all or nothing, as a server's is; threads
// may race for it.
#ifndef MYCRED_TESTS_UNIT_FAKE_DIRECTORY_H
#define MYCRED_TESTS_UNIT_FAKE_DIRECTORY_H

#include "tests/unit/unit.h"

#define FAKE_PASSWORD "correct horse" // the person's login password

// The person's entry begins empty but for its entryUUID, as `unit`'s directory.
void fake_directory_start(struct unit *unit);
void fake_directory_stop(struct unit *unit);

// `unit` with such a directory, into which `fill` puts something, to the end of the scope.
#define FAKE_DIRECTORY_UNIT(options, fill)                                                         \
    UNIT unit = unit_new(options);                                                                 \
    MC_CLEANUP(fake_directory_leave)                                                               \
    struct unit *entered = fake_directory_enter(&unit, fill);                                      \
    (void)entered
typedef void fake_directory_fill(const struct unit *unit);
struct unit *fake_directory_enter(struct unit *unit, fake_directory_fill *fill_or_null);
void fake_directory_leave(struct unit **unit);

// A number and an address, for FAKE_DIRECTORY_UNIT.
void fake_directory_put_contacts(const struct unit *unit);
void fake_directory_put(const char *attribute, const char *value);
void fake_directory_remove(const char *attribute); // all values
size_t fake_directory_count(const char *attribute);
const char *fake_directory_value(const char *attribute, size_t index);

// The groups that hold the person; `rules` are `attribute`, `value` pairs up to a NULL. At most 4.
void fake_directory_add_group(const char *const *rules);

extern struct fake_directory_settings {
    unsigned writer;  // as mc_directory_writer
    mc_time switched; // as mc_directory_switched
    // Called before the modify with this number, from 1, is done; what it returns but MC_UNDECIDED
    // is the modify's result, and nothing is done.
    enum mc_result (*before_modify)(unsigned number);
    enum mc_result
        person; // MC_UNDECIDED, or what the search by another name than `alice` ends with
    enum mc_result groups;            // MC_UNDECIDED, or what the search for groups ends with
    bool must_change;                 // what the policy says of the right password
    unsigned modifies, resets, binds; // how many
    char group_names[64];             // those asked for groups with, each followed by a comma
    const char *held;                 // an address that somebody else has; NULL: none
    char password[64];                // what was set last
} fake_directory;

// The person as the directory has them now.
void fake_directory_account(const struct unit *unit, struct mc_account *account);

// How many of 100 threads, whose accounts are all read before any of them begins, end in `result`.
typedef enum mc_result fake_directory_racer(const struct unit *unit, struct mc_account *account,
                                            const char *typed);
unsigned fake_directory_race(const struct unit *unit, fake_directory_racer *racer,
                             const char *typed, enum mc_result result);

#endif
