// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/multipart.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

#define TYPE "multipart/form-data; boundary=----WebKitFormBoundaryAbC123"
#define NEXT "------WebKitFormBoundaryAbC123\r\n"
#define LAST "------WebKitFormBoundaryAbC123--\r\n"
#define PLAIN(name, value) "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define PICTURE(file_name, content)                                                                \
    "Content-Disposition: form-data; name=\"avatar\"; filename=\"" file_name "\"\r\n"              \
    "Content-Type: image/png\r\n\r\n" content "\r\n"

static enum mc_result parse(const char *type, const char *body, struct form *form,
                            struct mc_span *file)
{
    *form = (struct form){0};
    *file = (struct mc_span){0};
    return multipart_parse(mc_span_of(type), mc_span_of(body), form, file);
}

static void check_field(const struct form *form, const char *name, const char *value)
{
    const struct mc_span *field = form_find(form, name);
    assert_non_null(field);
    assert_true(mc_span_equals(*field, value));
}

// MC-SEC-141
static void a_browsers_form_is_read(void **state)
{
    (void)state;
    struct form form;
    struct mc_span file;
    assert_int_equal(
        parse(TYPE,
              NEXT PLAIN("token", "a-b_c") NEXT PLAIN("text", "a&b=c+d %41 \"\xc3\xa9\"")
                  NEXT PLAIN("empty", "") NEXT PICTURE("me.png", "\x89PNG\r\n--x") LAST,
              &form, &file),
        MC_OK);
    assert_int_equal(form.count, 3);
    check_field(&form, "token", "a-b_c");
    check_field(&form, "text", "a&b=c+d %41 \"\xc3\xa9\"");
    check_field(&form, "empty", "");
    assert_true(mc_span_equals(file, "\x89PNG\r\n--x"));
    form_release(&form);
}

static void no_file_chosen_is_no_file(void **state)
{
    (void)state;
    static const char *const bodies[] = {NEXT PLAIN("token", "1") NEXT PICTURE("", "") LAST,
                                         NEXT PLAIN("token", "1") LAST};
    for (size_t i = 0; i < MC_COUNT(bodies); i++) {
        struct form form;
        struct mc_span file;
        assert_int_equal(parse(TYPE, bodies[i], &form, &file), MC_OK);
        assert_null(file.data);
        assert_int_equal(file.size, 0);
        form_release(&form);
    }
}

// MC-SEC-139
static void names_of_files_mean_nothing(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        NEXT PICTURE("../../etc/passwd", "x") LAST, NEXT PICTURE("CON", "x") LAST,
        NEXT PICTURE("%00", "x") LAST, NEXT PICTURE("a;name=b", "x") LAST,
        NEXT PICTURE("\xe5\x9b\xbe.png", "x") LAST};
    for (size_t i = 0; i < MC_COUNT(bodies); i++) {
        struct form form;
        struct mc_span file;
        assert_int_equal(parse(TYPE, bodies[i], &form, &file), MC_OK);
        assert_true(mc_span_equals(file, "x"));
        assert_int_equal(form.count, 0);
        form_release(&form);
    }
}

static void check_refused(const char *type, const char *body)
{
    struct form form;
    struct mc_span file;
    enum mc_result result = parse(type, body, &form, &file);
    if (result != MC_MALFORMED || form.memory || form.count || file.data) {
        fail_msg("taken as %s with %zu fields: %s\n%s", mc_result_word(result), form.count, type,
                 body);
    }
}

// MC-SEC-141: among them the shapes of two faults known from httpd's modules: headers without an
// end, and a part whose content begins past the end of the body
static void other_bodies_are_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "--",
        "\r\n",
        NEXT,
        LAST "x",
        LAST "\r\n",
        "\r\n" NEXT PLAIN("a", "1") LAST,
        "preamble\r\n" NEXT PLAIN("a", "1") LAST,
        NEXT PLAIN("a", "1"),
        NEXT PLAIN("a", "1") "------WebKitFormBoundaryAbC123",
        NEXT PLAIN("a", "1") "------WebKitFormBoundaryAbC123-",
        NEXT PLAIN("a", "1") "------WebKitFormBoundaryAbC1234--\r\n",
        NEXT PLAIN("a", "1") LAST "epilogue",
        NEXT PLAIN("a", "1") NEXT PLAIN("a", "2") LAST,
        NEXT PLAIN("avatar", "1") NEXT PICTURE("x", "1") LAST,
        NEXT PICTURE("x", "1") NEXT PICTURE("y", "2") LAST,
        NEXT PLAIN("A", "1") LAST,
        NEXT PLAIN("", "1") LAST,
        NEXT PLAIN("a&b", "1") LAST,
        NEXT PLAIN("a=b", "1") LAST,
        NEXT PLAIN("a]", "1") LAST,
        NEXT PLAIN("a2345678901234567890123456789012345678901", "1") LAST,
        NEXT PLAIN("a", "line\r\nline") LAST,
        NEXT PLAIN("a", "\x01") LAST,
        NEXT PLAIN("a", "\xff") LAST,
        NEXT PLAIN("a", "\xc0\x80") LAST,
        NEXT "\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"\r\n",
        NEXT "Content-Disposition: form-data; name=\"a\"\r\n\r\n",
        NEXT "Content-Disposition: form-data; name=\"a\"\r\n\r\n1" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"\n\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=a\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"; x=\"b\"\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\" \r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"\r\n folded\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; filename=\"x\"\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''x\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"; filename=\"x\"; y\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"; filename=\"x\r\n\r\n1\r\n" LAST,
        NEXT "Content-Disposition: form-data; name=\"a\"\r\n"
             "Content-Disposition: form-data; name=\"b\"\r\n\r\n1\r\n" LAST,
        NEXT "Content-Type: text/plain\r\n\r\n1\r\n" LAST,
        NEXT "Content-Type: text/plain\r\nContent-Type: text/plain\r\n" PLAIN("a", "1") LAST,
        NEXT "Content-Type: \r\n" PLAIN("a", "1") LAST,
        NEXT "Content-Transfer-Encoding: base64\r\n" PLAIN("a", "MQ==") LAST,
        NEXT "X: y\r\n" PLAIN("a", "1") LAST,
        NEXT "Content-Disposition : form-data; name=\"a\"\r\n\r\n1\r\n" LAST,
    };
    for (size_t i = 0; i < MC_COUNT(bodies); i++) {
        check_refused(TYPE, bodies[i]);
    }
}

static void other_types_are_refused(void **state)
{
    (void)state;
    static const char *const types[] = {
        "",
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"x\"",
        "multipart/form-data; boundary=x; charset=utf-8",
        "multipart/form-data; charset=utf-8; boundary=x",
        "multipart/form-data; boundary=x y",
        "multipart/form-data; boundary=x\r\n",
        "multipart/form-data; boundary=x,boundary=y",
        "multipart/form-data, boundary=x",
        "multipart/mixed; boundary=x",
        "application/x-www-form-urlencoded",
        // 71 characters
        "multipart/form-data; "
        "boundary=12345678901234567890123456789012345678901234567890123456789012345678901",
    };
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        check_refused(types[i], "--x\r\n" PLAIN("a", "1") "--x--\r\n");
    }
}

static void types_are_read_as_browsers_write_them(void **state)
{
    (void)state;
    static const char *const types[] = {"multipart/form-data; boundary=x",
                                        "multipart/form-data;boundary=x",
                                        "Multipart/Form-Data; Boundary=x"};
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        struct form form;
        struct mc_span file;
        assert_int_equal(parse(types[i], "--x\r\n" PLAIN("a", "1") "--x--", &form, &file), MC_OK);
        check_field(&form, "a", "1");
        form_release(&form);
    }
}

static void add_parts(struct mc_buffer *body, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mc_buffer_format(body, NEXT "Content-Disposition: form-data; name=\"n%zu\"\r\n\r\n1\r\n",
                         i);
    }
    mc_buffer_add_text(body, LAST);
}

static void parts_headers_and_values_are_bounded(void **state)
{
    (void)state;
    for (size_t count = MULTIPART_PARTS_MAX; count <= MULTIPART_PARTS_MAX + 1; count++) {
        MC_AUTO_BUFFER struct mc_buffer body;
        struct form form;
        struct mc_span file;
        mc_buffer_init(&body, 65536);
        add_parts(&body, count);
        bool taken = parse(TYPE, mc_buffer_text(&body), &form, &file) == MC_OK;
        assert_int_equal(taken, count <= MULTIPART_PARTS_MAX);
        form_release(&form);
    }
    static const int sizes[] = {MULTIPART_HEADERS_MAX, 4096};
    for (size_t i = 0; i < MC_COUNT(sizes); i++) {
        MC_AUTO_BUFFER struct mc_buffer body;
        mc_buffer_init(&body, 65536);
        mc_buffer_format(&body, NEXT PICTURE("%0*d", "x") LAST, sizes[i], 0);
        check_refused(TYPE, mc_buffer_text(&body));
        mc_buffer_clear(&body);
        mc_buffer_format(&body, NEXT PLAIN("a", "%0*d") LAST, FORM_VALUE_MAX + 1, 0);
        check_refused(TYPE, mc_buffer_text(&body));
    }
}

// MC-SEC-141
static void a_cut_body_ends_cleanly(void **state)
{
    (void)state;
    const char *whole = NEXT PLAIN("token", "abc") NEXT PICTURE("me.png", "content") LAST;
    size_t size = strlen(whole);
    for (size_t cut = 0; cut <= size; cut++) {
        // a copy of its own, so that reading past the end is seen by sanitizers
        MC_AUTO_FREE char *body = malloc(cut ? cut : 1);
        struct form form = {0};
        struct mc_span file = {0};
        memcpy(body, whole, cut);
        enum mc_result result =
            multipart_parse(mc_span_of(TYPE), (struct mc_span){(uint8_t *)body, cut}, &form, &file);
        bool only_last_break_missing = cut == size || cut == size - 2;
        assert_int_equal(result, only_last_break_missing ? MC_OK : MC_MALFORMED);
        form_release(&form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browsers_form_is_read),
        cmocka_unit_test(no_file_chosen_is_no_file),
        cmocka_unit_test(names_of_files_mean_nothing),
        cmocka_unit_test(other_bodies_are_refused),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(types_are_read_as_browsers_write_them),
        cmocka_unit_test(parts_headers_and_values_are_bounded),
        cmocka_unit_test(a_cut_body_ends_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
