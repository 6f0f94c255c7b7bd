// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/qr.h"

#include "common/secret.h"

#include <qrencode.h>
#include <stdlib.h>

#define QUIET 4 // modules

static void add_row(const unsigned char *row, int width, int y, struct mc_buffer *path)
{
    for (int x = 0; x < width; x++) {
        int length = 0;
        while (x + length < width && (row[x + length] & 1)) {
            length++;
        }
        if (length) {
            mc_buffer_format(path, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, length, length);
            x += length;
        }
    }
}

// libqrencode frees its copy of the text as it is. What malloc gives out next in that size is what
// was freed last.
static void wipe_freed(size_t size)
{
    void *chunks[8];
    for (size_t i = 0; i < MC_COUNT(chunks); i++) {
        chunks[i] = malloc(size);
        mc_wipe(chunks[i], chunks[i] ? size : 0);
    }
    for (size_t i = 0; i < MC_COUNT(chunks); i++) {
        free(chunks[i]);
    }
}

enum mc_result qr_path(struct mc_span text, struct mc_buffer *path, unsigned *ret_side)
{
    QRcode *code = QRcode_encodeData((int)text.size, text.data, 0, QR_ECLEVEL_M);
    wipe_freed(text.size);
    if (!code) {
        return MC_NO_MEMORY;
    }
    for (int y = 0; y < code->width; y++) {
        add_row(code->data + y * code->width, code->width, y, path);
    }
    *ret_side = (unsigned)code->width + 2 * QUIET;
    mc_wipe(code->data, (size_t)code->width * (size_t)code->width); // it shows a secret
    QRcode_free(code);
    return mc_buffer_result(path);
}
