// SPDX-License-Identifier: Apache-2.0
#include "common/reminded.h"

#include "common/field.h"

#include <stdio.h>

static const char attribute[] = "mycredReminded";

// Empty: none.
static struct mc_span find(const struct mc_account *account, const char *kind)
{
    struct mc_values values = mc_entry_values(account->entry, attribute);
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span rest = values.items[i];
        if (mc_span_equals(mc_field_next(&rest, ' '), kind)) {
            return values.items[i];
        }
    }
    return (struct mc_span){NULL, 0};
}

enum mc_result mc_reminded_look(const struct mc_account *account, const char *kind,
                                mc_time *ret_time)
{
    struct mc_span value = find(account, kind);
    if (value.size == 0) {
        return MC_NOT_FOUND;
    }
    (void)mc_field_next(&value, ' ');
    return mc_time_parse(value, ret_time) == MC_OK ? MC_OK : MC_BAD_DATA;
}

void mc_reminded_note(const struct mc_account *account, const char *kind, mc_time now,
                      char text[MC_REMINDED_TEXT], struct mc_changes *changes)
{
    struct mc_span before = find(account, kind);
    char time[MC_TIME_TEXT];
    mc_time_format(now, time);
    snprintf(text, MC_REMINDED_TEXT, "%s %s", kind, time);
    if (before.size) {
        mc_changes_add(changes, MC_CHANGE_DELETE, attribute, before);
    }
    mc_changes_add(changes, MC_CHANGE_ADD, attribute, mc_span_of(text));
}
