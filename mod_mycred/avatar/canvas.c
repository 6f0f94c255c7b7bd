// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/avatar/canvas.h"

bool canvas_fits(uint32_t width, uint32_t height)
{
    return width > 0 && height > 0 && width <= CANVAS_SOURCE_MAX && height <= CANVAS_SOURCE_MAX;
}

void canvas_init(struct canvas *canvas, uint32_t width, uint32_t height)
{
    memset(canvas, 0, sizeof *canvas);
    canvas->side = width < height ? width : height;
    canvas->left = (width - canvas->side) / 2;
    canvas->top = (height - canvas->side) / 2;
    canvas->cells = canvas->side < CANVAS_SIDE ? canvas->side : CANVAS_SIDE;
}

// How a pixel lies over cells, along one axis: in units of which a pixel is `cells` wide and a cell
// `side`. A pixel is no wider than a cell, so it covers two at most.
struct cover {
    uint32_t cell;
    uint32_t here, next; // of it in `cell`, and in the cell after
};

static struct cover cover_of(const struct canvas *canvas, uint32_t position)
{
    uint32_t begin = position * canvas->cells;
    uint32_t cell = begin / canvas->side;
    uint32_t room = (cell + 1) * canvas->side - begin;
    uint32_t here = room < canvas->cells ? room : canvas->cells;
    return (struct cover){cell, here, canvas->cells - here};
}

static void add(uint32_t sum[3], const uint32_t *value, uint32_t weight)
{
    for (size_t i = 0; i < 3; i++) {
        sum[i] += value[i] * weight;
    }
}

void canvas_add_row(struct canvas *canvas, uint32_t y, uint32_t first, uint32_t step,
                    const uint8_t *rgb, uint32_t count)
{
    uint32_t row[CANVAS_SIDE + 1][3] = {{0}};
    if (y < canvas->top || y >= canvas->top + canvas->side) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t x = first + i * step;
        if (x >= canvas->left && x < canvas->left + canvas->side) {
            struct cover cover = cover_of(canvas, x - canvas->left);
            uint32_t pixel[3] = {rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]};
            add(row[cover.cell], pixel, cover.here);
            add(row[cover.cell + 1], pixel, cover.next);
        }
    }
    struct cover cover = cover_of(canvas, y - canvas->top);
    for (uint32_t cell = 0; cell < canvas->cells; cell++) {
        // at most 255 * 4096 * 4096 in all, which fits
        add(canvas->sums[cover.cell][cell], row[cell], cover.here);
        if (cover.next) {
            add(canvas->sums[cover.cell + 1][cell], row[cell], cover.next);
        }
    }
}

static uint32_t average(const struct canvas *canvas, uint32_t y, uint32_t x, size_t colour)
{
    uint64_t area = (uint64_t)canvas->side * canvas->side;
    return (uint32_t)((canvas->sums[y][x][colour] + area / 2) / area);
}

// The place of an output pixel's centre among the centres of cells, in 1/256 of a cell.
static uint32_t place_of(const struct canvas *canvas, uint32_t position)
{
    uint32_t centre = (2 * position + 1) * canvas->cells / 2;
    uint32_t last = (canvas->cells - 1) * 256;
    uint32_t place = centre < 128 ? 0 : centre - 128;
    return place < last ? place : last;
}

// Between the four cells around it. Where there are 256 cells that is the cell itself.
static uint8_t sample(const struct canvas *canvas, uint32_t place_y, uint32_t place_x,
                      size_t colour)
{
    uint32_t y = place_y / 256, x = place_x / 256;
    uint32_t below = place_y % 256, right = place_x % 256;
    uint32_t sum = average(canvas, y, x, colour) * (256 - below) * (256 - right);
    if (right) {
        sum += average(canvas, y, x + 1, colour) * (256 - below) * right;
    }
    if (below) {
        sum += average(canvas, y + 1, x, colour) * below * (256 - right);
    }
    if (below && right) {
        sum += average(canvas, y + 1, x + 1, colour) * below * right;
    }
    return (uint8_t)((sum + 32768) / 65536);
}

// Where the pixel that ends up at (x, y) is in the picture as stored.
static void turn(int orientation, uint32_t *x, uint32_t *y)
{
    static const struct {
        bool swapped, x_mirrored, y_mirrored;
    } turns[] = {
        [1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
        [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, false, true},
        [7] = {true, true, true},    [8] = {true, true, false},
    };
    uint32_t stored_x = turns[orientation].swapped ? *y : *x;
    uint32_t stored_y = turns[orientation].swapped ? *x : *y;
    *x = turns[orientation].x_mirrored ? CANVAS_SIDE - 1 - stored_x : stored_x;
    *y = turns[orientation].y_mirrored ? CANVAS_SIDE - 1 - stored_y : stored_y;
}

void canvas_finish(const struct canvas *canvas, int orientation, struct canvas_pixels *ret_pixels)
{
    for (uint32_t y = 0; y < CANVAS_SIDE; y++) {
        for (uint32_t x = 0; x < CANVAS_SIDE; x++) {
            uint32_t stored_x = x, stored_y = y;
            turn(orientation, &stored_x, &stored_y);
            uint32_t place_y = place_of(canvas, stored_y), place_x = place_of(canvas, stored_x);
            for (size_t colour = 0; colour < 3; colour++) {
                ret_pixels->rgb[y][x][colour] = sample(canvas, place_y, place_x, colour);
            }
        }
    }
}
