// SPDX-License-Identifier: Apache-2.0
#include "common/command/keyfile.h"

#include "common/config.h"
#include "common/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTENT_MAX 4096 // bytes, as keys.h takes

struct place {
    const char *path;
    struct mc_buffer *error;
    int folder; // held with a lock
    const char *name;
    char temporary[300];
};

static enum mc_result refuse(const struct place *place, const char *what)
{
    mc_buffer_format(place->error, "%s: %s%s%s", place->path, what, errno ? ": " : "",
                     errno ? strerror(errno) : "");
    return MC_BAD_CONFIG;
}

// The folder is locked, so that two commands do not each replace the other's file.
static enum mc_result open_folder(struct place *place, char *copy)
{
    const char *slash = strrchr(place->path, '/');
    place->name = slash ? slash + 1 : place->path;
    if (!place->name[0] || strlen(place->name) > 200) {
        errno = 0;
        return refuse(place, "is no file name");
    }
    (void)snprintf(place->temporary, sizeof place->temporary, ".%s.%d", place->name, (int)getpid());
    place->folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->folder < 0 || flock(place->folder, LOCK_EX) != 0) {
        return refuse(place, "its folder cannot be used");
    }
    return MC_OK;
}

// What the file holds now; nothing for a file that is missing or empty. A file that cannot be
// trusted or does not parse is left alone.
static enum mc_result read_present(const struct place *place, struct mc_buffer *content,
                                   struct mc_keyfile_change *change)
{
    struct stat status;
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    change->created = false;
    if (fstatat(place->folder, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        change->created = true;
        change->number = 1;
        return errno == ENOENT ? MC_OK : refuse(place, "cannot be looked at");
    }
    enum mc_result result =
        mc_file_read_trusted(place->path, MC_FILE_NOBODY, CONTENT_MAX, place->error, content);
    if (result == MC_OK && content->size) {
        result = mc_keys_parse(place->path, mc_buffer_span(content), place->error, &keys);
    }
    if (content->size && content->data[content->size - 1] != '\n') {
        mc_buffer_add_byte(content, '\n');
    }
    change->number = mc_keys_next_number(keys);
    return result;
}

static enum mc_result add_line(const struct place *place, unsigned number,
                               struct mc_buffer *content)
{
    MC_AUTO_SECRET struct mc_secret line = {0};
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    enum mc_result result = mc_keys_make_line(number, &line);
    if (result != MC_OK) {
        return result;
    }
    mc_buffer_add_span(content, mc_secret_span(&line));
    result = mc_buffer_result(content);
    // what would not be read must not be written: one key too many, a file too long
    return result == MC_OK
               ? mc_keys_parse(place->path, mc_buffer_span(content), place->error, &keys)
               : result;
}

static bool write_whole(int file, struct mc_span bytes)
{
    while (bytes.size) {
        ssize_t done = write(file, bytes.data, bytes.size);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return false;
        }
        bytes = (struct mc_span){bytes.data + done, bytes.size - (size_t)done};
    }
    return fsync(file) == 0;
}

// A new file never takes the place of one that appeared meanwhile.
static bool put_in_place(const struct place *place, bool created)
{
    if (!created) {
        return renameat(place->folder, place->temporary, place->folder, place->name) == 0;
    }
    bool linked = linkat(place->folder, place->temporary, place->folder, place->name, 0) == 0;
    int reason = errno;
    (void)unlinkat(place->folder, place->temporary, 0);
    errno = reason;
    return linked;
}

static enum mc_result write_file(const struct place *place, struct mc_span content, bool created)
{
    MC_AUTO_CLOSE int file = openat(place->folder, place->temporary,
                                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) {
        return refuse(place, "a new file beside it cannot be made");
    }
    bool written = fchmod(file, 0600) == 0 && write_whole(file, content) &&
                   put_in_place(place, created) && fsync(place->folder) == 0;
    if (!written) {
        int reason = errno;
        (void)unlinkat(place->folder, place->temporary, 0);
        errno = reason;
        return refuse(place, "cannot be written");
    }
    return MC_OK;
}

enum mc_result mc_keyfile_add(const char *path, struct mc_buffer *error,
                              struct mc_keyfile_change *ret_change)
{
    MC_AUTO_FREE char *copy = mc_copy_text(mc_span_of(path));
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&content, CONTENT_MAX);
    struct place place = {.path = path, .error = error, .folder = -1};
    struct mc_keyfile_change change = {0};
    if (!copy) {
        return MC_NO_MEMORY;
    }
    enum mc_result result = open_folder(&place, copy);
    if (result == MC_OK) {
        result = read_present(&place, &content, &change);
    }
    if (result == MC_OK) {
        result = add_line(&place, change.number, &content);
    }
    if (result == MC_OK) {
        result = write_file(&place, mc_buffer_span(&content), change.created);
    }
    mc_close_descriptor(&place.folder); // the lock ends with it
    if (result == MC_OK) {
        *ret_change = change;
    }
    return result;
}
