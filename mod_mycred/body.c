// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/body.h"

#include "common/secret.h"
#include "mod_mycred/multipart.h"

#include <http_protocol.h>
#include <util_filter.h>

#define UPLOAD_MAX (1024 * 1024 + 16384) // bytes: a picture of 1 MiB and what surrounds it

static apr_status_t release_body(void *data)
{
    mc_buffer_release(data);
    return APR_SUCCESS;
}

// What was read is a person's typing. httpd keeps the memory of its buffers for what comes next,
// and would keep that in it.
static void wipe_bucket(const apr_bucket *bucket, const char *data, apr_size_t size)
{
    if (APR_BUCKET_IS_HEAP(bucket) || APR_BUCKET_IS_POOL(bucket) ||
        APR_BUCKET_IS_TRANSIENT(bucket)) {
        mc_wipe((char *)(uintptr_t)data, size);
    }
}

// Appends what the brigade holds; MC_OK at the end of the body, MC_ASK while there is more.
static enum mc_result take_brigade(apr_bucket_brigade *brigade, struct mc_buffer *body)
{
    for (apr_bucket *bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade);
         bucket = APR_BUCKET_NEXT(bucket)) {
        const char *data = NULL;
        apr_size_t size = 0;
        if (APR_BUCKET_IS_EOS(bucket)) {
            return mc_buffer_result(body);
        }
        if (APR_BUCKET_IS_METADATA(bucket)) {
            continue;
        }
        if (apr_bucket_read(bucket, &data, &size, APR_BLOCK_READ) != APR_SUCCESS) {
            return MC_MALFORMED;
        }
        mc_buffer_append(body, data, size);
        wipe_bucket(bucket, data, size);
    }
    return mc_buffer_result(body) == MC_OK ? MC_ASK : mc_buffer_result(body);
}

static enum mc_result read_body(struct visit *visit, struct mc_buffer *body)
{
    request_rec *r = visit->r;
    apr_bucket_brigade *brigade = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    enum mc_result result = MC_ASK;
    while (result == MC_ASK) {
        if (ap_get_brigade(r->input_filters, brigade, AP_MODE_READBYTES, APR_BLOCK_READ, 16384) !=
            APR_SUCCESS) {
            result = MC_MALFORMED; // cut off, or larger than the server allows
            break;
        }
        result = take_brigade(brigade, body);
        apr_brigade_cleanup(brigade);
    }
    apr_brigade_destroy(brigade);
    return result;
}

static bool is_type(const char *header, const char *type)
{
    size_t size = strlen(type);
    return header && strncasecmp(header, type, size) == 0 &&
           (header[size] == '\0' || header[size] == ';' || header[size] == ' ');
}

enum mc_result body_read_form(struct visit *visit)
{
    const char *type = apr_table_get(visit->r->headers_in, "Content-Type");
    bool multipart = is_type(type, "multipart/form-data") && strcmp(visit->path, "avatar") == 0;
    if (!multipart && !is_type(type, "application/x-www-form-urlencoded")) {
        return MC_MALFORMED;
    }
    struct mc_buffer *body = apr_pcalloc(visit->pool, sizeof *body);
    mc_buffer_init(body, multipart ? UPLOAD_MAX : FORM_BODY_MAX);
    apr_pool_cleanup_register(visit->pool, body, release_body, apr_pool_cleanup_null);
    enum mc_result result = read_body(visit, body);
    // photographs are: their page says so, beside the field
    visit->too_large = multipart && mc_buffer_result(body) == MC_MALFORMED;
    if (visit->too_large) {
        return MC_OK;
    }
    if (result != MC_OK) {
        return result;
    }
    return multipart ? multipart_parse(mc_span_of(type), mc_buffer_span(body), &visit->form,
                                       &visit->upload)
                     : form_parse(mc_buffer_span(body), &visit->form);
}
