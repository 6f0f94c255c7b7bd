// SPDX-License-Identifier: Apache-2.0
// Making text of unknown origin safe to show on a terminal and to write into a log.
#ifndef MYCRED_PAM_MYCRED_TEXT_H
#define MYCRED_PAM_MYCRED_TEXT_H

#include "common/buffer.h"

// Appends `text`; what steers terminals or turns reading direction, and what is not UTF-8, becomes
// "?". Line ends stay.
void mc_text_add_shown(struct mc_buffer *buffer, struct mc_span text);

// Appends `text`; the same characters, line ends, and those of `also` (ASCII) become \xNN.
void mc_text_add_logged(struct mc_buffer *buffer, struct mc_span text, const char *also);

#endif
