// SPDX-License-Identifier: Apache-2.0
// The style sheet and the script.
#include "mod_mycred/page.h"
#include "mod_mycred/templates.h"

#include <apr_strings.h>
#include <http_protocol.h>

int page_file(struct visit *visit)
{
    request_rec *r = visit->r;
    struct mc_span file = templates_file(visit->site->templates, visit->path);
    if (!file.data) {
        return answer_status(visit, HTTP_NOT_FOUND);
    }
    answer_headers(visit);
    // its address carries its content's digest, so it may be kept
    apr_table_setn(r->err_headers_out, "Cache-Control", "public, max-age=31536000, immutable");
    ap_set_content_type(r, strstr(visit->path, ".css") ? "text/css; charset=utf-8"
                                                       : "text/javascript; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)file.size);
    if (!r->header_only) {
        (void)ap_rwrite(file.data, (int)file.size, r);
    }
    return DONE;
}
