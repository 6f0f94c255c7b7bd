// SPDX-License-Identifier: Apache-2.0
// The page templates: those of the program, each replaced by the site's own file of the same name
// in `template_dir`.
#ifndef MYCRED_MOD_MYCRED_TEMPLATES_H
#define MYCRED_MOD_MYCRED_TEMPLATES_H

#include "common/config.h"
#include "mod_mycred/mustache.h"

#include <apr_pools.h>

struct templates;

// Parses and checks all; they live as long as the pool. MC_BAD_CONFIG with file and line in
// `error`.
enum mc_result templates_load(const struct mc_config *config, apr_pool_t *pool,
                              struct mc_buffer *error,
                              struct templates **ret_templates) MC_MUST_USE;

// NULL when there is no template of this name ("home", "sign-in").
const struct mustache *templates_find(const struct templates *templates, const char *name);

// A file that is served as it is: "style.css", "script.js"; {NULL, 0} for others.
struct mc_span templates_file(const struct templates *templates, const char *name);

#endif
