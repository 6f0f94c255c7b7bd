// SPDX-License-Identifier: Apache-2.0
#include "common/url.h"

#include "tests/unit/unit.h"

static void addresses_are_split(void **state)
{
    (void)state;
    static const struct {
        const char *text, *scheme, *authority, *host, *path;
    } rows[] = {
        {"https://a.example", "https", "a.example", "a.example", ""},
        {"https://a.example/", "https", "a.example", "a.example", "/"},
        {"https://a.example:8443/x?y#z", "https", "a.example:8443", "a.example", "/x?y#z"},
        {"https://a.example?x", "https", "a.example", "a.example", "?x"},
        {"ldap://[::1]:389", "ldap", "[::1]:389", "::1", ""},
        {"ldap://[::1]", "ldap", "[::1]", "::1", ""},
        {"ldapi:///", "ldapi", "", "", "/"},
        {"ldapi://%2Frun%2Fldapi", "ldapi", "%2Frun%2Fldapi", "%2Frun%2Fldapi", ""},
        {"smtp://a.example:65535", "smtp", "a.example:65535", "a.example", ""},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_url url;
        assert_true(mc_url_split(rows[i].text, &url));
        assert_true(mc_span_equals(url.scheme, rows[i].scheme));
        assert_true(mc_span_equals(url.authority, rows[i].authority));
        assert_true(mc_span_equals(url.host, rows[i].host));
        assert_true(mc_span_equals(url.path, rows[i].path));
    }
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "a.example",
        "//a.example",
        "://a.example",
        "https:/a.example",
        "https://user@a.example",
        "https://user:password@a.example",
        "https://a.example\\@b.example",
        "https://a.example\\b",
        "https://a example",
        "https://a.example/ x",
        "https://a.example\t",
        "https://a.example:",
        "https://a.example:x",
        "https://a.example:-1",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:99999",
        "https://a.example:123456",
        "https://a:b:443",
        "https://::1",
        "https://[::1",
        "https://[::1]x",
        "https://[::1]:",
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        struct mc_url url = {.path = mc_span_of("untouched")};
        if (mc_url_split(texts[i], &url)) {
            fail_msg("%s was taken", texts[i]);
        }
        assert_true(mc_span_equals(url.path, "untouched"));
    }
}

static void only_this_machine_is_loopback(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool loopback;
    } rows[] = {{"http://127.0.0.1:80/", true},      {"http://[::1]/", true},
                {"http://localhost", true},          {"http://LocalHost:80", true},
                {"http://localhost.example", false}, {"http://127.0.0.1.example", false},
                {"http://127.0.0.2", false},         {"http://0.0.0.0", false},
                {"http://a.example", false},         {"http://[::]", false}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct mc_url url;
        assert_true(mc_url_split(rows[i].text, &url));
        assert_int_equal(mc_url_is_loopback(&url), rows[i].loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_split),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(only_this_machine_is_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
