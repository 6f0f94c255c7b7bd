// SPDX-License-Identifier: Apache-2.0
#ifndef MYCRED_MOD_MYCRED_ROUTE_H
#define MYCRED_MOD_MYCRED_ROUTE_H

#include "mod_mycred/visit.h"

// Finds the page for the request and lets it answer: 404 for unknown paths, 405 for verbs other
// than GET, HEAD and POST, 403 for forms that are not ours, sign-in where somebody must be known.
int route(struct visit *visit);

#endif
