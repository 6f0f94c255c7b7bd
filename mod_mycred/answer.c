// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/answer.h"

#include "common/invite.h"
#include "common/secret.h"
#include "mod_mycred/administrator.h"
#include "mod_mycred/templates.h"
#include "mod_mycred/token.h"

#include <apr_strings.h>
#include <http_protocol.h>
#include <malloc.h>
#include <stdlib.h>
#include <util_filter.h>

#define PAGE_MAX 262144 // bytes
#define PAGE_USUAL 8192
#define TOKEN_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:."

static const struct {
    const char *name, *value;
} headers[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
     "base-uri 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Referrer-Policy", "no-referrer"},
    {"Strict-Transport-Security", "max-age=31536000"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
};

void answer_headers(struct visit *visit)
{
    for (size_t i = 0; i < MC_COUNT(headers); i++) {
        // also on errors: err_headers_out survives what httpd does for those
        apr_table_setn(visit->r->err_headers_out, headers[i].name, headers[i].value);
    }
}

static void set_cookie(struct visit *visit, const char *name, const char *value, const char *more)
{
    const char *text = apr_psprintf(visit->pool, "%s=%s; Path=/; Secure; HttpOnly; SameSite=%s",
                                    name, value, more);
    apr_table_addn(visit->r->err_headers_out, "Set-Cookie", text);
}

void answer_set_session(struct visit *visit, const char *cookie)
{
    set_cookie(visit, "__Host-mycred", cookie, "Lax");
}

void answer_clear_session(struct visit *visit)
{
    set_cookie(visit, "__Host-mycred", "", "Lax; Max-Age=0");
}

// The token of an invitation's link, taken out of the address. Texts of other letters than tokens
// have are no tokens.
void answer_set_invitation(struct visit *visit, const char *token)
{
    size_t size = strlen(token);
    if (size <= MC_INVITE_TOKEN_MAX && strspn(token, TOKEN_LETTERS) == size) {
        set_cookie(visit, INVITATION_COOKIE, token, "Lax");
    }
}

void answer_clear_invitation(struct visit *visit)
{
    set_cookie(visit, INVITATION_COOKIE, "", "Lax; Max-Age=0");
}

void answer_set_visitor(struct visit *visit, const char *secret)
{
    set_cookie(visit, "__Host-mycred-visitor", secret, "Lax");
}

// What every page shows: where things are, who is signed in, which language.
static void add_common(struct visit *visit)
{
    static const char *const tags[] = {[MC_ENGLISH] = "en", [MC_CHINESE_SIMPLIFIED] = "zh-CN"};
    const struct mc_config *config = visit->site->config;
    view_text(visit->pool, visit->view, "url_prefix", visit->site->prefix);
    view_text(visit->pool, visit->view, "service", config->service_name);
    view_text(visit->pool, visit->view, "url_version", templates_version(visit->site->templates));
    view_text(visit->pool, visit->view, "lang", tags[visit->language]);
    view_text(visit->pool, visit->view, "path", visit->path);
    view_text(visit->pool, visit->view, "url_page",
              apr_pstrcat(visit->pool, visit->site->prefix, visit->path, NULL));
    view_flag(visit->pool, visit->view, "signed_in", visit->signed_in);
    view_flag(visit->pool, visit->view, "may_ask", config->security_group[0]);
    if (visit->signed_in) {
        view_text(visit->pool, visit->view, "user",
                  mc_entry_text(visit->account.entry, config->login_attribute));
        view_flag(visit->pool, visit->view, "administrator", administrator_sees_link(visit));
    }
}

// What a form is sent with, where the page has one: the page's own, and the one in the menu.
static enum mc_result add_tokens(struct visit *visit, const struct mustache *page)
{
    enum mc_result result = MC_OK;
    if (mustache_mentions(page, "token")) {
        result = token_add(visit, "token", visit->path);
    }
    if (result == MC_OK && visit->signed_in && mustache_mentions(page, "sign_out_token")) {
        result = token_add(visit, "sign_out_token", "sign-out");
    }
    return result;
}

static void wipe_page(void *page)
{
    mc_wipe(page, malloc_usable_size(page));
    free(page);
}

// Handed to httpd as it is, and wiped when it was sent: a page may show a new secret, of which
// httpd would keep a copy in the memory of its buffers.
static void send_page(request_rec *r, struct mc_buffer *page)
{
    apr_bucket_alloc_t *allocator = r->connection->bucket_alloc;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, allocator);
    apr_bucket *bucket = apr_bucket_heap_create(page->data, page->size, wipe_page, allocator);
    mc_buffer_init(page, page->maximum); // it is the bucket's now
    APR_BRIGADE_INSERT_TAIL(brigade, bucket);
    (void)ap_pass_brigade(r->output_filters, brigade); // a client that is gone needs no answer
}

static int write_page(struct visit *visit, int status, const char *template_name)
{
    request_rec *r = visit->r;
    const struct mustache *page =
        templates_find(visit->site->templates, template_name, visit->language);
    MC_AUTO_BUFFER struct mc_buffer out;
    mc_buffer_init(&out, PAGE_MAX);
    mc_buffer_reserve(&out, PAGE_USUAL);
    add_common(visit);
    if (!page || add_tokens(visit, page) != MC_OK ||
        mustache_render(page, visit->view, &out) != MC_OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    r->status = status;
    ap_set_content_type(r, "text/html; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)out.size);
    visit_leave_directory(visit);
    if (!r->header_only) {
        send_page(r, &out);
    }
    // DONE, not an error status: httpd must not put a page of its own in place of ours
    return DONE;
}

int answer_page(struct visit *visit, int status, const char *template_name)
{
    answer_headers(visit);
    return write_page(visit, status, template_name);
}

int answer_redirect_local(struct visit *visit, const char *local_path)
{
    answer_headers(visit);
    apr_table_setn(visit->r->headers_out, "Location",
                   apr_pstrcat(visit->pool, visit->site->origin, local_path, NULL));
    visit->r->status = HTTP_SEE_OTHER;
    ap_set_content_type(visit->r, "text/plain; charset=utf-8");
    return DONE;
}

int answer_redirect(struct visit *visit, const char *path)
{
    return answer_redirect_local(visit, apr_pstrcat(visit->pool, visit->site->prefix, path, NULL));
}

void answer_retry_after(struct visit *visit)
{
    apr_table_setn(visit->r->err_headers_out, "Retry-After", "60");
}

int answer_status(struct visit *visit, int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        {HTTP_BAD_REQUEST, N_("Your browser sent something this page cannot read.")},
        {HTTP_FORBIDDEN, N_("This form was not made for this browser, or it was open for too long. "
                            "Nothing was changed: start again.")},
        {HTTP_NOT_FOUND, N_("There is no such page.")},
        {HTTP_METHOD_NOT_ALLOWED, N_("This page does not work that way.")},
        {HTTP_SERVICE_UNAVAILABLE,
         N_("The directory does not answer right now. Try again in a minute.")},
    };
    const char *text = N_("Something went wrong on our side.");
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        text = texts[i].status == status ? texts[i].text : text;
    }
    if (status == HTTP_SERVICE_UNAVAILABLE) {
        answer_retry_after(visit);
    }
    view_text(visit->pool, visit->view, "text", mc_text(visit->language, text));
    view_text(visit->pool, visit->view, "id", visit->id);
    view_flag(visit->pool, visit->view, "again", status == HTTP_FORBIDDEN);
    answer_headers(visit);
    return write_page(visit, status, "error");
}

int answer_failure(struct visit *visit, enum mc_result result, const char *attribute)
{
    bool temporary = result == MC_UNAVAILABLE || result == MC_UNTRUSTED;
    enum mc_event event = result == MC_BAD_DATA ? MC_EVENT_VALUE_DAMAGED
                          : temporary           ? MC_EVENT_DIRECTORY_FAULT
                                                : MC_EVENT_FAULT;
    struct mc_buffer *line = visit_note(visit, event);
    mc_event_add_text(line, "reason", mc_result_word(result));
    if (attribute) {
        mc_event_add_text(line, "attribute", attribute);
    }
    if (visit->context.directory && mc_directory_cause(visit->context.directory)[0]) {
        mc_buffer_format(line, " %s", mc_directory_cause(visit->context.directory));
    }
    return answer_status(visit, result == MC_MALFORMED ? HTTP_BAD_REQUEST
                                : temporary            ? HTTP_SERVICE_UNAVAILABLE
                                                       : HTTP_INTERNAL_SERVER_ERROR);
}
