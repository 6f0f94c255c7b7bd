// SPDX-License-Identifier: Apache-2.0
// Lists that are searched where they lie: the program's own in its text, the site's in its file.
#include "mod_mycred/password_rules.h"

#include <apr_sha1.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define HASH_SIZE 40      // hexadecimal digits
#define LINE_MAX_SIZE 256 // bytes; the published lists have a count behind the hash

__asm__(".section .rodata\n"
        ".Lcommon_start: .incbin \"mod_mycred/common-passwords.txt\"\n"
        ".Lcommon_end: .byte 0\n.previous\n"
        ".hidden common_start\n.globl common_start\n.set common_start, .Lcommon_start\n"
        ".hidden common_end\n.globl common_end\n.set common_end, .Lcommon_end\n");
extern const uint8_t common_start[], common_end[];

static int compare_any_case(struct mc_span password, const uint8_t *line, size_t size)
{
    for (size_t i = 0; i < password.size && i < size; i++) {
        uint8_t byte = password.data[i];
        byte = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
        if (byte != line[i]) {
            return byte < line[i] ? -1 : 1;
        }
    }
    return (password.size > size) - (password.size < size);
}

bool password_is_common(struct mc_span password)
{
    const uint8_t *low = common_start, *high = common_end;
    while (low < high) {
        const uint8_t *start = low + (high - low) / 2;
        while (start > low && start[-1] != '\n') {
            start--;
        }
        const uint8_t *end = memchr(start, '\n', (size_t)(common_end - start));
        end = end ? end : common_end;
        int order = compare_any_case(password, start, (size_t)(end - start));
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = start;
        } else {
            low = end + 1;
        }
    }
    return false;
}

static void hash(struct mc_span password, char hex[HASH_SIZE + 1])
{
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    apr_sha1_ctx_t context;
    apr_sha1_init(&context);
    apr_sha1_update_binary(&context, password.data, (unsigned)password.size);
    apr_sha1_final(digest, &context);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(hex + 2 * i, 3, "%02X", digest[i]);
    }
    mc_wipe(&context, sizeof context);
}

// The first line that begins at or after `offset`, and where; false at the end of the file.
static bool read_line(int file, off_t offset, char line[HASH_SIZE + 1], off_t *ret_start)
{
    char bytes[LINE_MAX_SIZE + HASH_SIZE];
    ssize_t size = pread(file, bytes, sizeof bytes, offset ? offset - 1 : 0);
    const char *start = bytes;
    if (size > 0 && offset) {
        start = memchr(bytes, '\n', (size_t)size);
        start = start ? start + 1 : bytes + size;
    }
    if (size <= 0 || bytes + size - start < HASH_SIZE) {
        return false;
    }
    for (size_t i = 0; i < HASH_SIZE; i++) {
        line[i] = (char)(start[i] >= 'a' && start[i] <= 'f' ? start[i] - ('a' - 'A') : start[i]);
    }
    line[HASH_SIZE] = '\0';
    *ret_start = (offset ? offset - 1 : 0) + (start - bytes);
    return true;
}

static bool find_line(int file, off_t size, const char *wanted)
{
    off_t low = 0, high = size;
    while (low < high) {
        off_t middle = low + (high - low) / 2, start = 0;
        char line[HASH_SIZE + 1];
        if (!read_line(file, middle, line, &start) || start >= high) {
            high = middle; // no line begins between
            continue;
        }
        int order = strcmp(wanted, line);
        if (order == 0) {
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = start + HASH_SIZE;
        }
    }
    return false;
}

enum mc_result password_is_breached(const char *path, struct mc_span password, bool *ret_found)
{
    MC_AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC);
    char wanted[HASH_SIZE + 1];
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        return MC_BAD_CONFIG;
    }
    hash(password, wanted);
    *ret_found = find_line(file, status.st_size, wanted);
    mc_wipe(wanted, sizeof wanted);
    return MC_OK;
}

const char *password_file_complaint(const char *path)
{
    MC_AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char start[HASH_SIZE + 1] = "";
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        return "is no file that can be read";
    }
    if (!(status.st_mode & S_IROTH)) {
        return "must be readable by everybody";
    }
    bool whole = pread(file, start, HASH_SIZE, 0) == HASH_SIZE &&
                 strspn(start, "0123456789abcdefABCDEF") == HASH_SIZE;
    return whole ? NULL : "must hold lines that begin with 40 hexadecimal digits";
}
