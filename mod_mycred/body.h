// SPDX-License-Identifier: Apache-2.0
// The body of a POST, read once.
#ifndef MYCRED_MOD_MYCRED_BODY_H
#define MYCRED_MOD_MYCRED_BODY_H

#include "mod_mycred/visit.h"

// Reads a form body of either type into `visit->form`; a file of a multipart form into
// `visit->upload`. MC_MALFORMED for a foreign or missing type, too large a body, a truncated one.
enum mc_result body_read_form(struct visit *visit) MC_MUST_USE;

#endif
