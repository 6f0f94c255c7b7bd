// SPDX-License-Identifier: Apache-2.0
// Other locations that use the site's login: AuthType mycred, Require mycred-verified,
// AuthBasicProvider mycred.
#ifndef MYCRED_MOD_MYCRED_ACCESS_H
#define MYCRED_MOD_MYCRED_ACCESS_H

#include "mod_mycred/visit.h"

#include <mod_auth.h>

// The site of a server; NULL without MycredConfig. (mod_mycred.c)
struct site *site_of(const server_rec *server);

// Removes what clients sent under the names that applications trust.
int access_remove_headers(request_rec *r);

// Takes the site's own cookies out of what other handlers see: an application beside the site must
// not be able to act there as its users.
int access_keep_cookies(request_rec *r);

// The Cookie header as the client sent it, or NULL.
const char *access_cookies(request_rec *r);

// AuthType mycred: who has a session is let in, others are sent to sign in and come back.
int access_check_session(request_rec *r);

// Require mycred-verified: the session began with a second step.
authz_status access_check_verified(request_rec *r, const char *line, const void *parsed);

// AuthBasicProvider mycred: user name and API password, nothing else.
// 429 when too many wrong ones came from the address.
authn_status access_check_api_password(request_rec *r, const char *user, const char *password);
void access_answer_throttled(request_rec *r); // insert_error_filter, for that 429

#endif
