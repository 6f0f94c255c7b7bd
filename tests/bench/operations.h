// SPDX-License-Identifier: Apache-2.0
// The directory operations that one login by virtual MFA needs, by libldap alone: a search for the
// person, an attempt charged in a modify with Post-Read, a step spent in another. Nothing is looked
// at, nothing is checked: as little work as a client can do for them.
#ifndef MYCRED_TESTS_BENCH_OPERATIONS_H
#define MYCRED_TESTS_BENCH_OPERATIONS_H

#include <ldap.h>

struct floor {
    LDAP *handle;
    const char *base;       // people live under it
    const char *group_base; // "": no search for groups
};

// Connects as root over ldapi, without SASL plugins and without configuration files. Ends the
// process on failure, as all of these do.
void floor_connect(struct floor *floor, const char *uri);

// One login's operations for the person with that uid. `used` is the watermark that the entry
// holds, `next` the one it gets, both as GeneralizedTime.
void floor_login(struct floor *floor, const char *uid, const char *used, const char *next);

// Connects as somebody with a password.
void floor_connect_as(struct floor *floor, const char *uri, const char *dn, const char *password);

// One bind on a connection of its own.
void floor_bind(const char *uri, const char *dn, const char *password);

// Reads what a login reads of an entry.
void floor_read(struct floor *floor, const char *dn);

// An attempt charged, with Post-Read; the steps of a login's device, which clears what was charged.
void floor_charge(struct floor *floor, const char *dn);
void floor_spend(struct floor *floor, const char *dn, const char *used, const char *next);

struct floor_change {
    int operation; // LDAP_MOD_*
    const char *attribute, *value;
};
#define FLOOR_CHANGES_MAX 8
void floor_modify(struct floor *floor, const char *dn, const struct floor_change *changes,
                  unsigned count);

void floor_disconnect(struct floor *floor);

#endif
