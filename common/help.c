// SPDX-License-Identifier: Apache-2.0
#include "common/help.h"

#include "common/field.h"
#include "common/message.h"
#include "common/reminded.h"

#include <stdio.h>

#define DAY (86400 * MC_SECOND)

static const char attribute[] = "mycredHelpAsked", remembered[] = "help";

static const struct {
    const char *word, *text;
} reasons[MC_HELP_COUNT] = {
    [MC_HELP_NONE] = {"", ""},
    [MC_HELP_DEVICE_LOST] = {"device-lost", N_("I lost my device")},
    [MC_HELP_NOTHING_BOUND] = {"nothing-bound",
                               N_("No e-mail address or mobile number of mine is known here")},
    [MC_HELP_OTHER] = {"other", N_("Something else")},
};

const char *mc_help_word(enum mc_help_reason reason)
{
    return reasons[reason].word;
}

const char *mc_help_text(enum mc_help_reason reason)
{
    return reasons[reason].text;
}

enum mc_help_reason mc_help_parse(struct mc_span word)
{
    enum mc_help_reason reason = MC_HELP_COUNT - 1;
    while (reason && !mc_span_equals(word, reasons[reason].word)) {
        reason--;
    }
    return reason;
}

enum mc_result mc_help_look(const struct mc_account *account, struct mc_help *ret_help)
{
    struct mc_values values = mc_entry_values(account->entry, attribute);
    struct mc_help help = {0};
    if (values.count == 0) {
        return MC_NOT_FOUND;
    }
    struct mc_span rest = values.items[0];
    enum mc_result result = mc_time_parse(mc_field_next(&rest, ' '), &help.asked);
    help.reason = mc_help_parse(rest);
    if (result != MC_OK || help.reason == MC_HELP_NONE) {
        return MC_BAD_DATA;
    }
    *ret_help = help;
    return MC_OK;
}

// A request that is answered has left the queue and counts for its day all the same. What is
// damaged counts for none: who is in need must be able to ask.
static bool has_asked_today(const struct mc_context *context, const struct mc_account *account)
{
    mc_time since = context->now() - DAY, asked = 0;
    struct mc_help help = {0};
    if (mc_help_look(account, &help) == MC_OK && help.asked > since) {
        return true;
    }
    return mc_reminded_look(account, remembered, &asked) == MC_OK && asked > since;
}

enum mc_result mc_help_ask(const struct mc_context *context, const struct mc_account *account,
                           enum mc_help_reason reason)
{
    struct mc_values before = mc_entry_values(account->entry, attribute);
    struct mc_changes changes = {0};
    char now[MC_TIME_TEXT], value[MC_TIME_TEXT + 32], note[MC_REMINDED_TEXT];
    if (reason == MC_HELP_NONE || reason >= MC_HELP_COUNT) {
        return MC_MALFORMED;
    }
    if (has_asked_today(context, account)) {
        return MC_THROTTLED;
    }
    mc_time_format(context->now(), now);
    snprintf(value, sizeof value, "%s %s", now, reasons[reason].word);
    if (before.count) {
        mc_changes_add(&changes, MC_CHANGE_DELETE, attribute, before.items[0]);
    }
    mc_changes_add(&changes, MC_CHANGE_ADD, attribute, mc_span_of(value));
    mc_reminded_note(account, remembered, context->now(), note, &changes);
    mc_changes_add_class(&changes, account->entry);
    enum mc_result result = mc_changes_write(context->directory, account->dn, &changes, NULL);
    // another request of this moment was first
    return result == MC_LOST_RACE ? MC_THROTTLED : result;
}
