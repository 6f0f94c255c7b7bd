// SPDX-License-Identifier: Apache-2.0
// Renders one case for tests/web/test_mustache.py. Standard input holds the template, the data and
// the partials, as one list [template, data, [name, text, name, text ...]] of such values:
// T, F, tSIZE:BYTES, lCOUNT:VALUES, oCOUNT:NAME VALUE NAME VALUE ... (names are texts).
// Writes what was rendered; ends with 1 and the reason for what does not parse.
#include "mod_mycred/mustache.h"

#include <apr_general.h>
#include <stdio.h>
#include <stdlib.h>

static apr_pool_t *pool;

static size_t read_count(int end)
{
    size_t count = 0;
    if (scanf("%zu", &count) != 1 || getchar() != end) {
        exit(2);
    }
    return count;
}

static struct mc_span read_bytes(void)
{
    size_t size = read_count(':');
    char *bytes = apr_pcalloc(pool, size + 1);
    if (fread(bytes, 1, size, stdin) != size) {
        exit(2);
    }
    return (struct mc_span){(const uint8_t *)bytes, size};
}

static struct view *read_value(void)
{
    struct view *view = apr_pcalloc(pool, sizeof *view);
    int kind = getchar();
    if (kind == 'T' || kind == 'F') {
        view->kind = kind == 'T' ? VIEW_TRUE : VIEW_FALSE;
        return view;
    }
    if (kind == 't') {
        view->kind = VIEW_TEXT;
        view->text = read_bytes();
        return view;
    }
    view->kind = kind == 'o' ? VIEW_OBJECT : VIEW_LIST;
    for (size_t left = read_count(':'); left; left--) {
        const char *name = kind == 'o' && getchar() == 't' ? (const char *)read_bytes().data : NULL;
        struct view *member = read_value();
        member->name = name;
        if (view->last) {
            view->last->next = member;
        } else {
            view->first = member;
        }
        view->last = member;
    }
    return view;
}

static bool find_partial(void *data, const char *name, struct mustache_text *ret_text)
{
    for (const struct view *item = data; item; item = item->next->next) {
        if (mc_span_equals(item->text, name)) {
            *ret_text = (struct mustache_text){name, item->next->text};
            return true;
        }
    }
    return false;
}

int main(void)
{
    MC_AUTO_BUFFER struct mc_buffer out;
    struct mustache *mustache = NULL;
    mc_buffer_init(&out, 1024 * 1024);
    apr_initialize();
    apr_pool_create(&pool, NULL);
    struct view *given = read_value();
    struct mustache_source source = {.main = {"case", given->first->text},
                                     .partial = find_partial,
                                     .data = (void *)given->last->first};
    enum mc_result result = mustache_parse(&source, &out, &mustache);
    if (result == MC_OK) {
        result = mustache_render(mustache, given->first->next, &out);
    }
    (void)fwrite(mc_buffer_text(&out), 1, out.size, stdout);
    mustache_free(mustache);
    apr_terminate();
    return result == MC_OK ? 0 : 1;
}
