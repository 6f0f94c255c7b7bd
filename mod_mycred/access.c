// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/access.h"

#include "common/api_password.h"
#include "mod_mycred/answer.h"
#include "mod_mycred/cookie.h"
#include "mod_mycred/shared.h"

#include <apr_escape.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

APLOG_USE_MODULE(mycred);

#define VERIFIED_NOTE "mycred-verified"
#define THROTTLED_NOTE "mycred-throttled"

#define COOKIES_NOTE "mycred-cookies"

// Names under which applications expect what only the server may say.
static const char *const trusted_headers[] = {"Remote-User", "X-Remote-User", "X-Forwarded-User",
                                              "Mycred-User"};

// Gateways take `-`, `_` and often any other sign for the same: Remote.User is as good as
// Remote-User.
static bool is_spelling_of(const char *header, const char *name)
{
    for (; *header && *name; header++, name++) {
        if (apr_isalnum(*name) ? apr_tolower(*header) != apr_tolower(*name)
                               : apr_isalnum(*header)) {
            return false;
        }
    }
    return *header == *name;
}

static bool is_trusted(const char *header)
{
    for (size_t i = 0; i < MC_COUNT(trusted_headers); i++) {
        if (is_spelling_of(header, trusted_headers[i])) {
            return true;
        }
    }
    return false;
}

int access_remove_headers(request_rec *r)
{
    const apr_array_header_t *headers = apr_table_elts(r->headers_in);
    const apr_table_entry_t *entries = (const apr_table_entry_t *)headers->elts;
    if (site_of(r->server)) {
        for (int i = 0; i < headers->nelts;) {
            if (is_trusted(entries[i].key)) {
                apr_table_unset(r->headers_in, entries[i].key); // those after it move up
            } else {
                i++;
            }
        }
    }
    return DECLINED;
}

// Moves our own pairs of a Cookie header from `kept` to `taken`.
static void part_cookies(apr_pool_t *pool, const char **kept, const char **taken)
{
    struct mc_span rest = mc_span_of(*kept);
    struct cookie_pair pair;
    *kept = *taken = NULL;
    while (cookie_take(&rest, &pair)) {
        bool ours = pair.name.size >= strlen(COOKIE_START) &&
                    memcmp(pair.name.data, COOKIE_START, strlen(COOKIE_START)) == 0;
        const char **list = ours ? taken : kept;
        const char *text = apr_pstrmemdup(pool, (const char *)pair.text.data, pair.text.size);
        *list = *list ? apr_pstrcat(pool, *list, "; ", text, NULL) : text;
    }
}

// A request of a client; what httpd asks itself on its behalf shares its headers.
static request_rec *first_of(request_rec *r)
{
    while (r->prev || r->main) {
        r = r->prev ? r->prev : r->main;
    }
    return r;
}

int access_keep_cookies(request_rec *r)
{
    request_rec *first = first_of(r);
    const char *kept = apr_table_get(r->headers_in, "Cookie"), *taken = NULL;
    if (!kept || !strstr(kept, COOKIE_START) || !site_of(r->server) ||
        (r->handler && strcmp(r->handler, "mycred") == 0)) {
        return DECLINED;
    }
    part_cookies(first->pool, &kept, &taken);
    if (taken) {
        apr_table_setn(first->notes, COOKIES_NOTE, taken);
        apr_table_unset(r->headers_in, "Cookie");
    }
    if (taken && kept) {
        apr_table_setn(r->headers_in, "Cookie", kept);
    }
    return DECLINED;
}

const char *access_cookies(request_rec *r)
{
    const char *taken = apr_table_get(first_of(r)->notes, COOKIES_NOTE);
    return taken ? taken : apr_table_get(r->headers_in, "Cookie");
}

static bool is_ours(request_rec *r)
{
    const char *type = ap_auth_type(r);
    return type && strcasecmp(type, "mycred") == 0;
}

// To sign in, and back here afterwards: only what can be asked for again. Of a form
// is said there that it did not arrive.
static int send_to_sign_in(request_rec *r, const struct site *site)
{
    const char *target =
        r->method_number == M_GET
            ? apr_pstrcat(r->pool, "?to=",
                          apr_pescape_urlencoded(r->pool, r->unparsed_uri ? r->unparsed_uri : "/"),
                          NULL)
        : r->method_number == M_POST ? "?again=1"
                                     : "";
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "Location",
                   apr_pstrcat(r->pool, site->origin, site->prefix, "sign-in", target, NULL));
    return HTTP_SEE_OTHER;
}

static bool has_second_step(const struct mc_session *session)
{
    return !mc_span_equals(session->method, "password");
}

// The part of a visit that a foreign location needs: cookie, entry, session.
static enum mc_result look_at_session(request_rec *r, struct site *site, struct visit **ret_visit)
{
    struct visit *visit = apr_pcalloc(r->pool, sizeof *visit);
    enum mc_result result = visit_begin_access(visit, r, site);
    if (result == MC_OK && !visit->signed_in) {
        result = MC_WRONG;
    }
    // a user without a name would be as good as any to `Require valid-user`
    if (result == MC_OK && !mc_entry_text(visit->account.entry, site->config->login_attribute)[0]) {
        result = MC_BAD_DATA;
    }
    visit_leave_directory(visit); // what the location itself does may take long
    *ret_visit = visit;
    return result;
}

int access_check_session(request_rec *r)
{
    struct site *site = site_of(r->server);
    struct visit *visit = NULL;
    if (!is_ours(r)) {
        return DECLINED;
    }
    if (!site) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "AuthType mycred needs MycredConfig");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    enum mc_result result = look_at_session(r, site, &visit);
    if (result == MC_WRONG) {
        return send_to_sign_in(r, site);
    }
    if (result != MC_OK) {
        mc_event_add_text(visit_note(visit, MC_EVENT_DIRECTORY_FAULT), "reason",
                          mc_result_word(result));
        visit_write_notes(visit);
        apr_table_setn(r->err_headers_out, "Retry-After", "60");
        return HTTP_SERVICE_UNAVAILABLE;
    }
    r->user =
        apr_pstrdup(r->pool, mc_entry_text(visit->account.entry, site->config->login_attribute));
    r->ap_auth_type = (char *)"mycred";
    if (has_second_step(&visit->session)) {
        apr_table_setn(r->notes, VERIFIED_NOTE, "yes");
    }
    // an answer for one person must not be another's from a cache, nor outlive the session in one
    apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
    apr_table_mergen(r->err_headers_out, "Vary", "Cookie");
    return OK;
}

authz_status access_check_verified(request_rec *r, const char *line, const void *parsed)
{
    (void)line;
    (void)parsed;
    if (!r->user) {
        return AUTHZ_DENIED_NO_USER;
    }
    return apr_table_get(r->notes, VERIFIED_NOTE) ? AUTHZ_GRANTED : AUTHZ_DENIED;
}

// The rules of groups are asked for only where the site takes login passwords here at all.
static enum mc_result check_login_password(struct visit *visit, const char *user,
                                           const char *password)
{
    struct mc_password_state policy;
    enum mc_result result = visit_read_account(visit, mc_span_of(user));
    if (result == MC_OK) {
        result = mc_api_allow_login_password(&visit->context, &visit->account, &visit->rules);
    }
    if (result == MC_OK) {
        result = mc_directory_check_password(visit->context.directory, visit->account.dn,
                                             mc_span_of(password), &policy);
    }
    // a program cannot change it
    return result == MC_OK && policy.must_change ? MC_WRONG : result;
}

static enum mc_result check_api(struct visit *visit, const char *user, const char *password)
{
    struct mc_api_password found = {0};
    enum mc_result result = visit_find_api_account(visit, mc_span_of(user));
    if (result == MC_OK && visit->rules.locked) {
        result = MC_LOCKED;
    }
    if (result == MC_OK) {
        result = mc_api_password_check(&visit->context, &visit->account, mc_span_of("http"),
                                       mc_span_of(password), &found);
    }
    if (result == MC_OK) {
        mc_attempt_note_use(&visit->context, &visit->account, "api");
    } else if (result == MC_WRONG && visit->context.config->api_accepts_login_password) {
        result = check_login_password(visit, user, password);
    }
    return result;
}

// httpd's providers can only let in, refuse or fail: the status is put right when the error is
// sent.
static authn_status refuse_throttled(struct visit *visit, mc_time from)
{
    request_rec *r = visit->r;
    MC_AUTO_BUFFER struct mc_buffer left;
    mc_buffer_init(&left, 64);
    int64_t seconds = (from - visit->context.now() + MC_SECOND - 1) / MC_SECOND;
    mc_text_duration(visit->language, seconds, &left);
    apr_table_setn(r->err_headers_out, "Retry-After", apr_psprintf(r->pool, "%d", (int)seconds));
    apr_table_setn(r->notes, THROTTLED_NOTE, "yes");
    ap_custom_response(r, HTTP_UNAUTHORIZED,
                       apr_psprintf(r->pool,
                                    visit_text(visit, "Too many wrong API passwords came from "
                                                      "your network address. Try again in %s."),
                                    mc_buffer_text(&left)));
    return AUTH_DENIED;
}

void access_answer_throttled(request_rec *r)
{
    if (r->status == HTTP_UNAUTHORIZED && apr_table_get(r->notes, THROTTLED_NOTE)) {
        r->status = HTTP_TOO_MANY_REQUESTS;
        apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    }
}

authn_status access_check_api_password(request_rec *r, const char *user, const char *password)
{
    struct site *site = site_of(r->server);
    if (!site) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "AuthBasicProvider mycred needs MycredConfig");
        return AUTH_GENERAL_ERROR;
    }
    struct visit *visit = apr_pcalloc(r->pool, sizeof *visit);
    mc_time from = 0;
    enum mc_result result = visit_begin_bare(visit, r, site);
    if (result == MC_OK && shared_look(visit, SHARED_API_PASSWORDS, &from) == MC_THROTTLED) {
        visit_leave_directory(visit);
        return refuse_throttled(visit, from);
    }
    if (result == MC_OK) {
        result = check_api(visit, user, password);
    }
    visit_leave_directory(visit);
    if (result == MC_OK) {
        return AUTH_GRANTED;
    }
    bool refused = result == MC_WRONG || result == MC_UNKNOWN_USER || result == MC_LOCKED;
    if (refused) {
        enum mc_result counted = shared_take(visit, SHARED_API_PASSWORDS, &from);
        (void)counted; // this one has been looked at; the next is refused
    }
    mc_event_add_text(
        visit_note(visit, refused ? MC_EVENT_API_PASSWORD_REFUSED : MC_EVENT_DIRECTORY_FAULT),
        "reason", mc_result_word(result));
    visit_write_notes(visit);
    return refused ? AUTH_DENIED : AUTH_GENERAL_ERROR;
}
