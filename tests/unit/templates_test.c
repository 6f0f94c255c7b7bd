// SPDX-License-Identifier: Apache-2.0
// The loader, with pages of the test's own.
#include "common/config.h"

static char program_folder[64], site_folder[64];
#define MC_TEMPLATE_DIR program_folder
#include "mod_mycred/templates.c"

#include "tests/unit/unit.h"

#include <apr_general.h>
#include <stdlib.h>
#include <sys/stat.h>

const char *const template_pages[] = {"first", "second", NULL};
const char *const template_files[] = {"script.js", "style.css", NULL};
const char *const template_values[] = {"text", NULL};

static char folder[] = "/tmp/mycred-templates-XXXXXX";
static apr_pool_t *pool;

static void write_file(const char *where, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", where, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_file(const char *where, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", where, name);
    (void)unlink(path);
}

static const char *const file_names[] = {"first.html", "second.html", "part.html", "script.js",
                                         "style.css"};

static void remove_files(void)
{
    for (size_t i = 0; i < MC_COUNT(file_names); i++) {
        remove_file(program_folder, file_names[i]);
        remove_file(site_folder, file_names[i]);
    }
}

static int make_folders(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(program_folder, sizeof program_folder, "%s/program", folder);
    snprintf(site_folder, sizeof site_folder, "%s/site", folder);
    apr_initialize();
    return mkdir(program_folder, 0700) == 0 && mkdir(site_folder, 0700) == 0 ? 0 : -1;
}

static int remove_folders(void **state)
{
    (void)state;
    apr_terminate();
    return rmdir(program_folder) == 0 && rmdir(site_folder) == 0 ? rmdir(folder) : -1;
}

static int begin(void **state)
{
    (void)state;
    write_file(program_folder, "first.html", "<p title='{{text}}'>\n{{>part}}</p>");
    write_file(program_folder, "second.html", "second");
    write_file(program_folder, "part.html", "part {{text}}\n");
    write_file(program_folder, "style.css", "p {}");
    write_file(program_folder, "script.js", "");
    return apr_pool_create(&pool, NULL) == APR_SUCCESS ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    apr_pool_destroy(pool);
    remove_files();
    return 0;
}

static enum mc_result load(struct mc_buffer *error, struct templates **templates)
{
    struct mc_config config = {.template_dir = site_folder};
    mc_buffer_init(error, 4096);
    *templates = NULL;
    return templates_load(&config, pool, error, templates);
}

static void check_page(const struct templates *templates, const char *name, const char *expected)
{
    MC_AUTO_BUFFER struct mc_buffer out;
    struct view *view = view_new(pool);
    const struct mustache *page = templates_find(templates, name, MC_ENGLISH);
    mc_buffer_init(&out, 4096);
    view_text(pool, view, "text", "<t>");
    assert_non_null(page);
    assert_int_equal(mustache_render(page, view, &out), MC_OK);
    assert_string_equal(mc_buffer_text(&out), expected);
}

static void the_programs_own_templates_are_found(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer error;
    struct templates *templates = NULL;
    assert_int_equal(load(&error, &templates), MC_OK);
    check_page(templates, "first", "<p title='&lt;t&gt;'>\npart &lt;t&gt;\n</p>");
    check_page(templates, "second", "second");
    assert_null(templates_find(templates, "part", MC_ENGLISH));
    assert_null(templates_find(templates, "third", MC_ENGLISH));
    assert_true(mc_span_equals(templates_file(templates, "style.css"), "p {}"));
    assert_non_null(templates_file(templates, "script.js").data);
    assert_null(templates_file(templates, "first.html").data);
    assert_null(templates_file(templates, "../etc/passwd").data);
}

static void texts_in_brackets_are_translated(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer error, out;
    struct templates *templates = NULL;
    mc_buffer_init(&out, 4096);
    write_file(site_folder, "second.html",
               "<b title='[[it's <no> text]]'>[[Password]]</b> [[ open");
    write_file(site_folder, "script.js", "a = [[1], [2]]");
    assert_int_equal(load(&error, &templates), MC_OK);
    check_page(templates, "second", "<b title='it&#39;s &lt;no&gt; text'>Password</b> [[ open");
    assert_true(mc_span_equals(templates_file(templates, "script.js"), "a = [[1], [2]]"));
    const struct mustache *page = templates_find(templates, "second", MC_CHINESE_SIMPLIFIED);
    assert_int_equal(mustache_render(page, view_new(pool), &out), MC_OK);
    assert_non_null(strstr(mc_buffer_text(&out), mc_text(MC_CHINESE_SIMPLIFIED, "Password")));
}

static void a_sites_files_take_their_place(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer error;
    struct templates *before = NULL, *after = NULL;
    assert_int_equal(load(&error, &before), MC_OK);
    write_file(site_folder, "part.html", "ours");
    write_file(site_folder, "style.css", "b {}");
    assert_int_equal(load(&error, &after), MC_OK);
    check_page(after, "first", "<p title='&lt;t&gt;'>\nours</p>");
    check_page(before, "first", "<p title='&lt;t&gt;'>\npart &lt;t&gt;\n</p>");
    assert_true(mc_span_equals(templates_file(after, "style.css"), "b {}"));
    assert_int_equal(strlen(templates_version(after)), 16);
    assert_string_not_equal(templates_version(before), templates_version(after));
}

// MC-SEC-129
static void faults_stop_the_start_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *error;
    } cases[] = {
        {"second.html", "a\n{{txt}}",
         "site/second.html:2: 'txt': no page has a value of this name"},
        {"second.html", "a\n\n{{{text}}}",
         "site/second.html:3: 'text': pages show nothing unescaped"},
        {"second.html", "<a\nhref='{{text}}'>",
         "site/second.html:2: 'text': only names that begin with url_ may stand in an address"},
        {"second.html", "\n{{>parts}}", "site/second.html:2: 'parts': there is no such partial"},
        {"second.html", "{{#text}}",
         "site/second.html:1: 'text' is a section that is never closed"},
        {"part.html", "\n<b {{text}}>",
         "site/part.html:2: 'text': a placeholder cannot be part of a tag"},
    };
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        struct templates *templates = NULL;
        write_file(site_folder, cases[i].name, cases[i].text);
        assert_int_equal(load(&error, &templates), MC_BAD_CONFIG);
        assert_null(templates);
        assert_non_null(strstr(mc_buffer_text(&error), cases[i].error));
        assert_int_equal(error.data[0], '/');
        remove_file(site_folder, cases[i].name);
    }
}

static void a_file_that_cannot_be_used_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(file_names); i++) {
        MC_AUTO_BUFFER struct mc_buffer error, after;
        struct templates *templates = NULL;
        char path[128];
        snprintf(path, sizeof path, "%s/%s", site_folder, file_names[i]);
        assert_int_equal(symlink("/nowhere", path), 0);
        assert_int_equal(load(&error, &templates), MC_BAD_CONFIG);
        assert_memory_equal(mc_buffer_text(&error), path, strlen(path));
        remove_file(site_folder, file_names[i]);
        remove_file(program_folder, file_names[i]);
        assert_int_equal(load(&after, &templates), MC_BAD_CONFIG);
        const char *named =
            strcmp(file_names[i], "part.html") == 0 ? "first.html:2: 'part'" : file_names[i];
        assert_non_null(strstr(mc_buffer_text(&after), named));
        assert_int_equal(begin(state), 0);
    }
}

static void a_file_that_others_may_write_is_refused(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer error;
    struct templates *templates = NULL;
    char path[128];
    snprintf(path, sizeof path, "%s/part.html", site_folder);
    write_file(site_folder, "part.html", "ours");
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(load(&error, &templates), MC_BAD_CONFIG);
    assert_non_null(strstr(mc_buffer_text(&error), "part.html: can be written by others"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_programs_own_templates_are_found, begin, end),
        cmocka_unit_test_setup_teardown(texts_in_brackets_are_translated, begin, end),
        cmocka_unit_test_setup_teardown(a_sites_files_take_their_place, begin, end),
        cmocka_unit_test_setup_teardown(faults_stop_the_start_with_file_and_line, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_used_is_named, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_others_may_write_is_refused, begin, end),
    };
    return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
