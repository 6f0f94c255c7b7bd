// SPDX-License-Identifier: Apache-2.0
#include "tests/pam/host.h"

#include <stdlib.h>

#define KEY 0x5a

// "canary-c0de-492017", covered so that this program does not hold it itself
static volatile const unsigned char covered[] = {
    'c' ^ KEY, 'a' ^ KEY, 'n' ^ KEY, 'a' ^ KEY, 'r' ^ KEY, 'y' ^ KEY,
    '-' ^ KEY, 'c' ^ KEY, '0' ^ KEY, 'd' ^ KEY, 'e' ^ KEY, '-' ^ KEY,
    '4' ^ KEY, '9' ^ KEY, '2' ^ KEY, '0' ^ KEY, '1' ^ KEY, '7' ^ KEY};
#define SIZE sizeof covered
#define HEAD                                                                                       \
    10 // the allocator may write over the beginning of freed memory, so the rest is looked for

// every byte of the process is read, red zones included
#define READS_ANYTHING __attribute__((no_sanitize("address", "undefined")))

static bool was_made;

char *canary_make(void)
{
    was_made = true;
    char *text = malloc(SIZE + 1);
    for (size_t i = 0; i < SIZE; i++) {
        text[i] = (char)(covered[i] ^ KEY);
    }
    text[SIZE] = '\0';
    return text;
}

READS_ANYTHING static bool stands_at(const volatile unsigned char *place)
{
    for (size_t i = HEAD; i < SIZE; i++) {
        if ((place[i] ^ KEY) != covered[i]) {
            return false;
        }
    }
    return true;
}

READS_ANYTHING static int count_between(uintptr_t start, uintptr_t end)
{
    int count = 0;
    for (uintptr_t i = start; i + SIZE <= end; i++) {
        count += stands_at((const volatile unsigned char *)i);
    }
    return count;
}

int canary_count(void)
{
    char line[512];
    int count = 0;
    FILE *maps = was_made ? fopen("/proc/self/maps", "re") : NULL;
    while (maps && fgets(line, sizeof line, maps)) {
        uintptr_t start = 0;
        uintptr_t end = 0;
        char rights[5] = "";
        if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 &&
            strncmp(rights, "rw", 2) == 0 && end - start < (256u << 20)) {
            count += count_between(start, end);
        }
    }
    if (maps) {
        fclose(maps);
    }
    return count;
}
