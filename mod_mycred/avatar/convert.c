// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/avatar/convert.h"

#include "mod_mycred/avatar/codec.h"

#include <stdlib.h>

#define QUALITY 85

static bool begins_with(struct mc_span file, const char *bytes, size_t size)
{
    return file.size >= size && memcmp(file.data, bytes, size) == 0;
}

static bool decode(struct mc_span file, struct canvas *canvas, int *ret_orientation)
{
    if (begins_with(file, "\xff\xd8\xff", 3)) {
        return jpeg_decode(file, canvas, ret_orientation);
    }
    *ret_orientation = 1;
    return begins_with(file, "\x89PNG\r\n\x1a\n", 8) && png_decode(file, canvas);
}

// A picture of ours that comes back is encoded a little otherwise: what is stored is never, byte
// for byte, what somebody sent.
static bool encode(const struct canvas_pixels *pixels, struct mc_span file, uint8_t **ret_jpeg,
                   size_t *ret_size)
{
    bool done = jpeg_encode(pixels, QUALITY, ret_jpeg, ret_size);
    if (done && *ret_size == file.size && memcmp(*ret_jpeg, file.data, file.size) == 0) {
        free(*ret_jpeg);
        *ret_jpeg = NULL;
        done = jpeg_encode(pixels, QUALITY - 1, ret_jpeg, ret_size);
    }
    return done;
}

enum convert_status convert_picture(struct mc_span file, uint8_t **ret_jpeg, size_t *ret_size)
{
    // static for their size: one picture is converted at a time
    static struct canvas canvas;
    static struct canvas_pixels pixels;
    int orientation = 1;
    if (file.size > CONVERT_INPUT_MAX || !decode(file, &canvas, &orientation)) {
        return CONVERT_REFUSED;
    }
    canvas_finish(&canvas, orientation, &pixels);
    return encode(&pixels, file, ret_jpeg, ret_size) ? CONVERT_DONE : CONVERT_FAILED;
}
