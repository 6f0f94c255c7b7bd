// SPDX-License-Identifier: Apache-2.0
#include "common/utf8.h"

// By sequence length: the bits that mark a lead byte, their mask, and the least value that needs
// that length.
static const struct {
    uint8_t mark, mask;
    uint32_t least;
} forms[] = {{0x00, 0x80, 0}, {0xc0, 0xe0, 0x80}, {0xe0, 0xf0, 0x800}, {0xf0, 0xf8, 0x10000}};

static size_t length_of(uint8_t lead)
{
    for (size_t i = 0; i < MC_COUNT(forms); i++) {
        if ((lead & forms[i].mask) == forms[i].mark) {
            return i + 1;
        }
    }
    return 0;
}

bool mc_utf8_take(struct mc_span *text, uint32_t *ret_code_point)
{
    size_t length = text->size ? length_of(text->data[0]) : 0;
    if (length == 0 || length > text->size) {
        return false;
    }
    uint32_t code_point = text->data[0] & (uint8_t)~forms[length - 1].mask;
    for (size_t i = 1; i < length; i++) {
        if ((text->data[i] & 0xc0) != 0x80) {
            return false;
        }
        code_point = code_point << 6 | (text->data[i] & 0x3f);
    }
    bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    if (code_point < forms[length - 1].least || surrogate || code_point > 0x10ffff) {
        return false;
    }
    *text = (struct mc_span){text->data + length, text->size - length};
    *ret_code_point = code_point;
    return true;
}

bool mc_utf8_is_valid(struct mc_span text)
{
    uint32_t ignored = 0;
    while (text.size) {
        if (text.data[0] < 0x80) {
            text = (struct mc_span){text.data + 1, text.size - 1};
        } else if (!mc_utf8_take(&text, &ignored)) {
            return false;
        }
    }
    return true;
}
