// SPDX-License-Identifier: Apache-2.0
// Invitations ("set credential"): an administrator enters an e-mail address for somebody; the link
// that is mailed there lets its holder prove the address and set a login password, once. Stored as
//   mycredChallenge: invite/email <created> <expiry> w<server> <keyed hash>
// beside mycredInviteUntil, which comes and goes with it. The link's token is sealed entryUUID,
// code, address and DN: nothing is searched for, nothing can be made up.
#ifndef MYCRED_COMMON_INVITE_H
#define MYCRED_COMMON_INVITE_H

#include "common/account.h"

#define MC_INVITE_TOKEN_MAX 2048    // bytes
#define MC_INVITE_PATH "invitation" // of the page below site_url; the token is its query's `t`

// ---- for administrators

struct mc_invite_order {
    const char *address;    // e-mail address, as typed
    const char *source;     // where it is done from, for the notice
    const char *actor_uuid; // as in struct mc_order
    struct mc_span id;      // correlation id of the message
};

// One modify: voids an invitation before, stores the new one, answers a request for help and tells
// the contacts that the person has already. `ret_link` is the whole link, `ret_job` the mail that
// carries it (job.h). MC_MALFORMED: no plain e-mail address. MC_LOCKED: the account is locked.
// MC_WRONG: another entry has this address. MC_DENIED_PEER: not for oneself. MC_BAD_CONFIG: no site
// key, or no site_url.
enum mc_result mc_invite_issue(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_invite_order *order, struct mc_buffer *ret_link,
                               struct mc_buffer *ret_job) MC_MUST_USE;

// Ends what is open. MC_NOT_FOUND: nothing was.
enum mc_result mc_invite_withdraw(const struct mc_context *context,
                                  const struct mc_account *account, const char *source) MC_MUST_USE;

// Whether an invitation can still be used, and until when.
bool mc_invite_is_open(const struct mc_context *context, const struct mc_account *account,
                       mc_time *ret_until);

// ---- for who was invited

struct mc_invitation {
    char uuid[64], address[MC_CONTACT_MAX];
    struct mc_secret dn, code;
};
void mc_invitation_release(struct mc_invitation *invitation);

// Opens the token of a link; asks nothing of the directory. MC_WRONG: none of ours.
enum mc_result mc_invite_open(const struct mc_context *context, struct mc_span token,
                              struct mc_invitation *ret_invitation) MC_MUST_USE;

// Whether it is good for the account at its DN now; spends nothing. MC_WRONG: used, withdrawn,
// replaced or run out, or the entry is another one. MC_LOCKED.
enum mc_result mc_invite_check(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_invitation *invitation) MC_MUST_USE;

// Spends it: one modify deletes the value, makes the address the person's proved e-mail address and
// clears mycredInviteUntil (kept where e-mail may not be the login's method and nothing else is
// bound, or the person could not come in to bind one); then the password is set. A password that
// the policy refuses takes nothing: MC_PASSWORD_REFUSED, and the link is as good as before. MC_OK:
// all sessions have ended. Else as mc_invite_check; MC_WRONG also when another entry has got the
// address meanwhile.
struct mc_acceptance {
    struct mc_span new_password;
    const char *source;
    const struct mc_rules *rules; // what applies to the account
};
enum mc_result mc_invite_accept(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_invitation *invitation,
                                const struct mc_acceptance *acceptance,
                                struct mc_password_state *ret_state) MC_MUST_USE;

#endif
