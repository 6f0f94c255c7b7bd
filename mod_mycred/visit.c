// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/visit.h"

#include "common/random.h"
#include "mod_mycred/access.h"
#include "mod_mycred/answer.h"
#include "mod_mycred/body.h"
#include "mod_mycred/templates.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>
#include <stdio.h>

APLOG_USE_MODULE(mycred);

#define SESSION_COOKIE "__Host-mycred"
#define VISITOR_COOKIE "__Host-mycred-visitor"
#define VISITOR_SIZE 26 // characters of base32: 130 bits

void visit_leave_directory(struct visit *visit)
{
    if (visit->context.directory) {
        site_return_directory(visit->site, visit->context.directory);
        visit->context.directory = NULL;
    }
}

static apr_status_t visit_end(void *data)
{
    struct visit *visit = data;
    visit_write_notes(visit);
    form_release(&visit->form);
    form_release(&visit->query);
    mc_cookie_release(&visit->cookie);
    mc_account_release(&visit->account);
    visit_leave_directory(visit);
    return APR_SUCCESS;
}

// The value of one cookie, NULL when there is none. Two of one name are as good as none: one may be
// planted.
static const char *find_cookie(request_rec *r, const char *name)
{
    const char *header = access_cookies(r);
    size_t size = strlen(name);
    const char *found = NULL;
    char *rest = header ? apr_pstrdup(r->pool, header) : NULL;
    char *last = NULL;
    for (char *pair = rest ? apr_strtok(rest, ";", &last) : NULL; pair;
         pair = apr_strtok(NULL, ";", &last)) {
        while (*pair == ' ') {
            pair++;
        }
        if (strncmp(pair, name, size) == 0 && pair[size] == '=') {
            if (found) {
                return NULL;
            }
            found = pair + size + 1;
        }
    }
    return found;
}

static void choose_language(struct visit *visit)
{
    const char *accepted = apr_table_get(visit->r->headers_in, "Accept-Language");
    const char *own = visit->account.entry ? visit->account.language : "";
    visit->language = mc_language_choose(own[0]     ? own
                                         : accepted ? accepted
                                                    : "",
                                         visit->site->config->default_language);
}

static enum mc_result apply_rules(struct visit *visit, struct mc_span login_name)
{
    enum mc_result result =
        mc_group_rules_read(&visit->context, &visit->account, login_name, &visit->groups);
    if (result == MC_OK) {
        mc_rules_apply(&visit->context, &visit->account, &visit->groups, &visit->rules);
        choose_language(visit);
    }
    return result;
}

enum mc_result visit_read_account(struct visit *visit, struct mc_span login_name)
{
    mc_account_release(&visit->account);
    enum mc_result result = mc_account_find(&visit->context, login_name, &visit->account);
    if (result == MC_OK) {
        result = apply_rules(visit, login_name);
    }
    if (result != MC_OK) {
        mc_account_release(&visit->account);
    }
    return result;
}

void visit_forget_account(struct visit *visit)
{
    mc_account_release(&visit->account);
    visit->account = (struct mc_account){0};
    visit->rules = (struct mc_rules){0};
    choose_language(visit);
}

// The entry decides at every request: a session ended anywhere has ended here.
static enum mc_result read_session(struct visit *visit)
{
    const char *text = find_cookie(visit->r, SESSION_COOKIE);
    struct mc_entry *entry = NULL;
    if (!text || mc_cookie_open(&visit->context, mc_span_of(text), &visit->cookie) != MC_OK) {
        return MC_WRONG;
    }
    enum mc_result result =
        mc_directory_read_person(visit->context.directory, visit->cookie.dn.data, &entry);
    if (result != MC_OK) {
        return result == MC_NOT_FOUND ? MC_WRONG : result;
    }
    result = mc_account_init(&visit->context, entry, &visit->account);
    if (result == MC_OK) {
        result = mc_session_find(&visit->context, &visit->account, &visit->cookie, &visit->session);
    }
    if (result == MC_OK) {
        const char *login =
            mc_entry_text(visit->account.entry, visit->site->config->login_attribute);
        result = apply_rules(visit, mc_span_of(login));
    }
    return result == MC_OK && visit->rules.locked ? MC_WRONG : result;
}

static void keep(struct visit *visit, struct mc_span *span)
{
    span->data = apr_pmemdup(visit->pool, span->data, span->size);
}

// The account is read anew by whatever changes it; what is known of the session must outlive that.
static void keep_session(struct visit *visit)
{
    keep(visit, &visit->session.value);
    keep(visit, &visit->session.hash);
    keep(visit, &visit->session.password);
    keep(visit, &visit->session.method);
    keep(visit, &visit->session.client);
}

static enum mc_result sign_in_by_cookie(struct visit *visit)
{
    enum mc_result result = read_session(visit);
    if (result == MC_OK) {
        visit->signed_in = true;
        keep_session(visit);
        mc_session_touch(&visit->context, &visit->account, &visit->session, false);
        return MC_OK;
    }
    mc_account_release(&visit->account);
    visit->session = (struct mc_session){0};
    return result == MC_WRONG ? MC_OK : result;
}

// Before somebody is signed in, forms are bound to this browser by a secret of its own.
static enum mc_result know_visitor(struct visit *visit)
{
    const char *secret = find_cookie(visit->r, VISITOR_COOKIE);
    if (templates_file(visit->site->templates, visit->path).data) {
        return MC_OK; // shared caches may keep files, and with them any cookie of their answer
    }
    if (secret && strlen(secret) == VISITOR_SIZE) {
        visit->visitor = secret;
        return MC_OK;
    }
    MC_AUTO_SECRET struct mc_secret fresh = {0};
    enum mc_result result = mc_random_base32(VISITOR_SIZE, &fresh);
    if (result == MC_OK) {
        visit->visitor = apr_pstrdup(visit->pool, fresh.data);
        answer_set_visitor(visit, visit->visitor);
    }
    return result;
}

static enum mc_result make_id(struct visit *visit)
{
    uint64_t number = 0;
    enum mc_result result = mc_random_bytes(&number, sizeof number);
    char id[17];
    snprintf(id, sizeof id, "%016llx", (unsigned long long)number); // APR's own knows no %llx
    visit->id = apr_pstrdup(visit->pool, id);
    return result;
}

enum mc_result visit_begin_bare(struct visit *visit, request_rec *r, struct site *site)
{
    *visit = (struct visit){.r = r, .pool = r->pool, .site = site, .visitor = "", .path = ""};
    visit->is_post = r->method_number == M_POST;
    visit->view = view_new(r->pool);
    visit->context = (struct mc_context){.config = site->config,
                                         .keys = site->login_keys,
                                         .site_keys = site->site_keys,
                                         .now = mc_now};
    apr_pool_cleanup_register(r->pool, visit, visit_end, apr_pool_cleanup_null);
    choose_language(visit);
    enum mc_result result = make_id(visit);
    return result == MC_OK ? site_borrow_directory(site, &visit->context.directory) : result;
}

enum mc_result visit_begin_access(struct visit *visit, request_rec *r, struct site *site)
{
    enum mc_result result = visit_begin_bare(visit, r, site);
    return result == MC_OK ? sign_in_by_cookie(visit) : result;
}

enum mc_result visit_begin(struct visit *visit, request_rec *r, struct site *site)
{
    enum mc_result result = visit_begin_bare(visit, r, site);
    visit->path = r->uri + strlen(site->prefix);
    if (result == MC_OK && r->args) {
        result = form_parse(mc_span_of(r->args), &visit->query);
    }
    if (result == MC_OK && visit->is_post) {
        result = body_read_form(visit);
    }
    if (result == MC_OK) {
        result = sign_in_by_cookie(visit);
    }
    return result == MC_OK ? know_visitor(visit) : result;
}

const char *visit_field(const struct visit *visit, const char *name)
{
    const struct mc_span *value = form_find(&visit->form, name);
    return value ? (const char *)value->data : "";
}

const char *visit_text(const struct visit *visit, const char *english)
{
    return mc_text(visit->language, english);
}

struct mc_buffer *visit_note(struct visit *visit, enum mc_event event)
{
    size_t at = visit->note_count < VISIT_NOTES_MAX ? visit->note_count++ : VISIT_NOTES_MAX - 1;
    struct visit_note *note = &visit->notes[at];
    mc_buffer_release(&note->line);
    mc_buffer_init(&note->line, MC_EVENT_LINE_MAX);
    note->event = event;
    mc_event_begin(event, &note->line);
    mc_event_add_text(&note->line, "id", visit->id);
    if (visit->account.entry) {
        mc_event_add_text(
            &note->line, "user",
            mc_entry_text(visit->account.entry, visit->site->config->login_attribute));
    }
    mc_event_add_text(&note->line, "source", visit->r->useragent_ip);
    return &note->line;
}

// httpd's levels are syslog's.
void visit_write_notes(struct visit *visit)
{
    for (size_t i = 0; i < visit->note_count; i++) {
        struct visit_note *note = &visit->notes[i];
        ap_log_rerror(APLOG_MARK, mc_event_priority(note->event) | APLOG_NOERRNO, 0, visit->r, "%s",
                      mc_buffer_text(&note->line));
        mc_buffer_release(&note->line);
    }
    visit->note_count = 0;
}
