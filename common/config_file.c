// SPDX-License-Identifier: Apache-2.0
#include "common/config.h"
#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum mc_result refuse(struct mc_buffer *error, const char *path, const char *reason)
{
    mc_buffer_format(error, "%s: %s", path, reason);
    return MC_BAD_CONFIG;
}

// NULL when the file may be trusted.
static const char *distrust(const struct stat *status, enum mc_file_readers readers, size_t maximum)
{
    if (!S_ISREG(status->st_mode)) {
        return "not a plain file";
    }
    if (status->st_uid != 0 && status->st_uid != geteuid()) {
        return "belongs to another user; it must belong to root (chown root)";
    }
    if (status->st_mode & (S_IWGRP | S_IWOTH)) {
        return "can be written by others; take that away (chmod go-w)";
    }
    if (readers == MC_FILE_NOBODY && (status->st_mode & (S_IRWXG | S_IRWXO))) {
        return "holds a secret and can be read by others; take that away (chmod 600)";
    }
    if (readers == MC_FILE_GROUP && (status->st_mode & S_IRWXO)) {
        return "holds a secret and can be read by everybody; take that away (chmod o-rwx)";
    }
    if ((uintmax_t)status->st_size > maximum) {
        return "too long";
    }
    return NULL;
}

// The size was checked before, but a file can grow while it is read.
static enum mc_result read_all(int file, size_t maximum, struct mc_buffer *content)
{
    char chunk[4096];
    size_t total = 0;
    for (;;) {
        ssize_t got = read(file, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            mc_wipe(chunk, sizeof(chunk));
            return got == 0 ? MC_OK : MC_UNDECIDED;
        }
        total += (size_t)got;
        if (total > maximum) {
            mc_wipe(chunk, sizeof(chunk));
            return MC_MALFORMED;
        }
        mc_buffer_append(content, chunk, (size_t)got);
    }
}

enum mc_result mc_file_read_trusted(const char *path, enum mc_file_readers readers, size_t maximum,
                                    struct mc_buffer *error, struct mc_buffer *content)
{
    // O_NONBLOCK: opening a FIFO must not wait for a writer
    MC_AUTO_CLOSE int file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file < 0) {
        return refuse(error, path,
                      errno == ELOOP ? "is a symbolic link; name the file itself"
                                     : strerror(errno));
    }
    struct stat status;
    if (fstat(file, &status) != 0) {
        return refuse(error, path, strerror(errno));
    }
    const char *reason = distrust(&status, readers, maximum);
    if (reason) {
        return refuse(error, path, reason);
    }
    enum mc_result result = read_all(file, maximum, content);
    if (result != MC_OK) {
        return refuse(error, path, result == MC_MALFORMED ? "too long" : strerror(errno));
    }
    result = mc_buffer_result(content);
    return result == MC_MALFORMED ? refuse(error, path, "too long") : result;
}
