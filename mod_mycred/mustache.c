// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/mustache_program.h"

#include <stdlib.h>

void mustache_free(struct mustache *mustache)
{
    if (!mustache) {
        return;
    }
    for (uint32_t i = 0; i < mustache->count; i++) {
        struct mustache_program *program = &mustache->programs[i];
        free(program->name);
        free(program->text);
        free(program->partial);
        free(program->indent);
        free(program->nodes);
    }
    free(mustache);
}

enum mc_result mustache_program_find(struct mustache *mustache, struct mc_span partial,
                                     struct mc_span indent, uint32_t *ret_program)
{
    for (uint32_t i = 1; i < mustache->count; i++) {
        const struct mustache_program *program = &mustache->programs[i];
        if (mc_span_equals(partial, program->partial) && mc_span_equals(indent, program->indent)) {
            *ret_program = i;
            return MC_OK;
        }
    }
    if (mustache->count == MUSTACHE_PROGRAMS_MAX) {
        return MC_MALFORMED;
    }
    struct mustache_program *program = &mustache->programs[mustache->count];
    *ret_program = mustache->count++;
    program->partial = mc_copy_text(partial);
    program->indent = mc_copy_text(indent);
    return program->partial && program->indent ? MC_OK : MC_NO_MEMORY;
}

// The text with the indentation before each line that is not empty: the specification indents the
// partial's source, so that values of several lines stay as they are.
static void indent_text(struct mc_span text, const char *indent, struct mc_buffer *out)
{
    if (!*indent) {
        mc_buffer_add_span(out, text);
        return;
    }
    while (text.size) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end ? (size_t)(end - text.data) + 1 : text.size;
        bool empty = end && size <= 2 && (size == 1 || text.data[0] == '\r');
        mc_buffer_add_text(out, empty ? "" : indent);
        mc_buffer_append(out, text.data, size);
        text.data += size;
        text.size -= size;
    }
}

static enum mc_result set_text(struct mustache_program *program, const struct mustache_text *source,
                               struct mc_buffer *error)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, MUSTACHE_TEXT_MAX);
    program->name = mc_copy_text(mc_span_of(source->name));
    if (!program->name) {
        return MC_NO_MEMORY;
    }
    indent_text(source->text, program->indent ? program->indent : "", &text);
    enum mc_result result = mc_buffer_result(&text);
    if (result != MC_OK) {
        mc_buffer_format(error, "%s:1: the template is too large", source->name);
        return result;
    }
    program->text = mc_copy_text(mc_buffer_span(&text));
    program->size = text.size;
    return program->text ? MC_OK : MC_NO_MEMORY;
}

static enum mc_result load(struct mustache *mustache, struct mustache_program *program,
                           const struct mustache_source *source, struct mc_buffer *error)
{
    struct mustache_text text = source->main;
    if (program != mustache->programs) {
        text = (struct mustache_text){.name = program->partial};
        program->missing =
            !source->partial || !source->partial(source->data, program->partial, &text);
    }
    enum mc_result result = set_text(program, &text, error);
    return result == MC_OK ? mustache_program_parse(mustache, program, error) : result;
}

enum mc_result mustache_parse(const struct mustache_source *source, struct mc_buffer *error,
                              struct mustache **ret_template)
{
    struct mustache *mustache = mc_allocate(sizeof *mustache);
    if (!mustache) {
        return MC_NO_MEMORY;
    }
    mustache->count = 1;
    enum mc_result result = MC_OK;
    // loading one may add others
    for (uint32_t i = 0; result == MC_OK && i < mustache->count; i++) {
        result = load(mustache, &mustache->programs[i], source, error);
    }
    if (result != MC_OK) {
        mustache_free(mustache);
        return result;
    }
    *ret_template = mustache;
    return MC_OK;
}
