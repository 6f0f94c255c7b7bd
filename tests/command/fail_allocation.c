// SPDX-License-Identifier: Apache-2.0
// Preloaded: the allocation named by FAIL_ALLOCATION fails, counted from 1 from when the libraries
// are set up; how many there were in all goes into the file named by ALLOCATION_COUNT.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static long count, wanted;
static char count_file[512];

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("FAIL_ALLOCATION"), *file = getenv("ALLOCATION_COUNT");
    wanted = number ? strtol(number, NULL, 10) : 0;
    snprintf(count_file, sizeof count_file, "%s", file ? file : "/dev/null");
    count = 0;
}

__attribute__((destructor)) static void end(void)
{
    long total = count;
    FILE *file = fopen(count_file, "w");
    if (file) {
        fprintf(file, "%ld\n", total);
        fclose(file);
    }
}

static int fails(void)
{
    if (++count != wanted) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t items, size_t size)
{
    return fails() ? NULL : __libc_calloc(items, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
