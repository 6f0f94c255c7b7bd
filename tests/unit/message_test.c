// SPDX-License-Identifier: Apache-2.0
#include "common/message.h"

#include "common/catalogue.h"
#include "common/utf8.h"
#include "tests/unit/unit.h"

static void the_best_language_asked_for_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *preferred, *fallback;
        enum mc_language language;
    } rows[] = {
        {"", "en", MC_ENGLISH},
        {"", "zh-CN", MC_CHINESE_SIMPLIFIED},
        {"", "fr", MC_ENGLISH},
        {"en", "zh", MC_ENGLISH},
        {"zh", "en", MC_CHINESE_SIMPLIFIED},
        {"zh-CN", "en", MC_CHINESE_SIMPLIFIED},
        {"ZH-cn", "en", MC_CHINESE_SIMPLIFIED},
        {"zh_CN", "en", MC_CHINESE_SIMPLIFIED},
        {"zh-Hans-CN", "en", MC_CHINESE_SIMPLIFIED},
        {"en-GB", "zh", MC_ENGLISH},
        {"zh-CN, en;q=0.5", "en", MC_CHINESE_SIMPLIFIED},
        {"en;q=0.5, zh-CN", "en", MC_CHINESE_SIMPLIFIED},
        {"en;q=0.4,zh;q=0.9", "en", MC_CHINESE_SIMPLIFIED},
        {"en, zh", "zh", MC_ENGLISH}, // of equals the first
        {"fr, de;q=0.9, zh;q=0.1", "en", MC_CHINESE_SIMPLIFIED},
        {"fr, de", "zh", MC_CHINESE_SIMPLIFIED},
        {"zh;q=0, en;q=0.1", "zh", MC_ENGLISH},
        {"zh;q=0", "en", MC_ENGLISH},
        {"*", "zh", MC_CHINESE_SIMPLIFIED},
        {"zhx", "en", MC_ENGLISH},
        {"z", "en", MC_ENGLISH},
        {"english", "zh", MC_CHINESE_SIMPLIFIED},
        {" zh ; q=1 ", "en", MC_CHINESE_SIMPLIFIED},
        {",,,;;;===", "en", MC_ENGLISH},
        {"zh;q=", "en", MC_CHINESE_SIMPLIFIED},
        {"zh;q=x", "en", MC_ENGLISH},
        {"zh;q=-1, en;q=0.1", "zh", MC_ENGLISH},
        {"zh;q=nan, en;q=0.1", "zh", MC_ENGLISH},
        {"zh;q=0.00000000000000000001", "en", MC_CHINESE_SIMPLIFIED},
        {"\xff\xfe", "en", MC_ENGLISH},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        if (mc_language_choose(rows[i].preferred, rows[i].fallback) != rows[i].language) {
            fail_msg("'%s' or '%s'", rows[i].preferred, rows[i].fallback);
        }
    }
}

// ---- the catalogue itself ----

struct header {
    uint32_t magic, revision, count, originals, translations;
};

static struct mc_span text_at(const struct mc_catalogue *catalogue, uint32_t table, uint32_t index)
{
    uint32_t entry[2];
    memcpy(entry, catalogue->start + table + index * sizeof entry, sizeof entry);
    return (struct mc_span){catalogue->start + entry[1], entry[0]};
}

// The conversions of a format in order, "%s %u" as "su".
static void conversions(const char *text, char *letters, size_t room)
{
    size_t count = 0;
    for (const char *at = strchr(text, '%'); at; at = strchr(at + 1, '%')) {
        at += strspn(at + 1, "0123456789.-+ #l") + 1;
        if (*at != '%' && count + 1 < room) {
            letters[count++] = *at;
        }
    }
    letters[count] = '\0';
}

// MC-SEC-10: every text has a translation that is found, is UTF-8 and takes the same arguments
static void every_text_is_translated_with_the_same_arguments(void **state)
{
    (void)state;
    const struct mc_catalogue *catalogue = &mc_catalogue_zh_CN;
    struct header header;
    memcpy(&header, catalogue->start, sizeof header);
    assert_in_range(header.count, 30, 5000);
    for (uint32_t i = 0; i < header.count; i++) {
        struct mc_span english = text_at(catalogue, header.originals, i);
        struct mc_span found = mc_catalogue_find(catalogue, english);
        char before[16], after[16];
        assert_ptr_equal(found.data, text_at(catalogue, header.translations, i).data);
        assert_true(mc_utf8_is_valid(found));
        conversions((const char *)english.data, before, sizeof before);
        conversions((const char *)found.data, after, sizeof after);
        if (english.size && strcmp(before, after) != 0) {
            fail_msg("'%s' takes %s, '%s' takes %s", english.data, before, found.data, after);
        }
    }
}

static void what_is_not_in_the_catalogue_stays_english(void **state)
{
    (void)state;
    static const char *const texts[] = {"no such text", "\x01", "\xff", "~~~", "A"};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        assert_ptr_equal(mc_text(MC_CHINESE_SIMPLIFIED, texts[i]), texts[i]);
        assert_ptr_equal(mc_text(MC_ENGLISH, texts[i]), texts[i]);
    }
    static char longest[600];
    memset(longest, 'a', sizeof longest - 1);
    assert_ptr_equal(mc_text_n(MC_CHINESE_SIMPLIFIED, longest, "many", 1), longest);
    assert_string_equal(mc_text_n(MC_CHINESE_SIMPLIFIED, longest, "many", 2), "many");
}

static void numbers_choose_the_plural_form(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *english, *chinese;
    } rows[] = {
        {-5, "1 second", "1 秒"},        {0, "1 second", "1 秒"},      {1, "1 second", "1 秒"},
        {2, "2 seconds", "2 秒"},        {90, "90 seconds", "90 秒"},  {91, "2 minutes", "2 分钟"},
        {120, "2 minutes", "2 分钟"},    {121, "3 minutes", "3 分钟"}, {300, "5 minutes", "5 分钟"},
        {5400, "90 minutes", "90 分钟"}, {5401, "2 hours", "2 小时"},  {7200, "2 hours", "2 小时"},
        {86400, "24 hours", "24 小时"},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer english, chinese;
        mc_buffer_init(&english, 64);
        mc_buffer_init(&chinese, 64);
        mc_text_duration(MC_ENGLISH, rows[i].seconds, &english);
        mc_text_duration(MC_CHINESE_SIMPLIFIED, rows[i].seconds, &chinese);
        assert_string_equal(mc_buffer_text(&english), rows[i].english);
        assert_string_equal(mc_buffer_text(&chinese), rows[i].chinese);
    }
}

// ---- the message that carries a code ----

struct message_row {
    const char *options;
    enum mc_language language;
    enum mc_method channel;
    const char *subject, *text;
};

#define NAMED "service_name = Example\nsite_url = https://login.example.org:8443/mycred/\n"

// MC-SEC-10: service, purpose and lifetime are named, nobody is to be told, no link to sign in; an
// SMS ends with the line that binds it to the host
static const struct message_row message_rows[] = {
    {NAMED, MC_ENGLISH, MC_METHOD_SMS, "",
     "012345 is your Example login verification code. It is valid for 5 minutes. Do not tell it to "
     "anybody.\n@login.example.org #012345"},
    {NAMED, MC_CHINESE_SIMPLIFIED, MC_METHOD_SMS, "",
     "012345 是您的 Example 登录验证码，5 分钟内有效。请勿告诉任何人。\n@login.example.org "
     "#012345"},
    {"service_name = Example\n", MC_ENGLISH, MC_METHOD_SMS, "",
     "012345 is your Example login verification code. It is valid for 5 minutes. Do not tell it to "
     "anybody."},
    {NAMED, MC_ENGLISH, MC_METHOD_EMAIL, "Example login verification code",
     "012345 is your Example login verification code. It is valid for 5 minutes. Do not tell it to "
     "anybody.\n\nIf you are not signing in right now, somebody knows your password: change it, "
     "and "
     "tell your administrator.\n"},
    {"service_name = %n %s {{7*7}}\n", MC_ENGLISH, MC_METHOD_SMS, "",
     "012345 is your %n %s {{7*7}} login verification code. It is valid for 5 minutes. Do not tell "
     "it to anybody."},
};

static void codes_are_sent_in_these_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(message_rows); i++) {
        const struct message_row *row = &message_rows[i];
        UNIT unit = unit_new(row->options);
        MC_AUTO_BUFFER struct mc_buffer subject, text;
        mc_buffer_init(&subject, 256);
        mc_buffer_init(&text, 2048);
        const struct mc_code_message message = {row->language, row->channel, "012345", 300,
                                                MC_CODE_LOGIN};
        assert_int_equal(mc_message_code(unit.config, &message, &subject, &text), MC_OK);
        assert_string_equal(mc_buffer_text(&subject), row->subject);
        assert_string_equal(mc_buffer_text(&text), row->text);
    }
}

static bool is_one_line(const char *text)
{
    return !strpbrk(text, "\r\n");
}

// MC-SEC-10: in every language, with the longest name that may be configured
static void every_language_keeps_the_rules_of_its_channel(void **state)
{
    (void)state;
    UNIT unit = unit_new("site_url = https://login.example.org/\nservice_name = "
                         "A service whose name has exactly as many letters as names may ha\n");
    for (int language = 0; language < MC_LANGUAGE_COUNT; language++) {
        for (int channel = MC_METHOD_SMS; channel <= MC_METHOD_EMAIL; channel++) {
            MC_AUTO_BUFFER struct mc_buffer subject, text;
            mc_buffer_init(&subject, 256);
            mc_buffer_init(&text, 2048);
            const struct mc_code_message message = {(enum mc_language)language,
                                                    (enum mc_method)channel, "0123456789", 600,
                                                    MC_CODE_LOGIN};
            assert_int_equal(mc_message_code(unit.config, &message, &subject, &text), MC_OK);
            assert_true(mc_utf8_is_valid(mc_buffer_span(&text)));
            assert_non_null(strstr(text.data, "0123456789"));
            assert_non_null(strstr(text.data, unit.config->service_name));
            assert_non_null(strstr(text.data, "10 "));
            assert_null(strstr(text.data, "://"));
            assert_true(is_one_line(mc_buffer_text(&subject)));
            assert_null(strstr(mc_buffer_text(&subject), "0123456789"));
            const char *last = "\n@login.example.org #0123456789";
            bool bound =
                text.size > strlen(last) && strcmp(text.data + text.size - strlen(last), last) == 0;
            assert_int_equal(bound, channel == MC_METHOD_SMS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_language_asked_for_is_chosen),
        cmocka_unit_test(every_text_is_translated_with_the_same_arguments),
        cmocka_unit_test(what_is_not_in_the_catalogue_stays_english),
        cmocka_unit_test(numbers_choose_the_plural_form),
        cmocka_unit_test(codes_are_sent_in_these_words),
        cmocka_unit_test(every_language_keeps_the_rules_of_its_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
