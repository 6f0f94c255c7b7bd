// SPDX-License-Identifier: Apache-2.0
// From text to nodes: tags, delimiters, and lines that a tag has for itself alone.
#include "mod_mycred/mustache_program.h"

#include <stdlib.h>

struct parser {
    struct mustache *mustache;
    struct mustache_program *program;
    struct mc_buffer *error;
    const char *text;
    size_t size;
    size_t position;    // what is before is nodes already
    uint32_t text_line; // of `position`
    size_t counted;     // how far `line` was counted
    uint32_t line;
    struct mc_span open, close;
    uint32_t sections[MUSTACHE_SECTIONS_MAX]; // nodes that wait for their end
    uint32_t depth;
};

struct tag {
    enum mustache_kind kind;
    size_t begin, end;
    size_t line_begin; // of a tag that has its line for itself: where the line begins
    uint32_t line;
    struct mc_span content; // without sigil and surrounding blanks
};

static const struct sigil {
    char sigil;
    char before_close; // stands before the closing delimiter as well
    enum mustache_kind kind;
} sigils[] = {
    {'#', 0, MUSTACHE_SECTION},      {'^', 0, MUSTACHE_INVERTED}, {'/', 0, MUSTACHE_END},
    {'>', 0, MUSTACHE_PARTIAL},      {'!', 0, MUSTACHE_COMMENT},  {'&', 0, MUSTACHE_RAW},
    {'=', '=', MUSTACHE_DELIMITERS}, {'{', '}', MUSTACHE_RAW},    {0, 0, MUSTACHE_ESCAPED},
};

// Quotes only so much of `what` as fits a line.
static enum mc_result fail(struct parser *parser, uint32_t line, struct mc_span what,
                           const char *sentence)
{
    size_t size = 0;
    while (size < what.size && size < MUSTACHE_NAME_MAX && what.data[size] >= ' ') {
        size++;
    }
    mc_buffer_format(parser->error, "%s:%u: '%.*s' %s", parser->program->name, line, (int)size,
                     (const char *)what.data, sentence);
    return MC_MALFORMED;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_space(char byte)
{
    return is_blank(byte) || byte == '\n' || byte == '\r';
}

static struct mc_span trim(struct mc_span text)
{
    while (text.size && is_space((char)text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size && is_space((char)text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

static uint32_t line_of(struct parser *parser, size_t position)
{
    for (; parser->counted < position; parser->counted++) {
        parser->line += parser->text[parser->counted] == '\n';
    }
    return parser->line;
}

static enum mc_result add_node(struct parser *parser, enum mustache_kind kind, uint32_t line,
                               struct mc_span text)
{
    struct mustache_program *program = parser->program;
    if (program->count == program->room) {
        uint32_t room = program->room ? program->room * 2 : 16;
        struct mustache_node *nodes = mc_allocate(room * sizeof *nodes);
        if (!nodes) {
            return MC_NO_MEMORY;
        }
        if (program->count) {
            memcpy(nodes, program->nodes, program->count * sizeof *nodes);
        }
        free(program->nodes);
        program->nodes = nodes;
        program->room = room;
    }
    program->nodes[program->count++] =
        (struct mustache_node){.kind = kind, .line = line, .text = text};
    return MC_OK;
}

// The literal text before `end`.
static enum mc_result add_text(struct parser *parser, size_t end)
{
    if (end == parser->position) {
        return MC_OK;
    }
    struct mc_span text = {(const uint8_t *)parser->text + parser->position,
                           end - parser->position};
    return add_node(parser, MUSTACHE_TEXT, parser->text_line, text);
}

// ---- finding tags

static const char *find(const struct parser *parser, size_t from, const char *what, size_t size)
{
    return memmem(parser->text + from, parser->size - from, what, size);
}

static enum mc_result read_tag(struct parser *parser, struct tag *tag)
{
    size_t begin = tag->begin + parser->open.size;
    const struct sigil *sigil = sigils;
    while (sigil->sigil && !(begin < parser->size && parser->text[begin] == sigil->sigil)) {
        sigil++;
    }
    char closing[1 + MUSTACHE_DELIMITER_MAX];
    size_t size = 0;
    if (sigil->before_close) {
        closing[size++] = sigil->before_close;
    }
    memcpy(closing + size, parser->close.data, parser->close.size);
    size += parser->close.size;
    begin += sigil->sigil ? 1 : 0;
    const char *end = begin <= parser->size ? find(parser, begin, closing, size) : NULL;
    if (!end) {
        return fail(parser, tag->line, parser->open, "begins a tag that never ends");
    }
    tag->kind = sigil->kind;
    tag->content = trim((struct mc_span){(const uint8_t *)parser->text + begin,
                                         (size_t)(end - parser->text) - begin});
    tag->end = (size_t)(end - parser->text) + size;
    return MC_OK;
}

// False when the line holds something else before the tag.
static bool find_line_begin(const struct parser *parser, size_t position, size_t *ret_begin)
{
    while (position > parser->position && is_blank(parser->text[position - 1])) {
        position--;
    }
    *ret_begin = position;
    return position == 0 || parser->text[position - 1] == '\n';
}

// False when the line holds something else after the tag.
static bool find_line_end(const struct parser *parser, size_t position, size_t *ret_end)
{
    struct mc_span rest = {(const uint8_t *)parser->text + position, parser->size - position};
    while (rest.size && is_blank((char)rest.data[0])) {
        rest.data++;
        rest.size--;
    }
    size_t breaks = rest.size >= 2 && rest.data[0] == '\r' && rest.data[1] == '\n' ? 2
                    : rest.size && rest.data[0] == '\n'                            ? 1
                                                                                   : 0;
    *ret_end = parser->size - rest.size + breaks;
    return breaks || rest.size == 0;
}

// A tag that shows nothing itself and has its line for itself alone takes the whole line with it.
// True, with `tag` widened to the line's end, when it is one of those.
static bool take_line(const struct parser *parser, struct tag *tag)
{
    size_t begin = 0, end = 0;
    bool shows = tag->kind == MUSTACHE_ESCAPED || tag->kind == MUSTACHE_RAW;
    if (shows || !find_line_begin(parser, tag->begin, &begin) ||
        !find_line_end(parser, tag->end, &end)) {
        return false;
    }
    tag->line_begin = begin;
    tag->end = end;
    return true;
}

// ---- what tags do

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
}

static bool is_name(struct mc_span name, bool dots)
{
    bool part = false;
    for (size_t i = 0; i < name.size; i++) {
        bool parts = dots && part && name.data[i] == '.';
        part = is_name_byte(name.data[i]);
        if (!part && !parts) {
            return false;
        }
    }
    return part && name.size <= MUSTACHE_NAME_MAX;
}

static enum mc_result set_delimiters(struct parser *parser, const struct tag *tag)
{
    struct mc_span open = tag->content;
    size_t size = 0;
    while (size < open.size && !is_space((char)open.data[size])) {
        size++;
    }
    struct mc_span close = trim((struct mc_span){open.data + size, open.size - size});
    open.size = size;
    bool good = open.size && close.size && open.size <= MUSTACHE_DELIMITER_MAX &&
                close.size <= MUSTACHE_DELIMITER_MAX && !memchr(open.data, '=', open.size) &&
                !memchr(close.data, '=', close.size);
    for (size_t i = 0; good && i < close.size; i++) {
        good = !is_space((char)close.data[i]);
    }
    if (!good) {
        return fail(parser, tag->line, tag->content, "are no two delimiters");
    }
    parser->open = open;
    parser->close = close;
    return MC_OK;
}

static enum mc_result open_section(struct parser *parser, const struct tag *tag)
{
    if (parser->depth == MUSTACHE_SECTIONS_MAX) {
        return fail(parser, tag->line, tag->content, "is a section nested too deep");
    }
    parser->sections[parser->depth++] = parser->program->count;
    return add_node(parser, tag->kind, tag->line, tag->content);
}

static enum mc_result close_section(struct parser *parser, const struct tag *tag)
{
    if (parser->depth == 0) {
        return fail(parser, tag->line, tag->content, "closes a section that was never opened");
    }
    uint32_t opening = parser->sections[--parser->depth];
    const struct mustache_node *node = &parser->program->nodes[opening];
    if (node->text.size != tag->content.size ||
        memcmp(node->text.data, tag->content.data, tag->content.size) != 0) {
        return fail(parser, tag->line, tag->content, "closes a section of another name");
    }
    enum mc_result result = node->kind == MUSTACHE_SECTION
                                ? add_node(parser, MUSTACHE_END, tag->line, tag->content)
                                : MC_OK;
    parser->program->nodes[opening].target = parser->program->count;
    return result;
}

static enum mc_result call_partial(struct parser *parser, const struct tag *tag, bool whole_line)
{
    struct mc_span indent = {(const uint8_t *)parser->text + tag->line_begin,
                             whole_line ? tag->begin - tag->line_begin : 0};
    uint32_t target = 0;
    enum mc_result result = mustache_program_find(parser->mustache, tag->content, indent, &target);
    if (result == MC_MALFORMED) {
        return fail(parser, tag->line, tag->content, "is one partial too many");
    }
    if (result == MC_OK) {
        result = add_node(parser, MUSTACHE_PARTIAL, tag->line, tag->content);
    }
    if (result == MC_OK) {
        parser->program->nodes[parser->program->count - 1].target = target;
    }
    return result;
}

static enum mc_result apply(struct parser *parser, const struct tag *tag, bool whole_line)
{
    if (tag->kind == MUSTACHE_COMMENT) {
        return MC_OK;
    }
    if (tag->kind == MUSTACHE_DELIMITERS) {
        return set_delimiters(parser, tag);
    }
    bool partial = tag->kind == MUSTACHE_PARTIAL;
    if (!is_name(tag->content, !partial) && !(mc_span_equals(tag->content, ".") && !partial)) {
        return fail(parser, tag->line, tag->content, "is not a name");
    }
    switch (tag->kind) {
    case MUSTACHE_SECTION:
    case MUSTACHE_INVERTED:
        return open_section(parser, tag);
    case MUSTACHE_END:
        return close_section(parser, tag);
    case MUSTACHE_PARTIAL:
        return call_partial(parser, tag, whole_line);
    default:
        return add_node(parser, tag->kind, tag->line, tag->content);
    }
}

static enum mc_result take_tag(struct parser *parser, size_t begin)
{
    struct tag tag = {.begin = begin, .line = line_of(parser, begin)};
    enum mc_result result = read_tag(parser, &tag);
    if (result != MC_OK) {
        return result;
    }
    bool whole_line = take_line(parser, &tag);
    result = add_text(parser, whole_line ? tag.line_begin : begin);
    parser->position = tag.end;
    parser->text_line = line_of(parser, tag.end);
    return result == MC_OK ? apply(parser, &tag, whole_line) : result;
}

// Names become strings in place: each ends before a delimiter or a dot that nobody reads again.
static void end_names(struct mustache_program *program)
{
    for (uint32_t i = 0; i < program->count; i++) {
        struct mustache_node *node = &program->nodes[i];
        if (node->kind == MUSTACHE_TEXT || node->kind == MUSTACHE_FINISH ||
            mc_span_equals(node->text, ".")) {
            continue;
        }
        char *name = program->text + (node->text.data - (const uint8_t *)program->text);
        node->parts = 1;
        for (size_t j = 0; j < node->text.size; j++) {
            if (name[j] == '.') {
                name[j] = '\0';
                node->parts++;
            }
        }
        name[node->text.size] = '\0';
    }
}

enum mc_result mustache_program_parse(struct mustache *mustache, struct mustache_program *program,
                                      struct mc_buffer *error)
{
    struct parser parser = {.mustache = mustache,
                            .program = program,
                            .error = error,
                            .text = program->text,
                            .size = program->size,
                            .line = 1,
                            .text_line = 1,
                            .open = mc_span_of("{{"),
                            .close = mc_span_of("}}")};
    enum mc_result result = MC_OK;
    const char *tag = NULL;
    while (result == MC_OK && (tag = find(&parser, parser.position, (const char *)parser.open.data,
                                          parser.open.size))) {
        result = take_tag(&parser, (size_t)(tag - parser.text));
    }
    if (result == MC_OK && parser.depth) {
        const struct mustache_node *node = &program->nodes[parser.sections[parser.depth - 1]];
        return fail(&parser, node->line, node->text, "is a section that is never closed");
    }
    if (result == MC_OK) {
        result = add_text(&parser, parser.size);
    }
    if (result == MC_OK) {
        result =
            add_node(&parser, MUSTACHE_FINISH, line_of(&parser, parser.size), (struct mc_span){0});
    }
    end_names(program);
    return result;
}
