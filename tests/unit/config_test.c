// SPDX-License-Identifier: Apache-2.0
#include "common/config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SITE                                                                                       \
    "ldap_uri = ldapi:///\n"                                                                       \
    "ldap_base = dc=example,dc=org\n"

static enum mc_result parse(const char *text, struct mc_buffer *error,
                            struct mc_config **ret_config)
{
    mc_buffer_init(error, 1024);
    return mc_config_parse("test.conf", mc_span_of(text), error, ret_config);
}

static struct mc_config *must_parse(const char *text)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    struct mc_config *config = NULL;
    enum mc_result result = parse(text, &error, &config);
    assert_string_equal(mc_buffer_text(&error), "");
    assert_int_equal(result, MC_OK);
    return config;
}

static void two_lines_are_a_configuration_and_the_rest_is_preset(void **state)
{
    (void)state;
    struct mc_config *config = must_parse(SITE);
    assert_int_equal(config->ldap_uri.count, 1);
    assert_string_equal(config->ldap_uri.items[0], "ldapi:///");
    assert_string_equal(config->ldap_base, "dc=example,dc=org");
    assert_int_equal(config->ldap_bind, MC_BIND_EXTERNAL);
    assert_false(config->ldap_starttls);
    assert_int_equal(config->methods, MC_METHODS_ALL);
    assert_int_equal(config->code_digits, 6);
    assert_int_equal(config->exempt_max, 7 * 24 * 3600);
    assert_string_equal(config->login_key_file, "/etc/mycred/login.key");
    assert_string_equal(config->sms_url, "");
    assert_int_equal(config->sms_header.count, 0);
    mc_config_free(config);
}

static void a_site_has_an_identity_of_its_own_where_one_is_named(void **state)
{
    (void)state;
    struct mc_config *config = must_parse(SITE);
    assert_int_equal(mc_config_be_site(config), MC_OK);
    assert_int_equal(config->ldap_bind, MC_BIND_EXTERNAL);
    mc_config_free(config);
    config = must_parse(SITE "site_bind_dn = cn=web,dc=example\n");
    assert_int_equal(config->ldap_bind, MC_BIND_EXTERNAL);
    assert_int_equal(mc_config_be_site(config), MC_OK);
    assert_int_equal(config->ldap_bind, MC_BIND_SIMPLE);
    assert_string_equal(config->ldap_bind_dn, "cn=web,dc=example");
    assert_string_equal(config->ldap_bind_password_file, "/etc/mycred/site.password");
    mc_config_free(config);
}

static void every_type_is_read(void **state)
{
    (void)state;
    struct mc_config *config =
        must_parse("# a comment\n"
                   "\n"
                   "ldap_uri=ldaps://one.example.org \t ldap://127.0.0.1:3389\n"
                   "\t ldap_base  =  dc=example, dc=org \t \n"
                   "ldap_bind = simple\n"
                   "ldap_bind_dn = cn=web = yes # not a comment\n"
                   "ldap_bind_password_file = /etc/mycred/ldap.password\n"
                   "ldap_starttls = yes\n"
                   "code_digits = 8\n"
                   "exempt_max = 36h\n"
                   "sms_code_life = 2m\n"
                   "send_interval = 90s\n"
                   "methods = sms  totp\n"
                   "require = on\n"
                   "service_name = 示例\n"
                   "sms_header = Accept: text/plain\n"
                   "sms_header = X-Two: %{id}\n");
    assert_int_equal(config->ldap_uri.count, 2);
    assert_string_equal(config->ldap_uri.items[1], "ldap://127.0.0.1:3389");
    assert_string_equal(config->ldap_base, "dc=example, dc=org");
    assert_int_equal(config->ldap_bind, MC_BIND_SIMPLE);
    assert_string_equal(config->ldap_bind_dn, "cn=web = yes # not a comment");
    assert_true(config->ldap_starttls);
    assert_int_equal(config->code_digits, 8);
    assert_int_equal(config->exempt_max, 36 * 3600);
    assert_int_equal(config->sms_code_life, 120);
    assert_int_equal(config->send_interval, 90);
    assert_int_equal(config->methods, MC_METHOD_BIT(MC_METHOD_TOTP) | MC_METHOD_BIT(MC_METHOD_SMS));
    assert_int_equal(config->require, MC_REQUIRE_ON);
    assert_string_equal(config->service_name, "示例");
    assert_int_equal(config->sms_header.count, 2);
    assert_string_equal(config->sms_header.items[1], "X-Two: %{id}");
    mc_config_free(config);
}

static void a_value_may_be_4096_bytes_long(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, 8192);
    mc_buffer_add_text(&text, SITE "sms_body = ");
    for (int i = 0; i < 4096; i++) {
        mc_buffer_add_byte(&text, 'x');
    }
    mc_buffer_add_byte(&text, '\n');
    struct mc_config *config = must_parse(mc_buffer_text(&text));
    assert_int_equal(strlen(config->sms_body), 4096);
    mc_config_free(config);
}

// Only what never leaves this machine may go without TLS.
static void addresses_of_this_machine_need_no_tls(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "sms_url = http://127.0.0.1:13013/%{to}/%{text}\n",
        "sms_url = http://[::1]:13013/%{to}/%{text}\n",
        "sms_url = http://LocalHost/%{to}/%{text}\n",
        "sms_url = https://sms.example.org:8443/%{to}/%{text}?a=%20b\n",
        "smtp_url = smtp://[::1]:25\nsmtp_tls = plain\nmail_from = a@b\n",
        "smtp_url = smtps://mail.example.org\nsmtp_tls = tls\nmail_from = a@b\n",
        "site_url = http://localhost:8080/\n",
    };
    for (size_t i = 0; i < MC_COUNT(lines); i++) {
        char text[256];
        (void)snprintf(text, sizeof(text), SITE "%s", lines[i]);
        mc_config_free(must_parse(text));
    }
}

static void options_are_sorted_by_name(void **state)
{
    (void)state;
    for (size_t i = 1; i < mc_option_count; i++) {
        assert_true(strcmp(mc_options[i - 1].name, mc_options[i].name) < 0);
    }
}

// F39: a file cut at any byte is refused, or was cut between two lines after all that must be
// there.
static void a_file_cut_anywhere_is_never_read_as_something_else(void **state)
{
    (void)state;
    static const char whole[] = SITE "require = on\n"
                                     "ldap_bind = simple\n"
                                     "ldap_bind_dn = cn=host\n"
                                     "ldap_bind_password_file = /etc/mycred/p\n"
                                     "sms_code_life = 10m\n"
                                     "site_url = https://id.example.org/\n";
    for (size_t size = 0; size < strlen(whole); size++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        mc_buffer_init(&error, 1024);
        struct mc_config *config = NULL;
        struct mc_span cut = {(const uint8_t *)whole, size};
        enum mc_result result = mc_config_parse("test.conf", cut, &error, &config);
        bool between_lines = size >= strlen(SITE) && whole[size - 1] == '\n';
        if (result == MC_OK) {
            assert_true(between_lines);
        } else {
            assert_int_equal(result, MC_BAD_CONFIG);
            assert_null(config);
            assert_memory_equal(mc_buffer_text(&error), "test.conf", strlen("test.conf"));
        }
        mc_config_free(config);
    }
}

// ---- files

struct folder {
    char path[64];
    char file[80];
};

static int make_folder(void **state)
{
    static struct folder folder;
    (void)snprintf(folder.path, sizeof(folder.path), "/tmp/mycred-config-XXXXXX");
    if (!mkdtemp(folder.path)) {
        return -1;
    }
    (void)snprintf(folder.file, sizeof(folder.file), "%s/mycred.conf", folder.path);
    *state = &folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    (void)unlink(folder->file);
    char other[96];
    (void)snprintf(other, sizeof(other), "%s/other", folder->path);
    (void)unlink(other);
    return rmdir(folder->path);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    (void)unlink(path);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
}

static void assert_refused(const char *path, bool secret, size_t maximum, const char *reason)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&content, 4096);
    assert_int_equal(mc_file_read_trusted(path, secret, maximum, &error, &content), MC_BAD_CONFIG);
    assert_memory_equal(mc_buffer_text(&error), path, strlen(path));
    assert_non_null(strstr(mc_buffer_text(&error), reason));
}

static void a_file_of_our_own_is_loaded(void **state)
{
    struct folder *folder = *state;
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 512);
    struct mc_config *config = NULL;
    write_file(folder->file, SITE, 0644);
    assert_int_equal(mc_config_load(folder->file, &error, &config), MC_OK);
    assert_string_equal(config->ldap_base, "dc=example,dc=org");
    mc_config_free(config);
}

// MC-SEC-64
static void links_and_writable_files_are_refused(void **state)
{
    struct folder *folder = *state;
    assert_refused(folder->file, false, 100, "No such file");
    assert_refused(folder->path, false, 100, "not a plain file");
    write_file(folder->file, SITE, 0664);
    assert_refused(folder->file, false, 100, "written by others");
    write_file(folder->file, SITE, 0646);
    assert_refused(folder->file, false, 100, "written by others");
    write_file(folder->file, SITE, 0644);
    char link[96];
    (void)snprintf(link, sizeof(link), "%s/other", folder->path);
    assert_int_equal(symlink(folder->file, link), 0);
    assert_refused(link, false, 100, "symbolic link");
}

// MC-SEC-64
static void a_fifo_is_refused_without_waiting(void **state)
{
    struct folder *folder = *state;
    assert_int_equal(mkfifo(folder->file, 0600), 0);
    assert_refused(folder->file, false, 100, "not a plain file");
}

// MC-SEC-64
static void a_file_of_another_user_is_refused(void **state)
{
    struct folder *folder = *state;
    write_file(folder->file, SITE, 0644);
    if (chown(folder->file, 65534, 65534) != 0) {
        skip(); // only root can give files away
    }
    assert_refused(folder->file, false, 100, "another user");
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
    struct folder *folder = *state;
    write_file(folder->file, SITE, 0640);
    assert_refused(folder->file, true, 100, "read by others");
    write_file(folder->file, SITE, 0604);
    assert_refused(folder->file, true, 100, "read by others");
}

static void a_file_beyond_its_maximum_is_refused(void **state)
{
    struct folder *folder = *state;
    write_file(folder->file, "12345", 0600);
    assert_refused(folder->file, true, 4, "too long");
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&content, 100);
    assert_int_equal(mc_file_read_trusted(folder->file, true, 5, &error, &content), MC_OK);
    assert_string_equal(mc_buffer_text(&content), "12345");
    assert_refused("/dev/zero", false, 100, "not a plain file");
}

static void the_example_file_is_a_configuration(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_AUTO_BUFFER struct mc_buffer content;
    struct mc_config *config = NULL;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&content, 65536);
    assert_int_equal(
        mc_file_read_trusted("common/mycred.conf.example", false, 65536, &error, &content), MC_OK);
    assert_int_equal(mc_config_parse("example", mc_buffer_span(&content), &error, &config), MC_OK);
    mc_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_lines_are_a_configuration_and_the_rest_is_preset),
        cmocka_unit_test(a_site_has_an_identity_of_its_own_where_one_is_named),
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(a_value_may_be_4096_bytes_long),
        cmocka_unit_test(addresses_of_this_machine_need_no_tls),
        cmocka_unit_test(options_are_sorted_by_name),
        cmocka_unit_test(a_file_cut_anywhere_is_never_read_as_something_else),
        cmocka_unit_test_setup_teardown(a_file_of_our_own_is_loaded, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(links_and_writable_files_are_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_fifo_is_refused_without_waiting, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_file_of_another_user_is_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_secret_that_others_can_read_is_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_file_beyond_its_maximum_is_refused, make_folder,
                                        remove_folder),
        cmocka_unit_test(the_example_file_is_a_configuration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
