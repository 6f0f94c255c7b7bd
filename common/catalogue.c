// SPDX-License-Identifier: Apache-2.0
#include "common/catalogue.h"

#define MAGIC 0x950412deu // GNU gettext manual, "The Format of GNU MO Files"

// The catalogue's bytes, between two labels.
#define EMBED(language)                                                                            \
    __asm__(".section .rodata\n.balign 16\n"                                                       \
            ".Lmc_" #language "_start: .incbin \"" MC_CATALOGUE_DIRECTORY "/" #language ".mo\"\n"  \
            ".Lmc_" #language "_end: .byte 0\n.previous\n"                                         \
            ".hidden mc_" #language "_start\n.globl mc_" #language "_start\n"                      \
            ".set mc_" #language "_start, .Lmc_" #language "_start\n"                              \
            ".hidden mc_" #language "_end\n.globl mc_" #language "_end\n"                          \
            ".set mc_" #language "_end, .Lmc_" #language "_end\n");                                \
    extern const uint8_t mc_##language##_start[], mc_##language##_end[];                           \
    const struct mc_catalogue mc_catalogue_##language = {mc_##language##_start, mc_##language##_end}

EMBED(zh_CN);

struct header {
    uint32_t magic, revision, count, originals, translations;
};

struct text {
    uint32_t size, offset;
};

static struct text text_at(const struct mc_catalogue *catalogue, uint32_t table, uint32_t index)
{
    struct text text;
    memcpy(&text, catalogue->start + table + index * sizeof text, sizeof text);
    return text;
}

static int compare(const struct mc_catalogue *catalogue, struct text text, struct mc_span key)
{
    size_t shared = text.size < key.size ? text.size : key.size;
    int order = memcmp(key.data, catalogue->start + text.offset, shared);
    return order ? order : (key.size > text.size) - (key.size < text.size);
}

struct mc_span mc_catalogue_find(const struct mc_catalogue *catalogue, struct mc_span key)
{
    struct header header;
    memcpy(&header, catalogue->start, sizeof header);
    uint32_t low = 0, high = header.magic == MAGIC ? header.count : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(catalogue, text_at(catalogue, header.originals, middle), key);
        if (order == 0) {
            struct text found = text_at(catalogue, header.translations, middle);
            return (struct mc_span){catalogue->start + found.offset, found.size};
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return (struct mc_span){NULL, 0};
}
