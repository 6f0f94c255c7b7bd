// SPDX-License-Identifier: Apache-2.0
// Reminders: of the age of passwords and of what is about to end. Each is a notice in the outbox,
// written together with the day it was given (reminded.h), so that nobody is reminded of one thing
// twice within `remind_every`.
#ifndef MYCRED_COMMON_REMIND_H
#define MYCRED_COMMON_REMIND_H

#include "common/notice.h"
#include "common/reminded.h"

#define MC_REMINDERS_MAX 8 // of one person at one time

struct mc_reminder {
    enum mc_notice_event event;
    char what[MC_REMINDED_KIND]; // "password", "api-password/2", "api-end/2", "invitation"
    mc_time day;                 // since when it is old, or when it ends
};

// What the person is to be reminded of now. `account` must have been read with pwdChangedTime and
// mycredReminded. 0 also for who is locked, or has no address to be told at.
size_t mc_remind_look(const struct mc_context *context, const struct mc_account *account,
                      struct mc_reminder reminders[MC_REMINDERS_MAX]);

// Puts them into the outbox and notes it. MC_LOST_RACE: somebody else has just done so.
enum mc_result mc_remind_write(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_reminder *reminders, size_t count) MC_MUST_USE;

#endif
