// SPDX-License-Identifier: Apache-2.0
// Sessions of the site, kept on the person's entry, so that every node knows them and any of them
// ends at once. Stored as
//   mycredSession: <name> <keyed hash of the id> <created> <seen> <proved or -> <password> <method>
//   <client>
// The name stays: lists, forms and flows go by it, and it lets nobody in. The id is another one
// after identity was verified, so that who had seen the old one has nothing. <password> is the
// entry's pwdChangedTime when the session began, - where there was none: a session ends with the
// password it was made under, also within one second. The cookie is sealed entryUUID, DN and id: no
// search among sessions, nothing that a client could make up.
#ifndef MYCRED_COMMON_SESSION_H
#define MYCRED_COMMON_SESSION_H

#include "common/account.h"

#define MC_SESSION_NAME_SIZE 16  // characters of base32: 80 bits
#define MC_SESSION_ID_SIZE 32    // characters of base32: 160 bits
#define MC_SESSIONS_MAX 10       // of one person; the oldest goes when there is one more
#define MC_SESSION_CLIENT_MAX 80 // bytes

struct mc_session {
    struct mc_span value; // as stored, in the account's entry
    struct mc_span name, hash;
    mc_time created, seen, proved; // proved 0: identity was not verified in this session
    struct mc_span password;       // pwdChangedTime when it began, or "-"
    struct mc_span method, client;
};

struct mc_cookie {
    char uuid[64];
    struct mc_secret dn, id;
};
void mc_cookie_release(struct mc_cookie *cookie);

// MC_WRONG for anything that is not a cookie of ours.
enum mc_result mc_cookie_open(const struct mc_context *context, struct mc_span text,
                              struct mc_cookie *ret_cookie) MC_MUST_USE;

// Writes a new session to the entry. `ret_cookie` is the text of the cookie.
struct mc_session_about {
    const char *method; // "password", "totp", "sms", "email", "recovery"
    struct mc_span client;
};
enum mc_result mc_session_create(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_session_about *about,
                                 struct mc_buffer *ret_cookie) MC_MUST_USE;

// The live session of a cookie on its account: not idle or old beyond the configured limits, nor
// of an earlier password. MC_WRONG when there is none. `account` must have been read with the
// session attributes.
enum mc_result mc_session_find(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_cookie *cookie,
                               struct mc_session *ret_session) MC_MUST_USE;

// The session at a place of the list, whether live or not; MC_NOT_FOUND past the end, MC_BAD_DATA
// when damaged.
enum mc_result mc_session_at(const struct mc_account *account, size_t index,
                             struct mc_session *ret_session) MC_MUST_USE;

bool mc_session_is_live(const struct mc_context *context, const struct mc_account *account,
                        const struct mc_session *session);

// Notes that it is in use, at most once a minute. Losing a race to write this ends no session.
void mc_session_touch(const struct mc_context *context, const struct mc_account *account,
                      const struct mc_session *session);

// Gives it another id, since identity has just been verified in it, and with `as_login` notes that
// it was by what verifies a login. MC_NOT_FOUND when the session has ended, or another request has
// given it another id: there is no cookie then.
enum mc_result mc_session_prove(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_session *session, bool as_login,
                                struct mc_buffer *ret_cookie) MC_MUST_USE;

// A new session in place of all others, and the end of every pending code: after a change of the
// password.
enum mc_result mc_session_renew(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_session_about *about,
                                struct mc_buffer *ret_cookie) MC_MUST_USE;

// Ends one session. MC_NOT_FOUND when it has ended already.
enum mc_result mc_session_end(const struct mc_context *context, const struct mc_account *account,
                              struct mc_span value) MC_MUST_USE;

#endif
