// SPDX-License-Identifier: Apache-2.0
// The compiled gettext catalogues inside the program.
#ifndef MYCRED_COMMON_CATALOGUE_H
#define MYCRED_COMMON_CATALOGUE_H

#include "common/base.h"

// A catalogue as msgfmt writes it, in this machine's byte order.
struct mc_catalogue {
    const uint8_t *start, *end;
};

extern const struct mc_catalogue mc_catalogue_zh_CN;

// The translation of `key` (for plurals: singular, NUL, plural; `key.size` counts them without the
// last NUL). Forms are parted by NUL. {NULL, 0} when there is none.
struct mc_span mc_catalogue_find(const struct mc_catalogue *catalogue, struct mc_span key);

#endif
