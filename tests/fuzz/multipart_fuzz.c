// SPDX-License-Identifier: Apache-2.0
// Uploads (MC-SEC-141): the first line of the input is the Content-Type, the rest the body.
#include "mod_mycred/multipart.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct form form = {0};
    struct mc_span file = {0};
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
    struct mc_span type = {data, line ? (size_t)(line - data) : size};
    size_t used = line ? type.size + 1 : size;
    // a copy of its own, so that reading past the end is seen
    MC_AUTO_FREE uint8_t *body = malloc(size - used + 1);
    if (size > used) {
        memcpy(body, data + used, size - used);
    }
    enum mc_result result =
        multipart_parse(type, (struct mc_span){body, size - used}, &form, &file);
    if (result == MC_OK) {
        MUST(form.count <= MULTIPART_PARTS_MAX);
        MUST(!file.data ||
             (file.data > body && file.size > 0 && file.data + file.size < body + (size - used)));
    } else {
        MUST(result == MC_MALFORMED && !form.memory && form.count == 0 && !file.data);
    }
    form_release(&form);
    return 0;
}
