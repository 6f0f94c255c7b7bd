// SPDX-License-Identifier: Apache-2.0
// Walks a template as a browser would read what it renders.
#include "mod_mycred/mustache_html.h"
#include "mod_mycred/mustache_program.h"

#define STEPS_MAX 4000000 // bytes and nodes; sections in tags are read twice

struct checker {
    const struct mustache *mustache;
    const char *const *names;
    struct mc_buffer *error;
    struct html html;
    uint32_t calls[MUSTACHE_PROGRAMS_MAX]; // the programs that are being walked, each once
    uint32_t depth;
    uint32_t nesting; // sections and partials
    uint32_t steps;
};

static enum mc_result walk(struct checker *checker, uint32_t from, uint32_t to);

static const struct mustache_program *current(const struct checker *checker)
{
    return &checker->mustache->programs[checker->calls[checker->depth - 1]];
}

static enum mc_result fail(struct checker *checker, uint32_t line, const char *name,
                           const char *sentence)
{
    mc_buffer_format(checker->error, "%s:%u: %s%s%s%s", current(checker)->name, line,
                     name ? "'" : "", name ? name : "", name ? "': " : "", sentence);
    return MC_MALFORMED;
}

static enum mc_result count(struct checker *checker, uint32_t line, size_t steps)
{
    checker->steps += (uint32_t)steps;
    return checker->steps > STEPS_MAX ? fail(checker, line, NULL, "the template is too intricate")
                                      : MC_OK;
}

static enum mc_result check_text(struct checker *checker, const struct mustache_node *node)
{
    uint32_t line = node->line;
    for (size_t i = 0; i < node->text.size; i++) {
        const char *wrong = html_take(&checker->html, (char)node->text.data[i]);
        if (wrong) {
            return fail(checker, line, NULL, wrong);
        }
        line += node->text.data[i] == '\n';
    }
    return count(checker, line, node->text.size);
}

// The last part is what is shown.
static enum mc_result check_name(struct checker *checker, const struct mustache_node *node,
                                 const char **ret_last)
{
    const char *name = (const char *)node->text.data;
    *ret_last = node->parts ? name : ".";
    for (uint32_t part = 0; part < node->parts; part++) {
        const char *const *known = checker->names;
        while (*known && strcmp(*known, name) != 0) {
            known++;
        }
        if (!*known) {
            return fail(checker, node->line, name, "no page has a value of this name");
        }
        *ret_last = name;
        name += strlen(name) + 1;
    }
    return MC_OK;
}

static enum mc_result check_placeholder(struct checker *checker, const struct mustache_node *node)
{
    const char *name = NULL;
    enum mc_result result = check_name(checker, node, &name);
    if (result != MC_OK) {
        return result;
    }
    if (node->kind == MUSTACHE_RAW) {
        return fail(checker, node->line, name, "pages show nothing unescaped");
    }
    const char *wrong = html_refuse(&checker->html, strncmp(name, "url_", 4) == 0);
    return wrong ? fail(checker, node->line, name, wrong) : MC_OK;
}

// A section renders not at all, once or often, and what is around it must mean the same each time.
// In a tag, between attributes, it may add some: then it is read a second time from where it ended,
// and what follows may begin only where names cannot run together.
static enum mc_result check_section(struct checker *checker, uint32_t index)
{
    const struct mustache_node *node = &current(checker)->nodes[index];
    const char *name = NULL;
    enum mc_result result = check_name(checker, node, &name);
    struct html before = checker->html;
    if (result == MC_OK) {
        result = walk(checker, index + 1, node->target);
    }
    if (result != MC_OK || html_is_equal(&before, &checker->html)) {
        checker->html.begun |= before.begun;
        return result;
    }
    if (html_is_in_tag(&before, &checker->html)) {
        result = walk(checker, index + 1, node->target);
    }
    if (result == MC_OK && !html_is_in_tag(&before, &checker->html)) {
        return fail(checker, node->line, name, "the section ends in another place of the HTML");
    }
    checker->html.place = HTML_AFTER_SECTION;
    memset(checker->html.attribute, 0, sizeof checker->html.attribute);
    return result;
}

static enum mc_result check_partial(struct checker *checker, const struct mustache_node *node)
{
    const char *name = (const char *)node->text.data;
    const struct mustache_program *program = &checker->mustache->programs[node->target];
    if (program->missing) {
        return fail(checker, node->line, name, "there is no such partial");
    }
    for (uint32_t i = 0; i < checker->depth; i++) {
        if (checker->calls[i] == node->target) {
            return fail(checker, node->line, name, "the partial calls itself");
        }
    }
    checker->calls[checker->depth++] = node->target;
    enum mc_result result = walk(checker, 0, program->count - 1);
    checker->depth--;
    return result;
}

static enum mc_result check_node(struct checker *checker, uint32_t index)
{
    const struct mustache_node *node = &current(checker)->nodes[index];
    switch (node->kind) {
    case MUSTACHE_TEXT:
        return check_text(checker, node);
    case MUSTACHE_ESCAPED:
    case MUSTACHE_RAW:
        return check_placeholder(checker, node);
    case MUSTACHE_SECTION:
    case MUSTACHE_INVERTED:
        return check_section(checker, index);
    case MUSTACHE_PARTIAL:
        return check_partial(checker, node);
    case MUSTACHE_END:
        return MC_OK;
    case MUSTACHE_FINISH:
    case MUSTACHE_COMMENT:
    case MUSTACHE_DELIMITERS:
        break;
    }
    return MC_INTERNAL;
}

// Goes as deep as sections and partials nest.
static enum mc_result walk(struct checker *checker, uint32_t from, uint32_t to)
{
    const struct mustache_node *nodes = current(checker)->nodes;
    enum mc_result result = MC_OK;
    if (checker->nesting == MUSTACHE_DEPTH_MAX) {
        return fail(checker, nodes[from].line, NULL, "sections and partials nest too deep");
    }
    checker->nesting++;
    for (uint32_t i = from; i < to && result == MC_OK;) {
        bool section = nodes[i].kind == MUSTACHE_SECTION || nodes[i].kind == MUSTACHE_INVERTED;
        result = count(checker, nodes[i].line, 1);
        if (result == MC_OK) {
            result = check_node(checker, i);
        }
        i = section ? nodes[i].target : i + 1;
    }
    checker->nesting--;
    return result;
}

enum mc_result mustache_check_html(const struct mustache *mustache, const char *const *names,
                                   struct mc_buffer *error)
{
    struct checker checker = {.mustache = mustache, .names = names, .error = error, .depth = 1};
    const struct mustache_program *program = mustache->programs;
    enum mc_result result = walk(&checker, 0, program->count - 1);
    if (result == MC_OK && (checker.html.place != HTML_CONTENT || checker.html.text_of[0])) {
        return fail(&checker, program->nodes[program->count - 1].line, NULL,
                    "the page ends within a tag, a comment or an element that holds text");
    }
    return result;
}
