// SPDX-License-Identifier: Apache-2.0
// A QR code as an SVG path, for a page that may hold no inline style and no data addresses.
#ifndef MYCRED_MOD_MYCRED_QR_H
#define MYCRED_MOD_MYCRED_QR_H

#include "common/buffer.h"

// `path` gets the dark modules, one unit a module, with the four modules of quiet zone that ISO/IEC
// 18004 asks for around them; `ret_side` is the width and height in units, quiet zone included.
enum mc_result qr_path(struct mc_span text, struct mc_buffer *path, unsigned *ret_side) MC_MUST_USE;

#endif
