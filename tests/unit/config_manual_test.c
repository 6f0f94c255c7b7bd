// SPDX-License-Identifier: Apache-2.0
// mycred.conf(5) and the options table say the same: every option, its type, its preset and its
// limits.
#include "common/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANUAL "common/mycred.conf.5"

static int read_manual(void **state)
{
    static struct mc_buffer manual;
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&manual, 1 << 20);
    *state = &manual;
    return mc_file_read_trusted(MANUAL, false, 1 << 20, &error, &manual) == MC_OK ? 0 : -1;
}

static int release_manual(void **state)
{
    mc_buffer_release(*state);
    return 0;
}

static const char *const types[] = {
    [MC_OPTION_TEXT] = "Ar text",     [MC_OPTION_WORDS] = "Ar words",
    [MC_OPTION_LINES] = "Ar line",    [MC_OPTION_BOOL] = "Cm yes | no",
    [MC_OPTION_NUMBER] = "Ar number", [MC_OPTION_DURATION] = "Ar time",
    [MC_OPTION_CHOICE] = "Ar choice", [MC_OPTION_METHODS] = "Ar methods",
    [MC_OPTION_PATH] = "Ar path",
};

static void add_time(struct mc_buffer *out, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;
    while (seconds % units[i].seconds) {
        i++;
    }
    if (seconds == 0) {
        mc_buffer_add_text(out, "0");
    } else {
        mc_buffer_format(out, "%lld%c", (long long)(seconds / units[i].seconds), units[i].unit);
    }
}

// "a b c" as "a, b or c".
static void add_choices(struct mc_buffer *out, const char *choices)
{
    const char *last = strrchr(choices, ' ');
    for (; *choices; choices++) {
        if (*choices != ' ') {
            mc_buffer_add_byte(out, (uint8_t)*choices);
        } else {
            mc_buffer_add_text(out, choices == last ? " or " : ", ");
        }
    }
}

static void add_limits(struct mc_buffer *out, const struct mc_option *option)
{
    if (option->type == MC_OPTION_NUMBER) {
        mc_buffer_format(out, "; %lld to %lld", (long long)option->minimum,
                         (long long)option->maximum);
    } else if (option->type == MC_OPTION_DURATION) {
        mc_buffer_add_text(out, "; ");
        add_time(out, option->minimum);
        mc_buffer_add_text(out, " to ");
        add_time(out, option->maximum);
    } else if (option->type == MC_OPTION_CHOICE) {
        mc_buffer_add_text(out, "; ");
        add_choices(out, option->choices);
    }
}

static void describe(struct mc_buffer *out, const struct mc_option *option)
{
    mc_buffer_format(out, "\n.It Ic %s %s\n.Pq ", option->name, types[option->type]);
    if (!option->preset) {
        mc_buffer_add_text(out, "must be set");
    } else {
        mc_buffer_format(out, "default: %s", option->preset[0] ? option->preset : "none");
        add_limits(out, option);
    }
    mc_buffer_add_text(out, "\n");
}

static void every_option_is_in_the_manual_with_its_preset_and_limits(void **state)
{
    for (size_t i = 0; i < mc_option_count; i++) {
        MC_AUTO_BUFFER struct mc_buffer wanted;
        mc_buffer_init(&wanted, 512);
        describe(&wanted, &mc_options[i]);
        if (!strstr(mc_buffer_text(*state), mc_buffer_text(&wanted))) {
            fail_msg("%s lacks:%s", MANUAL, mc_buffer_text(&wanted));
        }
    }
}

static void every_option_in_the_manual_exists(void **state)
{
    static const char mark[] = "\n.It Ic ";
    size_t found = 0;
    for (const char *at = mc_buffer_text(*state); (at = strstr(at, mark)); found++) {
        at += strlen(mark);
        struct mc_span name = {(const uint8_t *)at, strcspn(at, " \n")};
        size_t i = 0;
        while (i < mc_option_count && !mc_span_equals(name, mc_options[i].name)) {
            i++;
        }
        if (i == mc_option_count) {
            fail_msg("%s describes '%.*s', which is no option", MANUAL, (int)name.size, at);
        }
    }
    assert_int_equal(found, mc_option_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_in_the_manual_with_its_preset_and_limits),
        cmocka_unit_test(every_option_in_the_manual_exists),
    };
    return cmocka_run_group_tests(tests, read_manual, release_manual);
}
