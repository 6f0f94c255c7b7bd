// SPDX-License-Identifier: Apache-2.0
// Decoding and encoding. Decoders give false for what is not wholly and soundly of their kind, for
// more than CANVAS_SOURCE_MAX pixels of either side, and when memory is short.
#ifndef MYCRED_MOD_MYCRED_AVATAR_CODEC_H
#define MYCRED_MOD_MYCRED_AVATAR_CODEC_H

#include "mod_mycred/avatar/canvas.h"

#define CODEC_MEMORY_MAX (56L * 1024 * 1024) // bytes a decoder may use

bool jpeg_decode(struct mc_span file, struct canvas *canvas, int *ret_orientation) MC_MUST_USE;
bool png_decode(struct mc_span file, struct canvas *canvas) MC_MUST_USE;

// A JPEG without any metadata, of a quality from 1 to 100; the caller frees `*ret_data`.
bool jpeg_encode(const struct canvas_pixels *pixels, int quality, uint8_t **ret_data,
                 size_t *ret_size) MC_MUST_USE;

#endif
