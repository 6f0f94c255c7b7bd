// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/avatar/convert.h"

#include "mod_mycred/avatar/codec.h"

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
    return jpeg_encode(&pixels, ret_jpeg, ret_size) ? CONVERT_DONE : CONVERT_FAILED;
}
