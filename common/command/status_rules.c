// SPDX-License-Identifier: Apache-2.0
// Which rules apply, where each comes from, and what they make of the next login.
#include "common/command/status.h"

#include "common/command/say.h"

#include <stdio.h>
#include <strings.h>

#define LIST_MAX 4096 // bytes

static const char *const require_words[] = {[MC_REQUIRE_OPTIONAL] = "optional",
                                            [MC_REQUIRE_ENROL] = "enrol",
                                            [MC_REQUIRE_ON] = "on",
                                            [MC_REQUIRE_OFF] = "off"};
static const enum mc_method in_order[] = {MC_METHOD_TOTP, MC_METHOD_SMS, MC_METHOD_EMAIL};

static void add_methods(mc_method_set methods, struct mc_buffer *out)
{
    const char *between = "";
    for (size_t i = 0; i < MC_COUNT(in_order); i++) {
        if (methods & MC_METHOD_BIT(in_order[i])) {
            mc_buffer_format(out, "%s%s", between, mc_method_word(in_order[i]));
            between = " ";
        }
    }
    mc_buffer_add_text(out, methods & MC_METHODS_ALL ? "" : "none");
}

// What the login code would ask for: the chosen method, else the first usable one.
static enum mc_method next_method(const struct mc_view *view)
{
    mc_method_set usable = view->rules.usable;
    if (usable & MC_METHOD_BIT(view->account.chosen)) {
        return view->account.chosen;
    }
    for (size_t i = 0; i < MC_COUNT(in_order); i++) {
        if (usable & MC_METHOD_BIT(in_order[i])) {
            return in_order[i];
        }
    }
    return MC_METHOD_NONE;
}

static void say_verification(const struct mc_view *view)
{
    int require = view->rules.require;
    bool has_chosen = view->account.chosen != MC_METHOD_NONE;
    enum mc_method method = next_method(view);
    if (!has_chosen && require == MC_REQUIRE_OPTIONAL) {
        mc_say("next login", "verification is off: no method is chosen and none is required");
    } else if (!has_chosen && require == MC_REQUIRE_ENROL) {
        mc_say("next login", "refused until the person chooses a method on the site");
    } else if (method == MC_METHOD_NONE) {
        mc_say("next login", "refused: verification is %s, but no usable method is bound",
               has_chosen ? "chosen" : "required");
    } else {
        mc_say("next login", "asks for a code by %s%s", mc_method_word(method),
               has_chosen && method != view->account.chosen ? ", as the chosen method is not usable"
                                                            : "");
    }
}

void mc_view_login(const struct mc_view *view)
{
    char until[MC_SAY_TIME];
    const struct mc_account *account = &view->account;
    if (!view->has_rules) {
        mc_say("next login", "refused: a value marked DAMAGED below decides about access");
    } else if (view->rules.locked) {
        mc_say_time(account->locked_until, until);
        mc_say("next login", "refused: locked until %s", until);
    } else if (view->rules.exempt) {
        mc_say_time(account->exempt_until, until);
        mc_say("next login", "asks for no code: exempt until %s", until);
    } else if (view->rules.require == MC_REQUIRE_OFF) {
        mc_say("next login", "asks for no code: mycredRequire is off");
    } else {
        say_verification(view);
    }
}

void mc_view_chosen(const struct mc_view *view)
{
    struct mc_values values = mc_entry_values(view->account.entry, "mycredLoginMethod");
    if (values.count == 0) {
        mc_say("chosen method", "none");
    } else if (values.count > 1 || mc_method_parse(values.items[0]) == MC_METHOD_NONE) {
        mc_view_say_damaged("chosen method", "mycredLoginMethod", values.items[0]);
    } else {
        mc_say("chosen method", "%s", values.items[0].data);
    }
}

// Appends " (own)", " (group ..., group ...)" or " (configuration)": who has a value of the
// attribute, `word` if that is not NULL.
static void add_source(const struct mc_view *view, const char *attribute, const char *word,
                       struct mc_buffer *out)
{
    const char *before = " (group ";
    if (mc_entry_values(view->account.entry, attribute).count) {
        mc_buffer_add_text(out, " (the person's own)");
        return;
    }
    for (size_t i = 0; i < view->groups.count; i++) {
        const struct mc_entry *group = view->groups.items[i];
        bool has = word ? mc_entry_has(group, attribute, word)
                        : mc_entry_values(group, attribute).count > 0;
        if (has) {
            mc_buffer_add_text(out, before);
            mc_say_add(out, mc_span_of(mc_entry_dn(group)));
            before = "; ";
        }
    }
    mc_buffer_add_text(out, *before == ';' ? ")" : " (configuration)");
}

static bool is_require_word(struct mc_span value)
{
    for (size_t i = MC_REQUIRE_OPTIONAL; i < MC_COUNT(require_words); i++) {
        if (strcasecmp((const char *)value.data, require_words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_method_word(struct mc_span value)
{
    return mc_method_parse(value) != MC_METHOD_NONE;
}

// Says each value that is no word of its attribute; the person's and the groups'.
static void say_unknown_words(const struct mc_view *view, const char *name, const char *attribute,
                              bool (*is_word)(struct mc_span))
{
    for (size_t i = 0; i <= view->groups.count; i++) {
        const struct mc_entry *entry = i ? view->groups.items[i - 1] : view->account.entry;
        struct mc_values values = mc_entry_values(entry, attribute);
        for (size_t j = 0; j < values.count; j++) {
            if (!is_word(values.items[j])) {
                mc_view_say_damaged(name, attribute, values.items[j]);
                mc_say(name, "that is in the entry %s", mc_entry_dn(entry));
            }
        }
    }
}

void mc_view_required(const struct mc_view *view)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, LIST_MAX);
    say_unknown_words(view, "required", "mycredRequire", is_require_word);
    if (view->has_rules) {
        const char *word = require_words[view->rules.require];
        add_source(view, "mycredRequire", word, &text);
        mc_say("required", "%s%s", word, mc_buffer_text(&text));
    }
}

void mc_view_methods(const struct mc_view *view)
{
    MC_AUTO_BUFFER struct mc_buffer allowed, usable;
    mc_buffer_init(&allowed, LIST_MAX);
    mc_buffer_init(&usable, LIST_MAX);
    say_unknown_words(view, "methods", "mycredMethodAllowed", is_method_word);
    if (view->has_rules) {
        add_methods(view->rules.allowed, &allowed);
        add_source(view, "mycredMethodAllowed", NULL, &allowed);
        add_methods(view->rules.usable, &usable);
        mc_say("allowed methods", "%s", mc_buffer_text(&allowed));
        mc_say("usable methods", "%s", mc_buffer_text(&usable));
    }
}

static void say_until(const struct mc_view *view, const char *name, const char *attribute,
                      mc_time latest)
{
    mc_time time = 0;
    char text[MC_SAY_TIME];
    if (!mc_view_read_time(view, name, attribute, &time) || time == 0) {
        return;
    }
    mc_say_time(time, text);
    mc_say(name, "until %s%s", text,
           time <= view->now         ? ", which is over"
           : latest && time > latest ? ", too far ahead: counts as absent (exempt_max)"
                                     : "");
}

void mc_view_times(const struct mc_view *view)
{
    mc_time latest = view->now + view->admin.config->exempt_max * MC_SECOND;
    say_until(view, "locked", "mycredLockedUntil", 0);
    say_until(view, "exempt", "mycredExemptUntil", latest);
    say_until(view, "invited", "mycredInviteUntil", 0);
}
