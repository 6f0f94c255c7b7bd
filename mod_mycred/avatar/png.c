// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/avatar/codec.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>

struct source {
    struct mc_span rest;
    jmp_buf back;
};

static void jump_back(png_structp png, png_const_charp message)
{
    struct source *source = png_get_error_ptr(png);
    (void)message;
    longjmp(source->back, 1);
}

static void say_nothing(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep bytes, size_t size)
{
    struct source *source = png_get_io_ptr(png);
    if (size > source->rest.size) {
        png_error(png, "cut off");
    }
    memcpy(bytes, source->rest.data, size);
    source->rest.data += size;
    source->rest.size -= size;
}

static uint32_t number_of(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// Walks the chunks before anything is decoded (PNG, third edition, 5.3): the first states a size we
// bear, and none tells of an animation.
static bool is_still(struct mc_span file)
{
    static const size_t frame = 12; // bytes of a chunk besides its data: length, type, CRC
    size_t at = 8;
    if (file.size < at + frame + 13 || memcmp(file.data + at + 4, "IHDR", 4) != 0 ||
        !canvas_fits(number_of(file.data + at + 8), number_of(file.data + at + 12))) {
        return false;
    }
    while (file.size - at >= frame) {
        size_t size = number_of(file.data + at);
        const uint8_t *type = file.data + at + 4;
        if (size > file.size - at - frame || memcmp(type, "acTL", 4) == 0) {
            return false;
        }
        if (memcmp(type, "IEND", 4) == 0) {
            return true;
        }
        at += frame + size;
    }
    return false;
}

// Over white, in place.
static void drop_alpha(uint8_t *row, uint32_t width)
{
    for (uint32_t i = 0; i < width; i++) {
        uint32_t alpha = row[i * 4 + 3];
        for (uint32_t colour = 0; colour < 3; colour++) {
            uint32_t value = row[i * 4 + colour] * alpha + 255 * (255 - alpha);
            row[i * 3 + colour] = (uint8_t)((value + 127) / 255);
        }
    }
}

static void read_rows(png_structp png, png_infop info, struct canvas *canvas, uint8_t *row)
{
    uint32_t width = png_get_image_width(png, info);
    uint32_t height = png_get_image_height(png, info);
    bool interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
    canvas_init(canvas, width, height);
    for (int pass = 0; pass < (interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1); pass++) {
        uint32_t first_x = interlaced ? PNG_PASS_START_COL(pass) : 0;
        uint32_t first_y = interlaced ? PNG_PASS_START_ROW(pass) : 0;
        uint32_t step_x = interlaced ? 1U << PNG_PASS_COL_SHIFT(pass) : 1;
        uint32_t step_y = interlaced ? 1U << PNG_PASS_ROW_SHIFT(pass) : 1;
        uint32_t count = width > first_x ? (width - first_x + step_x - 1) / step_x : 0;
        for (uint32_t y = first_y; count && y < height; y += step_y) {
            png_read_row(png, row, NULL);
            drop_alpha(row, count);
            canvas_add_row(canvas, y, first_x, step_x, row, count);
        }
    }
}

// Every kind of pixel becomes red, green, blue and alpha of 8 bits.
static void decode(png_structp png, png_infop info, struct canvas *canvas, uint8_t *row)
{
    // text, profiles and other chunks that do not matter are not even unpacked
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_user_limits(png, CANVAS_SOURCE_MAX, CANVAS_SOURCE_MAX);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) > CANVAS_SOURCE_MAX * 4) {
        png_error(png, "rows of another size");
    }
    read_rows(png, info, canvas, row);
    png_read_end(png, NULL);
}

static bool run(png_structp png, png_infop info, struct canvas *canvas, struct source *source)
{
    static uint8_t row[CANVAS_SOURCE_MAX * 4];
    if (setjmp(source->back)) {
        return false;
    }
    png_set_read_fn(png, source, read_bytes);
    decode(png, info, canvas, row);
    return true;
}

bool png_decode(struct mc_span file, struct canvas *canvas)
{
    struct source source = {.rest = file};
    if (!is_still(file)) {
        return false;
    }
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, jump_back, say_nothing);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool done = info && run(png, info, canvas, &source);
    png_destroy_read_struct(&png, &info, NULL);
    return done;
}
