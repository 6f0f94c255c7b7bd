// SPDX-License-Identifier: Apache-2.0
#include "common/field.h"

#define TIDY_MAX 64

struct mc_span mc_field_next(struct mc_span *rest, char separator)
{
    if (rest->size == 0) {
        return *rest; // its data may be NULL, to which not even 0 may be added
    }
    const uint8_t *end = memchr(rest->data, separator, rest->size);
    struct mc_span field = {rest->data, end ? (size_t)(end - rest->data) : rest->size};
    size_t used = field.size + (end ? 1 : 0);
    *rest = (struct mc_span){rest->data + used, rest->size - used};
    return field;
}

bool mc_field_number(struct mc_span text, uint32_t minimum, uint32_t maximum, unsigned *ret_number)
{
    uint64_t number = 0;
    if (text.size == 0 || text.size > 10 || (text.data[0] == '0' && text.size > 1) ||
        !mc_field_is_digits(text)) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (number < minimum || number > maximum) {
        return false;
    }
    *ret_number = (unsigned)number;
    return true;
}

enum mc_result mc_field_tidy(struct mc_span typed, struct mc_secret *ret_tidy)
{
    uint8_t tidy[TIDY_MAX];
    size_t size = 0;
    for (size_t i = 0; i < typed.size; i++) {
        uint8_t byte = typed.data[i];
        if (byte == ' ' || byte == '-') {
            continue;
        }
        if (byte == '\0' || size == sizeof tidy) {
            mc_wipe(tidy, sizeof tidy);
            return MC_MALFORMED;
        }
        tidy[size++] = byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
    }
    enum mc_result result = mc_secret_set(ret_tidy, (struct mc_span){tidy, size});
    mc_wipe(tidy, sizeof tidy);
    return result;
}

static bool is_made_of(struct mc_span text, uint8_t low, uint8_t high, const char *extra)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if ((byte < low || byte > high) && (byte == '\0' || !strchr(extra, byte))) {
            return false;
        }
    }
    return text.size > 0;
}

bool mc_field_is_digits(struct mc_span text)
{
    return is_made_of(text, '0', '9', "");
}

bool mc_field_is_base32(struct mc_span text)
{
    return is_made_of(text, 'A', 'Z', "234567");
}

bool mc_field_is_base64url(struct mc_span text)
{
    return is_made_of(text, 'A', 'Z', "abcdefghijklmnopqrstuvwxyz0123456789-_");
}
