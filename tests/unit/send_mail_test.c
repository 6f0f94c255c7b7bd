// SPDX-License-Identifier: Apache-2.0
#include "common/send/mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void build(const char *service_name, const char *subject, const char *text,
                  struct mc_buffer *out)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_AUTO_BUFFER struct mc_buffer file;
    MC_CLEANUP(mc_config_free_pointer) struct mc_config *config = NULL;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&file, 4096);
    mc_buffer_init(out, 32768);
    mc_buffer_format(&file,
                     "ldap_uri = ldapi:///\nldap_base = dc=example\nservice_name = %s\n"
                     "mail_from = mycred@example.org\n",
                     service_name);
    assert_int_equal(mc_config_parse("test.conf", mc_buffer_span(&file), &error, &config), MC_OK);
    const struct mc_job job = {.channel = MC_METHOD_EMAIL,
                               .to = mc_span_of("alice@example.org"),
                               .subject = mc_span_of(subject),
                               .message_id = mc_span_of("0123abcd@example.org"),
                               .id = mc_span_of("0123abcd"),
                               .text = mc_span_of(text)};
    const time_t now = 1795295733; // 21 November 2026, 20:35:33 UTC
    assert_int_equal(mc_mail_build(config, &job, now, out), MC_OK);
}

static void a_plain_mail_has_every_header(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer mail;
    build("Example", "Your code", "123456\n", &mail);
    assert_string_equal(mc_buffer_text(&mail), "From: \"Example\"\r\n"
                                               " <mycred@example.org>\r\n"
                                               "To: <alice@example.org>\r\n"
                                               "Subject: Your code\r\n"
                                               "Date: Sat, 21 Nov 2026 21:15:33 +0000\r\n"
                                               "Message-ID: <0123abcd@example.org>\r\n"
                                               "MIME-Version: 1.0\r\n"
                                               "Content-Type: text/plain; charset=UTF-8\r\n"
                                               "Auto-Submitted: auto-generated\r\n"
                                               "Content-Transfer-Encoding: 7bit\r\n"
                                               "\r\n"
                                               "123456\r\n");
}

static void assert_begins(const struct mc_buffer *mail, const char *start)
{
    assert_true(mail->size > strlen(start));
    assert_memory_equal(mail->data, start, strlen(start));
}

static void names_are_quoted_or_encoded(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer mail;
    build("A \"b\" \\c, <d@e>", "s", "t", &mail);
    assert_begins(&mail, "From: \"A \\\"b\\\" \\\\c, <d@e>\"\r\n <mycred@example.org>\r\n");
    MC_AUTO_BUFFER struct mc_buffer chinese;
    build("示例", "您的验证码", "t", &chinese);
    assert_begins(&chinese, "From: =?UTF-8?B?56S65L6L?=\r\n <mycred@example.org>\r\n");
    assert_non_null(
        strstr(mc_buffer_text(&chinese), "\r\nSubject: =?UTF-8?B?5oKo55qE6aqM6K+B56CB?=\r\n"));
}

static void what_looks_encoded_is_encoded(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer mail;
    build("Example", "=?UTF-8?B?QQ==?=", "t", &mail);
    assert_non_null(
        strstr(mc_buffer_text(&mail), "Subject: =?UTF-8?B?PT9VVEYtOD9CP1FRPT0/PQ==?=\r\n"));
}

// No line is longer than 78 characters or holds more than ASCII; a lone CR or LF is nowhere
// (MC-SEC-125).
static void assert_wire_form(const struct mc_buffer *mail)
{
    const char *text = mc_buffer_text(mail);
    size_t column = 0;
    for (size_t i = 0; i < mail->size; i++) {
        assert_true((text[i] >= 0x20 && text[i] < 0x7f) || text[i] == '\r' || text[i] == '\n');
        assert_int_equal(text[i] == '\r', text[i + 1] == '\n');
        column = text[i] == '\n' ? 0 : column + 1;
        assert_true(column <= 79);
    }
    assert_null(strstr(text, "\r\n.\r\n"));
}

static void long_subjects_fold_between_characters(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer subject;
    mc_buffer_init(&subject, 4096);
    for (int i = 0; i < 100; i++) {
        mc_buffer_add_text(&subject, i % 3 ? "验" : "a");
        MC_AUTO_BUFFER struct mc_buffer mail;
        build("Example", mc_buffer_text(&subject), ".\r\n.\n\nQUIT\r\n", &mail);
        assert_wire_form(&mail);
    }
    MC_AUTO_BUFFER struct mc_buffer folded;
    mc_buffer_init(&folded, 4096);
    mc_mail_add_text(&folded, mc_span_of("验证码验证码验证码验证码验证码验证码"), 9);
    assert_string_equal(mc_buffer_text(&folded),
                        "=?UTF-8?B?6aqM6K+B56CB6aqM6K+B56CB6aqM6K+B56CB6aqM6K+B56CB6aqM?=\r\n"
                        " =?UTF-8?B?6K+B56CB6aqM6K+B56CB?=");
}

static void line_breaks_in_the_text_are_canonical(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer mail;
    build("Example", "s", "a\nb\r\nc\xc3\xa9", &mail);
    // "a\r\nb\r\nc\u00e9"
    assert_non_null(strstr(mc_buffer_text(&mail), "\r\n\r\nYQ0KYg0KY8Op\r\n"));
    MC_AUTO_BUFFER struct mc_buffer plain;
    build("Example", "s", "a\nb\r\nc", &plain);
    assert_non_null(strstr(mc_buffer_text(&plain), "\r\n\r\na\r\nb\r\nc\r\n"));
}

static bool is_in_clear(const char *text)
{
    MC_AUTO_BUFFER struct mc_buffer mail;
    build("Example", "s", text, &mail);
    bool encoded = strstr(mc_buffer_text(&mail), "Content-Transfer-Encoding: base64\r\n");
    assert_int_equal(!encoded, strstr(mc_buffer_text(&mail), text) != NULL);
    return !encoded;
}

// MC-SEC-125
static void a_text_is_in_clear_only_where_nobody_takes_it_for_something_else(void **state)
{
    (void)state;
    char line[1000] = "";
    assert_true(is_in_clear("123456 is your code."));
    assert_true(is_in_clear("It is From here."));
    assert_false(is_in_clear(".\r\nQUIT"));
    assert_false(is_in_clear("a\r\n.."));
    assert_false(is_in_clear("a\r\nFrom here"));
    assert_false(is_in_clear("a\tb"));
    assert_false(is_in_clear("\x7f"));
    assert_false(is_in_clear("caf\xc3\xa9"));
    memset(line, 'x', 998);
    assert_true(is_in_clear(line));
    line[998] = 'x';
    assert_false(is_in_clear(line));
}

static void a_long_text_is_cut_into_lines(void **state)
{
    (void)state;
    static char text[7001];
    memset(text, '\n', sizeof(text) - 1);
    MC_AUTO_BUFFER struct mc_buffer mail;
    build("Example", "s", text, &mail);
    assert_wire_form(&mail);
    memset(text, '.', sizeof(text) - 1);
    MC_AUTO_BUFFER struct mc_buffer dots;
    build("Example", "s", text, &dots);
    assert_wire_form(&dots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_mail_has_every_header),
        cmocka_unit_test(names_are_quoted_or_encoded),
        cmocka_unit_test(what_looks_encoded_is_encoded),
        cmocka_unit_test(long_subjects_fold_between_characters),
        cmocka_unit_test(line_breaks_in_the_text_are_canonical),
        cmocka_unit_test(a_text_is_in_clear_only_where_nobody_takes_it_for_something_else),
        cmocka_unit_test(a_long_text_is_cut_into_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
