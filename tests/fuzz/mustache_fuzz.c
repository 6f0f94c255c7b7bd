// SPDX-License-Identifier: Apache-2.0
// Templates: the input up to the first NUL is a page, what follows a partial of any name. Whatever
// page the check takes, values cannot change what its HTML is made of.
#include "mod_mycred/mustache.h"
#include "mod_mycred/mustache_html.h"

#include "tests/fuzz/fuzz.h"

#define OUT_MAX 65536 // bytes

static const char *const names[] = {"t", "url_t", "l", "o", "y", "n", NULL};

static bool give_partial(void *data, const char *name, struct mustache_text *ret_text)
{
    const struct mc_span *partial = data;
    *ret_text = (struct mustache_text){"partial", *partial};
    return name[0] != 'x';
}

struct values {
    struct view t, url_t, l, items[2], in_items[2], o, in_o, y, n, root;
};

static struct view text_of(const char *name, const char *text)
{
    return (struct view){.kind = VIEW_TEXT, .name = name, .text = mc_span_of(text)};
}

static struct view group(enum view_kind kind, const char *name, const struct view *first)
{
    return (struct view){.kind = kind, .name = name, .first = first};
}

// {t: TEXT, url_t: TEXT, l: [{t: TEXT}, {url_t: TEXT}], o: {t: TEXT}, y: true, n: false}
static void fill(struct values *values, const char *text)
{
    values->t = text_of("t", text);
    values->url_t = text_of("url_t", text);
    values->in_items[0] = values->in_o = values->t;
    values->in_items[1] = values->url_t;
    values->items[0] = group(VIEW_OBJECT, NULL, &values->in_items[0]);
    values->items[1] = group(VIEW_OBJECT, NULL, &values->in_items[1]);
    values->items[0].next = &values->items[1];
    values->l = group(VIEW_LIST, "l", values->items);
    values->o = group(VIEW_OBJECT, "o", &values->in_o);
    values->y = (struct view){.kind = VIEW_TRUE, .name = "y"};
    values->n = (struct view){.kind = VIEW_FALSE, .name = "n"};
    values->t.next = &values->url_t;
    values->url_t.next = &values->l;
    values->l.next = &values->o;
    values->o.next = &values->y;
    values->y.next = &values->n;
    values->root = group(VIEW_OBJECT, NULL, &values->t);
}

static bool render(const struct mustache *mustache, const char *text, struct mc_buffer *out)
{
    struct values values = {0};
    fill(&values, text);
    enum mc_result result = mustache_render(mustache, &values.root, out);
    MUST(result == MC_OK || result == MC_MALFORMED);
    return result == MC_OK;
}

static uint64_t mix(uint64_t digest, const char *text)
{
    do {
        digest = (digest ^ (uint8_t)*text) * 0x100000001b3;
    } while (*text++);
    return digest;
}

// Of the tags and attributes a browser would see, without what attributes and elements hold.
static uint64_t outline(struct mc_span html)
{
    struct html at = {0};
    uint64_t digest = 0xcbf29ce484222325;
    for (size_t i = 0; i < html.size; i++) {
        enum html_place before = at.place;
        MUST(!html_take(&at, (char)html.data[i]));
        if (at.place != before) {
            char place[2] = {(char)('a' + (int)at.place), '\0'};
            digest = mix(mix(mix(mix(digest, place), at.element), at.attribute), at.text_of);
        }
    }
    return digest;
}

static void check_page(const struct mustache *mustache)
{
    MC_AUTO_BUFFER struct mc_buffer plain, hostile;
    mc_buffer_init(&plain, OUT_MAX);
    mc_buffer_init(&hostile, OUT_MAX);
    if (render(mustache, "v", &plain) &&
        render(mustache, "--x/><script on=y '\"&{{t}}", &hostile)) {
        MUST(outline(mc_buffer_span(&plain)) == outline(mc_buffer_span(&hostile)));
    }
}

static void check_error(const struct mc_buffer *error)
{
    MUST(error->size > 0 && !strchr(mc_buffer_text(error), '\n'));
    MUST(strncmp(error->data, "page:", 5) == 0 || strncmp(error->data, "partial:", 8) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
    size_t page = nul ? (size_t)(nul - data) : size;
    struct mc_span partial = {data + page, size - page};
    struct mustache_source source = {
        .main = {"page", {data, page}}, .partial = give_partial, .data = &partial};
    struct mustache *mustache = NULL;
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 4096);
    enum mc_result result = mustache_parse(&source, &error, &mustache);
    MUST(result == MC_OK ? mustache && !error.size : !mustache);
    if (result != MC_OK) {
        check_error(&error);
        return 0;
    }
    MC_AUTO_BUFFER struct mc_buffer out;
    mc_buffer_init(&out, OUT_MAX);
    (void)render(mustache, "<v>", &out);
    result = mustache_check_html(mustache, names, &error);
    MUST(result == MC_OK || result == MC_MALFORMED);
    if (result == MC_OK) {
        check_page(mustache);
    } else {
        check_error(&error);
    }
    mustache_free(mustache);
    return 0;
}
