// SPDX-License-Identifier: Apache-2.0
// Preloaded: the allocation named by FAIL_ALLOCATION fails, counted from 1 from when the libraries
// are set up. The file ALLOCATION_COUNT, of 8 bytes, holds their number so far, however the process
// ends.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static long unseen, *count = &unseen, wanted;

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("FAIL_ALLOCATION"), *path = getenv("ALLOCATION_COUNT");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *place = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        count = place != MAP_FAILED ? place : &unseen;
        (void)close(file);
    }
    *count = 0;
    wanted = number ? strtol(number, NULL, 10) : 0;
}

static int fails(void)
{
    if (++*count != wanted) {
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
