// SPDX-License-Identifier: Apache-2.0
#include "common/command/qr.h"

#include <errno.h>
#include <qrencode.h>

#define QUIET 2 // modules round the code; the standard wants 4, readers are content with 2

static void free_code(QRcode **code)
{
    QRcode_free(*code);
}

// Outside the code all is light.
static bool is_dark(const QRcode *code, int x, int y)
{
    bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return inside && code->data[y * code->width + x] & 1;
}

static void draw_half_blocks(const QRcode *code, int y, struct mc_buffer *out)
{
    // light is the foreground: white on black whatever the terminal's own colours are
    static const char *const blocks[2][2] = {{"\xe2\x96\x88", "\xe2\x96\x80"},
                                             {"\xe2\x96\x84", " "}};
    mc_buffer_add_text(out, "\033[40;97m");
    for (int x = -QUIET; x < code->width + QUIET; x++) {
        mc_buffer_add_text(out, blocks[is_dark(code, x, y)][is_dark(code, x, y + 1)]);
    }
    mc_buffer_add_text(out, "\033[0m\n");
}

static void draw_spaces(const QRcode *code, int y, struct mc_buffer *out)
{
    for (int x = -QUIET; x < code->width + QUIET; x++) {
        mc_buffer_add_text(out, is_dark(code, x, y) ? "\033[40m  " : "\033[107m  ");
    }
    mc_buffer_add_text(out, "\033[0m\n");
}

enum mc_result mc_qr_draw(const char *text, const struct mc_qr_style *style, struct mc_buffer *out)
{
    MC_CLEANUP(free_code) QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (!code) {
        return errno == ENOMEM ? MC_NO_MEMORY : MC_MALFORMED;
    }
    unsigned columns = (unsigned)(code->width + 2 * QUIET) * (style->half_blocks ? 1 : 2);
    if (columns > style->width) {
        return MC_MALFORMED;
    }
    for (int y = -QUIET; y < code->width + QUIET; y += style->half_blocks ? 2 : 1) {
        if (style->half_blocks) {
            draw_half_blocks(code, y, out);
        } else {
            draw_spaces(code, y, out);
        }
    }
    return mc_buffer_result(out);
}
