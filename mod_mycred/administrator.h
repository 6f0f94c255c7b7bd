// SPDX-License-Identifier: Apache-2.0
// Who may open the security administrator's pages: members of `security_group`, as the directory
// says at this very request, whose own login verification is on and was passed within the last
// minutes.
#ifndef MYCRED_MOD_MYCRED_ADMINISTRATOR_H
#define MYCRED_MOD_MYCRED_ADMINISTRATOR_H

#include "mod_mycred/page.h"

#define ADMINISTRATOR_FRESH (5 * 60 * MC_SECOND) // from the proof to the last act it allows

// MC_OK; MC_NOT_FOUND: nobody is signed in, or somebody who is no member now.
enum mc_result administrator_check(struct visit *visit) MC_MUST_USE;

// True: verified lately. False: the request is answered, with *ret_status: by Verify Identity, or
// by the advice to turn login verification on.
bool administrator_is_fresh(struct visit *visit, int *ret_status);

// Whether the menu shows the way. Asked of the directory once a minute for all visitors together,
// so that it costs the others nothing; it lets nobody in.
struct administrators;
apr_status_t administrators_start(apr_pool_t *pool, struct administrators **ret_administrators);
bool administrator_sees_link(struct visit *visit);

#endif
