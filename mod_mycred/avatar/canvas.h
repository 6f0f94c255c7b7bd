// SPDX-License-Identifier: Apache-2.0
// The centre square of a picture, made 256 pixels wide while its rows arrive: the whole picture is
// never in memory.
#ifndef MYCRED_MOD_MYCRED_AVATAR_CANVAS_H
#define MYCRED_MOD_MYCRED_AVATAR_CANVAS_H

#include "common/base.h"

#define CANVAS_SIDE 256
#define CANVAS_SOURCE_MAX 4096 // pixels of either side of the source; the sums rely on it

struct canvas_pixels {
    uint8_t rgb[CANVAS_SIDE][CANVAS_SIDE][3]; // rows from the top
};

struct canvas {
    uint32_t left, top, side; // the square in the source
    uint32_t cells;           // in a row of `sums`: CANVAS_SIDE, or fewer for a small source
    uint32_t sums[CANVAS_SIDE][CANVAS_SIDE][3];
};

// False when the picture is too large or has no pixels.
bool canvas_fits(uint32_t width, uint32_t height);

void canvas_init(struct canvas *canvas, uint32_t width, uint32_t height);

// Adds `count` pixels of row `y`: those at `first`, `first + step`, and so on. Rows may come in any
// order; each pixel once.
void canvas_add_row(struct canvas *canvas, uint32_t y, uint32_t first, uint32_t step,
                    const uint8_t *rgb, uint32_t count);

// `orientation` is that of EXIF, 1 to 8.
void canvas_finish(const struct canvas *canvas, int orientation, struct canvas_pixels *ret_pixels);

#endif
