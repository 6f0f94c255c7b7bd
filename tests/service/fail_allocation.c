// SPDX-License-Identifier: Apache-2.0
// Preloaded: the allocation named by FAIL_ALLOCATION, counted from 1, fails; with FAIL_FROM all
// after it fail too.
#include <errno.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static int fails(void)
{
    static long count, wanted = -1, from;
    if (wanted < 0) {
        const char *text = getenv("FAIL_ALLOCATION");
        wanted = text ? strtol(text, NULL, 10) : 0;
        from = getenv("FAIL_FROM") != NULL;
    }
    count++;
    return wanted && (count == wanted || (from && count > wanted));
}

void *malloc(size_t size)
{
    if (fails()) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (fails()) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    if (fails()) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(memory, size);
}
