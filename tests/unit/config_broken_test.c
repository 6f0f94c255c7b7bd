// SPDX-License-Identifier: Apache-2.0
// Broken configurations: each is refused with one sentence that names file, line and cure
// (MC-SEC-68, F38).
#include "common/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SITE                                                                                       \
    "ldap_uri = ldapi:///\n"                                                                       \
    "ldap_base = dc=example,dc=org\n"

#define SMS                                                                                        \
    "sms_url = https://sms.example.org/send\n"                                                     \
    "sms_body = to=%{to}&text=%{text}\n"

// The sentence must be `said`, or begin with it where it ends in "...".
static void assert_says(const char *text, size_t size, const char *said)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 1024);
    struct mc_config *config = NULL;
    struct mc_span span = {(const uint8_t *)text, size};
    assert_int_equal(mc_config_parse("test.conf", span, &error, &config), MC_BAD_CONFIG);
    assert_null(config);
    const char *sentence = mc_buffer_text(&error);
    assert_null(strchr(sentence, '\n'));
    size_t wanted = strlen(said);
    if (wanted > 3 && strcmp(said + wanted - 3, "...") == 0) {
        assert_true(strlen(sentence) >= wanted - 3);
        assert_memory_equal(sentence, said, wanted - 3);
    } else {
        assert_string_equal(sentence, said);
    }
}

// Every row's lines follow the two of SITE, so the first is line 3.
static const struct {
    const char *lines, *said;
} rows[] = {
    {"ldap_url = ldapi:///\n", "test.conf:3: unknown option 'ldap_url'; did you mean 'ldap_uri'?"},
    {"sms_hedder = a: b\n", "test.conf:3: unknown option 'sms_hedder'; did you mean 'sms_header'?"},
    {"Code_Digits = 6\n", "test.conf:3: unknown option 'Code_Digits'; did you mean 'code_digits'?"},
    {"frobnicate = 1\n", "test.conf:3: unknown option 'frobnicate'; mycred.conf(5) lists them all"},
    {"=\n", "test.conf:3: no name stands before the =; write name = value"},
    {" = 3\n", "test.conf:3: no name stands before the =; write name = value"},
    {"# fine\n\nrequire on\n", "test.conf:5: 'require on' is no setting; ..."},
    {"\xe7\xa4\xba\n", "test.conf:3: '\\xe7\\xa4\\xba' is no setting; ..."},
    {"[mycred]\n", "test.conf:3: '[mycred]' is no setting; ..."},
    {"require = on", "test.conf:3: the last line does not end; ..."},
    {"require = on\r\n", "test.conf:3: a carriage return; ..."},
    {"# caf\xe9\n", "test.conf:3: not UTF-8; ..."},
    {"# \xc0\x80\n", "test.conf:3: not UTF-8; ..."},
    {"# \xed\xa0\x80\n", "test.conf:3: not UTF-8; ..."},
    {"# \xf4\x90\x80\x80\n", "test.conf:3: not UTF-8; ..."},
    {"# \xe2\x82\n", "test.conf:3: not UTF-8; ..."},
    {"# \x1b[2J\n", "test.conf:3: a control character (byte 3 of the line); remove it"},
    {"require = on\x7f\n", "test.conf:3: a control character (byte 13 of the line); remove it"},
    {"require = on\nrequire = on\n",
     "test.conf:4: 'require' is set a second time (first in line 3); keep one"},
    {"ldap_base = dc=org\n",
     "test.conf:3: 'ldap_base' is set a second time (first in line 2); keep one"},
    {"require =\n",
     "test.conf:3: 'require' has no value; set one or remove the line for its default"},
    {"require = off\n", "test.conf:3: 'require' must be one of: optional enrol on; not 'off'"},
    {"code_digits = 5\n", "test.conf:3: 'code_digits' must be a number from 6 to 10, not '5'"},
    {"code_digits = six\n", "test.conf:3: 'code_digits' must be a number..."},
    {"code_digits = 6.0\n", "test.conf:3: 'code_digits' must be a number..."},
    {"code_digits = +6\n", "test.conf:3: 'code_digits' must be a number..."},
    {"code_digits = 0x8\n", "test.conf:3: 'code_digits' must be a number..."},
    {"code_digits = 99999999999999999999\n", "test.conf:3: 'code_digits' must be a number..."},
    {"sms_code_life = 11m\n",
     "test.conf:3: 'sms_code_life' must be a time from 60 to 600 seconds, ..."},
    {"sms_code_life = 5 m\n", "test.conf:3: 'sms_code_life' must be a time..."},
    {"sms_code_life = 5w\n", "test.conf:3: 'sms_code_life' must be a time..."},
    {"sms_code_life = m\n", "test.conf:3: 'sms_code_life' must be a time..."},
    {"exempt_max = 9999999999999d\n", "test.conf:3: 'exempt_max' must be a time..."},
    {"exempt_max = 999999999999d\n", "test.conf:3: 'exempt_max' must be a time..."},
    {"ldap_starttls = true\n", "test.conf:3: 'ldap_starttls' must be yes or no, not 'true'"},
    {"ldap_ca_file = ca.pem\n",
     "test.conf:3: 'ldap_ca_file' must be an absolute path, not 'ca.pem'"},
    {"methods = totp phone\n",
     "test.conf:3: 'phone' in 'methods' is no method; there are totp, sms and email"},
    {"methods = none\n", "test.conf:3: 'none' in 'methods' is no method; ..."},
    // directory
    {"ldap_bind = simple\n", "test.conf:3: ldap_bind = simple needs 'ldap_bind_dn' as well"},
    {"ldap_bind = simple\nldap_bind_dn = cn=a\n",
     "test.conf:3: ldap_bind = simple needs 'ldap_bind_password_file' as well"},
    {"ldap_bind_dn = cn=a\n",
     "test.conf:3: 'ldap_bind_dn' has no use with ldap_bind = external; ..."},
    {"ldap_bind_password_file = /a\n", "test.conf:3: 'ldap_bind_password_file' has no use..."},
    {"ldap_setter_dn = cn=a\n",
     "test.conf:3: ldap_setter_dn and ldap_setter_password_file belong together; set "
     "'ldap_setter_password_file' as well"},
    {"ldap_setter_password_file = /a\n", "test.conf:3: ldap_setter_dn and..."},
    {"password_min = 14\n", "test.conf:3: ..."},
    {"ldap_key_file = /a\n",
     "test.conf:3: ldap_certificate_file and ldap_key_file belong together; set "
     "'ldap_certificate_file' as well"},
    {"ldap_certificate_file = /a\n", "test.conf:3: ldap_certificate_file and ldap_key_file..."},
    {"ldap_person_filter = objectClass=person\n",
     "test.conf:3: 'ldap_person_filter' must be one..."},
    {"ldap_person_filter = (a=b)(c=d)\n", "test.conf:3: 'ldap_person_filter' must be one..."},
    {"ldap_person_filter = (&(a=b)\n", "test.conf:3: 'ldap_person_filter' must close..."},
    {"mail_attribute = mail, mobile\n", "test.conf:3: 'mail_attribute' must be the name..."},
    {"login_attribute = uid)(a=*\n", "test.conf:3: 'login_attribute' must be the name..."},
    {"ldap_group_attribute = -member\n", "test.conf:3: 'ldap_group_attribute' must be the name..."},
    // people and numbers
    {"default_language = en_US.UTF-8\n",
     "test.conf:3: 'default_language' must be a language there are texts in: en or zh-CN; it holds "
     "'en_US.UTF-8'"},
    {"default_language = fr\n", "test.conf:3: 'default_language' must be a language there are..."},
    {"default_language = english\n", "test.conf:3: 'default_language' must be a language..."},
    {"default_country = 86\n", "test.conf:3: 'default_country' must be a country code..."},
    {"default_country = +\n", "test.conf:3: 'default_country' must be..."},
    {"default_country = +0\n", "test.conf:3: 'default_country' must be..."},
    {"sms_countries = +86 1\n", "test.conf:3: 'sms_countries' must be..."},
    {"trusted_uid = freerad\n",
     "test.conf:3: 'trusted_uid' must hold words like radiusd:freerad, ..."},
    {"trusted_uid = :freerad\n", "test.conf:3: 'trusted_uid' must..."},
    {"trusted_uid = a:b:c\n", "test.conf:3: 'trusted_uid' must..."},
    {"site_url = http://id.example.org/\n",
     "test.conf:3: 'site_url' must be an https:// address..."},
    {"site_url = id.example.org\n", "test.conf:3: 'site_url' must be an https:// address..."},
    {"site_url = https://user@id.example.org\n", "test.conf:3: 'site_url' must be..."},
    // SMS
    {"sms_url = ftp://sms.example.org/%{to}\n",
     "test.conf:3: 'sms_url' must begin with https://..."},
    {"sms_url = http://sms.example.org/send\n",
     "test.conf:3: 'sms_url' must begin with https://..."},
    {"sms_url = http://localhost.example.org/send\n", "test.conf:3: 'sms_url' must begin with..."},
    {"sms_url = http://127.0.0.1.example.org/\n", "test.conf:3: 'sms_url' must begin with..."},
    {"sms_url = https://u:p@sms.example.org/\n", "test.conf:3: 'sms_url' must be an address..."},
    {"sms_url = http://127.0.0.1:80@evil.example/\n",
     "test.conf:3: 'sms_url' must be an address..."},
    {"sms_url = http://127.0.0.1\\@evil.example/\n",
     "test.conf:3: 'sms_url' must be an address..."},
    {"sms_url = https://sms.example.org:99999x/\n", "test.conf:3: 'sms_url' must be an address..."},
    {"sms_url = https:///send\n", "test.conf:3: 'sms_url' must be an address..."},
    {"sms_url = https://sms.example.org/a b\n", "test.conf:3: 'sms_url' must be an address..."},
    {"sms_url = https://%{to}.example.org/\n", "test.conf:3: 'sms_url' must have a path..."},
    {"sms_url = https://sms.example.org?to=%{to}\n", "test.conf:3: 'sms_url' must have a path..."},
    {"sms_url = https://sms.example.org/#%{to}\n", "test.conf:3: 'sms_url' must not hold a #; ..."},
    {"sms_url = https://sms.example.org/?p=%{password}\n",
     "test.conf:3: 'sms_url' must not hold credentials, ..."},
    {"sms_url = https://sms.example.org/?p=%{user}\n", "test.conf:3: 'sms_url' must not hold..."},
    {"sms_url = https://sms.example.org/?p=%{basic}\n", "test.conf:3: 'sms_url' must not hold..."},
    {"sms_body = %{number}\n",
     "test.conf:3: 'sms_body' holds an unknown placeholder; there are %{to}, ..."},
    {"sms_body = %{to\n", "test.conf:3: 'sms_body' holds an unknown placeholder; ..."},
    {"sms_body = %{}\n", "test.conf:3: 'sms_body' holds an unknown placeholder; ..."},
    {"sms_body = %{ to }\n", "test.conf:3: 'sms_body' holds an unknown placeholder; ..."},
    {"sms_url = https://sms.example.org/%{To}\n", "test.conf:3: 'sms_url' holds an unknown..."},
    {"sms_header = X-To: %{nobody}\n", "test.conf:3: 'sms_header' holds an unknown..."},
    {"sms_header = X-One: 1\nsms_header = X-Two\n",
     "test.conf:4: 'sms_header' must be a header..."},
    {"sms_header = X Two: 2\n", "test.conf:3: 'sms_header' must be a header..."},
    {"sms_header = X-Two :2\n", "test.conf:3: 'sms_header' must be a header..."},
    {"sms_header = X-Two:\n", "test.conf:3: 'sms_header' must be a header..."},
    {"sms_header = : 2\n", "test.conf:3: 'sms_header' must be a header..."},
    {"sms_header = host: evil.example\n", "test.conf:3: 'sms_header' must not hold a header..."},
    {"sms_header = Content-Length: 0\n", "test.conf:3: 'sms_header' must not hold a header..."},
    {"sms_header = Transfer-Encoding: chunked\n", "test.conf:3: 'sms_header' must not..."},
    {"sms_http_method = DELETE\n",
     "test.conf:3: 'sms_http_method' must be one of: POST GET PUT; ..."},
    {"sms_accept_status = ok\n", "test.conf:3: 'sms_accept_status' must hold statuses..."},
    {"sms_accept_status = 200,202\n", "test.conf:3: 'sms_accept_status' must hold statuses..."},
    {"sms_accept_status = 600\n", "test.conf:3: 'sms_accept_status' must hold statuses..."},
    {"sms_accept_status = 2x\n", "test.conf:3: 'sms_accept_status' must hold statuses..."},
    {"sms_accept_body = (\n", "test.conf:3: 'sms_accept_body' must be a POSIX extended..."},
    {"sms_accept_body = a{2,1}\n", "test.conf:3: 'sms_accept_body' must be a POSIX extended..."},
    {"sms_url = https://sms.example.org/\n",
     "test.conf:3: the request to the SMS gateway has no %{text}; put it into..."},
    {"sms_url = https://sms.example.org/%{text}\n",
     "test.conf:3: the request to the SMS gateway has no %{to}; put it into..."},
    {"sms_http_method = GET\n" SMS,
     "test.conf:5: 'sms_body' has no use with sms_http_method = GET; ..."},
    {SMS "sms_user = a\n",
     "test.conf:5: 'sms_user' is set, but neither sms_header nor sms_body holds..."},
    {SMS "sms_password_file = /p\n", "test.conf:5: 'sms_password_file' is set, but neither..."},
    {SMS "sms_header = A: %{user}\n", "test.conf:3: the request to the SMS gateway holds a "
                                      "credential that 'sms_user' must name; ..."},
    {SMS "sms_header = A: %{basic}\nsms_user = a\n",
     "test.conf:3: the request to the SMS gateway holds a credential that 'sms_password_file'..."},
    // e-mail
    {"smtp_url = mail.example.org\n", "test.conf:3: 'smtp_url' must be an address like smtp://..."},
    {"smtp_url = http://mail.example.org\n", "test.conf:3: 'smtp_url' must be an address..."},
    {"smtp_url = smtp://user:secret@mail.example.org\n",
     "test.conf:3: 'smtp_url' must be an address..."},
    {"smtp_url = smtp://mail.example.org/evil\n", "test.conf:3: 'smtp_url' must be an address..."},
    {"smtp_url = smtp://\n", "test.conf:3: 'smtp_url' must be an address..."},
    {"smtp_url = smtp://mail.example.org\n",
     "test.conf:3: smtp_url is set, but not 'mail_from', ..."},
    {"mail_from = a@b\nsmtp_url = smtps://mail.example.org\n",
     "test.conf:4: smtps:// in smtp_url needs smtp_tls = tls"},
    {"mail_from = a@b\nsmtp_url = smtp://mail.example.org\nsmtp_tls = tls\n",
     "test.conf:4: smtp_tls = tls needs smtps:// in smtp_url"},
    {"mail_from = a@b\nsmtp_url = smtp://mail.example.org\nsmtp_tls = plain\n",
     "test.conf:5: smtp_tls = plain would send codes unprotected..."},
    {"mail_from = a@b\nsmtp_url = smtp://mail.example.org\nsmtp_user = u\n",
     "test.conf:5: smtp_user and smtp_password_file belong together; set 'smtp_password_file' as "
     "well"},
    {"mail_from = a@b\nsmtp_url = smtp://mail.example.org\nsmtp_password_file = /p\n",
     "test.conf:5: smtp_user and smtp_password_file belong together; set 'smtp_user' as well"},
    {"mail_from = A <a@example.org>\n", "test.conf:3: 'mail_from' must be one plain address, ..."},
    {"mail_from = a@example.org, b@example.org\n", "test.conf:3: 'mail_from' must be one plain..."},
    {"mail_from = a@[127.0.0.1]\n", "test.conf:3: 'mail_from' must be one plain address, ..."},
};

static void broken_lines_are_refused_by_line_and_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer text;
        mc_buffer_init(&text, 4096);
        mc_buffer_add_text(&text, SITE);
        mc_buffer_add_text(&text, rows[i].lines);
        assert_says(mc_buffer_text(&text), text.size, rows[i].said);
    }
}

static void what_must_be_set_is_named(void **state)
{
    (void)state;
    static const char no_base[] = "ldap_uri = ldapi:///\n";
    static const char plain[] = "ldap_base = dc=example\nldap_uri = ldapi:/// ldap://192.0.2.1\n";
    assert_says("", 0, "test.conf: 'ldap_base' is missing; add a line 'ldap_base = ...' ...");
    assert_says(no_base, strlen(no_base), "test.conf: 'ldap_base' is missing; ...");
    assert_says(
        plain, strlen(plain),
        "test.conf:2: 'ldap://192.0.2.1' in ldap_uri would send passwords unprotected; ...");
}

static void directory_addresses_are_of_three_kinds(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "http://ldap.example.org", "ldaps://",          "ldap.example.org",  "ldaps://a/dc=example",
        "ldaps://a?uid?sub",       "ldaps://cn=a@host", "cldap://127.0.0.1", "ldap://[::1",
        "ldap://[::1]x",           "ldap://127.0.0.1:", "ldap://a:b:c",      "LDAP://127.0.0.1",
    };
    for (size_t i = 0; i < MC_COUNT(addresses); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), "ldap_base = dc=example\nldap_uri = %s\n", addresses[i]);
        assert_says(text, strlen(text), "test.conf:2: 'ldap_uri' must hold addresses like...");
    }
}

static void bytes_that_no_text_holds_are_refused(void **state)
{
    (void)state;
    static const char with_nul[] = SITE "require = on\0\n";
    assert_says(with_nul, sizeof(with_nul) - 1,
                "test.conf:3: a control character (byte 13 of the line); remove it");
    for (char byte = 1; byte < 0x20; byte++) {
        char text[128];
        int size = snprintf(text, sizeof(text), SITE "service_name = a%cb\n", byte);
        if (byte == '\t' || byte == '\n') {
            continue;
        }
        assert_says(text, (size_t)size, "test.conf:3: a c...");
    }
}

static void long_values_and_files_are_refused(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, 1 << 20);
    mc_buffer_add_text(&text, SITE "sms_body = ");
    for (int i = 0; i < 4097; i++) {
        mc_buffer_add_byte(&text, 'x');
    }
    mc_buffer_add_byte(&text, '\n');
    assert_says(mc_buffer_text(&text), text.size,
                "test.conf:3: the value of 'sms_body' is longer than 4096 bytes");
    mc_buffer_clear(&text);
    mc_buffer_add_text(&text, SITE);
    while (text.size <= 256 * 1024) {
        mc_buffer_add_text(&text, "#\n");
    }
    assert_says(mc_buffer_text(&text), text.size, "test.conf: longer than 256 KiB");
}

static void an_option_holds_no_endless_list(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, 1 << 20);
    mc_buffer_add_text(&text, SITE);
    for (int i = 0; i < 257; i++) {
        mc_buffer_add_text(&text, "sms_header = A: b\n");
    }
    assert_says(mc_buffer_text(&text), text.size,
                "test.conf:259: 'sms_header' holds more than 256 values");
}

// What is wrong with any value of a type, by the option's own limits.
static const char *bad_value(const struct mc_option *option, int which, char *room, size_t size)
{
    long long beyond = which == 0 ? (long long)option->maximum + 1 : (long long)option->minimum - 1;
    switch (option->type) {
    case MC_OPTION_NUMBER:
    case MC_OPTION_DURATION:
        (void)snprintf(room, size, "%lld", beyond);
        return room;
    case MC_OPTION_BOOL:
    case MC_OPTION_CHOICE:
    case MC_OPTION_METHODS:
        return which == 0 ? "perhaps" : "Yes";
    case MC_OPTION_PATH:
        return which == 0 ? "etc/mycred" : "~/mycred";
    case MC_OPTION_TEXT:
    case MC_OPTION_WORDS:
    case MC_OPTION_LINES:
        return "\xff";
    }
    return NULL;
}

static void assert_line_refused(const char *lines, const char *name)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 1024);
    struct mc_config *config = NULL;
    assert_int_equal(mc_config_parse("test.conf", mc_span_of(lines), &error, &config),
                     MC_BAD_CONFIG);
    assert_null(config);
    const char *sentence = mc_buffer_text(&error);
    assert_memory_equal(sentence, "test.conf:", strlen("test.conf:"));
    assert_true(strstr(sentence, name) || strstr(sentence, "UTF-8"));
}

// MC-SEC-02, MC-SEC-05: the table's limits hold for every option
static void every_option_refuses_what_its_type_does_not_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < mc_option_count; i++) {
        const struct mc_option *option = &mc_options[i];
        char room[32];
        char lines[256];
        for (int which = 0; which < 2; which++) {
            (void)snprintf(lines, sizeof(lines), "%s = %s\n", option->name,
                           bad_value(option, which, room, sizeof(room)));
            assert_line_refused(lines, option->name);
        }
        (void)snprintf(lines, sizeof(lines), "%sx = 1\n", option->name);
        assert_line_refused(lines, option->name);
    }
}

static void every_option_that_stands_once_refuses_a_second_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < mc_option_count; i++) {
        const struct mc_option *option = &mc_options[i];
        const char *value = option->preset ? option->preset : "ldapi:///";
        char lines[256];
        (void)snprintf(lines, sizeof(lines), "%s = %s\n%s = %s\n", option->name, value,
                       option->name, value);
        if (option->type != MC_OPTION_LINES) {
            assert_line_refused(lines, option->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_lines_are_refused_by_line_and_name),
        cmocka_unit_test(what_must_be_set_is_named),
        cmocka_unit_test(directory_addresses_are_of_three_kinds),
        cmocka_unit_test(bytes_that_no_text_holds_are_refused),
        cmocka_unit_test(long_values_and_files_are_refused),
        cmocka_unit_test(an_option_holds_no_endless_list),
        cmocka_unit_test(every_option_refuses_what_its_type_does_not_hold),
        cmocka_unit_test(every_option_that_stands_once_refuses_a_second_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
