// SPDX-License-Identifier: Apache-2.0
#include "common/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct mc_job sms_job(void)
{
    return (struct mc_job){
        .channel = MC_METHOD_SMS,
        .to = mc_span_of("+8613800138042"),
        .id = mc_span_of("0123456789abcdef"),
        .text = mc_span_of("123456 是您的验证码。\n\n@example.org #123456"),
    };
}

static struct mc_job mail_job(void)
{
    return (struct mc_job){
        .channel = MC_METHOD_EMAIL,
        .to = mc_span_of("alice@example.org"),
        .subject = mc_span_of("您的验证码: 123456"),
        .message_id = mc_span_of("0123456789abcdef@example.org"),
        .id = mc_span_of("0123456789abcdef"),
        .text = mc_span_of("123456\n.\n"),
    };
}

static void assert_span(struct mc_span one, struct mc_span other)
{
    assert_int_equal(one.size, other.size);
    if (one.size) {
        assert_memory_equal(one.data, other.data, one.size);
    }
}

static void assert_same_after_a_trip(const struct mc_job *job)
{
    MC_AUTO_BUFFER struct mc_buffer bytes;
    mc_buffer_init(&bytes, MC_JOB_MAX);
    struct mc_job back;
    assert_int_equal(mc_job_write(job, &bytes), MC_OK);
    assert_int_equal(mc_job_read(mc_buffer_span(&bytes), &back), MC_OK);
    assert_int_equal(back.channel, job->channel);
    assert_span(back.to, job->to);
    assert_span(back.subject, job->subject);
    assert_span(back.message_id, job->message_id);
    assert_span(back.id, job->id);
    assert_span(back.text, job->text);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct mc_job sms = sms_job();
    struct mc_job mail = mail_job();
    assert_same_after_a_trip(&sms);
    assert_same_after_a_trip(&mail);
}

static void a_job_has_the_form_of_its_description(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer bytes;
    mc_buffer_init(&bytes, MC_JOB_MAX);
    struct mc_job job = mail_job();
    job.text = mc_span_of("123456");
    assert_int_equal(mc_job_write(&job, &bytes), MC_OK);
    assert_string_equal(mc_buffer_text(&bytes), "channel email\n"
                                                "to alice@example.org\n"
                                                "subject 您的验证码: 123456\n"
                                                "message-id 0123456789abcdef@example.org\n"
                                                "id 0123456789abcdef\n"
                                                "\n"
                                                "123456");
}

// MC-SEC-125, MC-SEC-126: no address is more than one, no field more than its line
static void what_is_not_one_plain_value_is_refused_when_written(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "",
        "alice",
        "alice@",
        "@example.org",
        "alice@example.org,bob@example.org",
        "alice@example.org bob@example.org",
        "alice@example.org\nto bob@example.org",
        "alice@example.org\r\nRCPT TO:<bob@example.org>",
        "<alice@example.org>",
        "Alice <alice@example.org>",
        "\"a b\"@example.org",
        "alice@[127.0.0.1]",
        "alice@example..org",
        "alice@-example.org",
        ".alice@example.org",
        "alice@example.org>",
        "alice@ex\xc3\xa4mple.org",
        "a@b@c",
    };
    for (size_t i = 0; i < MC_COUNT(addresses); i++) {
        MC_AUTO_BUFFER struct mc_buffer bytes;
        mc_buffer_init(&bytes, MC_JOB_MAX);
        struct mc_job job = mail_job();
        job.to = mc_span_of(addresses[i]);
        assert_int_equal(mc_job_write(&job, &bytes), MC_MALFORMED);
        assert_int_equal(bytes.size, 0);
    }
}

// MC-SEC-37: what is not E.164 never reaches a gateway
static void numbers_are_e164_or_refused(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "",
        "13800138042",
        "+86 138 0013 8042",
        "008613800138042",
        "+",
        "+0123456789",
        "+123456",
        "+1234567890123456",
        "+86138x",
        "+86138\n",
        "tel:+8613800138042",
        "++8613800138042",
        "+86138001380,42",
    };
    for (size_t i = 0; i < MC_COUNT(numbers); i++) {
        MC_AUTO_BUFFER struct mc_buffer bytes;
        mc_buffer_init(&bytes, MC_JOB_MAX);
        struct mc_job job = sms_job();
        job.to = mc_span_of(numbers[i]);
        assert_int_equal(mc_job_write(&job, &bytes), MC_MALFORMED);
    }
}

static void assert_not_written(const struct mc_job *job)
{
    MC_AUTO_BUFFER struct mc_buffer bytes;
    mc_buffer_init(&bytes, MC_JOB_MAX);
    assert_int_equal(mc_job_write(job, &bytes), MC_MALFORMED);
}

static void fields_are_single_lines_of_their_channel(void **state)
{
    (void)state;
    struct mc_job job = mail_job();
    job.subject = mc_span_of("a\nBcc: b@example.org");
    assert_not_written(&job);
    job.subject = mc_span_of("a\xff");
    assert_not_written(&job);
    job.subject = mc_span_of("");
    assert_not_written(&job);
    job = mail_job();
    job.message_id = mc_span_of("a@b>\r\nX: y");
    assert_not_written(&job);
    job.message_id = mc_span_of("no-sign");
    assert_not_written(&job);
    job = sms_job();
    job.id = mc_span_of("a b");
    assert_not_written(&job);
    job = sms_job();
    job.subject = mc_span_of("not for sms");
    assert_not_written(&job);
    job = sms_job();
    job.text = mc_span_of("");
    assert_not_written(&job);
    job.text = (struct mc_span){(const uint8_t *)"a\0b", 3};
    assert_not_written(&job);
    job = sms_job();
    job.channel = MC_METHOD_TOTP;
    assert_not_written(&job);
}

static void a_job_beyond_its_maximum_is_refused(void **state)
{
    (void)state;
    static char text[MC_JOB_MAX];
    memset(text, 'x', sizeof(text));
    MC_AUTO_BUFFER struct mc_buffer bytes;
    mc_buffer_init(&bytes, 4 * MC_JOB_MAX);
    struct mc_job job = sms_job();
    job.text = (struct mc_span){(const uint8_t *)text, sizeof(text)};
    assert_int_equal(mc_job_write(&job, &bytes), MC_MALFORMED);
    assert_int_equal(mc_job_read(mc_buffer_span(&bytes), &job), MC_MALFORMED);
}

static void malformed_jobs_are_refused_when_read(void **state)
{
    (void)state;
    static const char *const jobs[] = {
        "",
        "\n",
        "\n\ntext",
        "channel sms\nto +8613800138042\nid 1\n",
        "channel sms\nto +8613800138042\nid 1\n\n",
        "channel sms\nto +8613800138042\n\ntext",
        "channel sms\nid 1\n\ntext",
        "to +8613800138042\nid 1\n\ntext",
        "channel sms\nchannel sms\nto +8613800138042\nid 1\n\ntext",
        "channel sms\nto +8613800138042\nto +8613800138043\nid 1\n\ntext",
        "channel sms\nto +8613800138042\nid 1\nfrom x\n\ntext",
        "channel sms\nto +8613800138042\nid 1\nsubject x\n\ntext",
        "channel fax\nto +8613800138042\nid 1\n\ntext",
        "channel none\nto +8613800138042\nid 1\n\ntext",
        "Channel sms\nto +8613800138042\nid 1\n\ntext",
        "channel sms\nto alice@example.org\nid 1\n\ntext",
        "channel email\nto +8613800138042\nid 1\nsubject s\nmessage-id a@b\n\ntext",
        "channel email\nto a@example.org\nid 1\nmessage-id a@b\n\ntext",
        "channel email\nto a@example.org\nid 1\nsubject s\n\ntext",
        "channel sms\r\nto +8613800138042\r\nid 1\r\n\r\ntext",
        "channel\nto +8613800138042\nid 1\n\ntext",
    };
    for (size_t i = 0; i < MC_COUNT(jobs); i++) {
        struct mc_job job = {.id = mc_span_of("untouched")};
        assert_int_equal(mc_job_read(mc_span_of(jobs[i]), &job), MC_MALFORMED);
        assert_true(mc_span_equals(job.id, "untouched"));
    }
}

static void a_job_cut_before_its_text_is_refused(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer bytes;
    mc_buffer_init(&bytes, MC_JOB_MAX);
    struct mc_job job = mail_job();
    assert_int_equal(mc_job_write(&job, &bytes), MC_OK);
    size_t head = bytes.size - job.text.size;
    for (size_t size = 0; size <= head; size++) {
        struct mc_job back;
        struct mc_span cut = {(const uint8_t *)mc_buffer_text(&bytes), size};
        assert_int_equal(mc_job_read(cut, &back), MC_MALFORMED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_job_has_the_form_of_its_description),
        cmocka_unit_test(what_is_not_one_plain_value_is_refused_when_written),
        cmocka_unit_test(numbers_are_e164_or_refused),
        cmocka_unit_test(fields_are_single_lines_of_their_channel),
        cmocka_unit_test(a_job_beyond_its_maximum_is_refused),
        cmocka_unit_test(malformed_jobs_are_refused_when_read),
        cmocka_unit_test(a_job_cut_before_its_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
