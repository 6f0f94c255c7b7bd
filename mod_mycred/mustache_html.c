// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/mustache_html.h"

#include <strings.h>

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

static bool is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(name, *names) != 0) {
        names++;
    }
    return *names;
}

static void add_to_name(char name[HTML_NAME_MAX + 1], char byte)
{
    size_t size = strlen(name);
    if (size < HTML_NAME_MAX) {
        name[size] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
        name[size + 1] = '\0';
    }
}

static void clear_name(char name[HTML_NAME_MAX + 1])
{
    memset(name, 0, HTML_NAME_MAX + 1);
}

static void end_tag(struct html *html)
{
    // elements that hold no elements: their text ends at their end tag alone
    static const char *const texts[] = {"iframe",   "noembed", "noframes", "script", "style",
                                        "textarea", "title",   "xmp",      NULL};
    if (!html->ends && is_one_of(html->element, texts)) {
        memcpy(html->text_of, html->element, sizeof html->text_of);
    }
    clear_name(html->element);
    clear_name(html->attribute);
    html->begun = html->fragment = html->ends = false;
    html->place = HTML_CONTENT;
}

// ---- element content

// Looks for "</name" with a byte after it that ends the name.
static void take_raw(struct html *html, char byte)
{
    size_t size = strlen(html->text_of);
    if (html->matched == size + 2) {
        if (is_space(byte) || byte == '/' || byte == '>') {
            memcpy(html->element, html->text_of, sizeof html->element);
            clear_name(html->text_of);
            html->matched = 0;
            html->ends = true;
            html->place = HTML_BEFORE_ATTRIBUTE;
            (void)html_take(html, byte);
            return;
        }
        html->matched = 0;
    }
    char lower = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    char wanted = html->matched == 0   ? '<'
                  : html->matched == 1 ? '/'
                                       : html->text_of[html->matched - 2];
    html->matched = lower == wanted ? html->matched + 1 : byte == '<';
}

static void take_content(struct html *html, char byte)
{
    if (html->text_of[0]) {
        take_raw(html, byte);
    } else if (byte == '<') {
        html->place = HTML_TAG_OPEN;
    }
}

static void take_tag_open(struct html *html, char byte)
{
    html->ends = html->place == HTML_END_TAG_OPEN;
    if (is_letter(byte)) {
        add_to_name(html->element, byte);
        html->place = HTML_ELEMENT;
        return;
    }
    if (html->ends) {
        html->ends = false;
        html->place = byte == '>' ? HTML_CONTENT : HTML_DECLARATION;
        return;
    }
    html->place = byte == '/'   ? HTML_END_TAG_OPEN
                  : byte == '!' ? HTML_MARKUP
                  : byte == '?' ? HTML_DECLARATION
                  : byte == '<' ? HTML_TAG_OPEN
                                : HTML_CONTENT;
}

// ---- tags

// Where a tag goes on after a name: true when `byte` ended the name.
static bool ends_name(struct html *html, char byte)
{
    if (byte == '>') {
        end_tag(html);
    } else if (byte == '/') {
        clear_name(html->attribute);
        html->place = HTML_BEFORE_ATTRIBUTE;
    } else if (is_space(byte)) {
        html->place = html->place == HTML_ATTRIBUTE || html->place == HTML_AFTER_ATTRIBUTE
                          ? HTML_AFTER_ATTRIBUTE
                          : HTML_BEFORE_ATTRIBUTE;
    } else {
        return false;
    }
    return true;
}

static const char *take_attribute(struct html *html, char byte)
{
    if (ends_name(html, byte)) {
        return NULL;
    }
    if (html->place == HTML_AFTER_SECTION) {
        return "a space must follow the section";
    }
    if (byte == '=' && html->place != HTML_BEFORE_ATTRIBUTE) {
        html->place = HTML_BEFORE_VALUE;
        return NULL;
    }
    if (byte == '=' || byte == '<' || byte == '"' || byte == '\'') {
        return "this is not the name of an attribute";
    }
    if (html->place != HTML_ATTRIBUTE) {
        clear_name(html->attribute);
        html->place = HTML_ATTRIBUTE;
    }
    add_to_name(html->attribute, byte);
    return NULL;
}

static bool ends_value(enum html_place place, char byte)
{
    switch (place) {
    case HTML_VALUE_DOUBLE:
        return byte == '"';
    case HTML_VALUE_SINGLE:
        return byte == '\'';
    default:
        return is_space(byte);
    }
}

static void take_value(struct html *html, char byte)
{
    if (html->place == HTML_BEFORE_VALUE) {
        html->place = is_space(byte) ? HTML_BEFORE_VALUE
                      : byte == '"'  ? HTML_VALUE_DOUBLE
                      : byte == '\'' ? HTML_VALUE_SINGLE
                                     : HTML_VALUE_BARE;
    } else if (ends_value(html->place, byte)) {
        clear_name(html->attribute);
        html->begun = html->fragment = false;
        html->place = HTML_BEFORE_ATTRIBUTE;
    } else {
        html->fragment = html->begun ? html->fragment : byte == '#';
        html->begun = true;
    }
    if (html->place == HTML_VALUE_BARE && byte == '>') {
        end_tag(html);
    }
}

// ---- comments and declarations

static void take_comment(struct html *html, char byte)
{
    enum html_place place = html->place;
    bool closes = place == HTML_COMMENT_DASHES || place == HTML_COMMENT_BANG;
    if (closes && byte == '>') {
        html->place = HTML_CONTENT;
    } else if (byte == '-') {
        html->place = place == HTML_COMMENT || place == HTML_COMMENT_BANG ? HTML_COMMENT_DASH
                                                                          : HTML_COMMENT_DASHES;
    } else {
        html->place =
            place == HTML_COMMENT_DASHES && byte == '!' ? HTML_COMMENT_BANG : HTML_COMMENT;
    }
}

static void take_markup(struct html *html, char byte)
{
    bool dash = byte == '-';
    if (html->place == HTML_MARKUP) {
        html->place = dash ? HTML_MARKUP_DASH : HTML_DECLARATION;
    } else if (html->place == HTML_MARKUP_DASH) {
        // "<!-->" is a whole comment
        html->place = dash ? HTML_COMMENT_DASHES : HTML_DECLARATION;
    }
    if (html->place == HTML_DECLARATION && byte == '>') {
        html->place = HTML_CONTENT;
    }
}

const char *html_take(struct html *html, char byte)
{
    switch (html->place) {
    case HTML_CONTENT:
        take_content(html, byte);
        return NULL;
    case HTML_TAG_OPEN:
    case HTML_END_TAG_OPEN:
        take_tag_open(html, byte);
        return NULL;
    case HTML_ELEMENT:
        if (!ends_name(html, byte)) {
            add_to_name(html->element, byte);
        }
        return NULL;
    case HTML_BEFORE_ATTRIBUTE:
    case HTML_ATTRIBUTE:
    case HTML_AFTER_ATTRIBUTE:
    case HTML_AFTER_SECTION:
        return take_attribute(html, byte);
    case HTML_BEFORE_VALUE:
    case HTML_VALUE_DOUBLE:
    case HTML_VALUE_SINGLE:
    case HTML_VALUE_BARE:
        take_value(html, byte);
        return NULL;
    case HTML_MARKUP:
    case HTML_MARKUP_DASH:
    case HTML_DECLARATION:
        take_markup(html, byte);
        return NULL;
    case HTML_COMMENT:
    case HTML_COMMENT_DASH:
    case HTML_COMMENT_DASHES:
    case HTML_COMMENT_BANG:
        take_comment(html, byte);
        return NULL;
    }
    return NULL;
}

// ---- what may stand where

bool html_is_equal(const struct html *one, const struct html *other)
{
    return one->place == other->place && one->ends == other->ends &&
           one->matched == other->matched && one->fragment == other->fragment &&
           strcmp(one->element, other->element) == 0 &&
           strcmp(one->attribute, other->attribute) == 0 &&
           strcmp(one->text_of, other->text_of) == 0;
}

static bool is_between(enum html_place place)
{
    return (place >= HTML_ELEMENT && place <= HTML_AFTER_ATTRIBUTE) || place == HTML_AFTER_SECTION;
}

bool html_is_in_tag(const struct html *one, const struct html *other)
{
    return is_between(one->place) && is_between(other->place) && one->ends == other->ends &&
           strcmp(one->element, other->element) == 0;
}

static const char *refuse_attribute(const struct html *html, bool is_url)
{
    static const char *const never[] = {"attributename", "by", "from",   "http-equiv", "srcdoc",
                                        "style",         "to", "values", NULL};
    static const char *const urls[] = {
        "action",   "archive",    "background", "cite",  "classid",     "codebase", "data",
        "dynsrc",   "formaction", "href",       "icon",  "imagesrcset", "itemid",   "itemtype",
        "longdesc", "lowsrc",     "manifest",   "ping",  "poster",      "profile",  "src",
        "srcset",   "usemap",     "xlink:href", "xmlns", "xml:base",    NULL};
    const char *name = html->attribute;
    if (strncmp(name, "on", 2) == 0 || is_one_of(name, never)) {
        return "a placeholder cannot be made safe in this attribute";
    }
    // <meta http-equiv=refresh content="0; url=...">
    bool refresh = strcmp(html->element, "meta") == 0 && strcmp(name, "content") == 0;
    bool fragment = html->fragment && strcmp(name, "href") == 0;
    if ((refresh || (is_one_of(name, urls) && !fragment)) && !is_url) {
        return "only names that begin with url_ may stand in an address";
    }
    return NULL;
}

const char *html_refuse(const struct html *html, bool is_url)
{
    static const char *const escapable[] = {"", "textarea", "title", NULL};
    switch (html->place) {
    case HTML_CONTENT:
        if (html->matched) {
            return "a placeholder cannot be part of a tag";
        }
        return is_one_of(html->text_of, escapable)
                   ? NULL
                   : "a placeholder cannot be made safe in this element";
    case HTML_VALUE_DOUBLE:
    case HTML_VALUE_SINGLE:
        return refuse_attribute(html, is_url);
    case HTML_BEFORE_VALUE:
    case HTML_VALUE_BARE:
        return "a placeholder in an attribute needs quotes around the value";
    case HTML_COMMENT:
    case HTML_COMMENT_DASH:
    case HTML_COMMENT_DASHES:
    case HTML_COMMENT_BANG:
    case HTML_MARKUP:
    case HTML_MARKUP_DASH:
    case HTML_DECLARATION:
        return "a placeholder cannot be made safe in a comment or declaration";
    case HTML_TAG_OPEN:
    case HTML_END_TAG_OPEN:
    case HTML_ELEMENT:
    case HTML_BEFORE_ATTRIBUTE:
    case HTML_ATTRIBUTE:
    case HTML_AFTER_ATTRIBUTE:
    case HTML_AFTER_SECTION:
        break;
    }
    return "a placeholder cannot be part of a tag";
}
