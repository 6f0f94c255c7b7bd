// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/mustache.h"

#include "tests/unit/unit.h"

#include <apr_general.h>

#define FOUR(text) text text text text
#define MANY(text) FOUR(FOUR(FOUR(text))) // 64 times

static apr_pool_t *pool;

static const struct {
    const char *name, *text;
} partials[] = {
    {"greeting", "Hello {{name}}"},
    {"lines", "one\n\ntwo {{two_lines}}\n"},
    {"again", "{{>again}}"},
    {"tree", "{{#yes}}({{>tree}}{{>tree}}){{/yes}}"},
    {"deeper", " {{>deeper}}\n"},
    {"broken", "a\nb {{x"},
    {"row", "<tr><td>{{name}}</td></tr>"},
    {"attribute", " title=\"{{name}}\""},
    {"raw", "<p>\n{{{name}}}"},
};

static bool find_partial(void *data, const char *name, struct mustache_text *ret_text)
{
    (void)data;
    for (size_t i = 0; i < MC_COUNT(partials); i++) {
        if (strcmp(partials[i].name, name) == 0) {
            *ret_text = (struct mustache_text){name, mc_span_of(partials[i].text)};
            return true;
        }
    }
    return false;
}

static enum mc_result parse(const char *text, struct mc_buffer *error, struct mustache **mustache)
{
    struct mustache_source source = {.main = {"page.html", mc_span_of(text)},
                                     .partial = find_partial};
    return mustache_parse(&source, error, mustache);
}

static struct view *some_view(void)
{
    struct view *view = view_new(pool);
    view_text(pool, view, "name", "Zoë");
    view_text(pool, view, "hostile", "<a href='x' title=\"y\">&amp;</a>{{name}}");
    view_text(pool, view, "two_lines", "a\nb");
    view_text(pool, view, "empty", "");
    view_flag(pool, view, "yes", true);
    view_flag(pool, view, "no", false);
    view_list(pool, view, "nothing");
    struct view *people = view_list(pool, view, "people");
    view_text(pool, view_item(pool, people), "name", "Ann");
    view_text(pool, view_item(pool, people), "other", "!");
    struct view *outer = view_object(pool, view, "outer");
    view_text(pool, view_object(pool, outer, "inner"), "leaf", "found");
    return view;
}

static enum mc_result render(const char *text, struct mc_buffer *out)
{
    struct mustache *mustache = NULL;
    enum mc_result result = parse(text, out, &mustache);
    if (result == MC_OK) {
        result = mustache_render(mustache, some_view(), out);
    }
    mustache_free(mustache);
    return result;
}

static void templates_render(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"no tags, a } and a {", "no tags, a } and a {"},
        // MC-SEC-128, MC-SEC-129: escaped, and never read as template
        {"{{hostile}}",
         "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;{{name}}"},
        {"{{{name}}} {{& name }}", "Zoë Zoë"},
        {"{{missing}}{{yes}}{{no}}{{people}}{{outer}}", ""},
        {"{{outer.inner.leaf}} {{outer.missing.leaf}} {{name.leaf}}", "found  "},
        {"{{#outer}}{{inner.leaf}} {{name}}{{/outer}}", "found Zoë"},
        {"{{#people}}{{name}}{{other}},{{/people}}", "Ann,Zoë!,"},
        {"{{#empty}}x{{/empty}}{{^empty}}none{{/empty}}", "none"},
        {"{{#nothing}}x{{/nothing}}{{^nothing}}none{{/nothing}}", "none"},
        {"{{#yes}}{{^no}}{{#name}}{{.}}{{/name}}{{/no}}{{/yes}}", "Zoë"},
        {"{{^yes}}{{#people}}x{{/people}}{{/yes}}.", "."},
        {"a\n  {{! a comment\n of lines }}\nb\n", "a\nb\n"},
        {"a {{! inline }} b", "a  b"},
        {"{{=<% %>=}}<%name%> {{name}} <%={{ }}=%>{{name}}", "Zoë {{name}} Zoë"},
        {"{{>greeting}}!", "Hello Zoë!"},
        {"-\n  {{>lines}}\n-", "-\n  one\n\n  two a\nb\n-"},
        {"{{>missing}}.", "."},
    };
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        MC_AUTO_BUFFER struct mc_buffer out;
        mc_buffer_init(&out, 4096);
        assert_int_equal(render(cases[i].text, &out), MC_OK);
        assert_string_equal(mc_buffer_text(&out), cases[i].expected);
    }
}

static void faults_are_named_with_file_and_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"a\n{{name", "page.html:2: '{{' begins a tag that never ends"},
        {"{{", "page.html:1: '{{' begins a tag that never ends"},
        {"{{{name}}", "page.html:1: '{{' begins a tag that never ends"},
        {"\n\n{{#yes}}\n", "page.html:3: 'yes' is a section that is never closed"},
        {"{{#a}}{{#b}}{{/b}}", "page.html:1: 'a' is a section that is never closed"},
        {"\n{{/yes}}", "page.html:2: 'yes' closes a section that was never opened"},
        {"{{#yes}}\n{{/no}}", "page.html:2: 'no' closes a section of another name"},
        {"{{#a.b}}{{/a.c}}", "page.html:1: 'a.c' closes a section of another name"},
        {"{{}}", "page.html:1: '' is not a name"},
        {"{{a b}}", "page.html:1: 'a b' is not a name"},
        {"{{a..b}}", "page.html:1: 'a..b' is not a name"},
        {"{{.a}}", "page.html:1: '.a' is not a name"},
        {"{{a.}}", "page.html:1: 'a.' is not a name"},
        {"{{>../secret}}", "page.html:1: '../secret' is not a name"},
        {"{{>.}}", "page.html:1: '.' is not a name"},
        {"{{$block}}{{/block}}", "page.html:1: '$block' is not a name"},
        {"{{<parent}}{{/parent}}", "page.html:1: '<parent' is not a name"},
        {"{{=x=}}", "page.html:1: 'x' are no two delimiters"},
        {"{{=a b c=}}", "page.html:1: 'a b c' are no two delimiters"},
        {"{{=123456789 x=}}", "page.html:1: '123456789 x' are no two delimiters"},
        {"{{>broken}}", "broken:2: '{{' begins a tag that never ends"},
        {"{{>deeper}}", "deeper:1: 'deeper' is one partial too many"},
    };
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        struct mustache *mustache = NULL;
        mc_buffer_init(&error, 4096);
        assert_int_equal(parse(cases[i].text, &error, &mustache), MC_MALFORMED);
        assert_null(mustache);
        assert_string_equal(mc_buffer_text(&error), cases[i].error);
    }
}

static void rendering_is_bounded(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{{>again}}",              // too deep
        "{{>tree}}",               // too deep, and as often as there are leaves
        MANY(MANY("{{hostile}}")), // more than fits
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_BUFFER struct mc_buffer out;
        mc_buffer_init(&out, 65536);
        assert_int_equal(render(texts[i], &out), MC_MALFORMED);
    }
}

static void parsing_is_bounded(void **state)
{
    (void)state;
    static const char *const texts[] = {
        MANY("{{#yes}}") MANY("{{/yes}}"),
        MANY(MANY(MANY("x"))) "!",
        "{{" MANY("n") "n}}",
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        struct mustache *mustache = NULL;
        mc_buffer_init(&error, 4096);
        assert_int_equal(parse(texts[i], &error, &mustache), MC_MALFORMED);
        assert_null(strchr(mc_buffer_text(&error), '\n'));
    }
}

// ---- the check of pages

static const char *const names[] = {"name", "yes", "people", "url_home", "outer", "inner", NULL};

static enum mc_result check(const char *text, struct mc_buffer *error)
{
    struct mustache *mustache = NULL;
    enum mc_result result = parse(text, error, &mustache);
    if (result == MC_OK) {
        result = mustache_check_html(mustache, names, error);
    }
    mustache_free(mustache);
    return result;
}

static void safe_places_are_taken(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<!doctype html><html lang=\"{{name}}\"><title>{{name}} - a</title><p>{{name}}</p></html>",
        "a < b {{name}} && c > d </> <3 {{name}}",
        "<a href=\"{{url_home}}email\" title='{{name}}'>{{name}}</a>",
        "<a href=\"{{outer.url_home}}\">x</a>",
        "<a href=\"#{{name}}\">x</a>",
        "<a href=\"#field-{{#yes}}{{name}}{{/yes}}\">x</a>",
        "<input value = \"{{name}}\" data-x=\"{{name}}\" aria-label=\"{{name}}\"/>",
        "<option value=\"{{name}}\"{{#yes}} selected{{/yes}}>",
        "<option{{#yes}} selected{{/yes}} value=\"{{name}}\">",
        "<option {{#yes}}selected{{/yes}}>",
        "<input {{#yes}}value=\"{{name}}\" {{/yes}}{{^yes}}required{{/yes}}>",
        "<p{{#yes}} class=\"{{name}}\"{{#people}} title='{{name}}'{{/people}}{{/yes}}>",
        "<p class=\"a{{#yes}} b{{/yes}}\">{{#people}}<b>{{name}}</b>{{/people}}</p>",
        "{{#people}}{{.}}{{>row}}{{/people}}",
        "<p{{>attribute}}>",
        "<!-- a comment --><p>{{name}}</p><!----><!--><p>{{name}}</p><!--->{{name}}",
        "<script src=\"{{url_home}}script.js\"></script>{{name}}",
        "<script>if (a < b) { '</scripty>' }</script >{{name}}",
        "<textarea>{{name}} <b></textarea>{{name}}",
        "<svg viewBox=\"0 0 {{name}} {{name}}\"><path d=\"{{name}}\"/></svg>",
        "<meta name=viewport content=\"width=device-width\">",
        "<meta http-equiv=\"refresh\" content=\"0; url={{url_home}}\">",
        "<form method=post action='{{url_home}}'><?php {{! nothing }} ?>",
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        mc_buffer_init(&error, 4096);
        if (check(texts[i], &error) != MC_OK) {
            fail_msg("refused: %s\n%s", texts[i], mc_buffer_text(&error));
        }
    }
}

// MC-SEC-128
static void places_where_escaping_is_not_enough_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<p>{{{name}}}</p>",
        "<p>{{&name}}</p>",
        "{{>raw}}",
        "<{{name}}>",
        "</{{name}}>",
        "<p{{name}}>",
        "<p {{name}}>",
        "<p {{name}}=\"x\">",
        "<p x{{name}}=\"x\">",
        "<p x {{name}}>",
        "<p x={{name}}>",
        "<p x=a{{name}}>",
        "<p x= {{name}}>",
        "<p x=\"1\"{{name}}>",
        "<p style=\"color: {{name}}\">",
        "<p STYLE='{{name}}'>",
        "<p onclick=\"f('{{name}}')\">",
        "<p OnX=\"{{name}}\">",
        "<iframe srcdoc=\"{{name}}\"></iframe>",
        "<a href=\"{{name}}\">",
        "<a HREF='/{{name}}'>",
        "<a href=\"{{.}}\">",
        "<a href=\"{{url_home.name}}\">",
        "<a href=\"&#{{name}};\">",
        "<a href=\"x#{{name}}\">",
        "<a href=\"#\"><img src=\"{{name}}\">",
        "<img src=\"#{{name}}\">",
        "<form action=\"{{name}}\">",
        "<button formaction=\"{{name}}\">",
        "<use xlink:href=\"{{name}}\">",
        "<animate attributeName=\"{{name}}\">",
        "<set to=\"{{name}}\">",
        "<meta content=\"0; url={{name}}\">",
        "<meta http-equiv=\"{{name}}\">",
        "<script>{{name}}</script>",
        "<script>var a = \"{{name}}\";</script>",
        "<SCRIPT >{{name}}</script>",
        "<style>{{name}}</style>",
        "<style></styl{{name}}</style>",
        "<title></{{name}}></title>",
        "<title><{{name}}></title>",
        "<iframe>{{name}}</iframe>",
        "<!-- {{name}} -->",
        "<!--{{name}}-->",
        "<!-- -{{name}} -->",
        "<!doctype {{name}}>",
        "<?{{name}}>",
        "<!{{name}}>",
        "<div <p title=\"{{name}}\">",
        "<p x=\"1\" =\"{{name}}\">",
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        mc_buffer_init(&error, 4096);
        if (check(texts[i], &error) != MC_MALFORMED || !error.size) {
            fail_msg("taken: %s", texts[i]);
        }
    }
}

static void sections_must_end_in_the_place_where_they_began(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "<p {{#yes}}>{{/yes}}",
        "{{#yes}}<p {{/yes}}>",
        "{{#yes}}<!--{{/yes}}-->",
        "{{#yes}}<script>{{/yes}}</script>",
        "<scr{{#yes}}ipt{{/yes}}>",
        "<p x=\"{{#yes}}\"{{/yes}}>",
        "<p x={{#yes}}\"1\"{{/yes}}>",
        "<p x{{#yes}}=\"1\"{{/yes}}>",
        "<p on{{#yes}}click{{/yes}}=\"{{name}}\">",
        "<p on{{#yes}} a{{/yes}}=\"{{name}}\">",
        "<p on{{#yes}} a{{/yes}} =\"{{name}}\">",
        "<p{{#yes}} on{{/yes}}click=\"{{name}}\">",
        "<p {{#people}}x=\"{{name}}\"on{{/people}}>",
        "<a {{#yes}}href=\"#{{/yes}}{{name}}\">",
        "<a href=\"{{#yes}}#{{/yes}}{{name}}\">",
        "<a href=\"&{{#yes}}\" href=\"{{/yes}}#{{name}}\">",
        "<p x=\"1",
        "<p",
        "<!-- ",
        "<title>a",
        "<script>",
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        mc_buffer_init(&error, 4096);
        if (check(texts[i], &error) != MC_MALFORMED || !error.size) {
            fail_msg("taken: %s", texts[i]);
        }
    }
}

// MC-SEC-129
static void the_check_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"<p>\n<b>{{nmae}}</b>", "page.html:2: 'nmae': no page has a value of this name"},
        {"{{#outer}}\n{{inner.lost}}{{/outer}}",
         "page.html:2: 'lost': no page has a value of this name"},
        {"\n{{#lost}}{{/lost}}", "page.html:2: 'lost': no page has a value of this name"},
        {"\n{{^lost}}{{/lost}}", "page.html:2: 'lost': no page has a value of this name"},
        {"\n\n{{>lost}}", "page.html:3: 'lost': there is no such partial"},
        {"{{>again}}", "again:1: 'again': the partial calls itself"},
        {"\n{{>raw}}", "raw:2: 'name': pages show nothing unescaped"},
        {"<p\n\nx=\"1\" =>", "page.html:3: this is not the name of an attribute"},
        {"<a\nhref='{{name}}'>",
         "page.html:2: 'name': only names that begin with url_ may stand in an address"},
        {"<p>{{#yes}}\n<i {{/yes}}>",
         "page.html:1: 'yes': the section ends in another place of the HTML"},
        {"<p{{#yes}} x{{/yes}}\n>{{#yes}}<b>{{/yes}}<i{{#yes}} y{{/yes}}z>",
         "page.html:2: a space must follow the section"},
        {"\n<p",
         "page.html:2: the page ends within a tag, a comment or an element that holds text"},
    };
    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        MC_AUTO_BUFFER struct mc_buffer error;
        mc_buffer_init(&error, 4096);
        assert_int_equal(check(cases[i].text, &error), MC_MALFORMED);
        assert_string_equal(mc_buffer_text(&error), cases[i].error);
    }
}

// Each section within a tag is read twice, so nested ones double the work.
static void the_check_is_bounded(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer text, error;
    mc_buffer_init(&text, 4096);
    mc_buffer_init(&error, 4096);
    mc_buffer_add_text(&text, "<p");
    for (size_t i = 0; i < 30; i++) {
        mc_buffer_format(&text, "{{#yes}} x%zu", i);
    }
    for (size_t i = 0; i < 30; i++) {
        mc_buffer_add_text(&text, "{{/yes}}");
    }
    mc_buffer_add_text(&text, ">");
    assert_int_equal(check(mc_buffer_text(&text), &error), MC_MALFORMED);
    assert_string_equal(mc_buffer_text(&error), "page.html:1: the template is too intricate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_render),
        cmocka_unit_test(faults_are_named_with_file_and_line),
        cmocka_unit_test(rendering_is_bounded),
        cmocka_unit_test(parsing_is_bounded),
        cmocka_unit_test(safe_places_are_taken),
        cmocka_unit_test(places_where_escaping_is_not_enough_are_refused),
        cmocka_unit_test(sections_must_end_in_the_place_where_they_began),
        cmocka_unit_test(the_check_says_where),
        cmocka_unit_test(the_check_is_bounded),
    };
    apr_initialize();
    apr_pool_create(&pool, NULL);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_pool_destroy(pool);
    apr_terminate();
    return failed;
}
