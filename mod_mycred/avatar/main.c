// SPDX-License-Identifier: Apache-2.0
// mycred-avatar: makes a picture of ours from what somebody uploaded. Reads at most 1 MiB from
// standard input, a JPEG or PNG; writes a JPEG of 256 by 256 pixels to standard output. Ends with
// 0; 1 when that is no picture it takes; 2 when anything else is wrong.
#include "mod_mycred/avatar/confine.h"
#include "mod_mycred/avatar/convert.h"

#include <errno.h>
#include <unistd.h>

// At most `room` bytes; fewer at the end of the input.
static bool read_all(uint8_t *data, size_t room, size_t *ret_size)
{
    size_t size = 0;
    while (size < room) {
        ssize_t got = read(STDIN_FILENO, data + size, room - size);
        if (got < 0 && errno != EINTR) {
            return false;
        }
        if (got == 0) {
            break;
        }
        size += got > 0 ? (size_t)got : 0;
    }
    *ret_size = size;
    return true;
}

static bool write_all(const uint8_t *data, size_t size)
{
    while (size) {
        ssize_t written = write(STDOUT_FILENO, data, size);
        if (written < 0 && errno != EINTR) {
            return false;
        }
        data += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

int main(void)
{
    static uint8_t data[CONVERT_INPUT_MAX + 1]; // one more shows that it is too long
    size_t size = 0, jpeg_size = 0;
    uint8_t *jpeg = NULL;
    if (!confine() || !read_all(data, sizeof data, &size)) {
        return CONVERT_FAILED;
    }
    enum convert_status status = convert_picture((struct mc_span){data, size}, &jpeg, &jpeg_size);
    if (status == CONVERT_DONE && !write_all(jpeg, jpeg_size)) {
        status = CONVERT_FAILED;
    }
    _exit(status);
}
