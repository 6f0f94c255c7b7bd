// SPDX-License-Identifier: Apache-2.0
// Shared by the directory*.c files alone.
#ifndef MYCRED_COMMON_DIRECTORY_PRIVATE_H
#define MYCRED_COMMON_DIRECTORY_PRIVATE_H

#include "common/directory.h"
#include "common/directory_servers.h"

#include <ldap.h>

struct mc_directory {
    const struct mc_config *config;
    struct mc_secret bind_password, setter_password;
    LDAP *handle;                  // NULL while not connected
    unsigned server;               // index into ldap_uri of `handle`
    int64_t deadline;              // monotonic milliseconds
    struct mc_servers *servers;    // which one is used by all that share it
    struct mc_servers own_servers; // shared with nobody but its copies
    bool begins;                   // an exchange, in which nothing was asked yet
    const char *volatile phase;
    char cause[512];
    char *attributes[40]; // what is read of a person; the last is NULL, names belong to config or
                          // are literals
    const char *const *narrow; // or this, where not NULL
};

int64_t mc_monotonic_ms(void);

// Sets the cause from a result code and the handle's diagnostic message; returns the mc_result for
// it.
enum mc_result mc_directory_fail(struct mc_directory *directory, LDAP *handle, const char *word,
                                 int code);

// Sets the cause: another server is in use than was.
void mc_directory_fail_changed(struct mc_directory *directory);

// Has the handle wipe what it sends, once that is sent; before it connects. Returns a code of
// libldap.
int mc_directory_wipe_sent(LDAP *handle) MC_MUST_USE;

// A handle for one server, connected with TLS as configured but not bound.
enum mc_result mc_directory_dial(struct mc_directory *directory, unsigned server,
                                 LDAP **ret_handle) MC_MUST_USE;

// Sends a bind; waits for it. `controls` and `ret_controls` may be NULL. The LDAP result code in
// `ret_code`.
struct mc_bind {
    const char *dn, *mechanism;
    struct mc_span password;
    LDAPControl **controls;
};
enum mc_result mc_directory_bind(struct mc_directory *directory, LDAP *handle,
                                 const struct mc_bind *bind, int *ret_code,
                                 LDAPControl ***ret_controls) MC_MUST_USE;

// Binds a handle as the configuration says.
enum mc_result mc_directory_bind_own(struct mc_directory *directory, LDAP *handle) MC_MUST_USE;

// Runs `send`, which returns an LDAP result code, again while the connection is still being made.
typedef int mc_send_function(LDAP *handle, const struct mc_bind *bind, int *message);
enum mc_result mc_directory_send_connecting(struct mc_directory *directory, LDAP *handle,
                                            mc_send_function *send, const struct mc_bind *bind,
                                            int *message) MC_MUST_USE;
// And waits for the answer, which the caller frees.
enum mc_result mc_directory_ask_connecting(struct mc_directory *directory, LDAP *handle,
                                           mc_send_function *send, const struct mc_bind *bind,
                                           LDAPMessage **ret_answer) MC_MUST_USE;

// The entries of a search's answer.
enum mc_result mc_directory_copy_entries(struct mc_directory *directory, LDAPMessage *answer,
                                         struct mc_entries *entries) MC_MUST_USE;

// ---- TLS (directory_tls.c) ----

bool mc_directory_uses_tls(const struct mc_directory *directory, const char *server_uri);
// LDAP_CONNECT_ERROR when a file of the configuration cannot be used.
int mc_directory_set_tls(const struct mc_directory *directory, LDAP *handle);
enum mc_result mc_directory_fail_tls_files(struct mc_directory *directory) MC_MUST_USE;
// Shakes hands; MC_UNTRUSTED also for a protocol below TLS 1.2.
enum mc_result mc_directory_begin_tls(struct mc_directory *directory, LDAP *handle,
                                      const char *server_uri) MC_MUST_USE;

// Waits for the result of operation `message`; the caller frees `ret_result`.
enum mc_result mc_directory_wait(struct mc_directory *directory, LDAP *handle, int message,
                                 LDAPMessage **ret_result) MC_MUST_USE;

// Ends the connection, so that the next operation makes a new one.
void mc_directory_drop(struct mc_directory *directory);

// True when the idle connection has been closed by the server.
bool mc_directory_is_stale(struct mc_directory *directory);

#endif
