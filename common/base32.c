// SPDX-License-Identifier: Apache-2.0
#include "common/base32.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void mc_base32_encode(struct mc_span bytes, struct mc_buffer *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        bits = bits << 8 | bytes.data[i];
        for (count += 8; count >= 5; count -= 5) {
            mc_buffer_add_byte(out, (uint8_t)alphabet[bits >> (count - 5) & 31]);
        }
    }
    if (count) {
        mc_buffer_add_byte(out, (uint8_t)alphabet[bits << (5 - count) & 31]);
    }
}

// 0 to 31, or -1.
static int value_of(uint8_t letter)
{
    if (letter >= 'a' && letter <= 'z') {
        letter = (uint8_t)(letter - 'a' + 'A');
    }
    const char *place = letter ? strchr(alphabet, letter) : NULL;
    return place ? (int)(place - alphabet) : -1;
}

// Without padding, which may only stand at the end.
static struct mc_span trim(struct mc_span text)
{
    while (text.size && strchr("= -", text.data[text.size - 1]) && text.data[text.size - 1]) {
        text.size--;
    }
    return text;
}

struct reader {
    uint8_t bytes[MC_BASE32_MAX * 5 / 8];
    size_t size, letters;
    uint32_t bits;  // the last ones read
    unsigned count; // of them that are no whole byte yet
};

static bool take_letter(struct reader *reader, uint8_t letter)
{
    int value = value_of(letter);
    if (value < 0) {
        return letter == ' ' || letter == '-';
    }
    reader->bits = reader->bits << 5 | (uint32_t)value;
    reader->count += 5;
    reader->letters++;
    if (reader->count >= 8) {
        reader->count -= 8;
        reader->bytes[reader->size++] = (uint8_t)(reader->bits >> reader->count);
    }
    return true;
}

// A last group of 1, 3 or 6 letters stands for no whole byte more: a letter was lost.
static bool has_whole_length(size_t letters)
{
    static const bool whole[8] = {[0] = true, [2] = true, [4] = true, [5] = true, [7] = true};
    return letters && whole[letters % 8];
}

enum mc_result mc_base32_decode(struct mc_span text, struct mc_secret *ret_bytes)
{
    struct reader reader = {.size = 0};
    bool fine = text.size <= MC_BASE32_MAX;
    text = trim(text);
    for (size_t i = 0; fine && i < text.size; i++) {
        fine = take_letter(&reader, text.data[i]);
    }
    enum mc_result result = MC_MALFORMED;
    if (fine && has_whole_length(reader.letters)) {
        result = mc_secret_set(ret_bytes, (struct mc_span){reader.bytes, reader.size});
    }
    mc_wipe(&reader, sizeof reader);
    return result;
}
