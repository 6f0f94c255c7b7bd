// SPDX-License-Identifier: Apache-2.0
#include "common/send/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SITE                                                                                       \
    "ldap_uri = ldapi:///\n"                                                                       \
    "ldap_base = dc=example,dc=org\n"                                                              \
    "service_name = Example & Sons\n"

struct bench {
    struct mc_config *config;
    struct mc_sms_request request;
};

static void release_bench(struct bench *bench)
{
    mc_sms_request_release(&bench->request);
    mc_config_free(bench->config);
}

#define AUTO_BENCH MC_CLEANUP(release_bench)

static enum mc_result build(struct bench *bench, const char *lines, const char *text)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_AUTO_BUFFER struct mc_buffer file;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&file, 4096);
    mc_buffer_format(&file, SITE "%s", lines);
    mc_sms_request_init(&bench->request);
    bench->config = NULL;
    enum mc_result result =
        mc_config_parse("test.conf", mc_buffer_span(&file), &error, &bench->config);
    assert_string_equal(mc_buffer_text(&error), "");
    assert_int_equal(result, MC_OK);
    MC_AUTO_SECRET struct mc_secret password = {0};
    assert_int_equal(mc_secret_set(&password, mc_span_of("se:cr \"et")), MC_OK);
    const struct mc_job job = {.channel = MC_METHOD_SMS,
                               .to = mc_span_of("+8613800138042"),
                               .id = mc_span_of("0123abcd"),
                               .text = mc_span_of(text)};
    return mc_sms_request_build(bench->config, &job, &password, &bench->request);
}

static void a_form_is_encoded_as_a_form(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    assert_int_equal(
        build(&bench,
              "sms_url = https://sms.example.org/send?id=%{id}&n=%{to}\n"
              "sms_body = to=%{to}&n=%{to_digits}&text=%{text}&c=%{coding}&s=%{service}\n",
              "a&to=+1 验"),
        MC_OK);
    assert_string_equal(mc_buffer_text(&bench.request.url),
                        "https://sms.example.org/send?id=0123abcd&n=%2B8613800138042");
    assert_string_equal(mc_buffer_text(&bench.request.body),
                        "to=%2B8613800138042&n=8613800138042&text=a%26to%3D%2B1+%E9%AA%8C&c=2&s="
                        "Example+%26+Sons");
    assert_int_equal(bench.request.headers.size, 0);
    assert_false(bench.request.idempotent);
}

static void json_is_encoded_as_json(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    assert_int_equal(build(&bench,
                           "sms_url = https://sms.example.org/send\n"
                           "sms_header = content-type:application/json; charset=utf-8\n"
                           "sms_body = "
                           "{\"to\":[\"%{to}\"],\"text\":\"%{text}\",\"unicode\":%{coding},\"p\":"
                           "\"%{password}\"}\n"
                           "sms_password_file = /p\n",
                           "1\",\"to\":[\"+2"),
                     MC_OK);
    assert_string_equal(
        mc_buffer_text(&bench.request.body),
        "{\"to\":[\"+8613800138042\"],\"text\":\"1\\\",\\\"to\\\":[\\\"+2\",\"unicode\":0,"
        "\"p\":\"se:cr \\\"et\"}");
}

static void xml_is_encoded_as_xml(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    assert_int_equal(build(&bench,
                           "sms_url = https://sms.example.org/send\n"
                           "sms_header = Content-Type: text/xml\n"
                           "sms_body = <m to=\"%{to}\"><s>%{service}</s>%{text}</m>\n",
                           "</m><m to=\"+1\">"),
                     MC_OK);
    assert_string_equal(mc_buffer_text(&bench.request.body),
                        "<m to=\"+8613800138042\"><s>Example &amp; Sons</s>&lt;/m&gt;&lt;m "
                        "to=&quot;+1&quot;&gt;</m>");
}

static void plain_text_is_the_text(void **state)
{
    (void)state;
    AUTO_BENCH struct bench bench;
    assert_int_equal(build(&bench,
                           "sms_url = https://sms.example.org/send\n"
                           "sms_header = Content-Type: text/plain; charset=UTF-8\n"
                           "sms_header = X-To: %{to}\n"
                           "sms_header = Authorization: Basic %{basic}\n"
                           "sms_header = Idempotency-Key: %{id}\n"
                           "sms_body = %{text}\n"
                           "sms_user = u\n"
                           "sms_password_file = /p\n",
                           "a&b=\"c\"\n%{to}"),
                     MC_OK);
    assert_string_equal(mc_buffer_text(&bench.request.body), "a&b=\"c\"\n%{to}");
    static const char headers[] = "Content-Type: text/plain; charset=UTF-8\0"
                                  "X-To: +8613800138042\0"
                                  "Authorization: Basic dTpzZTpjciAiZXQ=\0"
                                  "Idempotency-Key: 0123abcd";
    assert_int_equal(bench.request.headers.size, sizeof(headers));
    assert_memory_equal(bench.request.headers.data, headers, sizeof(headers));
    assert_true(bench.request.idempotent);
}

// MC-SEC-129: what is put in is never read as a template
static void values_are_not_templates(void **state)
{
    (void)state;
    static const char *const texts[] = {"%{password}", "%{to}%{text}", "%%{text}",  "{{7*7}}",
                                        "${x}",        "%n%s%x",       "<!--#x -->"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        AUTO_BENCH struct bench bench;
        assert_int_equal(build(&bench,
                               "sms_url = https://sms.example.org/%{to}\n"
                               "sms_header = Content-Type: text/plain\n"
                               "sms_body = 50% {%{text}} %\n",
                               texts[i]),
                         MC_OK);
        MC_AUTO_BUFFER struct mc_buffer wanted;
        mc_buffer_init(&wanted, 256);
        mc_buffer_format(&wanted, "50%% {%s} %%", texts[i]);
        assert_string_equal(mc_buffer_text(&bench.request.body), mc_buffer_text(&wanted));
    }
}

// MC-SEC-131
static void a_line_break_cannot_enter_a_header(void **state)
{
    (void)state;
    static const char *const texts[] = {"a\nX: y", "a\r\nX: y", "a\rb", "a\tb", "a\x7f"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        AUTO_BENCH struct bench bench;
        assert_int_equal(build(&bench,
                               "sms_url = https://sms.example.org/%{to}\n"
                               "sms_header = X-Text: %{text}\n",
                               texts[i]),
                         MC_MALFORMED);
    }
}

static void assert_accepted(const char *lines, long status, const char *body, bool wanted)
{
    AUTO_BENCH struct bench bench;
    MC_AUTO_BUFFER struct mc_buffer all;
    mc_buffer_init(&all, 1024);
    mc_buffer_format(&all, "sms_url = https://sms.example.org/%%{to}/%%{text}\n%s", lines);
    assert_int_equal(build(&bench, mc_buffer_text(&all), "a"), MC_OK);
    assert_int_equal(mc_sms_is_accepted(bench.config, status, body), wanted);
}

static void status_and_body_both_say_accepted(void **state)
{
    (void)state;
    assert_accepted("", 200, "", true);
    assert_accepted("", 202, "0: Accepted", true);
    assert_accepted("", 302, "", false);
    assert_accepted("", 403, "", false);
    assert_accepted("", 0, "", false);
    assert_accepted("sms_accept_status = 200 409\n", 409, "", true);
    assert_accepted("sms_accept_status = 200 409\n", 202, "", false);
    assert_accepted("sms_accept_body = \"code\": ?0[,}]\n", 200, "{\"code\": 0}", true);
    assert_accepted("sms_accept_body = \"code\": ?0[,}]\n", 200, "{\"code\": 01}", false);
    assert_accepted("sms_accept_body = ^OK\n", 200, "", false);
    assert_accepted("sms_accept_body = ^OK\n", 500, "OK", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_encoded_as_a_form),
        cmocka_unit_test(json_is_encoded_as_json),
        cmocka_unit_test(xml_is_encoded_as_xml),
        cmocka_unit_test(plain_text_is_the_text),
        cmocka_unit_test(values_are_not_templates),
        cmocka_unit_test(a_line_break_cannot_enter_a_header),
        cmocka_unit_test(status_and_body_both_say_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
