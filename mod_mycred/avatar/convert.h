// SPDX-License-Identifier: Apache-2.0
#ifndef MYCRED_MOD_MYCRED_AVATAR_CONVERT_H
#define MYCRED_MOD_MYCRED_AVATAR_CONVERT_H

#include "common/base.h"

#define CONVERT_INPUT_MAX 1048576 // bytes

// As the exit status of mycred-avatar.
enum convert_status { CONVERT_DONE, CONVERT_REFUSED, CONVERT_FAILED };

// What a file is, its first bytes say; names and types that came with it mean nothing. The caller
// frees `*ret_jpeg`.
enum convert_status convert_picture(struct mc_span file, uint8_t **ret_jpeg,
                                    size_t *ret_size) MC_MUST_USE;

#endif
