// SPDX-License-Identifier: Apache-2.0
// The last time of each kind of thing a person was told or asked for, one value for each kind:
//   mycredReminded: <kind> <time>
#ifndef MYCRED_COMMON_REMINDED_H
#define MYCRED_COMMON_REMINDED_H

#include "common/account.h"
#include "common/changes.h"

#define MC_REMINDED_KIND 32                                // bytes, with NUL
#define MC_REMINDED_TEXT (MC_REMINDED_KIND + MC_TIME_TEXT) // of a whole value

// MC_NOT_FOUND: never; MC_BAD_DATA.
enum mc_result mc_reminded_look(const struct mc_account *account, const char *kind,
                                mc_time *ret_time) MC_MUST_USE;

// Adds the changes, two at most, that put `now` in the place of the time before. They point to
// `text`.
void mc_reminded_note(const struct mc_account *account, const char *kind, mc_time now,
                      char text[MC_REMINDED_TEXT], struct mc_changes *changes);

#endif
