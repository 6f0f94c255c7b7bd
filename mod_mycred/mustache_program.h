// SPDX-License-Identifier: Apache-2.0
// What the parser leaves for the renderer and for the check: each template and partial is a
// program, a flat list of nodes.
#ifndef MYCRED_MOD_MYCRED_MUSTACHE_PROGRAM_H
#define MYCRED_MOD_MYCRED_MUSTACHE_PROGRAM_H

#include "mod_mycred/mustache.h"

#define MUSTACHE_TEXT_MAX 262144 // bytes of one template, with its indentation
#define MUSTACHE_PROGRAMS_MAX 64 // of one template; the same partial indented otherwise is another
#define MUSTACHE_SECTIONS_MAX 32 // open at once in one program
#define MUSTACHE_DEPTH_MAX 64    // sections and partials open at once while rendering
#define MUSTACHE_STEPS_MAX 1000000
#define MUSTACHE_NAME_MAX 64     // bytes
#define MUSTACHE_DELIMITER_MAX 8 // bytes

enum mustache_kind {
    MUSTACHE_TEXT,
    MUSTACHE_ESCAPED,
    MUSTACHE_RAW,
    MUSTACHE_SECTION,
    MUSTACHE_INVERTED,
    MUSTACHE_END, // of a section; inverted ones need none
    MUSTACHE_PARTIAL,
    MUSTACHE_FINISH, // of the program
    // only while parsing
    MUSTACHE_COMMENT,
    MUSTACHE_DELIMITERS
};

struct mustache_node {
    enum mustache_kind kind;
    uint32_t line;       // where it begins
    struct mc_span text; // TEXT; else the name, its `parts` each ended by NUL
    uint32_t parts;      // 0: the implicit iterator
    uint32_t target;     // SECTION, INVERTED: the node after the section; PARTIAL: which program
};

struct mustache_program {
    char *name; // for errors
    char *text; // nodes point into it
    size_t size;
    char *partial; // the name that calls it, "" for the main program
    char *indent;  // put before each of its lines
    bool missing;
    struct mustache_node *nodes; // the last is FINISH
    uint32_t count, room;
};

struct mustache {
    struct mustache_program programs[MUSTACHE_PROGRAMS_MAX]; // the first is the main one
    uint32_t count;
};

// Fills `program`, whose name and text are set, with nodes. Partials it calls are added to
// `mustache` without text.
enum mc_result mustache_program_parse(struct mustache *mustache, struct mustache_program *program,
                                      struct mc_buffer *error) MC_MUST_USE;

// The program of a partial with this indentation, added when it is new. MC_MALFORMED when there are
// too many.
enum mc_result mustache_program_find(struct mustache *mustache, struct mc_span partial,
                                     struct mc_span indent, uint32_t *ret_program) MC_MUST_USE;

#endif
