// SPDX-License-Identifier: Apache-2.0
// The pages. One file each, named as its function; route.c holds the table.
#ifndef MYCRED_MOD_MYCRED_PAGE_H
#define MYCRED_MOD_MYCRED_PAGE_H

#include "mod_mycred/answer.h"
#include "mod_mycred/token.h"

// Each answers GET and POST of its path and returns what the handler returns to httpd.
int page_sign_in(struct visit *visit);
int page_verify(struct visit *visit);
int page_sign_out(struct visit *visit);
int page_help(struct visit *visit);
int page_home(struct visit *visit);
int page_contact(struct visit *visit); // email and mobile
int page_password(struct visit *visit);
int page_api_password(struct visit *visit);
int page_invitation(struct visit *visit);
int page_method(struct visit *visit);
int page_device(struct visit *visit); // bind and unbind
int page_unbind(struct visit *visit);
int page_renew(struct visit *visit); // a password that must be changed, before the session
int page_recovery(struct visit *visit);
int page_avatar(struct visit *visit);
int page_picture(struct visit *visit); // the avatar itself
int page_sessions(struct visit *visit);
int page_forgot(struct visit *visit);
// the security administrator's
int page_admin(struct visit *visit); // find a person
int page_admin_act(struct visit *visit);
int page_admin_credential(struct visit *visit);
int page_admin_group(struct visit *visit);
int page_admin_list(struct visit *visit);
int page_admin_person(struct visit *visit);
int page_admin_verify(struct visit *visit);
int page_file(struct visit *visit); // style and script

#endif
