// SPDX-License-Identifier: Apache-2.0
// What changes with every login: failures, pending codes, the sending quota, last uses.
#include "common/attempt.h"
#include "common/command/say.h"
#include "common/command/status.h"
#include "common/field.h"
#include "common/help.h"
#include "common/limit.h"

#define TEXT_MAX 2048 // bytes
#define DAY (86400 * MC_SECOND)
#define CLOCK_SLACK (60 * MC_SECOND)

void mc_view_failures(const struct mc_view *view)
{
    static const struct {
        enum mc_factor factor;
        const char *name;
    } factors[] = {{MC_FACTOR_TOTP, "virtual MFA"},
                   {MC_FACTOR_CODE, "codes that are sent"},
                   {MC_FACTOR_RECOVERY, "recovery codes"}};
    const struct mc_config *config = view->admin.config;
    for (size_t i = 0; i < MC_COUNT(factors); i++) {
        const char *attribute = mc_attempt_attribute(factors[i].factor);
        struct mc_values failures = mc_entry_values(view->account.entry, attribute);
        mc_time from = 0;
        char text[MC_SAY_TIME];
        if (mc_limit_guess(config, failures, (struct mc_span){NULL, 0}, view->now, &from) !=
            MC_OK) {
            mc_view_say_damaged("failures", attribute, (struct mc_span){NULL, 0});
        } else if (from == MC_LIMIT_NEVER) {
            mc_say("failures", "%s: %zu; disabled until an administrator deletes %s",
                   factors[i].name, failures.count, attribute);
        } else if (from > view->now) {
            mc_say_time(from, text);
            mc_say("failures", "%s: %zu; next try from %s", factors[i].name, failures.count, text);
        } else if (failures.count) {
            mc_say("failures", "%s: %zu of %lld", factors[i].name, failures.count,
                   (long long)config->code_tries);
        }
    }
}

static bool show_challenge(const struct mc_view *view, struct mc_span value)
{
    char created_text[MC_SAY_TIME], expiry_text[MC_SAY_TIME];
    mc_time created = 0, expiry = 0;
    struct mc_span rest = value;
    struct mc_span kind = mc_field_next(&rest, ' ');
    if (mc_time_parse(mc_field_next(&rest, ' '), &created) != MC_OK ||
        mc_time_parse(mc_field_next(&rest, ' '), &expiry) != MC_OK) {
        return false;
    }
    (void)mc_field_next(&rest, ' '); // the server
    struct mc_span key = mc_field_next(&rest, ':');
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, TEXT_MAX);
    mc_say_add(&text, kind);
    mc_say_time(created, created_text);
    mc_say_time(expiry, expiry_text);
    // codes of the site are made with its own keys, which hosts do not have
    bool is_login = kind.size > 6 && memcmp(kind.data, "login/", 6) == 0;
    bool has_key = !is_login || mc_keys_find(view->admin.keys, key);
    mc_say("pending code", "%s, made %s, ends %s%s%s", mc_buffer_text(&text), created_text,
           expiry_text, expiry <= view->now ? " (over)" : "",
           has_key ? "" : "; made with a key that is not in login_key_file");
    return true;
}

void mc_view_challenges(const struct mc_view *view)
{
    struct mc_values values = mc_entry_values(view->account.entry, "mycredChallenge");
    for (size_t i = 0; i < values.count; i++) {
        if (!show_challenge(view, values.items[i])) {
            mc_view_say_damaged("pending code", "mycredChallenge", values.items[i]);
        }
    }
}

static size_t count_sends(struct mc_values sends, const char *channel, mc_time since)
{
    size_t count = 0;
    for (size_t i = 0; i < sends.count; i++) {
        struct mc_span rest = sends.items[i];
        mc_time time = 0;
        bool parsed = mc_time_parse(mc_field_next(&rest, ' '), &time) == MC_OK;
        count += parsed && mc_span_equals(rest, channel) && time > since;
    }
    return count;
}

void mc_view_sends(const struct mc_view *view)
{
    static const char *const channels[] = {"sms", "email"};
    struct mc_values sends = mc_entry_values(view->account.entry, "mycredSendTime");
    for (size_t i = 0; i < MC_COUNT(channels); i++) {
        mc_time from = 0;
        char text[MC_SAY_TIME];
        size_t count = count_sends(sends, channels[i], view->now - DAY);
        if (mc_limit_send(view->admin.config, sends, channels[i], (struct mc_span){NULL, 0},
                          view->now, &from) != MC_OK) {
            mc_view_say_damaged("sent", "mycredSendTime", (struct mc_span){NULL, 0});
            return;
        }
        mc_say_time(from, text);
        if (count) {
            mc_say("sent", "%s: %zu in 24 hours%s%s", channels[i], count,
                   from > view->now ? "; next from " : "", from > view->now ? text : "");
        }
    }
}

void mc_view_spent(const struct mc_view *view)
{
    mc_time used = 0;
    char text[MC_SAY_TIME];
    if (!mc_view_read_time(view, "newest step", "mycredTotpUsed", &used) || used == 0) {
        return;
    }
    mc_say_time(used, text);
    mc_say(
        "newest step", "%s%s", text,
        used > view->now + CLOCK_SLACK
            ? "; that lies ahead: a clock was wrong, and no code is taken before. Set the clocks, "
              "then delete mycredTotpUsed"
            : "");
}

void mc_view_uses(const struct mc_view *view)
{
    struct mc_values values = mc_entry_values(view->account.entry, "mycredLastUse");
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span rest = values.items[i];
        struct mc_span word = mc_field_next(&rest, ' ');
        mc_time time = 0;
        char text[MC_SAY_TIME];
        MC_AUTO_BUFFER struct mc_buffer shown;
        mc_buffer_init(&shown, TEXT_MAX);
        if (mc_time_parse(rest, &time) != MC_OK) {
            mc_view_say_damaged("last used", "mycredLastUse", values.items[i]);
            continue;
        }
        mc_say_add(&shown, word);
        mc_say_time(time, text);
        mc_say("last used", "%s on %.10s", mc_buffer_text(&shown), text);
    }
}

void mc_view_help(const struct mc_view *view)
{
    struct mc_help help;
    char text[MC_SAY_TIME];
    enum mc_result result = mc_help_look(&view->account, &help);
    if (result == MC_OK) {
        mc_say_time(help.asked, text);
        mc_say("asked for help", "%s on %.10s", mc_help_word(help.reason), text);
    } else if (result == MC_BAD_DATA) {
        mc_view_say_damaged("asked for help", "mycredHelpAsked",
                            mc_entry_values(view->account.entry, "mycredHelpAsked").items[0]);
    }
}
