// SPDX-License-Identifier: Apache-2.0
// multipart/form-data (RFC 7578), as browsers send it and not a byte looser: at most 8 parts, one
// of them a file.
#ifndef MYCRED_MOD_MYCRED_MULTIPART_H
#define MYCRED_MOD_MYCRED_MULTIPART_H

#include "mod_mycred/form.h"

#define MULTIPART_PARTS_MAX 8
#define MULTIPART_HEADERS_MAX 1024 // bytes of one part's headers
#define MULTIPART_BOUNDARY_MAX 70  // characters, RFC 2046 5.1.1

// `type` is the Content-Type header. Plain fields go to `ret_form` under the rules of form.h; the
// one part with a file name to `ret_file`, a span into `body` (empty when none was chosen). Names
// and types of files are ignored. MC_MALFORMED for anything else.
enum mc_result multipart_parse(struct mc_span type, struct mc_span body, struct form *ret_form,
                               struct mc_span *ret_file) MC_MUST_USE;

#endif
