// SPDX-License-Identifier: Apache-2.0
// Codes that are sent: made, kept as a keyed hash in the person's entry, compared and spent. Stored
// as
//   mycredChallenge: <purpose>[.<flow>]/<channel> <created> <expiry> w<server> <keyed hash>
// The hash covers entry, purpose, channel, times, server, address, flow and code, so a code works
// for what it was made for and nowhere else.
#ifndef MYCRED_COMMON_CHALLENGE_H
#define MYCRED_COMMON_CHALLENGE_H

#include "common/attempt.h"
#include "common/changes.h"
#include "common/message.h"

struct mc_challenge {
    const char *purpose; // "login", ...
    enum mc_method channel;
    const char *flow;    // "" for login: any door may take those codes
    const char *address; // where it goes, if not to the account's own address; may be NULL
};

struct mc_pending {
    bool is_pending; // a code was sent and can still be used
    mc_time expiry;
    struct mc_span value; // as stored, in the account's entry
};

// What is pending of this kind; MC_BAD_DATA when a stored value of it is damaged.
enum mc_result mc_challenge_look(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge,
                                 struct mc_pending *ret_pending) MC_MUST_USE;

// Makes a new code, which voids the one before, charges the sending quota and writes what is to be
// sent to `job` (job.h); `id` is the correlation id. MC_THROTTLED: the quota is spent until
// `ret_from`. MC_LOST_RACE: another login has just had one sent.
struct mc_issue {
    enum mc_language language;
    struct mc_span id;
};
enum mc_result mc_challenge_issue(const struct mc_context *context, struct mc_account *account,
                                  const struct mc_challenge *challenge,
                                  const struct mc_issue *issue, struct mc_buffer *job,
                                  mc_time *ret_from) MC_MUST_USE;

// The moment from which another code of this kind may be sent.
enum mc_result mc_challenge_next(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge,
                                 mc_time *ret_from) MC_MUST_USE;

// For steps of a flow that no code stands for, such as "identity is verified": a value of this kind
// that lives for `life` seconds, to be added in a modify; and the stored live one, to be deleted in
// the modify it allows, so that each allows one thing once. MC_WRONG when there is none.
enum mc_result mc_challenge_mark(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge, int64_t life,
                                 struct mc_buffer *value) MC_MUST_USE;

// Adds the changes that take out marks to make room for one more: those long over, and the first
// ones where many wait, as many as fit.
void mc_challenge_drop_marks(const struct mc_context *context, const struct mc_account *account,
                             const struct mc_challenge *challenge, struct mc_changes *changes);
enum mc_result mc_challenge_find_mark(const struct mc_context *context,
                                      const struct mc_account *account,
                                      const struct mc_challenge *challenge,
                                      struct mc_span *ret_value) MC_MUST_USE;

// Ends what is pending of this kind because it could not be sent. Best effort: it expires anyway.
void mc_challenge_void(const struct mc_context *context, const struct mc_account *account,
                       const struct mc_challenge *challenge);

// As the functions of attempt.h.
enum mc_result mc_attempt_challenge(const struct mc_context *context, struct mc_account *account,
                                    const struct mc_challenge *challenge, struct mc_span typed,
                                    struct mc_attempt *ret_attempt) MC_MUST_USE;

#endif
