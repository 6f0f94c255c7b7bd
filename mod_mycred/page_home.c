// SPDX-License-Identifier: Apache-2.0
// My Credentials: every credential with its present state in words and one action.
#include "mod_mycred/moment.h"
#include "mod_mycred/page.h"

#include "common/device.h"
#include "common/field.h"
#include "common/utf8.h"

#include <apr_strings.h>

#define PROVED_FOR                                                                                 \
    (5 * 60 * MC_SECOND) // how long addresses are shown whole after a verified identity

static bool is_proved(const struct visit *visit)
{
    return visit->session.proved && visit->context.now() - visit->session.proved < PROVED_FOR;
}

// "a…@…" and "…42" until identity was verified in this session.
static const char *shown_contact(struct visit *visit, enum mc_method channel)
{
    const char *address = mc_account_address(&visit->account, channel);
    char hint[4];
    if (is_proved(visit) || !address[0]) {
        return address;
    }
    mc_contact_hint(channel, address, hint);
    return channel == MC_METHOD_SMS
               ? apr_pstrcat(visit->pool, "\xe2\x80\xa6", hint, NULL)
               : apr_pstrcat(visit->pool, hint, "\xe2\x80\xa6@\xe2\x80\xa6", NULL);
}

// A new password from time to time is advice; whether one expires is for the directory to say.
static void advise(struct visit *visit, int64_t age)
{
    int64_t limit = visit->site->config->password_age_advice;
    unsigned days = (unsigned)(age / 86400);
    if (limit && age > limit) {
        view_text(visit->pool, visit->view, "password_old",
                  apr_psprintf(visit->pool,
                               mc_text_n(visit->language, "That is %u day ago: consider a new one.",
                                         "That is %u days ago: consider a new one.", days),
                               days));
    }
}

static void show_password(struct visit *visit)
{
    struct mc_values changed = mc_entry_values(visit->account.entry, "pwdChangedTime");
    mc_time time = 0;
    if (changed.count && mc_time_parse(changed.items[0], &time) == MC_OK) {
        view_text(visit->pool, visit->view, "password_changed", moment_day(visit, time));
        advise(visit, (visit->context.now() - time) / MC_SECOND);
    }
}

static void show_api_passwords(struct visit *visit)
{
    struct mc_values values = mc_entry_values(visit->account.entry, "mycredApiPassword");
    mc_time newest = 0;
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span rest = values.items[i];
        mc_time created = 0;
        (void)mc_field_next(&rest, ' ');
        if (mc_time_parse(mc_field_next(&rest, ' '), &created) == MC_OK && created > newest) {
            newest = created;
        }
    }
    view_flag(visit->pool, visit->view, "has_api_password", values.count > 0);
    if (newest) {
        view_text(visit->pool, visit->view, "api_changed", moment_day(visit, newest));
    }
}

// A damaged device is shown as what it is, and can be unbound.
static void show_devices(struct visit *visit)
{
    struct view *list = view_list(visit->pool, visit->view, "devices");
    for (size_t i = 0; i < visit->account.devices.count; i++) {
        MC_CLEANUP(mc_device_release) struct mc_device device = {0};
        enum mc_result result = mc_device_open(&visit->context, visit->account.uuid,
                                               visit->account.devices.items[i], &device);
        struct view *item = view_item(visit->pool, list);
        view_flag(visit->pool, item, "damaged", result != MC_OK);
        if (result == MC_OK) {
            view_text(visit->pool, item, "url_id", apr_psprintf(visit->pool, "%u", device.id));
            view_span(visit->pool, item, "label", device.label);
            view_text(visit->pool, item, "created", moment_day(visit, device.created));
        }
    }
    view_flag(visit->pool, visit->view, "has_device", visit->account.devices.count > 0);
}

// Only of who has chosen nothing the rules say whether they must.
static enum mc_result show_method(struct visit *visit)
{
    static const char *const names[MC_METHOD_COUNT] = {
        [MC_METHOD_NONE] = N_("Off"),
        [MC_METHOD_TOTP] = N_("Virtual MFA"),
        [MC_METHOD_SMS] = N_("SMS"),
        [MC_METHOD_EMAIL] = N_("Email"),
    };
    bool is_off = visit->account.chosen == MC_METHOD_NONE;
    enum mc_result result = is_off ? visit_read_rules(visit) : MC_OK;
    int require = visit->rules.require;
    view_text(visit->pool, visit->view, "method",
              mc_text(visit->language, names[visit->account.chosen]));
    view_flag(visit->pool, visit->view, "method_on", !is_off);
    view_flag(visit->pool, visit->view, "method_email", visit->account.chosen == MC_METHOD_EMAIL);
    view_flag(visit->pool, visit->view, "must_choose",
              is_off && (require == MC_REQUIRE_ON || require == MC_REQUIRE_ENROL));
    return result;
}

// The name, the picture or, where there is none, the first character of the name.
static void show_person(struct visit *visit)
{
    const char *name = mc_entry_text(visit->account.entry, "displayName");
    struct mc_values pictures = mc_entry_values(visit->account.entry, "jpegPhoto");
    uint32_t code_point = 0;
    if (!name[0]) {
        name = mc_entry_text(visit->account.entry, "cn");
    }
    struct mc_span rest = mc_span_of(name);
    size_t initial = mc_utf8_take(&rest, &code_point) ? strlen(name) - rest.size : 0;
    view_text(visit->pool, visit->view, "name", name);
    view_span(visit->pool, visit->view, "initial",
              (struct mc_span){(const uint8_t *)name, initial});
    // what page_picture would not send is no picture
    view_flag(visit->pool, visit->view, "has_avatar",
              pictures.count && pictures.items[0].size > 3 &&
                  memcmp(pictures.items[0].data, "\xff\xd8\xff", 3) == 0);
}

static void show_contacts(struct visit *visit)
{
    bool email = visit->account.email[0], mobile = visit->account.mobile[0];
    view_text(visit->pool, visit->view, "email", shown_contact(visit, MC_METHOD_EMAIL));
    view_text(visit->pool, visit->view, "mobile", shown_contact(visit, MC_METHOD_SMS));
    view_flag(visit->pool, visit->view, "has_email", email);
    view_flag(visit->pool, visit->view, "has_mobile", mobile);
    view_flag(visit->pool, visit->view, "masked", (email || mobile) && !is_proved(visit));
    view_flag(visit->pool, visit->view, "no_contacts", !email && !mobile);
}

static void show_recovery(struct visit *visit)
{
    size_t left = mc_entry_values(visit->account.entry, "mycredRecovery").count;
    view_text(visit->pool, visit->view, "recovery_text",
              apr_psprintf(visit->pool,
                           mc_text_n(visit->language, "%u code left", "%u codes left", left),
                           (unsigned)left));
}

static void show_sessions(struct visit *visit)
{
    struct mc_session session;
    size_t live = 0;
    enum mc_result result = MC_OK;
    for (size_t i = 0; (result = mc_session_at(&visit->account, i, &session)) != MC_NOT_FOUND;
         i++) {
        live += result == MC_OK && mc_session_is_live(&visit->context, &visit->account, &session);
    }
    view_text(visit->pool, visit->view, "sessions_text",
              apr_psprintf(visit->pool,
                           mc_text_n(visit->language, "In %u browser", "In %u browsers", live),
                           (unsigned)live));
}

// What the change before this page was: `done` in the query is a word of ours, or nothing is said.
static void show_done(struct visit *visit)
{
    static const struct {
        const char *word, *text;
    } texts[] = {
        {"api-password", N_("Your API password was changed.")},
        {"avatar", N_("Your picture was changed.")},
        {"device", N_("Your virtual MFA device was bound.")},
        {"email", N_("Your e-mail address was changed.")},
        {"method", N_("Your login verification was changed.")},
        {"mobile", N_("Your mobile number was changed.")},
        {"password", N_("Your password was changed, and your other browsers were signed out.")},
        {"picture", N_("Your picture was removed.")},
        {"recovery", N_("Your recovery codes were renewed; the old ones no longer work.")},
        {"unbind", N_("Your virtual MFA device was unbound.")},
    };
    const struct mc_span *done = form_find(&visit->query, "done");
    for (size_t i = 0; done && i < MC_COUNT(texts); i++) {
        if (mc_span_equals(*done, texts[i].word)) {
            view_text(visit->pool, visit->view, "done_text",
                      mc_text(visit->language, texts[i].text));
        }
    }
}

int page_home(struct visit *visit)
{
    show_person(visit);
    show_contacts(visit);
    show_password(visit);
    show_api_passwords(visit);
    show_devices(visit);
    show_recovery(visit);
    show_sessions(visit);
    show_done(visit);
    enum mc_result result = show_method(visit);
    return result == MC_OK ? answer_page(visit, HTTP_OK, "home")
                           : answer_failure(visit, result, NULL);
}
