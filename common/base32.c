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

enum mc_result mc_base32_decode(struct mc_span text, struct mc_secret *ret_bytes)
{
    uint8_t bytes[MC_BASE32_MAX * 5 / 8];
    size_t size = 0, letters = 0;
    uint32_t bits = 0;
    unsigned count = 0;
    enum mc_result result = text.size <= MC_BASE32_MAX ? MC_OK : MC_MALFORMED;
    text = trim(text);
    for (size_t i = 0; result == MC_OK && i < text.size; i++) {
        if (text.data[i] == ' ' || text.data[i] == '-') {
            continue;
        }
        int value = value_of(text.data[i]);
        result = value >= 0 ? MC_OK : MC_MALFORMED;
        bits = bits << 5 | (uint32_t)(value & 31);
        letters++;
        count += 5;
        if (count >= 8) {
            count -= 8;
            bytes[size++] = (uint8_t)(bits >> count);
        }
    }
    // a last group of 1, 3 or 6 letters stands for no whole byte more: a letter was lost
    size_t rest = letters % 8;
    if (result == MC_OK && (letters == 0 || rest == 1 || rest == 3 || rest == 6)) {
        result = MC_MALFORMED;
    }
    if (result == MC_OK) {
        result = mc_secret_set(ret_bytes, (struct mc_span){bytes, size});
    }
    mc_wipe(bytes, sizeof bytes);
    mc_wipe(&bits, sizeof bits);
    return result;
}
