// SPDX-License-Identifier: Apache-2.0
// Where in HTML a byte stands (WHATWG HTML, section 13.2.5), as far as it matters for what may be
// put there.
#ifndef MYCRED_MOD_MYCRED_MUSTACHE_HTML_H
#define MYCRED_MOD_MYCRED_MUSTACHE_HTML_H

#include "common/base.h"

#define HTML_NAME_MAX 24 // bytes; longer names are cut, and none that matters is as long

enum html_place {
    HTML_CONTENT,
    HTML_TAG_OPEN,         // after "<"
    HTML_END_TAG_OPEN,     // after "</"
    HTML_ELEMENT,          // in the name of a tag
    HTML_BEFORE_ATTRIBUTE, // or before the tag's end
    HTML_ATTRIBUTE,
    HTML_AFTER_ATTRIBUTE,
    HTML_BEFORE_VALUE,
    HTML_VALUE_DOUBLE,
    HTML_VALUE_SINGLE,
    HTML_VALUE_BARE,
    HTML_AFTER_SECTION, // in a tag, after a section that may or may not have been there
    HTML_MARKUP,        // after "<!"
    HTML_MARKUP_DASH,
    HTML_COMMENT,
    HTML_COMMENT_DASH,
    HTML_COMMENT_DASHES,
    HTML_COMMENT_BANG,
    HTML_DECLARATION
};

// Starts as {0}.
struct html {
    enum html_place place;
    bool ends;                         // the tag is an end tag
    char element[HTML_NAME_MAX + 1];   // of the tag; "" outside of tags
    char attribute[HTML_NAME_MAX + 1]; // "" outside of attributes
    bool begun;                        // the value has bytes
    bool fragment;                     // the first is "#"
    char text_of[HTML_NAME_MAX + 1];   // the element whose end tag alone ends this text, or ""
    size_t matched;                    // bytes of that end tag
};

// NULL, or what is wrong.
const char *html_take(struct html *html, char byte);

// All but `begun`.
bool html_is_equal(const struct html *one, const struct html *other);

// Between or in the names of one and the same tag.
bool html_is_in_tag(const struct html *one, const struct html *other);

// NULL when an escaped value may be put here, else why not. `is_url`: the value is trusted to be an
// address.
const char *html_refuse(const struct html *html, bool is_url);

#endif
