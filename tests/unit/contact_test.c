// SPDX-License-Identifier: Apache-2.0
#include "common/contact.h"

#include "tests/unit/unit.h"

// MC-SEC-37, MC-SEC-127: E.164 of what people write, or nothing
static void numbers_become_e164(void **state)
{
    (void)state;
    static const struct {
        const char *text, *country, *number;
    } rows[] = {
        {"+8613800138042", "", "+8613800138042"},
        {"+86 138-0013-8042", "", "+8613800138042"},
        {"+86 (138) 0013.8042", "", "+8613800138042"},
        {"(+86) 13800138042", "", "+8613800138042"},
        {" +8613800138042 ", "", "+8613800138042"},
        {"008613800138042", "", "+8613800138042"},
        {"0086 138 0013 8042", "+1", "+8613800138042"},
        {"13800138042", "+86", "+8613800138042"},
        {"013800138042", "+86", "+8613800138042"},
        {"(0)138 0013 8042", "+86", "+8613800138042"},
        {"+44 (0)7700 900123", "", "+447700900123"},
        {"+44(0)7700900123", "+86", "+447700900123"},
        {"0044 (0)7700 900123", "", "+447700900123"},
        {"+1 202 555 0123", "", "+12025550123"},
        {"202-555-0123", "+1", "+12025550123"},
        {"+1234567", "", "+1234567"},
        {"+123456789012345", "", "+123456789012345"},
        {"8613800138042", "+86", "+868613800138042"}, // no guess at what is a country code
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char number[MC_CONTACT_MAX] = "";
        if (mc_mobile_parse(mc_span_of(rows[i].text), rows[i].country, number) != MC_OK ||
            strcmp(number, rows[i].number) != 0) {
            fail_msg("%s (%s) became %s", rows[i].text, rows[i].country, number);
        }
    }
}

// MC-SEC-37
static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *country;
    } rows[] = {
        {"", ""},
        {"", "+86"},
        {"+", "+86"},
        {"0", "+86"},
        {"00", "+86"},
        {"13800138042", ""},
        {"013800138042", ""},
        {"+0123456789", ""},
        {"000123456789", ""},
        {"+123456", ""},
        {"+1234567890123456", ""},
        {"001234567890123456", ""},
        {"123456789012345", "+86"},
        {"+12345678901234567890123456789012345678901234567890", ""},
        {"++8613800138042", ""},
        {"86+13800138042", "+86"},
        {"+8613800138042x1", ""},
        {"+8613800138042,1", ""},
        {"+8613800138042;ext=1", ""},
        {"+8613800138042\n", ""},
        {"+86\t13800138042", ""},
        {"tel:+8613800138042", ""},
        {"+86138001380a2", ""},
        {"+86/138/0013/8042", ""},
        {"+8613800138042#", ""},
        {"*100#", "+86"},
        {"-1", "+86"},
        {"\xef\xbc\x8b"
         "8613800138042",
         ""}, // full-width plus
        {"+86\xef\xbc\x91"
         "3800138042",
         ""}, // full-width one
        {"+\xd9\xa8\xd9\xa6"
         "13800138042",
         ""}, // Arabic digits
        {"+86\xc2\xa0"
         "13800138042",
         ""},                                           // no-break space
        {"\xe2\x80\xad+8613800138042\xe2\x80\xac", ""}, // direction override
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char number[MC_CONTACT_MAX] = "untouched";
        if (mc_mobile_parse(mc_span_of(rows[i].text), rows[i].country, number) != MC_MALFORMED) {
            fail_msg("%s (%s) became %s", rows[i].text, rows[i].country, number);
        }
        assert_string_equal(number, "untouched");
    }
    char number[MC_CONTACT_MAX];
    struct mc_span with_nul = {(const uint8_t *)"+8613800138042\0", 15};
    assert_int_equal(mc_mobile_parse(with_nul, "", number), MC_MALFORMED);
    assert_int_equal(mc_mobile_parse((struct mc_span){NULL, 0}, "", number), MC_MALFORMED);
}

// MC-SEC-37: outside the listed countries, and in ranges of no country unless listed, nothing is
// sent
static void only_allowed_prefixes_are_sent_to(void **state)
{
    (void)state;
    static const char *const lists[][3] = {{NULL, NULL, NULL},
                                           {"+86", NULL, NULL},
                                           {"+86", "+1", NULL},
                                           {"+8", "+97", NULL},
                                           {"+881", "+9791", NULL}};
    static const struct {
        const char *number;
        bool allowed[MC_COUNT(lists)];
    } rows[] = {
        {"+8613800138042", {true, true, true, true, false}},
        {"+12025550123", {true, false, true, false, false}},
        {"+447700900123", {true, false, false, false, false}},
        {"+85212345678", {true, false, false, true, false}},
        {"+971501234567", {true, false, false, true, false}},
        {"+881612345678", {false, false, false, false, true}},  // satellite
        {"+870773123456", {false, false, false, false, false}}, // satellite
        {"+88213300000", {false, false, false, false, false}},  // networks
        {"+883510012345", {false, false, false, false, false}},
        {"+87810123456", {false, false, false, false, false}},
        {"+80812345678", {false, false, false, false, false}}, // shared cost
        {"+979112345678", {false, false, false, false, true}}, // premium rate
        {"+97921234567", {false, false, false, false, false}},
        {"+99912345678", {false, false, false, false, false}},
    };
    for (size_t i = 0; i < MC_COUNT(lists); i++) {
        struct mc_texts countries = {(char **)(uintptr_t)lists[i], 0};
        while (lists[i][countries.count]) {
            countries.count++;
        }
        for (size_t j = 0; j < MC_COUNT(rows); j++) {
            if (mc_mobile_is_allowed(rows[j].number, &countries) != rows[j].allowed[i]) {
                fail_msg("%s by list %zu", rows[j].number, i);
            }
        }
    }
}

// MC-SEC-126
static void plain_addresses_are_kept_as_they_are(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "alice@example.org",
        "Alice.O'Neil+tag=1@Example.ORG",
        "a@b",
        "alice@localhost",
        "alice@mail-1.example.org",
        "alice@xn--fsqu00a.xn--0zwm56d",
        "alice@3com.com",
        "alice@1and1.example",
        "!#$%&'*+-/=?^_`{|}~@example.org",
        "1234567890@example.org",
    };
    for (size_t i = 0; i < MC_COUNT(addresses); i++) {
        char address[MC_CONTACT_MAX] = "";
        if (mc_email_parse(mc_span_of(addresses[i]), address) != MC_OK ||
            strcmp(address, addresses[i]) != 0) {
            fail_msg("%s became %s", addresses[i], address);
        }
    }
}

// MC-SEC-100, MC-SEC-125, MC-SEC-126: no lists, comments, routes, quotes, IP addresses, injections
static void anything_but_one_plain_address_is_refused(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "",
        "@",
        "alice",
        "alice@",
        "@example.org",
        "alice@@example.org",
        "alice@example.org@evil.example",
        "alice@example.org,bob@example.org",
        "alice@example.org;bob@example.org",
        "alice@example.org bob@example.org",
        " alice@example.org",
        "alice@example.org ",
        "al ice@example.org",
        "<alice@example.org>",
        "Alice <alice@example.org>",
        "alice@example.org>",
        "alice(comment)@example.org",
        "(comment)alice@example.org",
        "alice@(comment)example.org",
        "\"alice\"@example.org",
        "\"a b\"@example.org",
        "@evil.example:alice@example.org",
        "alice%example.org@[127.0.0.1]",
        "alice@[127.0.0.1]",
        "alice@[IPv6:::1]",
        "alice@127.0.0.1",
        "alice@2130706433",
        "alice@example.123",
        ".alice@example.org",
        "alice.@example.org",
        "al..ice@example.org",
        "alice@.example.org",
        "alice@example.org.",
        "alice@example..org",
        "alice@-example.org",
        "alice@example-.org",
        "alice@example.-org",
        "alice@exa_mple.org",
        "alice@example.org/x",
        "alice@example.org:25",
        "alice@example.org\n",
        "alice@example.org\r\nRCPT TO:<bob@example.org>",
        "alice\n@example.org",
        "alice@example.org\t",
        "alice\\@example.org",
        "ali\x7f"
        "ce@example.org",
        "al\xc4\xb1"
        "ce@example.org", // dotless i
        "alice@ex\xc3\xa4mple.org",
        "alice@\xe2\x84\xaa"
        "mart.example",                 // Kelvin sign
        "\xef\xbd\x81lice@example.org", // full-width a
        "alice\xef\xbc\xa0"
        "example.org",                  // full-width @
        "alice@example\xe3\x80\x82org", // ideographic full stop
        "alice@exam\xc2\xadple.org",    // soft hyphen
        "alice@\xff.org",
    };
    for (size_t i = 0; i < MC_COUNT(addresses); i++) {
        char address[MC_CONTACT_MAX] = "untouched";
        if (mc_email_parse(mc_span_of(addresses[i]), address) != MC_MALFORMED) {
            fail_msg("%s became %s", addresses[i], address);
        }
        assert_string_equal(address, "untouched");
    }
    char address[MC_CONTACT_MAX];
    struct mc_span with_nul = {(const uint8_t *)"alice@example.org\0.evil.example", 31};
    assert_int_equal(mc_email_parse(with_nul, address), MC_MALFORMED);
    assert_int_equal(mc_email_parse((struct mc_span){NULL, 0}, address), MC_MALFORMED);
}

// MC-SEC-132: 64 bytes before the @, 63 in a label, 254 in all
static void parts_have_their_greatest_lengths(void **state)
{
    (void)state;
    static const struct {
        size_t local, label, labels;
        enum mc_result result;
    } rows[] = {{64, 3, 1, MC_OK},         {65, 3, 1, MC_MALFORMED}, {1, 63, 1, MC_OK},
                {1, 64, 1, MC_MALFORMED},  {61, 63, 3, MC_OK},       {62, 63, 3, MC_OK},
                {63, 63, 3, MC_MALFORMED}, {64, 63, 8, MC_MALFORMED}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char text[1024], address[MC_CONTACT_MAX];
        size_t size = rows[i].local;
        memset(text, 'a', size);
        for (size_t j = 0; j < rows[i].labels; j++) {
            text[size] = j == 0 ? '@' : '.';
            memset(text + size + 1, 'b', rows[i].label);
            size += 1 + rows[i].label;
        }
        struct mc_span span = {(const uint8_t *)text, size};
        if (mc_email_parse(span, address) != rows[i].result) {
            fail_msg("row %zu of %zu bytes", i, size);
        }
    }
}

// MC-SEC-146
static void a_hint_shows_two_characters_at_most(void **state)
{
    (void)state;
    static const struct {
        enum mc_method channel;
        const char *address, *hint;
    } rows[] = {{MC_METHOD_SMS, "+8613800138042", "42"},
                {MC_METHOD_SMS, "+1", ""},
                {MC_METHOD_SMS, "", ""},
                {MC_METHOD_EMAIL, "dave@example.org", "d"},
                {MC_METHOD_EMAIL, "d@example.org", "d"},
                {MC_METHOD_EMAIL, "", ""}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char hint[4] = "xxx";
        mc_contact_hint(rows[i].channel, rows[i].address, hint);
        assert_string_equal(hint, rows[i].hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_become_e164),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(only_allowed_prefixes_are_sent_to),
        cmocka_unit_test(plain_addresses_are_kept_as_they_are),
        cmocka_unit_test(anything_but_one_plain_address_is_refused),
        cmocka_unit_test(parts_have_their_greatest_lengths),
        cmocka_unit_test(a_hint_shows_two_characters_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
