// SPDX-License-Identifier: Apache-2.0
// What an administrator does to a person or, for rules, to a group. Every act is one modify that
// carries its own notice to the person. Whether the identity we are bound as may do it, the
// directory's rules decide; who stands behind a request on the site, the site decides.
//
// The notice is sealed with the site's key. Where that is not there (context->site_keys NULL, a
// host) the act is done all the same and nobody is told: `told` says so.
#ifndef MYCRED_COMMON_ADMINISTER_H
#define MYCRED_COMMON_ADMINISTER_H

#include "common/account.h"
#include "common/event.h"

#define MC_UNTIL_FOREVER INT64_MAX // "9999-12-31" in the directory

// X(NAME, word in the log, what it does)
#define MC_ACTS(X)                                                                                 \
    X(UNLOCK, "unlock", "ends the lock and forgets the wrong codes")                               \
    X(LOCK, "lock", "refuses every login before `until`, and ends all sessions")                   \
    X(EXEMPT, "exempt", "asks for no code before `until`")                                         \
    X(END_EXEMPTION, "end-exemption", "asks again")                                                \
    X(REMOVE_DEVICE, "remove-device", "takes away the device `number`; 0: all")                    \
    X(REMOVE_API_PASSWORD, "remove-api-password", "takes away that of `number`; 0: all")           \
    X(REMOVE_RECOVERY, "remove-recovery-codes", "takes away all recovery codes")                   \
    X(RESET, "reset", "back to the first day: nothing bound, verification off, signed out")        \
    X(SIGN_OUT, "sign-out", "ends all sessions of the site")                                       \
    X(CLOSE_HELP, "close-help",                                                                    \
      "takes a request for help out of the queue, and does nothing else")                          \
    X(REQUIRE, "require", "sets mycredRequire to `require`; 0 withdraws the rule")                 \
    X(ALLOW, "allow", "sets mycredMethodAllowed to `methods`; 0 withdraws the rule")

enum mc_act {
    MC_ACT_NONE,
#define MC_ACT_ENUM(name, word, meaning) MC_ACT_##name,
    MC_ACTS(MC_ACT_ENUM)
#undef MC_ACT_ENUM
        MC_ACT_COUNT
};

// "unlock"; "none" for NONE and beyond.
const char *mc_act_word(enum mc_act act);

struct mc_order {
    enum mc_act act;
    mc_time until;          // LOCK: MC_UNTIL_FOREVER or a time to come; EXEMPT: within exempt_max;
                            // one-time password: a first method may be bound before; 0: as it was
    unsigned number;        // of the device or API password, as its stored value begins
    int require;            // enum mc_require
    bool with_off;          // MC_REQUIRE_OFF may be asked for: the command alone, never the site
    mc_method_set methods;  // ALLOW
    const char *source;     // address it is done from, for the notice
    const char *actor_uuid; // entryUUID of who asks; NULL: nobody in the directory. Nobody does to
                            // himself what makes logins weaker
};

// MC_MALFORMED: the order makes no sense (a time that has passed or lies too far ahead, no such
// rule). MC_NOT_FOUND: there is no such device or API password, or this identity cannot see it.
// MC_DENIED_PEER: not on oneself. MC_LOST_RACE: the entry has changed since `account` was read.
// MC_UNAVAILABLE also when the identity lacks the right (mc_directory_cause). `ret_told`: a notice
// was written.
enum mc_result mc_administer(const struct mc_context *context, const struct mc_account *account,
                             const struct mc_order *order, bool *ret_told) MC_MUST_USE;

// REQUIRE and ALLOW for a group; nobody is told. MC_NOT_FOUND: no such entry. MC_MALFORMED also for
// other acts.
enum mc_result mc_administer_group(const struct mc_context *context, const char *group_dn,
                                   const struct mc_order *order) MC_MUST_USE;

// Adds `act=... target=... (number=, until=, require=, methods=)` to the line of
// MC_EVENT_ADMINISTERED. `target`: the login name, or the DN of a group.
void mc_order_describe(const struct mc_order *order, const char *target, struct mc_buffer *line);

// Why an act was refused to this administrator, for `reason` of MC_EVENT_ADMINISTER_REFUSED:
// "self", "rights" or "password-refused". NULL: it was done, or failed for what is no matter of who
// asks.
const char *mc_administer_refusal(const struct mc_context *context, enum mc_result result);

// Adds `act=... target=... reason=...` to the line of MC_EVENT_ADMINISTER_REFUSED.
void mc_refusal_describe(const char *act, const char *target, const char *reason,
                         struct mc_buffer *line);

// Sets a password that is good once: the directory lets its holder do nothing but change it
// (pwdReset). `ret_password` is shown once and kept nowhere. Whatever fails, no password is left
// that somebody knows and that may stay. MC_PASSWORD_REFUSED: the policy refused it. All sessions
// end.
enum mc_result mc_administer_password(const struct mc_context *context,
                                      const struct mc_account *account,
                                      const struct mc_order *order, struct mc_secret *ret_password,
                                      bool *ret_told) MC_MUST_USE;

#endif
