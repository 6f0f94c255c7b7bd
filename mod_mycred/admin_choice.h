// SPDX-License-Identifier: Apache-2.0
// What an act of the security administrator's asks besides its target: until when, which rule,
// which methods. The same fields for a person and for a group.
#ifndef MYCRED_MOD_MYCRED_ADMIN_CHOICE_H
#define MYCRED_MOD_MYCRED_ADMIN_CHOICE_H

#include "common/administer.h"
#include "mod_mycred/admin_target.h"

enum admin_choice {
    ADMIN_NOTHING,
    ADMIN_NUMBER, // of a device or API password
    ADMIN_LOCK,
    ADMIN_EXEMPTION,
    ADMIN_REQUIRE,
    ADMIN_METHODS
};

// The rules as they are, to begin with.
struct admin_rule_now {
    int require;
    mc_method_set allowed;
};

// Those of a group; what is damaged counts as no rule here, to be set anew.
void admin_read_rule(const struct mc_entry *group, struct admin_rule_now *ret_now);

// Adds the fields to the view.
void admin_choice_show(struct visit *visit, enum admin_choice choice,
                       const struct admin_rule_now *now);

// Reads them into the order. False: something is missing, which the view says.
bool admin_choice_read(struct visit *visit, enum admin_choice choice, struct mc_order *order);

#endif
