// SPDX-License-Identifier: Apache-2.0
#include "common/contact.h"

#include "common/field.h"

#include <stdio.h>

#define NUMBER_MIN 7 // digits, with country code
#define NUMBER_MAX 15
#define EMAIL_MAX 254 // RFC 5321 4.5.3.1.3 less the angle brackets
#define LOCAL_PART_MAX 64
#define LABEL_MAX 63

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

// "+44 (0)20 ...": the zero that is dialled at home only.
static bool is_trunk_zero(struct mc_span text, size_t at)
{
    return text.size - at >= 3 && memcmp(text.data + at, "(0)", 3) == 0;
}

// Digits of the text, `+` kept at the front only; false for anything that is no part of a number.
static bool gather_digits(struct mc_span text, char *digits, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (count && is_trunk_zero(text, i)) {
            i += 2;
            continue;
        }
        if (byte && strchr(" -().", byte)) {
            continue;
        }
        bool plus = byte == '+' && count == 0;
        if ((!is_digit(byte) && !plus) || count + 1 >= room) {
            return false;
        }
        digits[count++] = (char)byte;
    }
    digits[count] = '\0';
    return true;
}

enum mc_result mc_mobile_parse(struct mc_span text, const char *default_country,
                               char ret_number[MC_CONTACT_MAX])
{
    char digits[MC_CONTACT_MAX], number[MC_CONTACT_MAX];
    if (!gather_digits(text, digits, 32)) {
        return MC_MALFORMED;
    }
    const char *national = digits[0] == '0' ? digits + 1 : digits;
    if (digits[0] == '+') {
        snprintf(number, sizeof number, "%s", digits);
    } else if (strncmp(digits, "00", 2) == 0) {
        snprintf(number, sizeof number, "+%s", digits + 2);
    } else if (default_country[0]) {
        snprintf(number, sizeof number, "%s%s", default_country, national);
    } else {
        return MC_MALFORMED;
    }
    size_t count = strlen(number) - 1;
    if (count < NUMBER_MIN || count > NUMBER_MAX || number[1] == '0') {
        return MC_MALFORMED;
    }
    memcpy(ret_number, number, sizeof number);
    return MC_OK;
}

// Numbers of no country, ITU-T E.164 annex: shared cost, satellite, networks and premium rate.
// Nobody's mobile is there, but fraud is.
static const char *const costly[] = {"+808", "+870", "+878", "+881", "+882",
                                     "+883", "+888", "+979", "+991", "+999"};

static bool begins_with(const char *number, const char *prefix)
{
    return strncmp(number, prefix, strlen(prefix)) == 0;
}

bool mc_mobile_is_allowed(const char *number, const struct mc_texts *countries)
{
    size_t needed = 0; // length of a prefix that names the costly range itself
    for (size_t i = 0; i < MC_COUNT(costly); i++) {
        needed = begins_with(number, costly[i]) ? strlen(costly[i]) : needed;
    }
    for (size_t i = 0; i < countries->count; i++) {
        if (begins_with(number, countries->items[i]) && strlen(countries->items[i]) >= needed) {
            return true;
        }
    }
    return countries->count == 0 && needed == 0;
}

static bool is_letter_or_digit(uint8_t byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// Runs of `extra` or letters and digits, single dots between them.
static bool is_dotted(struct mc_span text, const char *extra)
{
    bool after_dot = true;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        bool dot = byte == '.';
        if ((dot && after_dot) ||
            (!dot && !is_letter_or_digit(byte) && !(byte && strchr(extra, byte)))) {
            return false;
        }
        after_dot = dot;
    }
    return !after_dot;
}

// RFC 1035 2.3.1, digits allowed first (RFC 1123 2.1).
static bool is_label(struct mc_span label)
{
    return label.size <= LABEL_MAX && label.data[0] != '-' && label.data[label.size - 1] != '-';
}

// A last label of digits alone would be an IP address.
static bool is_domain(struct mc_span domain)
{
    if (!is_dotted(domain, "-")) {
        return false;
    }
    struct mc_span label = {NULL, 0};
    while (domain.size) {
        label = mc_field_next(&domain, '.');
        if (!is_label(label)) {
            return false;
        }
    }
    return !mc_field_is_digits(label);
}

enum mc_result mc_email_parse(struct mc_span text, char ret_address[MC_CONTACT_MAX])
{
    const uint8_t *at = text.size ? memchr(text.data, '@', text.size) : NULL;
    if (!at || text.size > EMAIL_MAX) {
        return MC_MALFORMED;
    }
    struct mc_span local = {text.data, (size_t)(at - text.data)};
    struct mc_span domain = {at + 1, text.size - local.size - 1};
    if (local.size == 0 || local.size > LOCAL_PART_MAX || domain.size == 0 ||
        !is_dotted(local, "!#$%&'*+-/=?^_`{|}~") || !is_domain(domain)) {
        return MC_MALFORMED;
    }
    memcpy(ret_address, text.data, text.size);
    ret_address[text.size] = '\0';
    return MC_OK;
}

void mc_contact_hint(enum mc_method channel, const char *address, char ret_hint[4])
{
    size_t size = strlen(address);
    if (channel == MC_METHOD_SMS) {
        snprintf(ret_hint, 4, "%s", size > 2 ? address + size - 2 : "");
    } else {
        snprintf(ret_hint, 4, "%.1s", address);
    }
}
