// SPDX-License-Identifier: Apache-2.0
// People who asked an administrator for help. Kept on the person's entry as
//   mycredHelpAsked: <time> <reason>
// until an act of administer.h answers it; that it was asked stays for longer (reminded.h), so that
// nobody comes back into the queue on the day of the answer.
#ifndef MYCRED_COMMON_HELP_H
#define MYCRED_COMMON_HELP_H

#include "common/account.h"

enum mc_help_reason {
    MC_HELP_NONE,
    MC_HELP_DEVICE_LOST,
    MC_HELP_NOTHING_BOUND,
    MC_HELP_OTHER,
    MC_HELP_COUNT
};

// "device-lost", "nothing-bound", "other", as stored.
const char *mc_help_word(enum mc_help_reason reason);
// What the person says, in English, for mc_text.
const char *mc_help_text(enum mc_help_reason reason);
enum mc_help_reason mc_help_parse(struct mc_span word);

// MC_THROTTLED: this person has asked within a day already, be it answered or not; nothing is
// written.
enum mc_result mc_help_ask(const struct mc_context *context, const struct mc_account *account,
                           enum mc_help_reason reason) MC_MUST_USE;

// What is open. MC_NOT_FOUND; MC_BAD_DATA.
struct mc_help {
    mc_time asked;
    enum mc_help_reason reason;
};
enum mc_result mc_help_look(const struct mc_account *account, struct mc_help *ret_help) MC_MUST_USE;

#endif
