// SPDX-License-Identifier: Apache-2.0
#include "common/keys.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" // 32 bytes
#define TWO_KEYS "k1 " ZEROS "\n# a comment\n\nk2 " ZEROS "\n"

static enum mc_result parse(struct mc_span text, struct mc_buffer *error)
{
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    mc_buffer_init(error, 1024);
    return mc_keys_parse("login.key", text, error, &keys);
}

static void a_key_file_holds_keys_comments_and_empty_lines(void **state)
{
    (void)state;
    MC_CLEANUP(mc_keys_free_pointer)
    struct mc_keys *keys = unit_keys("# made today\n\n" UNIT_KEY_1 "\n" UNIT_KEY_3 "#k4 x\n");
    const char *id = NULL;
    assert_int_equal(mc_keys_newest(keys, &id)[0], 2);
    assert_string_equal(id, "k3");
    assert_int_equal(mc_keys_find(keys, mc_span_of("k1"))[31], 0);
    static const char *const missing[] = {"", "k", "k2", "k4", "K1", "k1 ", "k11", "1"};
    for (size_t i = 0; i < MC_COUNT(missing); i++) {
        assert_null(mc_keys_find(keys, mc_span_of(missing[i])));
    }
    assert_int_equal(mc_keys_next_number(keys), 4);
    assert_int_equal(mc_keys_next_number(NULL), 1);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *unended = unit_keys("k7 " ZEROS);
    assert_int_equal(mc_keys_next_number(unended), 8);
}

// MC-SEC-149: missing, short or broken: refused with the line and the reason, and no key is made
static void malformed_files_are_refused_with_line_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"", "login.key: holds no key; make one with 'mycred keygen'"},
        {"\n\n", "login.key: holds no key; make one with 'mycred keygen'"},
        {"# k1 " ZEROS "\n", "login.key: holds no key; make one with 'mycred keygen'"},
        {ZEROS "\n", "login.key:1: the line is not 'k<number> <key>'"},
        {"\n#\nk1\n", "login.key:3: the line is not 'k<number> <key>'"},
        {"k1\t" ZEROS "\n", "login.key:1: the line is not 'k<number> <key>'"},
        {" k1 " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"1 " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"k " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"k0 " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"k01 " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"kx " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"K1 " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"k12345678 " ZEROS "\n", "login.key:1: the line does not begin with a key id such as k1"},
        {"k1 " ZEROS "\nk1 " ZEROS "\n", "login.key:2: the line repeats a key id"},
        {"k1 \n", "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 " ZEROS "A\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 " ZEROS "=\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 " ZEROS "\r\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1  " ZEROS "\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/A\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xdf"
         "A\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
        {"k1 AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA\n",
         "login.key:1: the line holds no 256-bit key; make one with 'mycred keygen'"},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        assert_int_equal(parse(mc_span_of(rows[i].text), &error), MC_BAD_CONFIG);
        assert_string_equal(mc_buffer_text(&error), rows[i].error);
    }
}

// No part of a broken key reaches the sentence that is logged (MC-SEC-09).
static void no_key_is_shown_in_an_error(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer error;
    static const char text[] = "k1 SECRETSECRETSECRETSECRETSECRETSECRETSECRETS\n";
    assert_int_equal(parse(mc_span_of(text), &error), MC_BAD_CONFIG);
    assert_null(strstr(mc_buffer_text(&error), "SECRET"));
}

static void a_file_cut_anywhere_is_whole_keys_or_refused(void **state)
{
    (void)state;
    static const char text[] = TWO_KEYS;
    size_t first = strlen("k1 " ZEROS);
    for (size_t size = 0; size < sizeof text - 2; size++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        enum mc_result result = parse((struct mc_span){(const uint8_t *)text, size}, &error);
        bool between = size >= first && size <= strlen("k1 " ZEROS "\n# a comment\n\n");
        assert_int_equal(result, between ? MC_OK : MC_BAD_CONFIG);
    }
}

static void sixteen_keys_may_be_kept(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer text, error;
    mc_buffer_init(&text, 4096);
    for (unsigned i = 1; i <= MC_KEYS_MAX; i++) {
        mc_buffer_format(&text, "k%u %s\n", i, ZEROS);
    }
    assert_int_equal(parse(mc_buffer_span(&text), &error), MC_OK);
    mc_buffer_add_text(&text, "k17 " ZEROS "\n");
    mc_buffer_release(&error);
    assert_int_equal(parse(mc_buffer_span(&text), &error), MC_BAD_CONFIG);
    assert_string_equal(mc_buffer_text(&error),
                        "login.key:17: the line is one key too many; at most 16 may be kept");
}

static void a_made_line_is_a_new_key(void **state)
{
    (void)state;
    MC_AUTO_SECRET struct mc_secret one = {0}, other = {0};
    assert_int_equal(mc_keys_make_line(7, &one), MC_OK);
    assert_int_equal(mc_keys_make_line(7, &other), MC_OK);
    assert_string_not_equal(one.data, other.data);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = unit_keys(one.data);
    assert_non_null(mc_keys_find(keys, mc_span_of("k7")));
}

// ---- the file itself ----

struct place {
    char folder[64], path[96], link[96];
};

static void place_make(struct place *place, const char *content, mode_t mode)
{
    snprintf(place->folder, sizeof place->folder, "/tmp/mycred-keys-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof place->path, "%s/login.key", place->folder);
    snprintf(place->link, sizeof place->link, "%s/link", place->folder);
    int file = open(place->path, O_CREAT | O_WRONLY | O_EXCL, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(fchmod(file, mode), 0);
    close(file);
    assert_int_equal(symlink(place->path, place->link), 0);
}

static void place_remove(struct place *place)
{
    unlink(place->link);
    unlink(place->path);
    rmdir(place->folder);
}

static enum mc_result load(const char *path, struct mc_buffer *error)
{
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    mc_buffer_init(error, 1024);
    enum mc_result result = mc_keys_load(path, error, &keys);
    assert_int_equal(keys != NULL, result == MC_OK);
    return result;
}

// MC-SEC-64, MC-SEC-149: only a plain file that is its owner's alone
static void a_key_file_is_its_owners_alone(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        enum mc_result result;
    } rows[] = {{0600, MC_OK},         {0400, MC_OK},         {0640, MC_BAD_CONFIG},
                {0604, MC_BAD_CONFIG}, {0620, MC_BAD_CONFIG}, {0602, MC_BAD_CONFIG},
                {0610, MC_BAD_CONFIG}, {0666, MC_BAD_CONFIG}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        struct place place;
        MC_AUTO_BUFFER struct mc_buffer error;
        place_make(&place, UNIT_KEY_1, rows[i].mode);
        enum mc_result result = load(place.path, &error);
        bool named = strstr(mc_buffer_text(&error), place.path) != NULL;
        place_remove(&place);
        assert_int_equal(result, rows[i].result);
        assert_int_equal(named, result != MC_OK);
    }
}

static void links_folders_and_missing_files_are_refused(void **state)
{
    (void)state;
    struct place place;
    MC_AUTO_BUFFER struct mc_buffer link, folder, missing;
    place_make(&place, UNIT_KEY_1, 0600);
    enum mc_result of_link = load(place.link, &link);
    enum mc_result of_folder = load(place.folder, &folder);
    place_remove(&place);
    enum mc_result of_missing = load(place.path, &missing);
    assert_int_equal(of_link, MC_BAD_CONFIG);
    assert_int_equal(of_folder, MC_BAD_CONFIG);
    assert_int_equal(of_missing, MC_BAD_CONFIG);
    assert_non_null(strstr(mc_buffer_text(&link), "symbolic link"));
    assert_non_null(strstr(mc_buffer_text(&folder), "not a plain file"));
    assert_non_null(strstr(mc_buffer_text(&missing), "No such file"));
}

static void a_key_file_of_another_user_is_refused(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    struct place place;
    MC_AUTO_BUFFER struct mc_buffer error;
    place_make(&place, UNIT_KEY_1, 0600);
    int changed = chown(place.path, 65534, 65534);
    enum mc_result result = load(place.path, &error);
    place_remove(&place);
    assert_int_equal(changed, 0);
    assert_int_equal(result, MC_BAD_CONFIG);
    assert_non_null(strstr(mc_buffer_text(&error), "belongs to another user"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_file_holds_keys_comments_and_empty_lines),
        cmocka_unit_test(malformed_files_are_refused_with_line_and_reason),
        cmocka_unit_test(no_key_is_shown_in_an_error),
        cmocka_unit_test(a_file_cut_anywhere_is_whole_keys_or_refused),
        cmocka_unit_test(sixteen_keys_may_be_kept),
        cmocka_unit_test(a_made_line_is_a_new_key),
        cmocka_unit_test(a_key_file_is_its_owners_alone),
        cmocka_unit_test(links_folders_and_missing_files_are_refused),
        cmocka_unit_test(a_key_file_of_another_user_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
