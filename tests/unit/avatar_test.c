// SPDX-License-Identifier: Apache-2.0
// Pictures whose quarters are red, green, blue and white, in every form the decoders know.
#include "mod_mycred/avatar/codec.h"
#include "mod_mycred/avatar/convert.h"
#include "mod_mycred/avatar/exif.h"

#include "tests/unit/unit.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

static const uint8_t colours[128][3] = {
    ['R'] = {255, 0, 0}, ['G'] = {0, 255, 0}, ['B'] = {0, 0, 255}, ['W'] = {255, 255, 255}};

// A landscape has black bars left and right of the square, a portrait above and below.
static const uint8_t *pixel_of(uint32_t width, uint32_t height, uint32_t x, uint32_t y)
{
    uint32_t side = width < height ? width : height;
    uint32_t left = (width - side) / 2, top = (height - side) / 2;
    if (x < left || x >= left + side || y < top || y >= top + side) {
        return colours[0];
    }
    return colours[(unsigned)"RGBW"[(y - top >= side / 2) * 2 + (x - left >= side / 2)]];
}

struct bytes {
    uint8_t *data;
    unsigned long size;
};

static void release(struct bytes *bytes)
{
    free(bytes->data);
}

#define BYTES __attribute__((cleanup(release))) struct bytes

// ---- making

struct jpeg_kind {
    bool progressive, grey, ink;
    const char *segment; // an APP1 segment's content
    size_t segment_size;
};

static void write_ink(const uint8_t *rgb, uint8_t *ink)
{
    for (size_t i = 0; i < 3; i++) {
        ink[i] = rgb[i]; // inverted, as Adobe has it: 255 is no ink
    }
    ink[3] = 255;
}

static struct bytes make_jpeg(uint32_t width, uint32_t height, const struct jpeg_kind *kind)
{
    struct bytes made = {0};
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct info = {.err = jpeg_std_error(&errors)};
    MC_AUTO_FREE uint8_t *row = malloc(width * 4);
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &made.data, &made.size);
    info.image_width = width;
    info.image_height = height;
    info.input_components = kind->ink ? 4 : 3;
    info.in_color_space = kind->ink ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&info);
    if (kind->grey) {
        jpeg_set_colorspace(&info, JCS_GRAYSCALE);
    }
    if (kind->progressive) {
        jpeg_simple_progression(&info);
    }
    jpeg_start_compress(&info, TRUE);
    if (kind->segment) {
        jpeg_write_marker(&info, JPEG_APP0 + 1, (const JOCTET *)kind->segment,
                          (unsigned)kind->segment_size);
    }
    while (info.next_scanline < height) {
        for (uint32_t x = 0; x < width; x++) {
            const uint8_t *pixel = pixel_of(width, height, x, info.next_scanline);
            if (kind->ink) {
                write_ink(pixel, row + x * 4);
            } else {
                memcpy(row + x * 3, pixel, 3);
            }
        }
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    return made;
}

static void add_bytes(png_structp png, png_bytep data, size_t size)
{
    struct bytes *made = png_get_io_ptr(png);
    made->data = realloc(made->data, made->size + size);
    memcpy(made->data + made->size, data, size);
    made->size += size;
}

static void flush_nothing(png_structp png)
{
    (void)png;
}

// One row of `pixel_of` in the layout of a colour type; palettes hold R, G, B, W and black.
static void write_row(uint32_t width, uint32_t height, uint32_t y, int type, int depth,
                      uint8_t *row)
{
    size_t size = (size_t)depth / 8;
    for (uint32_t x = 0; x < width; x++) {
        const uint8_t *pixel = pixel_of(width, height, x, y);
        if (type == PNG_COLOR_TYPE_PALETTE) {
            const char *at = pixel == colours[0] ? NULL : "RGBW";
            row[x] = 4;
            for (uint8_t i = 0; at && i < 4; i++) {
                row[x] = pixel == colours[(unsigned)at[i]] ? i : row[x];
            }
            continue;
        }
        for (size_t i = 0; i < 3; i++) {
            memset(row, pixel[i], size);
            row += size;
        }
        if (type == PNG_COLOR_TYPE_RGB_ALPHA) {
            memset(row, 255, size);
            row += size;
        }
    }
}

static struct bytes make_png(uint32_t width, uint32_t height, int type, int depth, bool interlaced)
{
    static const png_color palette[] = {
        {255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}, {0, 0, 0}};
    struct bytes made = {0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    MC_AUTO_FREE uint8_t *pixels = malloc((size_t)width * height * 8);
    MC_AUTO_FREE uint8_t **rows = malloc(height * sizeof *rows);
    png_set_write_fn(png, &made, add_bytes, flush_nothing);
    png_set_IHDR(png, info, width, height, depth, type,
                 interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
                 PNG_FILTER_TYPE_BASE);
    if (type == PNG_COLOR_TYPE_PALETTE) {
        png_set_PLTE(png, info, palette, MC_COUNT(palette));
    }
    for (uint32_t y = 0; y < height; y++) {
        rows[y] = pixels + (size_t)y * width * 8;
        write_row(width, height, y, type, depth, rows[y]);
    }
    png_set_rows(png, info, rows);
    png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    png_destroy_write_struct(&png, &info);
    return made;
}

// ---- looking

// What a picture of ours shows at four places well within its quarters.
static void look(const struct bytes *jpeg, uint8_t (*seen)[3])
{
    static const uint32_t places[][2] = {{64, 64}, {191, 64}, {64, 191}, {191, 191}};
    struct jpeg_error_mgr errors;
    struct jpeg_decompress_struct info = {.err = jpeg_std_error(&errors)};
    static uint8_t rows[CANVAS_SIDE][CANVAS_SIDE * 3];
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, jpeg->data, jpeg->size);
    jpeg_read_header(&info, TRUE);
    assert_int_equal(info.image_width, CANVAS_SIDE);
    assert_int_equal(info.image_height, CANVAS_SIDE);
    info.out_color_space = JCS_RGB;
    jpeg_start_decompress(&info);
    while (info.output_scanline < CANVAS_SIDE) {
        JSAMPROW row = rows[info.output_scanline];
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    for (size_t i = 0; i < MC_COUNT(places); i++) {
        memcpy(seen[i], rows[places[i][1]] + (size_t)places[i][0] * 3, 3);
    }
}

static bool is_near(const uint8_t *one, const uint8_t *other)
{
    return abs(one[0] - other[0]) < 8 && abs(one[1] - other[1]) < 8 && abs(one[2] - other[2]) < 8;
}

static void check_shows(const struct bytes *file, const char *quarters)
{
    BYTES jpeg = {0};
    uint8_t seen[4][3];
    assert_int_equal(
        convert_picture((struct mc_span){file->data, file->size}, &jpeg.data, &jpeg.size),
        CONVERT_DONE);
    look(&jpeg, seen);
    for (size_t i = 0; i < 4; i++) {
        if (!is_near(seen[i], colours[(unsigned)quarters[i]])) {
            fail_msg("quarter %zu of %s is %d %d %d", i, quarters, seen[i][0], seen[i][1],
                     seen[i][2]);
        }
    }
}

static void check_refused(const uint8_t *data, size_t size)
{
    uint8_t *jpeg = NULL;
    size_t jpeg_size = 0;
    assert_int_equal(convert_picture((struct mc_span){data, size}, &jpeg, &jpeg_size),
                     CONVERT_REFUSED);
    assert_null(jpeg);
}

// ---- tests

// MC-SEC-135
static void every_kind_of_png_is_read(void **state)
{
    (void)state;
    static const struct {
        int type, depth;
    } kinds[] = {{PNG_COLOR_TYPE_RGB, 8},
                 {PNG_COLOR_TYPE_RGB, 16},
                 {PNG_COLOR_TYPE_RGB_ALPHA, 8},
                 {PNG_COLOR_TYPE_RGB_ALPHA, 16},
                 {PNG_COLOR_TYPE_PALETTE, 8}};
    for (size_t i = 0; i < MC_COUNT(kinds); i++) {
        for (int interlaced = 0; interlaced < 2; interlaced++) {
            BYTES file = make_png(300, 200, kinds[i].type, kinds[i].depth, interlaced);
            check_shows(&file, "RGBW");
        }
    }
}

static void every_kind_of_jpeg_is_read(void **state)
{
    (void)state;
    static const struct jpeg_kind kinds[] = {{0}, {.progressive = true}, {.ink = true}};
    for (size_t i = 0; i < MC_COUNT(kinds); i++) {
        BYTES file = make_jpeg(300, 400, &kinds[i]);
        check_shows(&file, "RGBW");
    }
    BYTES grey = make_jpeg(300, 300, &(struct jpeg_kind){.grey = true});
    BYTES jpeg = {0};
    uint8_t seen[4][3];
    static const uint8_t lights[4] = {76, 150, 29, 255};
    assert_int_equal(
        convert_picture((struct mc_span){grey.data, grey.size}, &jpeg.data, &jpeg.size),
        CONVERT_DONE);
    look(&jpeg, seen);
    for (size_t i = 0; i < 4; i++) {
        uint8_t expected[3] = {lights[i], lights[i], lights[i]};
        assert_true(is_near(seen[i], expected));
    }
}

static void every_size_becomes_the_centre_square(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{2, 2},     {3, 2},       {2, 9},      {100, 80},
                                        {255, 256}, {256, 256},   {257, 257},  {511, 600},
                                        {513, 512}, {1000, 2000}, {4096, 300}, {300, 4096}};
    for (size_t i = 0; i < MC_COUNT(sizes); i++) {
        for (int interlaced = 0; interlaced < 2; interlaced++) {
            BYTES png = make_png(sizes[i][0], sizes[i][1], PNG_COLOR_TYPE_RGB, 8, interlaced);
            check_shows(&png, "RGBW");
        }
    }
    BYTES largest = make_jpeg(4096, 4096, &(struct jpeg_kind){0});
    check_shows(&largest, "RGBW");
}

static void white_stays_white_at_the_largest_size(void **state)
{
    (void)state;
    static struct canvas canvas;
    static struct canvas_pixels pixels;
    static uint8_t row[CANVAS_SOURCE_MAX * 3];
    memset(row, 255, sizeof row);
    canvas_init(&canvas, CANVAS_SOURCE_MAX, CANVAS_SOURCE_MAX);
    for (uint32_t y = 0; y < CANVAS_SOURCE_MAX; y++) {
        canvas_add_row(&canvas, y, 0, 1, row, CANVAS_SOURCE_MAX);
    }
    canvas_finish(&canvas, 1, &pixels);
    for (size_t i = 0; i < sizeof pixels.rgb; i++) {
        assert_int_equal((&pixels.rgb[0][0][0])[i], 255);
    }
}

static void transparent_pixels_are_white(void **state)
{
    (void)state;
    BYTES file = {0};
    png_image image = {.version = PNG_IMAGE_VERSION, .width = 2, .height = 2};
    static const uint8_t pixels[] = {255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 9, 9, 0};
    png_alloc_size_t size = 4096;
    image.format = PNG_FORMAT_RGBA;
    file.data = malloc(size);
    assert_true(png_image_write_to_memory(&image, file.data, &size, 0, pixels, 0, NULL));
    file.size = size;
    check_shows(&file, "RGBW");
}

// As an APP1 segment's content; the field stands after one of another tag.
#define EXIF_SIZE 44
static void make_exif(bool big_endian, int orientation, char *segment)
{
    static const uint8_t little[EXIF_SIZE] = {
        'E',  'x',  'i', 'f', 0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0, 2, 0, // one directory of two
        0x00, 0x01, 3,   0,   1, 0, 0,   0,   1,  0, 0, 0,             // width
        0x12, 0x01, 3,   0,   1, 0, 0,   0};                           // orientation
    static const uint8_t big[EXIF_SIZE] = {'E', 'x', 'i', 'f', 0,    0,    'M', 'M', 0, 42, 0, 0,
                                           0,   8,   0,   2,   0x01, 0x00, 0,   3,   0, 0,  0, 1,
                                           0,   1,   0,   0,   0x01, 0x12, 0,   3,   0, 0,  0, 1};
    memcpy(segment, big_endian ? big : little, EXIF_SIZE);
    segment[big_endian ? 37 : 36] = (char)orientation;
}

static void orientation_is_applied(void **state)
{
    (void)state;
    static const char *const shown[] = {"RGBW", "RGBW", "GRWB", "WBGR", "BWRG",
                                        "RBGW", "BRWG", "WGBR", "GWRB", "RGBW"};
    for (int orientation = 0; orientation <= 9; orientation++) {
        for (int big_endian = 0; big_endian < 2; big_endian++) {
            char segment[EXIF_SIZE];
            struct jpeg_kind kind = {.segment = segment, .segment_size = sizeof segment};
            make_exif(big_endian, orientation, segment);
            BYTES file = make_jpeg(300, 200, &kind);
            check_shows(&file, shown[orientation]);
        }
    }
}

static void damaged_exif_states_nothing(void **state)
{
    (void)state;
    char whole[EXIF_SIZE];
    make_exif(false, 6, whole);
    assert_int_equal(exif_orientation((struct mc_span){(uint8_t *)whole, sizeof whole}), 6);
    for (size_t cut = 0; cut < 38; cut++) {
        // a copy of its own, so that reading past the end is seen by sanitizers
        MC_AUTO_FREE uint8_t *segment = malloc(cut ? cut : 1);
        memcpy(segment, whole, cut);
        assert_int_equal(exif_orientation((struct mc_span){segment, cut}), 0);
    }
    static const struct {
        size_t at;
        uint8_t byte;
    } faults[] = {
        {0, 'X'}, {6, 'M'}, {8, 43}, {10, 255}, {13, 255}, {14, 0}, {14, 1},
        {28, 0},  {30, 4},  {32, 2}, {36, 0},   {36, 9},   {37, 1},
    };
    for (size_t i = 0; i < MC_COUNT(faults); i++) {
        char broken[EXIF_SIZE];
        memcpy(broken, whole, sizeof broken);
        broken[faults[i].at] = (char)faults[i].byte;
        if (exif_orientation((struct mc_span){(uint8_t *)broken, sizeof broken}) != 0) {
            fail_msg("fault %zu was overlooked", i);
        }
    }
}

// MC-SEC-138
static void nothing_but_the_picture_comes_out(void **state)
{
    (void)state;
    BYTES file =
        make_jpeg(300, 300, &(struct jpeg_kind){.segment = "<?php secret ?>", .segment_size = 15});
    BYTES jpeg = {0};
    assert_non_null(memmem(file.data, file.size, "secret", 6));
    assert_int_equal(
        convert_picture((struct mc_span){file.data, file.size}, &jpeg.data, &jpeg.size),
        CONVERT_DONE);
    assert_null(memmem(jpeg.data, jpeg.size, "secret", 6));
}

// MC-SEC-135
static void cut_pictures_are_refused(void **state)
{
    (void)state;
    struct bytes files[] = {make_png(40, 30, PNG_COLOR_TYPE_RGB, 8, false),
                            make_png(40, 30, PNG_COLOR_TYPE_RGB, 8, true),
                            make_jpeg(40, 30, &(struct jpeg_kind){0}),
                            make_jpeg(40, 30, &(struct jpeg_kind){.progressive = true})};
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        for (size_t cut = 0; cut < files[i].size - 1; cut++) {
            MC_AUTO_FREE uint8_t *copy = malloc(cut ? cut : 1);
            memcpy(copy, files[i].data, cut);
            check_refused(copy, cut);
        }
        release(&files[i]);
    }
}

// MC-SEC-136
static void sizes_past_the_limit_are_refused(void **state)
{
    (void)state;
    BYTES wide = make_png(4097, 1, PNG_COLOR_TYPE_RGB, 8, false);
    BYTES tall = make_png(1, 4097, PNG_COLOR_TYPE_RGB, 8, false);
    BYTES jpeg = make_jpeg(4097, 8, &(struct jpeg_kind){0});
    check_refused(wide.data, wide.size);
    check_refused(tall.data, tall.size);
    check_refused(jpeg.data, jpeg.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_png_is_read),
        cmocka_unit_test(every_kind_of_jpeg_is_read),
        cmocka_unit_test(every_size_becomes_the_centre_square),
        cmocka_unit_test(white_stays_white_at_the_largest_size),
        cmocka_unit_test(transparent_pixels_are_white),
        cmocka_unit_test(orientation_is_applied),
        cmocka_unit_test(damaged_exif_states_nothing),
        cmocka_unit_test(nothing_but_the_picture_comes_out),
        cmocka_unit_test(cut_pictures_are_refused),
        cmocka_unit_test(sizes_past_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
