// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/visit.h"

#include "common/random.h"
#include "mod_mycred/access.h"
#include "mod_mycred/answer.h"
#include "mod_mycred/body.h"
#include "mod_mycred/cookie.h"
#include "mod_mycred/shared.h"
#include "mod_mycred/tally.h"
#include "mod_mycred/templates.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>
#include <stdio.h>

APLOG_USE_MODULE(mycred);

#define SESSION_COOKIE COOKIE_START
#define VISITOR_COOKIE COOKIE_START "-visitor"
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

// None where there is none, or two.
static struct mc_span find_cookie(request_rec *r, const char *name)
{
    struct mc_span value = {NULL, 0};
    return cookie_find(mc_span_of(access_cookies(r)), name, &value) ? value
                                                                    : (struct mc_span){NULL, 0};
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

// What the groups demand may be stricter than all else, so without it nothing is allowed.
void visit_apply_rules(struct visit *visit)
{
    mc_rules_apply(&visit->context, &visit->account, &visit->groups, &visit->rules);
    if (!visit->groups_known) {
        visit->rules.require = MC_REQUIRE_ON;
        visit->rules.allowed = visit->rules.usable = 0;
    }
}

static enum mc_result read_groups(struct visit *visit, struct mc_span login_name)
{
    enum mc_result result =
        mc_group_rules_read(&visit->context, &visit->account, login_name, &visit->groups);
    visit->groups_known = result == MC_OK;
    visit_apply_rules(visit);
    return result;
}

enum mc_result visit_read_rules(struct visit *visit)
{
    const char *login = mc_entry_text(visit->account.entry, visit->site->config->login_attribute);
    return read_groups(visit, mc_span_of(login));
}

// Whoever it was before: of this account no rule is known yet.
static void use_account(struct visit *visit)
{
    visit->groups = (struct mc_group_rules){0};
    visit->groups_known = false;
    visit_apply_rules(visit);
    choose_language(visit);
}

static enum mc_result find_account(struct visit *visit, struct mc_span login_name)
{
    mc_account_release(&visit->account);
    enum mc_result result = mc_account_find(&visit->context, login_name, &visit->account);
    if (result == MC_OK) {
        use_account(visit);
    } else {
        mc_account_release(&visit->account);
    }
    return result;
}

enum mc_result visit_find_api_account(struct visit *visit, struct mc_span login_name)
{
    mc_directory_narrow(visit->context.directory, visit->site->api_attributes);
    enum mc_result result = find_account(visit, login_name);
    mc_directory_narrow(visit->context.directory, NULL);
    return result;
}

enum mc_result visit_read_account(struct visit *visit, struct mc_span login_name)
{
    enum mc_result result = find_account(visit, login_name);
    if (result == MC_OK) {
        result = read_groups(visit, login_name);
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
    visit->groups_known = false;
    choose_language(visit);
}

// The entry decides at every request: a session ended anywhere has ended here.
static enum mc_result read_session(struct visit *visit, const char *const *attributes_or_null)
{
    struct mc_directory *directory = visit->context.directory;
    struct mc_span text = find_cookie(visit->r, SESSION_COOKIE);
    struct mc_entry *entry = NULL;
    if (!text.size || mc_cookie_open(&visit->context, text, &visit->cookie) != MC_OK) {
        return MC_WRONG;
    }
    mc_directory_narrow(directory, attributes_or_null);
    enum mc_result result = mc_directory_read_person(directory, visit->cookie.dn.data, &entry);
    mc_directory_narrow(directory, NULL);
    if (result != MC_OK) {
        return result == MC_NOT_FOUND ? MC_WRONG : result;
    }
    result = mc_account_init(&visit->context, entry, &visit->account);
    if (result == MC_OK) {
        result = mc_session_find(&visit->context, &visit->account, &visit->cookie, &visit->session);
    }
    if (result == MC_OK) {
        use_account(visit);
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
    keep(visit, &visit->session.name);
    keep(visit, &visit->session.hash);
    keep(visit, &visit->session.password);
    keep(visit, &visit->session.method);
    keep(visit, &visit->session.client);
}

static enum mc_result sign_in_by_cookie(struct visit *visit, const char *const *attributes_or_null)
{
    enum mc_result result = read_session(visit, attributes_or_null);
    if (result == MC_OK) {
        visit->signed_in = true;
        keep_session(visit);
        mc_session_touch(&visit->context, &visit->account, &visit->session);
        return MC_OK;
    }
    mc_account_release(&visit->account);
    visit->session = (struct mc_session){0};
    return result == MC_WRONG ? MC_OK : result;
}

// Before somebody is signed in, forms are bound to this browser by a secret of its own.
static enum mc_result know_visitor(struct visit *visit)
{
    struct mc_span secret = find_cookie(visit->r, VISITOR_COOKIE);
    if (secret.size == VISITOR_SIZE) {
        visit->visitor = apr_pstrmemdup(visit->pool, (const char *)secret.data, secret.size);
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

static enum mc_result begin(struct visit *visit, request_rec *r, struct site *site)
{
    *visit = (struct visit){.r = r, .pool = r->pool, .site = site, .visitor = "", .path = ""};
    visit->is_post = r->method_number == M_POST;
    visit->view = view_new(r->pool);
    visit->context = site_context(site, NULL);
    apr_pool_cleanup_register(r->pool, visit, visit_end, apr_pool_cleanup_null);
    choose_language(visit);
    return make_id(visit);
}

enum mc_result visit_begin_bare(struct visit *visit, request_rec *r, struct site *site)
{
    enum mc_result result = begin(visit, r, site);
    if (result == MC_OK) {
        result = site_borrow_directory(site, &visit->context.directory);
    }
    return result;
}

enum mc_result visit_begin_access(struct visit *visit, request_rec *r, struct site *site)
{
    enum mc_result result = visit_begin_bare(visit, r, site);
    return result == MC_OK ? sign_in_by_cookie(visit, site->session_attributes) : result;
}

static enum mc_result know_person(struct visit *visit)
{
    enum mc_result result = site_borrow_directory(visit->site, &visit->context.directory);
    if (result == MC_OK) {
        result = sign_in_by_cookie(visit, NULL);
    }
    return result == MC_OK ? know_visitor(visit) : result;
}

enum mc_result visit_begin(struct visit *visit, request_rec *r, struct site *site)
{
    enum mc_result result = begin(visit, r, site);
    visit->path = r->uri + strlen(site->prefix);
    if (result == MC_OK && r->args) {
        result = form_parse(mc_span_of(r->args), &visit->query);
    }
    // a slow client's body is awaited before a connection is borrowed for it
    if (result == MC_OK && visit->is_post) {
        result = body_read_form(visit);
    }
    // a file is everybody's, served whatever becomes of the directory; shared caches may keep it,
    // and with it any cookie of its answer
    if (templates_file(visit->site->templates, visit->path).data) {
        return result;
    }
    return result == MC_OK ? know_person(visit) : result;
}

struct mc_span visit_cookie(const struct visit *visit, const char *name)
{
    return find_cookie(visit->r, name);
}

const char *visit_field(const struct visit *visit, const char *name)
{
    const struct mc_span *value = form_find(&visit->form, name);
    return value ? (const char *)value->data : "";
}

const char *visit_typed(const struct visit *visit, const char *name)
{
    const char *start = visit_field(visit, name);
    start += strspn(start, " ");
    size_t size = strlen(start);
    while (size && start[size - 1] == ' ') {
        size--;
    }
    return apr_pstrmemdup(visit->pool, start, size);
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
        if (shared_may_log(visit, note->event)) {
            ap_log_rerror(APLOG_MARK, mc_event_priority(note->event) | APLOG_NOERRNO, 0, visit->r,
                          "%s", mc_buffer_text(&note->line));
        }
        tally_count(visit->site->tally, note->event, mc_now());
        mc_buffer_release(&note->line);
    }
    visit->note_count = 0;
}
