// SPDX-License-Identifier: Apache-2.0
// Pictures that people upload, made into pictures of ours by a program of its own: what strangers
// send is never decoded in httpd.
#ifndef MYCRED_MOD_MYCRED_PICTURE_H
#define MYCRED_MOD_MYCRED_PICTURE_H

#include "common/buffer.h"

#define PICTURE_UPLOAD_MAX 1048576 // bytes
#define PICTURE_MAX 262144         // bytes of a finished one
#define PICTURE_LIMIT_MS 5000      // for the program, all in all

// Appends a JPEG of 256 by 256 pixels to `jpeg`, which must have room for PICTURE_MAX bytes.
// MC_MALFORMED: not a JPEG or PNG, too large, damaged, or too dear to decode. MC_UNAVAILABLE: the
// program could not be run, died or took too long. Waits for the program; the caller bounds how
// many run at once. After a failure what `jpeg` holds means nothing. `program`: its absolute path.
enum mc_result picture_convert(const char *program, int64_t limit_ms, struct mc_span upload,
                               struct mc_buffer *jpeg) MC_MUST_USE;

#endif
