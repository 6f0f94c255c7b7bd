// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/cookie.h"

#include "common/field.h"

static struct mc_span trim(struct mc_span text)
{
    while (text.size && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

bool cookie_take(struct mc_span *rest, struct cookie_pair *ret_pair)
{
    while (rest->size) {
        struct mc_span text = trim(mc_field_next(rest, ';'));
        struct mc_span value = text;
        struct mc_span name = mc_field_next(&value, '=');
        if (text.size) {
            *ret_pair =
                (struct cookie_pair){.name = trim(name), .value = trim(value), .text = text};
            return true;
        }
    }
    return false;
}

bool cookie_find(struct mc_span header, const char *name, struct mc_span *ret_value)
{
    struct cookie_pair pair;
    size_t found = 0;
    while (cookie_take(&header, &pair)) {
        if (mc_span_equals(pair.name, name)) {
            *ret_value = pair.value;
            found++;
        }
    }
    return found == 1;
}
