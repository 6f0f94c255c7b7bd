// SPDX-License-Identifier: Apache-2.0
// API passwords: for programs, at doors that take nothing else. The text is `<id>-<26 characters of
// base32>` (128 bits of them random, rounded up), so no search among a person's passwords is
// needed. Stored as
//   mycredApiPassword: <id> <created> <expiry or -> <scope,scope or -> <sealed BLAKE2b of the 26
//   characters> <label>
// They are strong enough not to be counted on the entry; doors throttle by address.
#ifndef MYCRED_COMMON_API_PASSWORD_H
#define MYCRED_COMMON_API_PASSWORD_H

#include "common/account.h"

#define MC_API_PASSWORD_SIZE 26 // characters of the random part

struct mc_api_password {
    unsigned id;
    mc_time created, expiry;     // expiry 0: none
    struct mc_span scope, label; // scope: services parted by commas; "-": every API door
};

// A new password as it is shown once, and the value to store for it.
enum mc_result mc_api_password_make(const struct mc_context *context, const char *entry_uuid,
                                    const struct mc_api_password *about,
                                    struct mc_secret *ret_password,
                                    struct mc_buffer *value) MC_MUST_USE;

// The clear fields of a stored value. MC_BAD_DATA.
enum mc_result mc_api_password_read(struct mc_span value,
                                    struct mc_api_password *ret_about) MC_MUST_USE;

// MC_OK; MC_WRONG (also: expired, or not for this service); MC_BAD_DATA when the value it names is
// damaged.
enum mc_result mc_api_password_check(const struct mc_context *context,
                                     const struct mc_account *account, struct mc_span service,
                                     struct mc_span password,
                                     struct mc_api_password *ret_found) MC_MUST_USE;

// Whether this person may use the login password at an API door instead
// (`api_accepts_login_password`): only who has no API password, and neither chose verification nor
// must verify. The caller has the directory check it, which counts a wrong one.
bool mc_api_takes_login_password(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_rules *rules);
// The same as a result, and that all of this can be seen: MC_OK; MC_WRONG; MC_UNAVAILABLE when it
// cannot.
enum mc_result mc_api_allow_login_password(const struct mc_context *context,
                                           const struct mc_account *account,
                                           const struct mc_rules *rules) MC_MUST_USE;

#endif
