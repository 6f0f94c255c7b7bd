// SPDX-License-Identifier: Apache-2.0
// A QR code as text for a terminal.
#ifndef MYCRED_COMMON_COMMAND_QR_H
#define MYCRED_COMMON_COMMAND_QR_H

#include "common/buffer.h"

struct mc_qr_style {
    bool half_blocks; // UTF-8 half blocks; else two spaces a module, twice as large
    unsigned width;   // columns there are
};

// Appends the code of `text` with its quiet zone. Colours are set for every line, so it reads the
// same on dark and on light terminals. MC_MALFORMED when it would be wider than the terminal.
enum mc_result mc_qr_draw(const char *text, const struct mc_qr_style *style,
                          struct mc_buffer *out) MC_MUST_USE;

#endif
