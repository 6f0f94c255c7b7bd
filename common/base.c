// SPDX-License-Identifier: Apache-2.0
#include "common/base.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

bool mc_span_equals_any_case(struct mc_span span, const char *text)
{
    return span.size == strlen(text) &&
           (span.size == 0 || strncasecmp((const char *)span.data, text, span.size) == 0);
}

void mc_free_pointer(void *pointer_to_pointer)
{
    void **pointer = pointer_to_pointer;
    free(*pointer);
    *pointer = NULL;
}

void mc_close_descriptor(int *descriptor)
{
    if (*descriptor >= 0) {
        (void)close(*descriptor);
    }
    *descriptor = -1;
}

void *mc_allocate(size_t size)
{
    return calloc(1, size ? size : 1);
}

char *mc_copy_text(struct mc_span text)
{
    char *copy = mc_allocate(text.size + 1);
    if (copy && text.size) {
        memcpy(copy, text.data, text.size);
    }
    return copy;
}
