// SPDX-License-Identifier: Apache-2.0
// What every change of a credential has in common: one modify with the notice of it, the proof that
// allows it taken away by the same modify, a line in the log, and the way home.
#ifndef MYCRED_MOD_MYCRED_CHANGE_H
#define MYCRED_MOD_MYCRED_CHANGE_H

#include "common/changes.h"
#include "common/notice.h"
#include "mod_mycred/identity.h"

// Starts as {0} and is released by change_release. Values must outlive it.
struct change {
    struct mc_changes list;
    struct mc_buffer notice;
};

#define AUTO_CHANGE MC_CLEANUP(change_release)
void change_release(struct change *change);

void change_add(struct change *change, enum mc_change_kind kind, const char *attribute,
                struct mc_span value);

// The change is refused (MC_LOST_RACE) unless the entry has this device when it is made, or where
// it has this method: for what was decided by what was read.
void change_require_device(struct change *change, struct mc_span value);
void change_exclude_method(struct change *change, enum mc_method method);

// Takes the mark of this flow's verified identity. MC_WRONG: used already, or run out.
enum mc_result change_take_proof(struct visit *visit, struct change *change,
                                 const struct flow *flow) MC_MUST_USE;

// Adds the notice. `parameter` as notice.h says, "" for none.
enum mc_result change_notify(struct visit *visit, struct change *change, enum mc_notice_event event,
                             const char *parameter) MC_MUST_USE;

enum mc_result change_write(struct visit *visit, const struct change *change) MC_MUST_USE;

// Undoes what was written, for a step after it that was refused.
enum mc_result change_take_back(struct visit *visit, const struct change *change) MC_MUST_USE;

// The change is made: logs it and has the notice delivered.
void change_log(struct visit *visit, const char *what);

// The answer after change_log: My Credentials, which says so.
int change_done(struct visit *visit);

// The answer when it was not made: from the beginning where the flow was overtaken, else an error.
int change_failed(struct visit *visit, enum mc_result result);

#endif
