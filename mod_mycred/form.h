// SPDX-License-Identifier: Apache-2.0
// Fields of a query or of an application/x-www-form-urlencoded body (URL Standard, section 5.1),
// strictly: each name once, names of letters, digits and `_`, valid UTF-8 without control
// characters, bounded in number and size.
#ifndef MYCRED_MOD_MYCRED_FORM_H
#define MYCRED_MOD_MYCRED_FORM_H

#include "common/buffer.h"

#define FORM_FIELDS_MAX 32
#define FORM_NAME_MAX 40    // bytes
#define FORM_VALUE_MAX 8192 // bytes
#define FORM_BODY_MAX 32768 // bytes

struct form_field {
    char name[FORM_NAME_MAX + 1];
    struct mc_span value; // NUL-terminated, in the form's memory
};

struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    size_t count;
    char *memory; // wiped and freed by form_release
    size_t size;
};

// MC_MALFORMED for anything else than the above.
enum mc_result form_parse(struct mc_span body, struct form *ret_form) MC_MUST_USE;
void form_release(struct form *form);

// NULL when there is no such field.
const struct mc_span *form_find(const struct form *form, const char *name);

#endif
