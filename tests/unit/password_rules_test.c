// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/password_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define LIST "mod_mycred/common-passwords.txt"

static struct password_about about = {.minimum = 8, .breached_file = ""};

static unsigned check(const char *password)
{
    unsigned unmet = ~0u;
    assert_int_equal(password_rules_check(&about, mc_span_of(password), &unmet), MC_OK);
    return unmet;
}

// MC-SEC-75
static void every_common_password_is_refused_in_any_case(void **state)
{
    (void)state;
    FILE *list = fopen(LIST, "r");
    char line[256];
    size_t count = 0;
    assert_non_null(list);
    for (; fgets(line, sizeof line, list); count++) {
        line[strcspn(line, "\n")] = '\0';
        assert_true(check(line) & PASSWORD_BIT(PASSWORD_COMMON));
        line[0] = line[0] >= 'a' && line[0] <= 'z' ? (char)(line[0] - 'a' + 'A') : line[0];
        assert_true(check(line) & PASSWORD_BIT(PASSWORD_COMMON));
    }
    fclose(list);
    assert_true(count >= 3000);
}

static void patterns_are_common_and_sentences_are_not(void **state)
{
    static const char *const patterns[] = {"aaaaaaaaaaaaaaaa",  "abababababababab", "xyz1xyz1xyz1",
                                           "abcdefghijklm",     "zyxwvutsrqponm",   "12345678",
                                           "Password1Password1"};
    static const char *const fine[] = {"blue kettle 7 hums", "nvmQ7;rT2", "Zugfenster im Regen",
                                       "\u96e8\u4e2d\u7684\u8336\u58f6\u4e03\u58f0\u54cd"};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(patterns); i++) {
        assert_true(check(patterns[i]) & PASSWORD_BIT(PASSWORD_COMMON));
    }
    for (size_t i = 0; i < MC_COUNT(fine); i++) {
        assert_int_equal(check(fine[i]), 0);
    }
}

// MC-SEC-72
static void length_is_counted_in_characters(void **state)
{
    (void)state;
    assert_int_equal(check("nvmQ7;r"), PASSWORD_BIT(PASSWORD_SHORT));
    assert_int_equal(check("nvmQ7;r\u00fc"), 0);
    assert_int_equal(check("nvmQ7;u\u0308"), PASSWORD_BIT(PASSWORD_SHORT));
    about.minimum = 15;
    assert_int_equal(check("blue kettle 7 h"), 0);
    assert_int_equal(check("blue kettle 7 "), PASSWORD_BIT(PASSWORD_SHORT));
    about.minimum = 8;
    assert_int_equal(check(""), PASSWORD_BIT(PASSWORD_SHORT));
    assert_int_equal(check("tab\there and there"), PASSWORD_BIT(PASSWORD_CHARACTERS));
}

// MC-SEC-73
static void too_long_ones_are_refused_whole(void **state)
{
    (void)state;
    char text[300];
    for (size_t i = 0; i < 257; i++) {
        text[i] = (char)('!' + (i * i * 7 + i) % 90);
    }
    text[257] = '\0';
    assert_int_equal(check(text), PASSWORD_BIT(PASSWORD_LONG));
    text[256] = '\0';
    assert_int_equal(check(text), 0);
}

static void own_words_do_not_make_a_password(void **state)
{
    (void)state;
    about.own_count = 3;
    about.own[0] = mc_span_of("alice");
    about.own[1] = mc_span_of("alice.smith@example.org");
    about.own[2] = mc_span_of("+4915112345678");
    assert_true(check("alice.smith@example.org") & PASSWORD_BIT(PASSWORD_OWN));
    assert_true(check("+49 151 1234 5678") & PASSWORD_BIT(PASSWORD_OWN));
    assert_true(check("ALICE-2026!") & PASSWORD_BIT(PASSWORD_OWN));
    assert_int_equal(check("alice likes green tea"), 0);
    about.own_count = 0;
}

static void write_hashes(FILE *file, const char *ends)
{
    static const char *const hashes[] = {
        "0000000CAEF405439D57847A8657218C618160B2", "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8",
        "7C4A8D09CA3762AF61E59520943DC26494F8941B", "B1B3773A05C0ED0176787A4F1574FF0075F7521E",
        "F7C3BC1D808E04732ADF679965CCC34CA7AE3441"};
    for (size_t i = 0; i < MC_COUNT(hashes); i++) {
        fprintf(file, "%s:%zu%s", hashes[i], i * i * 1000 + 1, ends);
    }
    fflush(file);
}

// the published lists: a count behind the hash, lines that end as on other systems
static void breached_passwords_are_found_in_the_file(void **state)
{
    static const char *const known[] = {"password", "123456", "qwerty", "123456789"};
    static const char *const ends[] = {"\n", "\r\n"};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(ends); i++) {
        char path[] = "/tmp/mycred-breached-XXXXXX";
        FILE *file = fdopen(mkstemp(path), "w");
        bool found = false;
        write_hashes(file, ends[i]);
        for (size_t j = 0; j < MC_COUNT(known); j++) {
            assert_int_equal(password_is_breached(path, mc_span_of(known[j]), &found), MC_OK);
            assert_true(found);
        }
        assert_int_equal(password_is_breached(path, mc_span_of("Password"), &found), MC_OK);
        assert_false(found);
        assert_non_null(password_file_complaint(path));
        assert_int_equal(fchmod(fileno(file), 0644), 0);
        assert_null(password_file_complaint(path));
        fclose(file);
        unlink(path);
        assert_int_equal(password_is_breached(path, mc_span_of("qwerty"), &found), MC_BAD_CONFIG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_common_password_is_refused_in_any_case),
        cmocka_unit_test(patterns_are_common_and_sentences_are_not),
        cmocka_unit_test(length_is_counted_in_characters),
        cmocka_unit_test(too_long_ones_are_refused_whole),
        cmocka_unit_test(own_words_do_not_make_a_password),
        cmocka_unit_test(breached_passwords_are_found_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
