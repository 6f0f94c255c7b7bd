// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/form.h"

#include "common/field.h"
#include "common/secret.h"
#include "common/utf8.h"

#include <stdlib.h>

void form_release(struct form *form)
{
    mc_wipe(form->memory, form->size);
    free(form->memory);
    *form = (struct form){0};
}

static int hex_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9'   ? byte - '0'
           : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
           : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                        : -1;
}

// Percent-decodes to `out`, which has room for all of `text`; false for a broken escape or a NUL
// byte.
static bool decode(struct mc_span text, char *out, size_t *ret_size)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int byte = text.data[i] == '+' ? ' ' : text.data[i];
        if (byte == '%') {
            int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.data[i + 2]) : -1;
            if (low < 0) {
                return false;
            }
            byte = high * 16 + low;
            i += 2;
        }
        if (byte == '\0') {
            return false;
        }
        out[size++] = (char)byte;
    }
    out[size] = '\0';
    *ret_size = size;
    return true;
}

static bool is_name(struct mc_span name)
{
    if (name.size == 0 || name.size > FORM_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = name.data[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_')) {
            return false;
        }
    }
    return true;
}

// A line break has no place in any field of ours.
static bool is_text(struct mc_span value)
{
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < ' ' || value.data[i] == 0x7f) {
            return false;
        }
    }
    return value.size <= FORM_VALUE_MAX && mc_utf8_is_valid(value);
}

const struct mc_span *form_find(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0) {
            return &form->fields[i].value;
        }
    }
    return NULL;
}

static bool add_field(struct form *form, struct mc_span pair, char **memory)
{
    struct mc_span value = pair;
    struct mc_span name = mc_field_next(&value, '=');
    struct form_field *field = &form->fields[form->count];
    size_t size = 0;
    if (form->count == FORM_FIELDS_MAX || !is_name(name)) {
        return false;
    }
    memcpy(field->name, name.data, name.size);
    field->name[name.size] = '\0';
    if (form_find(form, field->name) || !decode(value, *memory, &size)) {
        return false;
    }
    field->value = (struct mc_span){(const uint8_t *)*memory, size};
    *memory += size + 1;
    form->count++;
    return is_text(field->value);
}

enum mc_result form_parse(struct mc_span body, struct form *ret_form)
{
    struct form form = {.size = body.size + 2};
    if (body.size > FORM_BODY_MAX) {
        return MC_MALFORMED;
    }
    form.memory = mc_allocate(form.size);
    if (!form.memory) {
        return MC_NO_MEMORY;
    }
    char *memory = form.memory;
    struct mc_span rest = body;
    while (rest.size) {
        if (!add_field(&form, mc_field_next(&rest, '&'), &memory)) {
            form_release(&form);
            return MC_MALFORMED;
        }
    }
    *ret_form = form;
    return MC_OK;
}
