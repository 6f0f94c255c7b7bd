// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/avatar/codec.h"
#include "mod_mycred/avatar/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include <jerror.h>

#define SCANS_MAX 64                      // of a progressive picture; encoders make about ten
#define SHORT_SIDE_KEPT (2 * CANVAS_SIDE) // pixels that the decoder's own reduction leaves

// What libjpeg cannot bear ends in a jump back to where it was called.
struct fault {
    struct jpeg_error_mgr manager; // first: libjpeg knows it by this address
    jmp_buf back;
};

static void jump_back(j_common_ptr info)
{
    longjmp(((struct fault *)info->err)->back, 1);
}

// Warnings tell of damage, with two exceptions that common cameras and programs cause.
static void judge_message(j_common_ptr info, int level)
{
    int code = info->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM) {
        jump_back(info);
    }
}

static void say_nothing(j_common_ptr info)
{
    (void)info;
}

static struct jpeg_error_mgr *prepare(struct fault *fault)
{
    jpeg_std_error(&fault->manager);
    fault->manager.error_exit = jump_back;
    fault->manager.emit_message = judge_message;
    fault->manager.output_message = say_nothing;
    return &fault->manager;
}

// Many scans over many pixels are cheap to write and dear to read.
static void count_scans(j_common_ptr info)
{
    if (((j_decompress_ptr)info)->input_scan_number > SCANS_MAX) {
        jump_back(info);
    }
}

static int find_orientation(const struct jpeg_decompress_struct *info)
{
    int orientation = 0;
    for (jpeg_saved_marker_ptr marker = info->marker_list; marker && !orientation;
         marker = marker->next) {
        orientation = exif_orientation((struct mc_span){marker->data, marker->data_length});
    }
    return orientation ? orientation : 1;
}

// Large pictures are decoded at a half, a quarter or an eighth, which is as good and much faster.
static unsigned choose_eighths(const struct jpeg_decompress_struct *info)
{
    JDIMENSION side =
        info->image_width < info->image_height ? info->image_width : info->image_height;
    unsigned eighths = 1;
    while (eighths < 8 && side * eighths / 8 < SHORT_SIDE_KEPT) {
        eighths *= 2;
    }
    return eighths;
}

// In place. Adobe's programs, which make nearly all of these, store ink inverted.
static void ink_to_rgb(uint8_t *row, uint32_t width, bool inverted)
{
    for (uint32_t i = 0; i < width; i++) {
        uint8_t flip = inverted ? 0 : 255;
        uint32_t black = row[i * 4 + 3] ^ flip;
        for (uint32_t colour = 0; colour < 3; colour++) {
            row[i * 3 + colour] = (uint8_t)((row[i * 4 + colour] ^ flip) * black / 255);
        }
    }
}

static void read_rows(struct jpeg_decompress_struct *info, struct canvas *canvas)
{
    bool ink = info->out_color_space == JCS_CMYK;
    JSAMPARRAY row = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE,
                                             info->output_width * (ink ? 4 : 3), 1);
    canvas_init(canvas, info->output_width, info->output_height);
    while (info->output_scanline < info->output_height) {
        uint32_t y = info->output_scanline;
        jpeg_read_scanlines(info, row, 1);
        if (ink) {
            ink_to_rgb(row[0], info->output_width, info->saw_Adobe_marker);
        }
        canvas_add_row(canvas, y, 0, 1, row[0], info->output_width);
    }
}

static bool decode(struct jpeg_decompress_struct *info, struct mc_span file, struct canvas *canvas,
                   int *ret_orientation)
{
    jpeg_mem_src(info, file.data, file.size);
    jpeg_save_markers(info, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(info, TRUE);
    if (!canvas_fits(info->image_width, info->image_height)) {
        return false;
    }
    bool ink = info->jpeg_color_space == JCS_CMYK || info->jpeg_color_space == JCS_YCCK;
    info->out_color_space = ink ? JCS_CMYK : JCS_RGB;
    info->scale_num = choose_eighths(info);
    info->scale_denom = 8;
    info->mem->max_memory_to_use = CODEC_MEMORY_MAX;
    jpeg_start_decompress(info);
    read_rows(info, canvas);
    int orientation = find_orientation(info); // finishing forgets the markers
    jpeg_finish_decompress(info);
    *ret_orientation = orientation;
    return true;
}

bool jpeg_decode(struct mc_span file, struct canvas *canvas, int *ret_orientation)
{
    struct fault fault;
    struct jpeg_decompress_struct info = {.err = prepare(&fault)};
    struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
    if (setjmp(fault.back)) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_create_decompress(&info);
    info.progress = &progress;
    bool done = decode(&info, file, canvas, ret_orientation);
    jpeg_destroy_decompress(&info);
    return done;
}

static void encode(struct jpeg_compress_struct *info, const struct canvas_pixels *pixels,
                   int quality)
{
    info->image_width = info->image_height = CANVAS_SIDE;
    info->input_components = 3;
    info->in_color_space = JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, quality, TRUE);
    info->optimize_coding = TRUE;
    jpeg_start_compress(info, TRUE);
    while (info->next_scanline < CANVAS_SIDE) {
        JSAMPROW row = (JSAMPROW)pixels->rgb[info->next_scanline];
        jpeg_write_scanlines(info, &row, 1);
    }
    jpeg_finish_compress(info);
}

bool jpeg_encode(const struct canvas_pixels *pixels, int quality, uint8_t **ret_data,
                 size_t *ret_size)
{
    struct fault fault;
    struct jpeg_compress_struct info = {.err = prepare(&fault)};
    // libjpeg writes both while it works, so a jump finds them here
    static unsigned char *data;
    static unsigned long size;
    data = NULL;
    size = 0;
    if (setjmp(fault.back)) {
        jpeg_destroy_compress(&info);
        free(data);
        return false;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &data, &size);
    encode(&info, pixels, quality);
    jpeg_destroy_compress(&info);
    *ret_data = data;
    *ret_size = size;
    return true;
}
