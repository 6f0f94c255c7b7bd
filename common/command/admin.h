// SPDX-License-Identifier: Apache-2.0
// What a sub-command works with: configuration, keys, directory.
#ifndef MYCRED_COMMON_COMMAND_ADMIN_H
#define MYCRED_COMMON_COMMAND_ADMIN_H

#include "common/account.h"
#include "common/command/command.h"
#include "common/event.h"

#define MC_ADMIN_ERROR_MAX 2048    // bytes of one sentence
#define MC_ADMIN_DEADLINE_MS 15000 // for one sub-command's directory operations

struct mc_admin {
    struct mc_config *config;
    struct mc_keys *keys, *site_keys; // site_keys NULL: this is no web server
    struct mc_directory *directory;
    struct mc_context context;
};

#define MC_AUTO_ADMIN MC_CLEANUP(mc_admin_close)

// The path of the configuration, as given or the usual one.
const char *mc_admin_conf(const struct mc_arguments *arguments);

// Each complains on standard error when it fails. `admin` starts from {0}.
enum mc_exit mc_admin_open_config(const struct mc_arguments *arguments, struct mc_admin *admin);
enum mc_exit mc_admin_open(const struct mc_arguments *arguments, struct mc_admin *admin);
void mc_admin_close(struct mc_admin *admin);

// Finds the person of the words, complaining when there is none or a value is damaged.
enum mc_exit mc_admin_find(const struct mc_admin *admin, const char *user,
                           struct mc_account *account);

// Complains that the directory failed, with the cure where one is known.
void mc_admin_complain_directory(const struct mc_admin *admin, enum mc_result result);

// Logs an administrator's act, with who did it: the identity of -D and the login uid of the
// process. `line` was begun by mc_event_begin.
void mc_admin_log(enum mc_event event, const struct mc_arguments *arguments,
                  struct mc_buffer *line);

// What the cause of mc_directory_cause() means, as a sentence with its cure, for people. Appends.
void mc_admin_explain(const char *cause, enum mc_result result, struct mc_buffer *out);

#endif
