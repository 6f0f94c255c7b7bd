// SPDX-License-Identifier: Apache-2.0
#ifndef MYCRED_MOD_MYCRED_AVATAR_EXIF_H
#define MYCRED_MOD_MYCRED_AVATAR_EXIF_H

#include "common/base.h"

// The orientation (1 to 8) that an APP1 segment's content states (EXIF 2.32, 4.6.4 A); 0 when it
// states none, or not as the standard has it.
int exif_orientation(struct mc_span segment);

#endif
