// SPDX-License-Identifier: Apache-2.0
// The page templates: those of the program, each replaced by the site's own file of the same name
// in `template_dir`. template_names.c lists what there is. `[[English text]]` in a template stands
// for its translation by the catalogues of common/po.
#ifndef MYCRED_MOD_MYCRED_TEMPLATES_H
#define MYCRED_MOD_MYCRED_TEMPLATES_H

#include "common/config.h"
#include "common/message.h"
#include "mod_mycred/mustache.h"

#include <apr_pools.h>

// All sorted and ended by NULL.
extern const char *const template_pages[];  // NAME.html, each a page of its own
extern const char *const template_files[];  // served as they are
extern const char *const template_values[]; // names a template may use

struct templates;

// Parses and checks all; they live as long as the pool. MC_BAD_CONFIG with file and line in
// `error`.
enum mc_result templates_load(const struct mc_config *config, apr_pool_t *pool,
                              struct mc_buffer *error,
                              struct templates **ret_templates) MC_MUST_USE;

// NULL when there is no template of this name ("home", "sign-in").
const struct mustache *templates_find(const struct templates *templates, const char *name,
                                      enum mc_language language);

// A file that is served as it is: "style.css", "script.js"; {NULL, 0} for others.
struct mc_span templates_file(const struct templates *templates, const char *name);

// 16 hexadecimal digits that change with the content of any of those files; for their addresses.
const char *templates_version(const struct templates *templates);

#endif
