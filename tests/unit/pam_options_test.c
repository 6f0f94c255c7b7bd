// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct mc_pam_option_fault fault;

static enum mc_result parse_in(enum mc_phase phase, struct mc_pam_options *options, int count,
                               const char **arguments)
{
    fault = (struct mc_pam_option_fault){0};
    return mc_pam_options_parse(phase, count, arguments, options, &fault);
}

#define PARSE(options, ...)                                                                        \
    parse_in(MC_PHASE_AUTH, options, (int)MC_COUNT(((const char *[]){__VA_ARGS__})),               \
             (const char *[]){__VA_ARGS__})

static void defaults_are_these(void **state)
{
    (void)state;
    struct mc_pam_options options = {0};
    assert_int_equal(parse_in(MC_PHASE_AUTH, &options, 0, NULL), MC_OK);
    assert_string_equal(options.socket, "/run/mycred/login.sock");
    assert_string_equal(options.helper, MC_LIBEXECDIR "/mycred-login");
    assert_string_equal(options.conf, MC_SYSCONFDIR "/mycred/mycred.conf");
    assert_null(options.prompt);
    assert_int_equal(options.methods, MC_METHODS_ALL);
    assert_int_equal(options.fallback, WIRE_FALLBACK_ASK);
    assert_int_equal(options.retry, 3);
    assert_int_equal(options.minimum_uid, 0);
}

static void table_is_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; i < mc_pam_option_count; i++) {
        assert_true(strcmp(mc_pam_options[i - 1].name, mc_pam_options[i].name) < 0);
    }
    assert_int_equal(mc_pam_option_count, 19);
}

static void format_good(const struct mc_pam_option *option, char *text, size_t size)
{
    static const char *const values[] = {
        [MC_PAM_FLAG] = "",     [MC_PAM_PATH] = "=/x",     [MC_PAM_TEXT] = "=text",
        [MC_PAM_NUMBER] = "=2", [MC_PAM_METHODS] = "=sms", [MC_PAM_FALLBACK] = "=none",
    };
    (void)snprintf(text, size, "%s%s", option->name, values[option->kind]);
}

// forward_pass needs its companion, api_password stands alone; every other option parses by itself.
static void every_option_parses_in_every_phase(void **state)
{
    (void)state;
    for (size_t i = 0; i < mc_pam_option_count; i++) {
        char text[64];
        format_good(&mc_pam_options[i], text, sizeof text);
        const char *arguments[] = {text, "first_factor"};
        int count = strcmp(text, "forward_pass") == 0 ? 2 : 1;
        for (int phase = MC_PHASE_AUTH; phase <= MC_PHASE_PASSWORD; phase <<= 1) {
            struct mc_pam_options options = {0};
            assert_int_equal(parse_in((enum mc_phase)phase, &options, count, arguments), MC_OK);
        }
    }
}

static void every_flag_is_stored_in_its_phases_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < mc_pam_option_count; i++) {
        const struct mc_pam_option *option = &mc_pam_options[i];
        if (option->kind != MC_PAM_FLAG || strcmp(option->name, "forward_pass") == 0) {
            continue;
        }
        for (int phase = MC_PHASE_AUTH; phase <= MC_PHASE_PASSWORD; phase <<= 1) {
            struct mc_pam_options options = {0};
            const char *arguments[] = {option->name};
            assert_int_equal(parse_in((enum mc_phase)phase, &options, 1, arguments), MC_OK);
            bool stored = *(const bool *)((const char *)&options + option->offset);
            assert_int_equal(stored, (option->phases & (unsigned)phase) != 0);
        }
    }
}

static void values_are_stored(void **state)
{
    (void)state;
    struct mc_pam_options options = {0};
    assert_int_equal(PARSE(&options, "methods=email,totp", "fallback=auto", "retry=10",
                           "minimum_uid=4294967294", "prompt=a = b", "socket=/s", "conf=/c",
                           "helper=/h"),
                     MC_OK);
    assert_int_equal(options.methods,
                     MC_METHOD_BIT(MC_METHOD_EMAIL) | MC_METHOD_BIT(MC_METHOD_TOTP));
    assert_int_equal(options.fallback, WIRE_FALLBACK_AUTO);
    assert_int_equal(options.retry, 10);
    assert_int_equal(options.minimum_uid, 4294967294u);
    assert_string_equal(options.prompt, "a = b");
    assert_string_equal(options.socket, "/s");
    assert_string_equal(options.conf, "/c");
    assert_string_equal(options.helper, "/h");
}

static void last_of_two_counts(void **state)
{
    (void)state;
    struct mc_pam_options options = {0};
    assert_int_equal(PARSE(&options, "retry=2", "retry=5"), MC_OK);
    assert_int_equal(options.retry, 5);
}

// MC-SEC-68: an unknown or malformed option is named.
static void bad_options_are_named(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "unknown",
        "Debug",
        "debug=yes",
        "debug=",
        "",
        "=",
        "retry",
        "retry=",
        "retry=0",
        "retry=11",
        "retry=-1",
        "retry= 3",
        "retry=3x",
        "retry=0x3",
        "methods=",
        "methods=none",
        "methods=sms,",
        "methods=,sms",
        "methods=sms+totp",
        "fallback=Ask",
        "fallback=",
        "fallback=always",
        "minimum_uid=",
        "minimum_uid=4294967295",
        "prompt",
        "prompt=",
        "socket=relative",
        "socket=",
        "helper=x",
        "conf=",
        "nullok=0",
        "minimum_uid=99999999999999999999",
        "failopen",
        "retry=00000000003",
        "use_authtok",
    };
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        struct mc_pam_options options = {0};
        assert_int_equal(PARSE(&options, "nullok", bad[i], "debug"), MC_BAD_CONFIG);
        assert_string_equal(fault.argument, bad[i]);
        assert_non_null(fault.reason);
        assert_false(options.nullok); // nothing of it counts
    }
}

static void socket_name_fits_an_address(void **state)
{
    (void)state;
    struct mc_pam_options options = {0};
    char text[7 + 108 + 1] = "socket=/";
    memset(text + 8, 'x', 106);
    assert_int_equal(PARSE(&options, text), MC_OK);
    text[7 + 107] = 'x';
    assert_int_equal(PARSE(&options, text), MC_BAD_CONFIG);
}

static void options_that_exclude_each_other_are_named(void **state)
{
    (void)state;
    struct mc_pam_options options = {0};
    assert_int_equal(PARSE(&options, "forward_pass"), MC_BAD_CONFIG);
    assert_string_equal(fault.argument, "forward_pass");
    assert_int_equal(PARSE(&options, "first_factor", "forward_pass"), MC_OK);
    assert_int_equal(PARSE(&options, "first_factor", "api_password"), MC_BAD_CONFIG);
    assert_string_equal(fault.argument, "api_password");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_these),
        cmocka_unit_test(table_is_sorted),
        cmocka_unit_test(every_option_parses_in_every_phase),
        cmocka_unit_test(every_flag_is_stored_in_its_phases_only),
        cmocka_unit_test(values_are_stored),
        cmocka_unit_test(last_of_two_counts),
        cmocka_unit_test(bad_options_are_named),
        cmocka_unit_test(socket_name_fits_an_address),
        cmocka_unit_test(options_that_exclude_each_other_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
