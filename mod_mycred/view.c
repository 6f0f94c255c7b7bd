// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/view.h"

#include "common/secret.h"

#include <apr_strings.h>

static struct view *add(apr_pool_t *pool, struct view *parent, const char *name,
                        enum view_kind kind)
{
    struct view *view = apr_pcalloc(pool, sizeof *view);
    view->kind = kind;
    view->name = name;
    if (parent->last) {
        parent->last->next = view;
    } else {
        parent->first = view;
    }
    parent->last = view;
    return view;
}

struct view *view_new(apr_pool_t *pool)
{
    struct view *view = apr_pcalloc(pool, sizeof *view);
    view->kind = VIEW_OBJECT;
    return view;
}

struct view *view_object(apr_pool_t *pool, struct view *parent, const char *name)
{
    return add(pool, parent, name, VIEW_OBJECT);
}

struct view *view_list(apr_pool_t *pool, struct view *parent, const char *name)
{
    return add(pool, parent, name, VIEW_LIST);
}

struct view *view_item(apr_pool_t *pool, struct view *list)
{
    return add(pool, list, NULL, VIEW_OBJECT);
}

void view_text(apr_pool_t *pool, struct view *parent, const char *name, const char *text)
{
    view_span(pool, parent, name, mc_span_of(text));
}

void view_span(apr_pool_t *pool, struct view *parent, const char *name, struct mc_span text)
{
    struct view *view = add(pool, parent, name, VIEW_TEXT);
    view->text = (struct mc_span){
        (const uint8_t *)apr_pmemdup(pool, text.data ? text.data : (const uint8_t *)"", text.size),
        text.size};
}

static apr_status_t wipe_text(void *data)
{
    const struct view *view = data;
    mc_wipe((void *)view->text.data, view->text.size);
    return APR_SUCCESS;
}

void view_secret(apr_pool_t *pool, struct view *parent, const char *name, const char *text)
{
    view_text(pool, parent, name, text);
    apr_pool_cleanup_register(pool, parent->last, wipe_text, apr_pool_cleanup_null);
}

void view_flag(apr_pool_t *pool, struct view *parent, const char *name, bool value)
{
    (void)add(pool, parent, name, value ? VIEW_TRUE : VIEW_FALSE);
}
