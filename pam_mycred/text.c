// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/text.h"

struct range {
    uint32_t first, last;
};

// Control characters, invisible separators, and marks that turn the reading direction.
static const struct range steering[] = {
    {0x0000, 0x001f}, {0x007f, 0x009f}, {0x00ad, 0x00ad},   {0x061c, 0x061c},
    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},   {0xfeff, 0xfeff},
    {0xfff9, 0xfffb}, {0xd800, 0xdfff}, {0xe0000, 0xe007f},
};

static bool is_steering(uint32_t character)
{
    for (size_t i = 0; i < MC_COUNT(steering); i++) {
        if (character >= steering[i].first && character <= steering[i].last) {
            return true;
        }
    }
    return character > 0x10ffff;
}

// Bytes of the sequence that `lead` begins; 0 when none does.
static size_t sequence_size(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// The size of the character that `text` (not empty) begins with; *ret_plain: may it be shown?
static size_t measure(struct mc_span text, bool *ret_plain)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = sequence_size(text.data[0]);
    *ret_plain = false;
    if (size == 0 || size > text.size) {
        return 1;
    }
    uint32_t character = size == 1 ? text.data[0] : text.data[0] & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text.data[i] & 0xc0) != 0x80) {
            return 1;
        }
        character = character << 6 | (text.data[i] & 0x3f);
    }
    *ret_plain = character >= smallest[size] && !is_steering(character);
    return size;
}

void mc_text_add_shown(struct mc_buffer *buffer, struct mc_span text)
{
    while (text.size) {
        bool plain = false;
        size_t size = measure(text, &plain);
        if (plain || text.data[0] == '\n') {
            mc_buffer_append(buffer, text.data, size);
        } else {
            mc_buffer_add_byte(buffer, '?');
        }
        text.data += size;
        text.size -= size;
    }
}

void mc_text_add_logged(struct mc_buffer *buffer, struct mc_span text, const char *also)
{
    while (text.size) {
        bool plain = false;
        size_t size = measure(text, &plain);
        if (plain && (size > 1 || !strchr(also, text.data[0]))) {
            mc_buffer_append(buffer, text.data, size);
        } else {
            for (size_t i = 0; i < size; i++) {
                mc_buffer_format(buffer, "\\x%02x", text.data[i]);
            }
        }
        text.data += size;
        text.size -= size;
    }
}
