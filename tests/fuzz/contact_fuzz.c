// SPDX-License-Identifier: Apache-2.0
// Numbers and addresses from any bytes: what is taken is plain, and taken again as it is.
#include "common/contact.h"
#include "tests/fuzz/fuzz.h"

static void try_mobile(struct mc_span text, const char *country)
{
    char number[MC_CONTACT_MAX], again[MC_CONTACT_MAX], hint[4];
    if (mc_mobile_parse(text, country, number) != MC_OK) {
        return;
    }
    size_t digits = strspn(number + 1, "0123456789");
    MUST(number[0] == '+' && number[1] != '0' && digits >= 7 && digits <= 15);
    MUST(number[digits + 1] == '\0');
    MUST(mc_mobile_parse(mc_span_of(number), "", again) == MC_OK && strcmp(number, again) == 0);
    mc_contact_hint(MC_METHOD_SMS, number, hint);
    MUST(strlen(hint) == 2);
}

static void try_email(struct mc_span text)
{
    char address[MC_CONTACT_MAX], hint[4];
    if (mc_email_parse(text, address) != MC_OK) {
        return;
    }
    MUST(mc_span_equals(text, address));
    MUST(!strpbrk(address, " \t\r\n<>()[]\\,;:\"") &&
         strchr(address, '@') == strrchr(address, '@'));
    mc_contact_hint(MC_METHOD_EMAIL, address, hint);
    MUST(strlen(hint) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_span text = {data, size};
    try_mobile(text, "");
    try_mobile(text, "+86");
    try_email(text);
    return 0;
}
