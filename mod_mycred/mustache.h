// SPDX-License-Identifier: Apache-2.0
// Templates in the mustache language (mustache.github.io, specification 1.4 without lambdas and
// inheritance), parsed once at start. Data is never read as template. Knows nothing of httpd.
// Empty texts and empty lists count as false; flags show nothing. Names are letters, digits, `_`
// and `-`, parted by dots.
#ifndef MYCRED_MOD_MYCRED_MUSTACHE_H
#define MYCRED_MOD_MYCRED_MUSTACHE_H

#include "common/buffer.h"
#include "mod_mycred/view.h"

struct mustache;

// A template as it was read; both live until mustache_parse returns.
struct mustache_text {
    const char *name; // for errors: a file name
    struct mc_span text;
};

// Gives the partial of this name; false when there is none, which renders as nothing. Called while
// parsing, once or more often for each name.
typedef bool mustache_partial(void *data, const char *name, struct mustache_text *ret_text);

struct mustache_source {
    struct mustache_text main;
    mustache_partial *partial; // may be NULL: there are none
    void *data;
};

// MC_MALFORMED with "name:line: sentence" in `error`.
enum mc_result mustache_parse(const struct mustache_source *source, struct mc_buffer *error,
                              struct mustache **ret_template) MC_MUST_USE;
void mustache_free(struct mustache *mustache);

// Appends to `out`. Several threads may render one template. MC_MALFORMED when sections and
// partials nest too deep, when it takes too many steps, or when `out` is full.
enum mc_result mustache_render(const struct mustache *mustache, const struct view *view,
                               struct mc_buffer *out) MC_MUST_USE;

// Whether a value of this name stands anywhere in it: what is costly is made only for pages that
// show it.
bool mustache_mentions(const struct mustache *mustache, const char *name);

// Appends `text` with the characters escaped that mean something in element content and in quoted
// attribute values.
void mustache_escape(struct mc_span text, struct mc_buffer *out);

// The check of a page template when httpd starts: every name must be in `names` (NULL-terminated),
// every partial must be there and none may call itself, and HTML escaping must be enough where each
// placeholder stands: element content or a quoted attribute value that is neither a URL, a style
// nor an event handler (URL attributes only for names that begin with `url_`, or after `#` at the
// start of an href); no unescaped placeholders, none in script, style, comments, tag or attribute
// names, unquoted values. A section must end in the kind of place where it began. MC_MALFORMED with
// file and line in `error`.
enum mc_result mustache_check_html(const struct mustache *mustache, const char *const *names,
                                   struct mc_buffer *error) MC_MUST_USE;

#endif
