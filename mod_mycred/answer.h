// SPDX-License-Identifier: Apache-2.0
// The ways a request ends. Each sets every security header and returns what the handler returns to
// httpd.
#ifndef MYCRED_MOD_MYCRED_ANSWER_H
#define MYCRED_MOD_MYCRED_ANSWER_H

#include "mod_mycred/visit.h"

#define INVITATION_COOKIE "__Host-mycred-invitation"

// A page: the template of that name with the visit's view.
int answer_page(struct visit *visit, int status, const char *template_name);

// 303 to a page of ours; `path` below the prefix, query included.
int answer_redirect(struct visit *visit, const char *path);

// 303 to a target on this host that was checked before (return targets).
int answer_redirect_local(struct visit *visit, const char *local_path);

// An error page for what no page can answer; the cause goes to the log with the id the page shows.
int answer_failure(struct visit *visit, enum mc_result result, const char *attribute);

// An error page with a status and a text (405, 403 for a foreign form, 404).
int answer_status(struct visit *visit, int status);

// When to try again, for an answer with status 503.
void answer_retry_after(struct visit *visit);

// Cookies set or taken back with the answer.
void answer_set_session(struct visit *visit, const char *cookie);
void answer_clear_session(struct visit *visit);
void answer_set_invitation(struct visit *visit, const char *token);
void answer_clear_invitation(struct visit *visit);
void answer_set_visitor(struct visit *visit, const char *secret);

// The headers of every answer, also of files and of errors.
void answer_headers(struct visit *visit);

#endif
