// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/mustache_program.h"

struct frame {
    const struct mustache_program *program; // where to go on after it
    uint32_t node;                          // PARTIAL: the next node there; SECTION: its first node
    const struct view *context;             // NULL for a partial
    bool loops;                             // over the siblings of `context`
};

struct renderer {
    const struct mustache *mustache;
    const struct mustache_program *program;
    uint32_t node;
    struct frame frames[MUSTACHE_DEPTH_MAX];
    uint32_t depth;
    struct mc_buffer *out;
};

static const struct view *find_member(const struct view *view, const char *name)
{
    if (view->kind != VIEW_OBJECT) {
        return NULL;
    }
    const struct view *member = view->first;
    while (member && (member->name[0] != name[0] || strcmp(member->name, name) != 0)) {
        member = member->next;
    }
    return member;
}

// The first part is looked for from the innermost context out, the others in what was found.
static const struct view *find_value(const struct renderer *renderer,
                                     const struct mustache_node *node)
{
    const struct view *value = NULL;
    const char *name = (const char *)node->text.data;
    for (uint32_t i = renderer->depth; i > 0 && !value; i--) {
        const struct view *context = renderer->frames[i - 1].context;
        if (context) {
            value = node->parts ? find_member(context, name) : context;
        }
    }
    for (uint32_t part = 1; value && part < node->parts; part++) {
        name += strlen(name) + 1;
        value = find_member(value, name);
    }
    return value;
}

static bool is_true(const struct view *value)
{
    if (!value) {
        return false;
    }
    switch (value->kind) {
    case VIEW_FALSE:
        return false;
    case VIEW_TEXT:
        return value->text.size > 0;
    case VIEW_LIST:
        return value->first;
    case VIEW_TRUE:
    case VIEW_OBJECT:
        return true;
    }
    return false;
}

void mustache_escape(struct mc_span text, struct mc_buffer *out)
{
    static const char *const escapes[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    size_t done = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *escape = escapes[text.data[i]];
        if (escape) {
            mc_buffer_append(out, text.data + done, i - done);
            mc_buffer_add_text(out, escape);
            done = i + 1;
        }
    }
    if (done < text.size) {
        mc_buffer_append(out, text.data + done, text.size - done);
    }
}

static void add_value(struct renderer *renderer, const struct mustache_node *node)
{
    const struct view *value = find_value(renderer, node);
    if (!value || value->kind != VIEW_TEXT || value->text.size == 0) {
        return;
    }
    if (node->kind == MUSTACHE_RAW) {
        mc_buffer_add_span(renderer->out, value->text);
    } else {
        mustache_escape(value->text, renderer->out);
    }
}

static enum mc_result push(struct renderer *renderer, const struct view *context, bool loops)
{
    if (renderer->depth == MUSTACHE_DEPTH_MAX) {
        return MC_MALFORMED;
    }
    renderer->frames[renderer->depth++] =
        (struct frame){renderer->program, renderer->node, context, loops};
    return MC_OK;
}

static enum mc_result open_section(struct renderer *renderer, const struct mustache_node *node)
{
    const struct view *value = find_value(renderer, node);
    if (!is_true(value)) {
        renderer->node = node->target;
        return MC_OK;
    }
    bool loops = value->kind == VIEW_LIST;
    return push(renderer, loops ? value->first : value, loops);
}

static void end_section(struct renderer *renderer)
{
    struct frame *frame = &renderer->frames[renderer->depth - 1];
    if (frame->loops && frame->context->next) {
        frame->context = frame->context->next;
        renderer->node = frame->node;
    } else {
        renderer->depth--;
    }
}

static enum mc_result call_partial(struct renderer *renderer, const struct mustache_node *node)
{
    enum mc_result result = push(renderer, NULL, false);
    renderer->program = &renderer->mustache->programs[node->target];
    renderer->node = 0;
    return result;
}

// MC_ASK while there is more.
static enum mc_result finish_program(struct renderer *renderer)
{
    const struct frame *frame = &renderer->frames[--renderer->depth];
    renderer->program = frame->program;
    renderer->node = frame->node;
    return renderer->depth ? MC_ASK : mc_buffer_result(renderer->out);
}

static enum mc_result step(struct renderer *renderer)
{
    const struct mustache_node *node = &renderer->program->nodes[renderer->node++];
    enum mc_result result = MC_OK;
    switch (node->kind) {
    case MUSTACHE_TEXT:
        mc_buffer_add_span(renderer->out, node->text);
        break;
    case MUSTACHE_ESCAPED:
    case MUSTACHE_RAW:
        add_value(renderer, node);
        break;
    case MUSTACHE_SECTION:
        result = open_section(renderer, node);
        break;
    case MUSTACHE_INVERTED:
        renderer->node = is_true(find_value(renderer, node)) ? node->target : renderer->node;
        break;
    case MUSTACHE_END:
        end_section(renderer);
        break;
    case MUSTACHE_PARTIAL:
        result = call_partial(renderer, node);
        break;
    case MUSTACHE_FINISH:
        return finish_program(renderer);
    case MUSTACHE_COMMENT:
    case MUSTACHE_DELIMITERS:
        return MC_INTERNAL; // never in a program
    }
    return result == MC_OK ? MC_ASK : result;
}

static bool is_value(const struct mustache_node *node)
{
    return node->kind == MUSTACHE_ESCAPED || node->kind == MUSTACHE_RAW ||
           node->kind == MUSTACHE_SECTION || node->kind == MUSTACHE_INVERTED;
}

bool mustache_mentions(const struct mustache *mustache, const char *name)
{
    for (uint32_t i = 0; i < mustache->count; i++) {
        const struct mustache_program *program = &mustache->programs[i];
        for (uint32_t at = 0; at < program->count; at++) {
            const struct mustache_node *node = &program->nodes[at];
            if (is_value(node) && node->parts && strcmp((const char *)node->text.data, name) == 0) {
                return true;
            }
        }
    }
    return false;
}

enum mc_result mustache_render(const struct mustache *mustache, const struct view *view,
                               struct mc_buffer *out)
{
    struct renderer renderer;
    renderer.mustache = mustache;
    renderer.program = mustache->programs;
    renderer.node = 0;
    renderer.frames[0] = (struct frame){mustache->programs, 0, view, false};
    renderer.depth = 1;
    renderer.out = out;
    enum mc_result result = MC_ASK;
    for (uint32_t i = 0; i < MUSTACHE_STEPS_MAX && result == MC_ASK; i++) {
        result = step(&renderer);
    }
    return result == MC_ASK ? MC_MALFORMED : result;
}
