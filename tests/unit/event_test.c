// SPDX-License-Identifier: Apache-2.0
#include "common/event.h"

#include "tests/unit/unit.h"

#include <stdio.h>
#include <syslog.h>

// What outsiders would like to see in a log.
static const char *const hostile[] = {
    "",
    " ",
    "alice",
    "alice event=login_verified",
    "alice\nevent=login_verified user=root",
    "alice\r\n<34>Oct 11 22:14:15 host su: event=login_verified",
    "alice\" user=\"root",
    "alice\\\" user=root",
    "alice\\",
    "alice\\x22",
    "\"",
    "\"\"",
    "alice\tuser=root",
    "alice=root",
    "\x1b[2J\x1b[1;31mowned",
    "\x1b]0;title\x07",
    "\x08\x08\x08\x08root",
    "\x7f",
    "\xe2\x80\xae"
    "root",                         // right-to-left override
    "\xe2\x81\xa6root\xe2\x81\xa9", // isolates
    "\xe2\x80\xa8 user=root",       // line separator
    "\xc2\x85 user=root",           // next line
    "\xef\xbb\xbf"
    "alice",        // byte order mark
    "\xd0\xb0lice", // Cyrillic a
    "\xff\xfe\x80",
    "\xc0\x8a", // an overlong newline
    "%n%s%x${jndi:ldap://x}{{7*7}}",
    "';--",
    "(uid=*)",
};

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

// Reads ` key=value` back as a log reader would; NULL when the line does not have that form.
static const char *read_pair(const char *at, const char *key, struct mc_buffer *value)
{
    size_t size = strlen(key);
    if (at[0] != ' ' || strncmp(at + 1, key, size) != 0 || at[1 + size] != '=') {
        return NULL;
    }
    at += 2 + size;
    bool quoted = *at == '"';
    for (at += quoted; *at && *at != (quoted ? '"' : ' '); at++) {
        unsigned byte = (uint8_t)*at;
        if (*at == '\\') {
            if (at[1] != 'x' || sscanf(at + 2, "%2x", &byte) != 1) {
                return NULL;
            }
            at += 3;
        }
        mc_buffer_add_byte(value, (uint8_t)byte);
    }
    return !quoted ? at : *at == '"' ? at + 1 : NULL;
}

// MC-SEC-130: one event is one line for ever, and reads back as what was written
static void hostile_values_stay_in_their_line_and_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(hostile); i++) {
        MC_AUTO_BUFFER struct mc_buffer line, user, service;
        mc_buffer_init(&line, MC_EVENT_LINE_MAX);
        mc_buffer_init(&user, 1024);
        mc_buffer_init(&service, 1024);
        mc_event_begin(MC_EVENT_LOGIN_REFUSED, &line);
        mc_event_add_text(&line, "user", hostile[i]);
        mc_event_add_text(&line, "service", "sshd");
        assert_int_equal(mc_buffer_result(&line), MC_OK);
        assert_true(is_printable(line.data));
        const char *at = line.data + strlen("event=login_refused");
        at = read_pair(at, "user", &user);
        assert_non_null(at);
        at = read_pair(at, "service", &service);
        assert_non_null(at);
        assert_string_equal(at, "");
        assert_string_equal(mc_buffer_text(&user), hostile[i]);
        assert_string_equal(mc_buffer_text(&service), "sshd");
    }
}

static void every_byte_is_written_so_that_it_reads_back(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        MC_AUTO_BUFFER struct mc_buffer line, value;
        uint8_t text[] = {'a', (uint8_t)byte};
        mc_buffer_init(&line, MC_EVENT_LINE_MAX);
        mc_buffer_init(&value, 64);
        mc_event_add(&line, "k", (struct mc_span){text, 2});
        assert_true(is_printable(line.data));
        assert_string_equal(read_pair(line.data, "k", &value), "");
        assert_int_equal(value.size, 2);
        assert_memory_equal(value.data, text, 2);
    }
}

// MC-SEC-130: lines are bounded, and however full they are, what stands in them is whole pairs
static void long_values_are_cut_and_leave_the_line_whole(void **state)
{
    (void)state;
    static const char fillers[] = {'a', ' ', '\n'};
    for (size_t i = 0; i < MC_COUNT(fillers); i++) {
        for (size_t size = 0; size < 1200; size += 7) {
            MC_AUTO_BUFFER struct mc_buffer line;
            char text[1200];
            memset(text, fillers[i], size);
            struct mc_span value = {(const uint8_t *)text, size};
            mc_buffer_init(&line, MC_EVENT_LINE_MAX);
            mc_event_begin(MC_EVENT_CODE_NOT_SENT, &line);
            for (unsigned pair = 0; pair < 8; pair++) {
                mc_event_add(&line, "key", value);
            }
            mc_event_add_text(&line, "last", "word");
            const char *at = mc_buffer_text(&line) + strlen("event=code_not_sent");
            unsigned pairs = 0;
            for (; *at == ' '; pairs++) {
                MC_AUTO_BUFFER struct mc_buffer back;
                mc_buffer_init(&back, 1024);
                const char *next = read_pair(at, "key", &back);
                next = next ? next : read_pair(at, "last", &back);
                assert_non_null(next);
                at = next;
            }
            assert_string_equal(at, "");
            assert_true(pairs >= 3);
            assert_true(line.size <= MC_EVENT_LINE_MAX);
        }
    }
}

// The values a login's line usually has all fit, even when each is as long as it may be.
static void the_pairs_of_a_login_always_fit(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer line;
    char text[600];
    memset(text, '\n', sizeof text);
    struct mc_span worst = {(const uint8_t *)text, sizeof text};
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(MC_EVENT_API_PASSWORD_VERIFIED, &line);
    mc_event_add_text(&line, "id", "0123456789abcdef");
    mc_event_add(&line, "user", worst);
    mc_event_add(&line, "service", worst);
    mc_event_add_text(&line, "method", "recovery");
    mc_event_add(&line, "cause", worst);
    mc_event_add_text(&line, "reason", "spent-by-another-login");
    assert_int_equal(mc_buffer_result(&line), MC_OK);
    assert_non_null(strstr(line.data, " reason=spent-by-another-login"));
}

static void every_event_has_its_word_and_priority(void **state)
{
    (void)state;
    for (int i = 0; i < MC_EVENT_COUNT; i++) {
        const char *word = mc_event_word((enum mc_event)i);
        int priority = mc_event_priority((enum mc_event)i);
        assert_in_range(priority, LOG_ERR, LOG_INFO);
        assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz_"), strlen(word));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(word, mc_event_word((enum mc_event)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_values_stay_in_their_line_and_place),
        cmocka_unit_test(every_byte_is_written_so_that_it_reads_back),
        cmocka_unit_test(long_values_are_cut_and_leave_the_line_whole),
        cmocka_unit_test(the_pairs_of_a_login_always_fit),
        cmocka_unit_test(every_event_has_its_word_and_priority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
