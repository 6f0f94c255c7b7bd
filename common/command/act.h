// SPDX-License-Identifier: Apache-2.0
// What sub-commands that act on a person share.
#ifndef MYCRED_COMMON_COMMAND_ACT_H
#define MYCRED_COMMON_COMMAND_ACT_H

#include "common/administer.h"
#include "common/command/admin.h"

// Starts as {0}.
struct mc_act_desk {
    const struct mc_arguments *arguments;
    struct mc_admin admin;
    struct mc_account account; // of the operand
    char host[256];            // this machine's name
};
void mc_act_release(struct mc_act_desk *desk);

// Each complains when it fails.
enum mc_exit mc_act_open(const struct mc_arguments *arguments, struct mc_act_desk *desk);
enum mc_exit mc_act_find(struct mc_act_desk *desk);

// Does it, logs it, says `done`, and delivers the notice.
enum mc_exit mc_act_do(struct mc_act_desk *desk, struct mc_order *order, const char *done);

// The parts of that.
void mc_act_log(const struct mc_act_desk *desk, const struct mc_order *order);
void mc_act_log_word(const struct mc_act_desk *desk, const char *act);
void mc_act_log_refused(const struct mc_act_desk *desk, const char *act, enum mc_result result);
void mc_act_tell(struct mc_act_desk *desk, bool told);
enum mc_exit mc_act_complain(const struct mc_act_desk *desk, enum mc_result result);

#endif
