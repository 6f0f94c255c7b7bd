// SPDX-License-Identifier: Apache-2.0
// The caller of mycred-avatar, with programs in its place that do what it never should.
#include "mod_mycred/picture.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/mycred-picture-XXXXXX";

// A grey pixel.
static const uint8_t png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78,
    0xda, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0xda, 0x45, 0x08, 0x3b, 0x00,
    0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chmod(folder, 0700) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof path, "%s/program", folder);
    (void)unlink(path);
    return rmdir(folder);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct mc_span upload(void)
{
    return (struct mc_span){png, sizeof png};
}

// What picture_convert says when the program is this shell script.
static enum mc_result convert_by(const char *script, int64_t limit_ms, struct mc_span file,
                                 struct mc_buffer *jpeg)
{
    char path[64];
    snprintf(path, sizeof path, "%s/program", folder);
    (void)unlink(path);
    FILE *program = fopen(path, "we");
    assert_non_null(program);
    fprintf(program, "#!/bin/sh\n%s\n", script);
    assert_int_equal(fchmod(fileno(program), 0700), 0);
    fclose(program);
    return picture_convert(path, limit_ms, file, jpeg);
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *descriptors = opendir("/proc/self/fd");
    while (readdir(descriptors)) {
        count++;
    }
    closedir(descriptors);
    return count;
}

static void check_nothing_stays(size_t descriptors)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(count_descriptors(), descriptors);
}

// MC-SEC-135
static void a_picture_is_converted(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer jpeg;
    size_t descriptors = count_descriptors();
    mc_buffer_init(&jpeg, PICTURE_MAX);
    assert_int_equal(picture_convert(TEST_AVATAR, PICTURE_LIMIT_MS, upload(), &jpeg), MC_OK);
    assert_true(jpeg.size > 500);
    assert_memory_equal(jpeg.data, "\xff\xd8\xff", 3);
    check_nothing_stays(descriptors);
}

static void what_is_no_picture_is_malformed(void **state)
{
    (void)state;
    static uint8_t large[PICTURE_UPLOAD_MAX + 1];
    const struct mc_span files[] = {{NULL, 0},
                                    mc_span_of("<svg xmlns='http://www.w3.org/2000/svg'/>"),
                                    mc_span_of("GIF89a\1\0\1\0\0\0\0;"),
                                    {png, sizeof png - 1},
                                    {large, PICTURE_UPLOAD_MAX},
                                    {large, sizeof large}};
    size_t descriptors = count_descriptors();
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        MC_AUTO_BUFFER struct mc_buffer jpeg;
        mc_buffer_init(&jpeg, PICTURE_MAX);
        assert_int_equal(picture_convert(TEST_AVATAR, PICTURE_LIMIT_MS, files[i], &jpeg),
                         MC_MALFORMED);
        check_nothing_stays(descriptors);
    }
}

// MC-SEC-137
static void a_program_that_fails_costs_no_more_than_a_result(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        enum mc_result result;
    } cases[] = {
        {"cat >/dev/null; printf abc", MC_OK},
        {"cat", MC_OK},
        {"cat >/dev/null; exit 1", MC_MALFORMED},
        {"exit 1", MC_MALFORMED},
        {"printf abc; exit 1", MC_MALFORMED},
        {"cat >/dev/null", MC_UNAVAILABLE}, // nothing came of it
        {"cat >/dev/null; exit 2", MC_UNAVAILABLE},
        {"exit 2", MC_UNAVAILABLE},
        {"exit 127", MC_UNAVAILABLE},
        {"printf abc; kill -9 $$", MC_UNAVAILABLE},
        {"kill -SEGV $$", MC_UNAVAILABLE},
        {"kill -SYS $$", MC_UNAVAILABLE},
        {"kill -XCPU $$", MC_MALFORMED},
        {"exec cat /dev/zero", MC_UNAVAILABLE}, // more than a picture is
    };
    size_t descriptors = count_descriptors();
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        MC_AUTO_BUFFER struct mc_buffer jpeg;
        mc_buffer_init(&jpeg, PICTURE_MAX);
        enum mc_result result = convert_by(cases[i].script, PICTURE_LIMIT_MS, upload(), &jpeg);
        if (result != cases[i].result) {
            fail_msg("%s: %s", cases[i].script, mc_result_word(result));
        }
        check_nothing_stays(descriptors);
    }
}

static void a_missing_program_is_unavailable(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer jpeg;
    size_t descriptors = count_descriptors();
    mc_buffer_init(&jpeg, PICTURE_MAX);
    assert_int_equal(picture_convert("/nowhere/mycred-avatar", PICTURE_LIMIT_MS, upload(), &jpeg),
                     MC_UNAVAILABLE);
    assert_int_equal(picture_convert("/etc/passwd", PICTURE_LIMIT_MS, upload(), &jpeg),
                     MC_UNAVAILABLE);
    check_nothing_stays(descriptors);
}

// MC-SEC-137
static void a_program_that_hangs_is_ended(void **state)
{
    (void)state;
    static const char *const scripts[] = {
        "exec sleep 60",              // reads nothing, says nothing
        "exec <&- >&-; exec sleep 60" // closes its ends and stays
    };
    static uint8_t large[PICTURE_UPLOAD_MAX]; // more than a socket holds
    size_t descriptors = count_descriptors();
    for (size_t i = 0; i < MC_COUNT(scripts); i++) {
        MC_AUTO_BUFFER struct mc_buffer jpeg;
        mc_buffer_init(&jpeg, PICTURE_MAX);
        int64_t begun = now_ms();
        assert_int_equal(convert_by(scripts[i], 300, (struct mc_span){large, sizeof large}, &jpeg),
                         MC_UNAVAILABLE);
        assert_in_range(now_ms() - begun, 300, 5000);
        check_nothing_stays(descriptors);
    }
}

static void the_program_gets_neither_environment_nor_descriptors(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer seen;
    size_t descriptors = count_descriptors();
    int leaked = fcntl(STDERR_FILENO, F_DUPFD, 200); // not closed on exec
    setenv("MYCRED_TEST_SECRET", "x", 1);
    mc_buffer_init(&seen, PICTURE_MAX);
    assert_int_equal(
        convert_by("cat >/dev/null; pwd; tr '\\0' '\\n' </proc/$$/environ; echo /proc/$$/fd/*",
                   PICTURE_LIMIT_MS, upload(), &seen),
        MC_OK);
    close(leaked);
    assert_memory_equal(mc_buffer_text(&seen), "/\n", 2);
    assert_non_null(strstr(mc_buffer_text(&seen), "/fd/1"));
    assert_null(strstr(mc_buffer_text(&seen), "/fd/200"));
    assert_null(strstr(mc_buffer_text(&seen), "MYCRED"));
    check_nothing_stays(descriptors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_converted),
        cmocka_unit_test(what_is_no_picture_is_malformed),
        cmocka_unit_test(a_program_that_fails_costs_no_more_than_a_result),
        cmocka_unit_test(a_missing_program_is_unavailable),
        cmocka_unit_test(a_program_that_hangs_is_ended),
        cmocka_unit_test(the_program_gets_neither_environment_nor_descriptors),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
