// SPDX-License-Identifier: Apache-2.0
// Certificates end on a day that everybody has forgotten, and all logins with them.
#include "common/command/certificate.h"
#include "common/command/review.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTICE (30 * 24 * 3600 * MC_SECOND)
#define FILE_MAX (1 << 20)  // bytes
#define NAME_MAX_BYTES 4096 // of what has the certificate

bool mc_review_certificate(struct mc_review *review, mc_time end, const char *cure,
                           const char *format, ...)
{
    char name[NAME_MAX_BYTES], day[MC_TIME_TEXT];
    mc_time left = end - mc_now();
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    mc_time_format(end, day);
    if (left <= 0) {
        mc_review_error(review, cure, "%s: the certificate ended at %s", name, day);
    } else if (left <= NOTICE) {
        mc_review_warn(review, cure, "%s: the certificate ends at %s", name, day);
    }
    return left > 0;
}

static void read_file(const char *path, struct mc_buffer *content)
{
    char piece[4096];
    ssize_t got = 0;
    struct stat status;
    MC_AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        return;
    }
    while ((got = read(file, piece, sizeof piece)) > 0) {
        mc_buffer_append(content, piece, (size_t)got);
    }
    mc_wipe(piece, sizeof piece); // a private key may be in the same file
}

void mc_review_certificate_file(struct mc_review *review, const char *path, const char *cure,
                                const char *option)
{
    mc_time end = 0;
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&content, FILE_MAX);
    read_file(path, &content);
    if (mc_buffer_result(&content) == MC_OK &&
        mc_certificate_end_in(mc_buffer_span(&content), &end) == MC_OK) {
        (void)mc_review_certificate(review, end, cure, "%s: %s", option, path);
    }
}
