// SPDX-License-Identifier: Apache-2.0
// What is bound. Secrets are opened to see that they can be, and never shown.
#include "common/api_password.h"
#include "common/command/say.h"
#include "common/command/status.h"
#include "common/device.h"
#include "common/field.h"
#include "common/recovery.h"
#include "common/seal.h"

#define TEXT_MAX 2048 // bytes

// NULL when the sealed text opens here; else why not.
static const char *complain_of_seal(const struct mc_view *view, const char *attribute,
                                    struct mc_span detail, struct mc_span sealed)
{
    MC_AUTO_SECRET struct mc_secret plain = {0};
    const struct mc_seal_context about = {attribute, view->account.uuid, detail};
    struct mc_span rest = sealed;
    struct mc_span key = mc_field_next(&rest, ':');
    if (mc_unseal(view->admin.keys, &about, sealed, &plain) == MC_OK) {
        return NULL;
    }
    return rest.size && !mc_keys_find(view->admin.keys, key)
               ? "sealed with a key that is not in login_key_file; bring that key back, or bind "
                 "anew"
               : "DAMAGED, or copied from another entry; delete that value and bind anew";
}

static struct mc_span up_to(struct mc_span whole, struct mc_span last)
{
    return (struct mc_span){whole.data, (size_t)(last.data + last.size - whole.data)};
}

static bool show_device(const struct mc_view *view, struct mc_span value)
{
    char created_text[MC_SAY_TIME];
    mc_time created = 0;
    unsigned number = 0;
    struct mc_span rest = value;
    struct mc_span id = mc_field_next(&rest, ' ');
    struct mc_span parameters = mc_field_next(&rest, ' ');
    struct mc_span time = mc_field_next(&rest, ' ');
    struct mc_span sealed = mc_field_next(&rest, ' ');
    if (!mc_field_number(id, 1, UINT32_MAX, &number) || mc_time_parse(time, &created) != MC_OK) {
        return false;
    }
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, TEXT_MAX);
    mc_say_time(created, created_text);
    mc_buffer_format(&text, "%u, '", number);
    mc_say_add(&text, rest);
    mc_buffer_add_text(&text, "', ");
    mc_say_add(&text, parameters);
    mc_buffer_format(&text, ", bound %s", created_text);
    const char *complaint = complain_of_seal(view, "mycredTotp", up_to(value, parameters), sealed);
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    if (!complaint &&
        mc_device_open(&view->admin.context, view->account.uuid, value, &device) != MC_OK) {
        return false;
    }
    mc_say("device", "%s%s%s", mc_buffer_text(&text), complaint ? "; " : "",
           complaint ? complaint : "");
    return true;
}

void mc_view_devices(const struct mc_view *view)
{
    struct mc_values values = mc_entry_values(view->account.entry, "mycredTotp");
    for (size_t i = 0; i < values.count; i++) {
        if (!show_device(view, values.items[i])) {
            mc_view_say_damaged("device", "mycredTotp", (struct mc_span){NULL, 0});
        }
    }
    if (values.count == 0) {
        mc_say("device", "none");
    }
}

void mc_view_recovery(const struct mc_view *view)
{
    struct mc_values values = mc_entry_values(view->account.entry, "mycredRecovery");
    size_t good = 0;
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span sealed = values.items[i];
        struct mc_span id = mc_field_next(&sealed, ' ');
        const char *complaint = complain_of_seal(view, "mycredRecovery", id, sealed);
        if (complaint) {
            MC_AUTO_BUFFER struct mc_buffer text;
            mc_buffer_init(&text, TEXT_MAX);
            mc_say_add(&text, id);
            mc_say("recovery code", "%s: %s", mc_buffer_text(&text), complaint);
        }
        good += !complaint;
    }
    if (values.count == 0) { // none were made, or the last was used: nobody can tell
        mc_say("recovery codes", "none");
        return;
    }
    mc_say("recovery codes", "%zu of %d left", good, MC_RECOVERY_CODES);
}

static bool show_api_password(const struct mc_view *view, struct mc_span value)
{
    char expiry_text[MC_SAY_TIME] = "never", created_text[MC_SAY_TIME];
    mc_time created = 0, expiry = 0;
    struct mc_span rest = value;
    struct mc_span id = mc_field_next(&rest, ' '), created_field = mc_field_next(&rest, ' ');
    struct mc_span expiry_field = mc_field_next(&rest, ' '), scope = mc_field_next(&rest, ' ');
    struct mc_span sealed = mc_field_next(&rest, ' ');
    bool expires = !mc_span_equals(expiry_field, "-");
    if (mc_time_parse(created_field, &created) != MC_OK ||
        (expires && mc_time_parse(expiry_field, &expiry) != MC_OK) || scope.size == 0) {
        return false;
    }
    if (expires) {
        mc_say_time(expiry, expiry_text);
    }
    mc_say_time(created, created_text);
    const char *complaint =
        complain_of_seal(view, "mycredApiPassword", up_to(value, scope), sealed);
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, TEXT_MAX);
    mc_say_add(&text, id);
    mc_buffer_add_text(&text, ", '");
    mc_say_add(&text, rest);
    mc_buffer_add_text(&text, "', for ");
    mc_say_add(&text, mc_span_equals(scope, "-") ? mc_span_of("every API door") : scope);
    mc_buffer_format(&text, ", made %s, ends %s%s", created_text, expiry_text,
                     expires && expiry <= view->now ? " (over)" : "");
    mc_say("API password", "%s%s%s", mc_buffer_text(&text), complaint ? "; " : "",
           complaint ? complaint : "");
    return true;
}

void mc_view_api_passwords(const struct mc_view *view)
{
    struct mc_values values = mc_entry_values(view->account.entry, "mycredApiPassword");
    for (size_t i = 0; i < values.count; i++) {
        if (!show_api_password(view, values.items[i])) {
            mc_view_say_damaged("API password", "mycredApiPassword", (struct mc_span){NULL, 0});
        }
    }
}

// `used`: where messages really go, "" for nowhere.
static void show_contact(const struct mc_view *view, const char *name, const char *attribute,
                         const char *used)
{
    struct mc_values values = mc_entry_values(view->account.entry, attribute);
    bool shown = false;
    for (size_t i = 0; i < values.count; i++) {
        MC_AUTO_BUFFER struct mc_buffer text;
        mc_buffer_init(&text, TEXT_MAX);
        mc_say_add(&text, values.items[i]);
        bool same = mc_span_equals(values.items[i], used);
        mc_say(name, "%s%s", mc_buffer_text(&text), same ? " (messages go there)" : "");
        shown = shown || same;
    }
    if (used[0] && !shown) {
        mc_say(name, "messages go to %s", used);
    } else if (values.count == 0) {
        mc_say(name, "none");
    } else if (!used[0] && view->has_rules) {
        mc_say(name, "messages go nowhere: no address, not allowed by sms_countries, not verified, "
                     "or several and none verified");
    }
}

void mc_view_contacts(const struct mc_view *view)
{
    const struct mc_config *config = view->admin.config;
    show_contact(view, "mobile", config->mobile_attribute, view->account.mobile);
    show_contact(view, "e-mail", config->mail_attribute, view->account.email);
}
