// SPDX-License-Identifier: Apache-2.0
// Bodies of forms and queries: what is taken is within every bound, and means the same when it is
// written again.
#include "mod_mycred/form.h"

#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

static void check_field(const struct form *form, const struct form_field *field)
{
    size_t name_size = strlen(field->name);
    MUST(name_size > 0 && name_size <= FORM_NAME_MAX);
    MUST(strspn(field->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == name_size);
    MUST(form_find(form, field->name) == &field->value); // the first of its name, so the only one
    MUST(field->value.size <= FORM_VALUE_MAX && field->value.data[field->value.size] == '\0');
    MUST(mc_utf8_is_valid(field->value));
    for (size_t i = 0; i < field->value.size; i++) {
        MUST(field->value.data[i] >= ' ' && field->value.data[i] != 0x7f);
    }
}

static void write_form(const struct form *form, struct mc_buffer *out)
{
    for (size_t i = 0; i < form->count; i++) {
        mc_buffer_format(out, "%s%s=", i ? "&" : "", form->fields[i].name);
        for (size_t j = 0; j < form->fields[i].value.size; j++) {
            mc_buffer_format(out, "%%%02X", form->fields[i].value.data[j]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct form form = {0}, again = {0};
    MC_AUTO_BUFFER struct mc_buffer written;
    mc_buffer_init(&written, FORM_BODY_MAX);
    enum mc_result result = form_parse((struct mc_span){data, size}, &form);
    MUST(result == MC_OK || (result == MC_MALFORMED && !form.memory && form.count == 0));
    MUST(form.count <= FORM_FIELDS_MAX);
    for (size_t i = 0; i < form.count; i++) {
        check_field(&form, &form.fields[i]);
    }
    write_form(&form, &written);
    if (result == MC_OK && mc_buffer_result(&written) == MC_OK) {
        MUST(form_parse(mc_buffer_span(&written), &again) == MC_OK && again.count == form.count);
        for (size_t i = 0; i < form.count; i++) {
            MUST(strcmp(form.fields[i].name, again.fields[i].name) == 0);
            MUST(same_bytes(form.fields[i].value, again.fields[i].value));
        }
    }
    form_release(&again);
    form_release(&form);
    return 0;
}
