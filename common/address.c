// SPDX-License-Identifier: Apache-2.0
#include "common/address.h"

#define LETTERS_AND_DIGITS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

bool mc_address_is_number(struct mc_span text)
{
    if (text.size < 9 || text.size > 16 || text.data[0] != '+' || text.data[1] == '0') {
        return false;
    }
    for (size_t i = 1; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return true;
}

// Parts of `marks` between single dots, each of at most `longest` bytes.
static bool is_dotted(struct mc_span text, const char *marks, size_t longest)
{
    size_t part = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '.' && part > 0) {
            part = 0;
        } else if (byte == '\0' || !strchr(marks, byte) || ++part > longest) {
            return false;
        }
    }
    return part > 0;
}

static bool is_domain(struct mc_span text)
{
    if (!is_dotted(text, LETTERS_AND_DIGITS "-", 63)) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        bool first = i == 0 || text.data[i - 1] == '.';
        bool last = i + 1 == text.size || text.data[i + 1] == '.';
        if (text.data[i] == '-' && (first || last)) {
            return false;
        }
    }
    return true;
}

bool mc_address_is_mail(struct mc_span text)
{
    const uint8_t *sign = text.size ? memchr(text.data, '@', text.size) : NULL;
    if (!sign || text.size > 254) {
        return false;
    }
    struct mc_span local = {text.data, (size_t)(sign - text.data)};
    struct mc_span domain = {sign + 1, text.size - local.size - 1};
    return is_dotted(local, LETTERS_AND_DIGITS "!#$%&'*+-/=?^_`{|}~", 64) && is_domain(domain);
}
