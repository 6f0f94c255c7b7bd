// SPDX-License-Identifier: Apache-2.0
// The directory: one connection to the designated writer (the first of `ldap_uri`) or, while that
// is down, to the first stand-by that answers. Every wait ends at the deadline. Lost connections:
// reads are repeated once on a new connection, writes never are.
//
// Results common to all: MC_UNAVAILABLE (down, too slow, refuses to serve), MC_UNTRUSTED
// (certificate refused), MC_NO_MEMORY. mc_directory_cause() then holds the reason for the log. One
// thread at a time may use a struct mc_directory.
#ifndef MYCRED_COMMON_DIRECTORY_H
#define MYCRED_COMMON_DIRECTORY_H

#include "common/config.h"
#include "common/entry.h"
#include "common/gtime.h"
#include "common/secret.h"

struct mc_directory;
struct mc_servers; // directory_servers.h

// libldap sets itself up at its first use, and asks for this machine's name: to be called before
// there are threads, which must not make that first use together.
void mc_directory_prepare_threads(void);

// Touches no network. `config` must outlive it. `error` tells why on MC_BAD_CONFIG (an unreadable
// password file).
enum mc_result mc_directory_new(const struct mc_config *config, struct mc_buffer *error,
                                struct mc_directory **ret_directory) MC_MUST_USE;
// One more for the same configuration and identity, not connected; reads no file, so that a process
// that has given up root may make it. `model` must outlive it.
enum mc_result mc_directory_copy(const struct mc_directory *model,
                                 struct mc_directory **ret_directory) MC_MUST_USE;
void mc_directory_free(struct mc_directory *directory);
void mc_directory_free_pointer(struct mc_directory **directory);

// Which server is in use is from here on known and decided together with all that share `servers`,
// which must outlive it. A copy shares what its model shares.
void mc_directory_share(struct mc_directory *directory, struct mc_servers *servers);

// All further operations together must end within this many milliseconds from now.
void mc_directory_set_deadline(struct mc_directory *directory, int64_t milliseconds);

// Why the last failing operation failed: `cause=ldap_down uri=... detail="..."`; "" if none did.
const char *mc_directory_cause(const struct mc_directory *directory);

// What it is doing, as one static or long-lived text: "connecting to ldaps://..."; for a watchdog's
// last words, so it may be read from a signal handler.
const char *mc_directory_phase(const struct mc_directory *directory);

// Place of the server in use in `ldap_uri`, from 1 (the designated writer); 0 while not connected.
unsigned mc_directory_writer(const struct mc_directory *directory);

// Steps and codes from before this moment must not be accepted, for another server may have
// accepted them: when the servers were last changed; at a stand-by from the start, when that was;
// after a return to an earlier server some seconds later, in which others may still be at the one
// that was left. 0 while at the designated writer and never anywhere else.
mc_time mc_directory_switched(const struct mc_directory *directory);

// Whether all have left the servers that were in use before, so that what is deleted here was not
// used there. MC_UNAVAILABLE, for some seconds after a return.
enum mc_result mc_directory_check_settled(struct mc_directory *directory, mc_time now) MC_MUST_USE;

// Connects and binds as ourselves if that is not so already.
enum mc_result mc_directory_connect(struct mc_directory *directory) MC_MUST_USE;

// The one person with this login name, compared byte for byte. MC_UNKNOWN_USER: none. MC_WRONG: one
// whose name the directory takes for the same, though it is written otherwise. MC_BAD_DATA:
// several.
enum mc_result mc_directory_find_person(struct mc_directory *directory, struct mc_span login_name,
                                        struct mc_entry **ret_entry) MC_MUST_USE;

// Further attributes to read of people from now on; a NULL-terminated list of names that outlive
// the directory.
void mc_directory_want(struct mc_directory *directory, const char *const *names);

// Of people that are found or read from now on these attributes alone are asked for, all again with
// NULL; for the one read of who decides by little, since all else then reads as absent. A
// NULL-terminated list that outlives its use.
void mc_directory_narrow(struct mc_directory *directory, const char *const *names_or_null);

// The one person who holds this contact; two holders count as none. MC_UNKNOWN_USER.
enum mc_result mc_directory_find_contact(struct mc_directory *directory, const char *attribute,
                                         struct mc_span contact,
                                         struct mc_entry **ret_entry) MC_MUST_USE;

// Whether no other person than `own_uuid` has this contact. MC_OK; MC_WRONG: somebody has.
enum mc_result mc_directory_check_free(struct mc_directory *directory, const char *attribute,
                                       struct mc_span contact, const char *own_uuid) MC_MUST_USE;

// The person with this DN, as a session remembers it. MC_NOT_FOUND.
enum mc_result mc_directory_read_person(struct mc_directory *directory, const char *dn,
                                        struct mc_entry **ret_entry) MC_MUST_USE;

// Whether we can see these attributes on an entry: that we may read them and that the server knows
// them. For what is concluded from their absence. MC_UNAVAILABLE, with the cause: one cannot be
// seen.
enum mc_result mc_directory_check_sight(struct mc_directory *directory, const char *dn,
                                        const char *const *attributes) MC_MUST_USE;

struct mc_entries {
    struct mc_entry **items;
    size_t count;
};
void mc_entries_release(struct mc_entries *entries);

// The groups with rules (class mycredPolicy) that hold this person; none when `ldap_group_base` is
// not set.
enum mc_result mc_directory_find_groups(struct mc_directory *directory, const char *person_dn,
                                        struct mc_span login_name,
                                        struct mc_entries *ret_groups) MC_MUST_USE;

// A search that takes at most `limit` entries, whatever the directory holds. MC_NOT_FOUND: no such
// base.
struct mc_query {
    const char *base, *filter; // RFC 4515; what people typed went through mc_directory_add_escaped
    const char *const *attributes;
    size_t limit;
};
enum mc_result mc_directory_query(struct mc_directory *directory, const struct mc_query *query,
                                  struct mc_entries *ret_entries) MC_MUST_USE;

// Any search, for the command and the site. `scope_one_entry`: the base entry itself. MC_NOT_FOUND:
// no such base.
enum mc_result mc_directory_search(struct mc_directory *directory, const char *base,
                                   bool scope_one_entry, const char *filter,
                                   const char *const *attributes,
                                   struct mc_entries *ret_entries) MC_MUST_USE;

// Everybody with a login name who matches the filter and `ldap_person_filter`, read a page at a
// time (RFC 2696). `see` may use the directory itself; what it returns but MC_OK ends the walk and
// is its result. It keeps no entry, unless it takes it and leaves NULL. `ret_cut`: the server's
// limit left some out.
struct mc_walk {
    const char *filter; // RFC 4515
    enum mc_result (*see)(void *data, struct mc_entry **entry);
    void *data;
};
enum mc_result mc_directory_walk(struct mc_directory *directory, const struct mc_walk *walk,
                                 bool *ret_cut) MC_MUST_USE;

// Appends text to a filter as a literal value (RFC 4515).
void mc_directory_add_escaped(struct mc_buffer *filter, struct mc_span text);

enum mc_change_kind {
    MC_CHANGE_ADD,
    MC_CHANGE_DELETE, // exactly this value
    MC_CHANGE_CLEAR   // all values, an empty replace: no error when there is none
};

struct mc_change {
    enum mc_change_kind kind;
    const char *attribute;
    struct mc_span value; // not for CLEAR
};

#define MC_CHANGES_MAX 24

// One modify, all or nothing. With `ret_after` not NULL the entry as it is right after this very
// modify comes back (RFC 4527 Post-Read, critical). MC_LOST_RACE: a value to delete was gone or one
// to add was there (16, 19, 20, 65). MC_NOT_FOUND: entry gone.
enum mc_result mc_directory_modify(struct mc_directory *directory, const char *dn,
                                   const struct mc_change *changes, size_t count,
                                   struct mc_entry **ret_after) MC_MUST_USE;

// The same for a change that is shown once: where its answer was lost, the entry is read again and
// tells by `sign`, an attribute and how one of its values begins that nobody else has written.
// Never for spending a code: that is refused then.
enum mc_result mc_directory_modify_surely(struct mc_directory *directory, const char *dn,
                                          const struct mc_change *changes, size_t count,
                                          const struct mc_change *sign) MC_MUST_USE;

// Before another look at what became of a change whose answer was lost: a moment, and a new
// deadline.
void mc_directory_pause(struct mc_directory *directory);

// The first word of the value of mycredReminded that says that an administrator set the password.
#define MC_ONE_TIME_MARK "one-time"

// What the directory's password policy said (draft-behera-ldap-password-policy).
struct mc_password_state {
    bool must_change;     // expired, or reset by an administrator: only a change is allowed now
    bool locked;          // by the password policy
    bool one_time_over;   // right, but reset longer ago than one_time_password_life: MC_WRONG
    int policy_error;     // 0-8 of the draft; -1 when nothing was said
    char diagnostic[160]; // the server's own words on a refusal
};

// Binds as the person on a connection of its own. MC_OK, MC_WRONG, and what the policy said.
// An empty password is MC_WRONG without asking (RFC 4513 5.1.2).
enum mc_result mc_directory_check_password(struct mc_directory *directory, const char *dn,
                                           struct mc_span password,
                                           struct mc_password_state *ret_state) MC_MUST_USE;

// Binds with the old password, then RFC 3062 Password Modify with old and new. MC_OK, MC_WRONG
// (old), MC_PASSWORD_REFUSED with the reason in `ret_state`.
enum mc_result mc_directory_change_password(struct mc_directory *directory, const char *dn,
                                            struct mc_span old_password,
                                            struct mc_span new_password,
                                            struct mc_password_state *ret_state) MC_MUST_USE;

// Reads the password of `ldap_setter_dn`, for copies that shall set passwords. MC_BAD_CONFIG with
// the reason in `error`.
enum mc_result mc_directory_want_setter(struct mc_directory *directory,
                                        struct mc_buffer *error) MC_MUST_USE;

// Sets a forgotten password as `ldap_setter_dn` (as ourselves where that is not set), by RFC 3062
// without the old one. MC_OK, MC_PASSWORD_REFUSED.
enum mc_result mc_directory_reset_password(struct mc_directory *directory, const char *dn,
                                           struct mc_span new_password,
                                           struct mc_password_state *ret_state) MC_MUST_USE;

#endif
