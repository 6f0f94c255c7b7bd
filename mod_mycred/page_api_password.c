// SPDX-License-Identifier: Apache-2.0
// Change API Password: identity, then a name, where it may be used and for how long; the password
// is made here and shown once, on the answer itself. One of the same name is replaced.
#include "mod_mycred/change.h"
#include "mod_mycred/moment.h"
#include "mod_mycred/person.h"

#include "common/api_password.h"
#include "common/device_bind.h"
#include "common/field.h"

#include <apr_strings.h>

#define PASSWORDS_MAX 20 // of one person
#define VALUE_MAX 1024   // bytes
#define DAY (86400 * MC_SECOND)
#define SCOPE_MAX 128 // bytes

static const struct {
    const char *word;
    int64_t days; // 0: none
} lives[] = {{"30", 30}, {"90", 90}, {"365", 365}, {"none", 0}};

// The fields of a stored value that people see; all empty when it is damaged.
struct stored {
    unsigned id;
    mc_time created, expiry;
    struct mc_span scope, label;
};

static struct stored read_stored(struct mc_span value)
{
    struct stored stored = {0};
    struct mc_span rest = value;
    if (!mc_field_number(mc_field_next(&rest, ' '), 1, UINT32_MAX - 1, &stored.id)) {
        return (struct stored){0};
    }
    if (mc_time_parse(mc_field_next(&rest, ' '), &stored.created) != MC_OK) {
        stored.created = 0;
    }
    if (mc_time_parse(mc_field_next(&rest, ' '), &stored.expiry) != MC_OK) {
        stored.expiry = 0;
    }
    stored.scope = mc_field_next(&rest, ' ');
    (void)mc_field_next(&rest, ' ');
    stored.label = rest;
    return stored;
}

static struct mc_values stored_values(const struct visit *visit)
{
    return mc_entry_values(visit->account.entry, "mycredApiPassword");
}

static void show_stored(struct visit *visit)
{
    struct mc_values values = stored_values(visit);
    struct view *list = view_list(visit->pool, visit->view, "api_passwords");
    for (size_t i = 0; i < values.count; i++) {
        struct stored stored = read_stored(values.items[i]);
        struct view *item = view_item(visit->pool, list);
        view_text(visit->pool, item, "id", apr_psprintf(visit->pool, "%u", stored.id));
        view_span(visit->pool, item, "label", stored.label);
        view_flag(visit->pool, item, "damaged", stored.id == 0);
        view_flag(visit->pool, item, "over",
                  stored.expiry && stored.expiry <= visit->context.now());
        view_text(visit->pool, item, "created", moment_day(visit, stored.created));
        view_text(visit->pool, item, "expiry", moment_day(visit, stored.expiry));
        if (!mc_span_equals(stored.scope, "-")) {
            view_span(visit->pool, item, "scope", stored.scope);
        }
    }
}

static const char *typed_label(const struct visit *visit)
{
    const char *label = visit_field(visit, "label");
    return label[0] ? label : visit_text(visit, "API password");
}

static int show(struct visit *visit, const struct flow *flow)
{
    const char *life = visit_field(visit, "life");
    struct view *list = view_list(visit->pool, visit->view, "lives");
    for (size_t i = 0; i < MC_COUNT(lives); i++) {
        struct view *item = view_item(visit->pool, list);
        view_text(visit->pool, item, "word", lives[i].word);
        view_text(visit->pool, item, "text",
                  lives[i].days
                      ? apr_psprintf(visit->pool, visit_text(visit, "%d days"), (int)lives[i].days)
                      : visit_text(visit, "No end"));
        view_flag(visit->pool, item, "chosen", strcmp(life[0] ? life : "365", lives[i].word) == 0);
    }
    view_text(visit->pool, visit->view, "label_typed", typed_label(visit));
    view_text(visit->pool, visit->view, "scope_typed", visit_field(visit, "scope"));
    show_stored(visit);
    return flow_page(visit, flow, "api-password");
}

static bool is_service(struct mc_span name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = name.data[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
              memchr("-_.", byte, 3))) {
            return false;
        }
    }
    return name.size > 0;
}

// "imap, smtp" as "imap,smtp"; "-" for nothing.
static bool read_scope(struct mc_span typed, struct mc_buffer *scope)
{
    while (typed.size) {
        struct mc_span item = mc_field_next(&typed, ',');
        while (item.size && item.data[0] == ' ') {
            item = (struct mc_span){item.data + 1, item.size - 1};
        }
        while (item.size && item.data[item.size - 1] == ' ') {
            item.size--;
        }
        if (!is_service(item)) {
            return false;
        }
        mc_buffer_add_text(scope, scope->size ? "," : "");
        mc_buffer_add_span(scope, item);
    }
    mc_buffer_add_text(scope, scope->size ? "" : "-");
    return mc_buffer_result(scope) == MC_OK;
}

static int64_t read_life(const char *word)
{
    for (size_t i = 0; i < MC_COUNT(lives); i++) {
        if (strcmp(lives[i].word, word) == 0) {
            return lives[i].days;
        }
    }
    return -1;
}

static bool read_form(struct visit *visit, struct mc_api_password *about, struct mc_buffer *scope)
{
    const char *label = typed_label(visit);
    const char *life = visit_field(visit, "life");
    int64_t days = read_life(life[0] ? life : "365");
    bool fine = true;
    if (mc_device_label_complaint(mc_span_of(label))) {
        person_error(visit, "label", visit_text(visit, "Give it a name of at most 64 bytes."));
        fine = false;
    }
    if (!read_scope(mc_span_of(visit_field(visit, "scope")), scope)) {
        person_error(visit, "scope",
                     visit_text(visit, "Name services by small letters, parted by commas, such as "
                                       "imap, smtp. Leave it empty for all."));
        fine = false;
    }
    if (days < 0) {
        person_error(visit, "life", visit_text(visit, "Choose how long it is valid."));
        fine = false;
    }
    about->created = visit->context.now();
    about->expiry = days > 0 ? about->created + days * DAY : 0;
    about->label = mc_span_of(label);
    about->scope = mc_buffer_span(scope);
    return fine;
}

// Its own id, and the end of those of the same name.
static bool place_among_stored(struct visit *visit, struct mc_api_password *about,
                               struct change *change)
{
    struct mc_values values = stored_values(visit);
    size_t kept = 0;
    about->id = 1;
    for (size_t i = 0; i < values.count; i++) {
        struct stored stored = read_stored(values.items[i]);
        about->id = stored.id >= about->id ? stored.id + 1 : about->id;
        if (stored.id && mc_span_equals(stored.label, (const char *)about->label.data)) {
            change_add(change, MC_CHANGE_DELETE, "mycredApiPassword", values.items[i]);
        } else {
            kept++;
        }
    }
    return kept < PASSWORDS_MAX;
}

static enum mc_result write_new(struct visit *visit, const struct flow *flow,
                                struct mc_api_password *about, struct mc_secret *password)
{
    AUTO_CHANGE struct change change = {0};
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, VALUE_MAX);
    enum mc_result result = change_take_proof(visit, &change, flow);
    if (result == MC_OK && !place_among_stored(visit, about, &change)) {
        result = MC_MALFORMED;
    }
    if (result == MC_OK) {
        result =
            mc_api_password_make(&visit->context, visit->account.uuid, about, password, &value);
    }
    if (result == MC_OK) {
        change_add(&change, MC_CHANGE_ADD, "mycredApiPassword", mc_buffer_span(&value));
        mc_changes_add_class(&change.list, visit->account.entry);
        result = change_notify(visit, &change, MC_NOTICE_API_PASSWORD_CHANGED, "");
    }
    return result == MC_OK ? change_write(visit, &change) : result;
}

// Not in a URL and not kept: this answer alone has it.
static int make(struct visit *visit, struct flow *flow)
{
    struct mc_api_password about = {0};
    MC_AUTO_SECRET struct mc_secret password = {0};
    MC_AUTO_BUFFER struct mc_buffer scope;
    mc_buffer_init(&scope, SCOPE_MAX);
    if (!read_form(visit, &about, &scope)) {
        return show(visit, flow);
    }
    enum mc_result result = write_new(visit, flow, &about, &password);
    if (result == MC_MALFORMED) {
        person_error(visit, "label",
                     visit_text(visit, "You have too many API passwords. Revoke one first."));
        return show(visit, flow);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    change_log(visit, visit->path);
    flow->step = FLOW_DONE;
    view_secret(visit->pool, visit->view, "api_password", password.data);
    view_span(visit->pool, visit->view, "label_typed", about.label);
    return flow_page(visit, flow, "api-password");
}

static int revoke_one(struct visit *visit, const struct flow *flow)
{
    AUTO_CHANGE struct change change = {0};
    struct mc_values values = stored_values(visit);
    const char *wanted = visit_field(visit, "revoke");
    enum mc_result result = change_take_proof(visit, &change, flow);
    size_t before = change.list.count;
    for (size_t i = 0; i < values.count && change.list.count == before; i++) {
        struct stored stored = read_stored(values.items[i]);
        if (strcmp(apr_psprintf(visit->pool, "%u", stored.id), wanted) == 0) {
            change_add(&change, MC_CHANGE_DELETE, "mycredApiPassword", values.items[i]);
        }
    }
    if (result == MC_OK && change.list.count == before) {
        return show(visit, flow); // revoked in another tab
    }
    if (result == MC_OK) {
        result = change_notify(visit, &change, MC_NOTICE_API_PASSWORD_CHANGED, "");
    }
    if (result == MC_OK) {
        result = change_write(visit, &change);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    change_log(visit, visit->path);
    return change_done(visit);
}

int page_api_password(struct visit *visit)
{
    struct flow flow;
    int status = OK;
    if (!identity_is_verified(visit, &flow, &status)) {
        return status;
    }
    if (!visit->is_post) {
        return show(visit, &flow);
    }
    return visit_field(visit, "revoke")[0] ? revoke_one(visit, &flow) : make(visit, &flow);
}
