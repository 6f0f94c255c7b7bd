// SPDX-License-Identifier: Apache-2.0
// Each allocation fails once: what is being made is then not there, and nothing is left behind
// (F52).
#include "common/send/mail.h"
#include "common/send/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static int countdown = -1; // allocations until one fails; negative: none does

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return countdown >= 0 && countdown-- == 0 ? NULL : __real_calloc(count, size);
}

#define ENOUGH 100000 // allocations that nothing here needs

static const char whole[] = "ldap_uri = ldapi:/// ldaps://ldap.example.org\n"
                            "ldap_base = dc=example,dc=org\n"
                            "service_name = 示例\n"
                            "sms_url = https://sms.example.org/%{to}\n"
                            "sms_header = Authorization: Basic %{basic}\n"
                            "sms_header = Content-Type: application/json\n"
                            "sms_body = {\"text\": \"%{text}\"}\n"
                            "sms_user = u\n"
                            "sms_password_file = /p\n"
                            "mail_from = mycred@example.org\n";

static enum mc_result parse(struct mc_config **ret_config)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 512);
    return mc_config_parse("test.conf", mc_span_of(whole), &error, ret_config);
}

static const struct mc_job job = {.channel = MC_METHOD_EMAIL,
                                  .to = {(const uint8_t *)"+8613800138042", 14},
                                  .subject = {(const uint8_t *)"\xe9\xaa\x8c", 3},
                                  .message_id = {(const uint8_t *)"1@example.org", 13},
                                  .id = {(const uint8_t *)"1", 1},
                                  .text = {(const uint8_t *)"123456", 6}};

static void a_configuration_is_whole_or_not_there(void **state)
{
    (void)state;
    enum mc_result result = MC_UNDECIDED;
    for (int n = 0; result != MC_OK; n++) {
        assert_true(n < ENOUGH);
        struct mc_config *config = NULL;
        countdown = n;
        result = parse(&config);
        countdown = -1;
        assert_true(result == MC_OK || result == MC_NO_MEMORY);
        assert_int_equal(result == MC_OK, config != NULL);
        mc_config_free(config);
    }
}

static enum mc_result build_request(const struct mc_config *config,
                                    const struct mc_secret *password)
{
    MC_AUTO_SMS_REQUEST struct mc_sms_request request;
    mc_sms_request_init(&request);
    enum mc_result result = mc_sms_request_build(config, &job, password, &request);
    if (result == MC_OK) {
        assert_string_equal(mc_buffer_text(&request.body), "{\"text\": \"123456\"}");
        assert_string_equal(mc_buffer_text(&request.headers), "Authorization: Basic dTpw");
    }
    return result;
}

static enum mc_result build_mail(const struct mc_config *config, const struct mc_secret *password)
{
    (void)password;
    MC_AUTO_BUFFER struct mc_buffer mail;
    mc_buffer_init(&mail, 4096);
    enum mc_result result = mc_mail_build(config, &job, 0, &mail);
    if (result == MC_OK) {
        assert_non_null(strstr(mc_buffer_text(&mail), "\r\n\r\n123456\r\n"));
    }
    return result;
}

static void a_message_is_whole_or_not_there(void **state)
{
    (void)state;
    static enum mc_result (*const builders[])(
        const struct mc_config *, const struct mc_secret *) = {build_request, build_mail};
    MC_CLEANUP(mc_config_free_pointer) struct mc_config *config = NULL;
    MC_AUTO_SECRET struct mc_secret password = {0};
    assert_int_equal(parse(&config), MC_OK);
    assert_int_equal(mc_secret_set(&password, mc_span_of("p")), MC_OK);
    for (size_t i = 0; i < MC_COUNT(builders); i++) {
        enum mc_result result = MC_UNDECIDED;
        for (int n = 0; result != MC_OK; n++) {
            assert_true(n < ENOUGH);
            countdown = n;
            result = builders[i](config, &password);
            countdown = -1;
            assert_true(result == MC_OK || result == MC_NO_MEMORY);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_is_whole_or_not_there),
        cmocka_unit_test(a_message_is_whole_or_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
