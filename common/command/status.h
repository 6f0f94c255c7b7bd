// SPDX-License-Identifier: Apache-2.0
// The parts of `mycred status`. Each prints its lines from what was read; nothing is written.
#ifndef MYCRED_COMMON_COMMAND_STATUS_H
#define MYCRED_COMMON_COMMAND_STATUS_H

#include "common/command/admin.h"

struct mc_view {
    struct mc_admin admin;
    const char *user;
    struct mc_account account;
    struct mc_entries groups;       // with rules, that hold the person
    struct mc_group_rules combined; // of those groups
    struct mc_rules rules;
    mc_time now;
    bool has_rules; // the rules could be read; else every login is refused
};

typedef void mc_view_part(const struct mc_view *view);

// status_rules.c
mc_view_part mc_view_login, mc_view_chosen, mc_view_required, mc_view_methods, mc_view_times;
// status_credentials.c
mc_view_part mc_view_devices, mc_view_recovery, mc_view_api_passwords, mc_view_contacts;
// status_state.c
mc_view_part mc_view_failures, mc_view_challenges, mc_view_sends, mc_view_spent, mc_view_uses,
    mc_view_help;

// A line that says so, with the cure; the value is shown unless it is empty, as it must be where it
// could be a secret.
void mc_view_say_damaged(const char *name, const char *attribute, struct mc_span value);

// Reads the only value of an attribute as a time: 0 for none; false when it was damaged and said
// so.
bool mc_view_read_time(const struct mc_view *view, const char *name, const char *attribute,
                       mc_time *ret_time);

#endif
