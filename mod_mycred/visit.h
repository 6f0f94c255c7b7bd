// SPDX-License-Identifier: Apache-2.0
// One request to the site, from its reading to its answer.
//
// route.c finds the page; the page decides with the core and ends by one of the answers of
// answer.h. Nothing of one request outlives it but what is in the directory, in the cookie and in
// the sealed tokens of its forms (token.h).
#ifndef MYCRED_MOD_MYCRED_VISIT_H
#define MYCRED_MOD_MYCRED_VISIT_H

#include "common/attempt.h"
#include "common/challenge.h"
#include "common/event.h"
#include "common/message.h"
#include "common/session.h"
#include "mod_mycred/form.h"
#include "mod_mycred/site.h"
#include "mod_mycred/view.h"

#define VISIT_NOTES_MAX 16

struct visit_note {
    enum mc_event event;
    struct mc_buffer line;
};

struct visit {
    request_rec *r;
    apr_pool_t *pool;
    struct site *site;
    struct mc_context context;
    const char *path; // below the prefix: "email", "" for the front page
    bool is_post;
    enum mc_language language;
    const char *id;   // correlation id, in every log line and on error pages
    struct form form; // the body's fields, or none
    struct form query;
    struct mc_span upload; // the file of a multipart form, in the body's memory
    bool too_large;        // such a form was, and nothing of it was kept
    const char
        *visitor; // secret of this browser before sign-in, from its cookie; forms are bound to it
    // who is signed in
    bool signed_in;
    struct mc_cookie cookie;
    struct mc_account account;
    bool groups_known; // until then the rules allow nothing but to look
    struct mc_group_rules groups;
    struct mc_rules rules;
    struct mc_session session;
    struct view *view; // what the template will show
    struct visit_note notes[VISIT_NOTES_MAX];
    size_t note_count;
};

// Reads request, cookies and session. MC_OK also when nobody is signed in.
enum mc_result visit_begin(struct visit *visit, request_rec *r, struct site *site) MC_MUST_USE;

// For locations that are not the site's own: no form is read and no cookie set, and of the entry of
// who is signed in only what a session is. `bare`: no session either.
enum mc_result visit_begin_access(struct visit *visit, request_rec *r,
                                  struct site *site) MC_MUST_USE;
enum mc_result visit_begin_bare(struct visit *visit, request_rec *r, struct site *site) MC_MUST_USE;

// Gives the connection back, at the latest before anything waits for the client; nothing may be
// asked of the directory after it.
void visit_leave_directory(struct visit *visit);

// Reads somebody's entry, with rules and language, into the visit.
enum mc_result visit_read_account(struct visit *visit, struct mc_span login_name) MC_MUST_USE;

// Asks what the groups of the account that was read by a session demand. Pages that decide by the
// rules do; others are spared the search.
enum mc_result visit_read_rules(struct visit *visit) MC_MUST_USE;

// The rules once more, of the entry as it is now.
void visit_apply_rules(struct visit *visit);

// Reads of the entry what it takes to check an API password, and no rules; all else is as if it
// were not there.
enum mc_result visit_find_api_account(struct visit *visit, struct mc_span login_name) MC_MUST_USE;

// Forgets whose entry was read, and the language it asked for: nothing of it may show.
void visit_forget_account(struct visit *visit);

// One line of the audit log, as common/event.h says; the caller may add to it until the visit ends.
struct mc_buffer *visit_note(struct visit *visit, enum mc_event event);
void visit_write_notes(struct visit *visit);

// The form field, "" when it is missing.
const char *visit_field(const struct visit *visit, const char *name);

// The same without spaces at its ends: keyboards of telephones add one to what they complete.
const char *visit_typed(const struct visit *visit, const char *name);

// The value of a cookie, {NULL, 0} when there is none or two.
struct mc_span visit_cookie(const struct visit *visit, const char *name);

// A text in the visitor's language. xgettext keyword.
const char *visit_text(const struct visit *visit, const char *english)
    __attribute__((format_arg(2)));

#endif
