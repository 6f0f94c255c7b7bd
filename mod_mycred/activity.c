// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/activity.h"

#include "common/field.h"

#include <apr_strings.h>
#include <stdlib.h>

#define SHOWN_MAX 12

// Where in the entry times are, and what each means. Sessions that have ended are not there any
// more.
static const struct source {
    const char *attribute;
    unsigned field;   // of the value, from 0, that is the time
    const char *word; // the value's last word, where it matters
    const char *text;
} sources[] = {
    {"mycredSession", 2, NULL, N_("Signed in")},
    {"mycredSendTime", 0, "sms", N_("A code was sent by SMS")},
    {"mycredSendTime", 0, "email", N_("A code was sent by e-mail")},
    {"mycredTotpFailure", 0, NULL, N_("A wrong code of the virtual MFA device was typed")},
    {"mycredCodeFailure", 0, NULL, N_("A wrong code from a message was typed")},
    {"mycredRecoveryFailure", 0, NULL, N_("A wrong recovery code was typed")},
    {"mycredTotp", 2, NULL, N_("A virtual MFA device was bound")},
    {"mycredApiPassword", 1, NULL, N_("The API password was changed")},
    {"pwdChangedTime", 0, NULL, N_("The login password was changed")},
};

struct event {
    mc_time time;
    const char *text;
};

static bool read_time(const struct source *source, struct mc_span value, mc_time *ret_time)
{
    struct mc_span rest = value;
    for (unsigned i = 0; i < source->field; i++) {
        (void)mc_field_next(&rest, ' ');
    }
    struct mc_span text = mc_field_next(&rest, ' ');
    return (!source->word || mc_span_equals(rest, source->word)) &&
           mc_time_parse(text, ret_time) == MC_OK;
}

static int newest_first(const void *one, const void *other)
{
    mc_time first = ((const struct event *)one)->time, second = ((const struct event *)other)->time;
    return (first < second) - (first > second);
}

static size_t collect(const struct mc_account *account, struct event *events, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < MC_COUNT(sources); i++) {
        struct mc_values values = mc_entry_values(account->entry, sources[i].attribute);
        for (size_t j = 0; j < values.count && count < room; j++) {
            events[count].text = sources[i].text;
            count += read_time(&sources[i], values.items[j], &events[count].time);
        }
    }
    return count;
}

const char *activity_minute(struct visit *visit, mc_time time)
{
    char text[MC_TIME_TEXT];
    mc_time_format(time, text);
    return apr_psprintf(visit->pool, "%.4s-%.2s-%.2s %.2s:%.2s UTC", text, text + 4, text + 6,
                        text + 8, text + 10);
}

void activity_list(struct visit *visit, const struct mc_account *account)
{
    struct event events[256];
    size_t count = collect(account, events, MC_COUNT(events));
    struct view *list = view_list(visit->pool, visit->view, "activity");
    qsort(events, count, sizeof *events, newest_first);
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
        struct view *item = view_item(visit->pool, list);
        view_text(visit->pool, item, "text", mc_text(visit->language, events[i].text));
        view_text(visit->pool, item, "when", activity_minute(visit, events[i].time));
    }
}
