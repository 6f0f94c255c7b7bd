// SPDX-License-Identifier: Apache-2.0
// What a page shows: a tree of named values that mustache templates walk. Values are text and
// escaped by the template.
#ifndef MYCRED_MOD_MYCRED_VIEW_H
#define MYCRED_MOD_MYCRED_VIEW_H

#include "common/base.h"

#include <apr_pools.h>

enum view_kind { VIEW_FALSE, VIEW_TRUE, VIEW_TEXT, VIEW_LIST, VIEW_OBJECT };

// A value with its name in the object around it; items of a list have none. Read-only for
// renderers.
struct view {
    enum view_kind kind;
    const char *name;
    struct mc_span text;      // TEXT
    const struct view *first; // LIST and OBJECT: the members, in order
    const struct view *next;  // the sibling after this one
    struct view *last;        // of the members
};

// All live as long as the pool. NULL is never returned: APR ends the process where memory is short.
struct view *view_new(apr_pool_t *pool);
struct view *view_object(apr_pool_t *pool, struct view *parent, const char *name);
struct view *view_list(apr_pool_t *pool, struct view *parent, const char *name);
struct view *view_item(apr_pool_t *pool, struct view *list); // an object in a list
void view_text(apr_pool_t *pool, struct view *parent, const char *name, const char *text);
void view_span(apr_pool_t *pool, struct view *parent, const char *name, struct mc_span text);
// A text that is wiped when the pool ends: what is shown once.
void view_secret(apr_pool_t *pool, struct view *parent, const char *name, const char *text);
void view_flag(apr_pool_t *pool, struct view *parent, const char *name, bool value);

#endif
