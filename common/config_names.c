// SPDX-License-Identifier: Apache-2.0
#include "common/config_reader.h"

#define NAME_MAX_SIZE 48 // longer than every option's name

const struct mc_option *mc_option_find(struct mc_span name)
{
    for (size_t i = 0; name.size && i < mc_option_count; i++) {
        const struct mc_option *option = &mc_options[i];
        if (name.data[0] == (uint8_t)option->name[0] && mc_span_equals(name, option->name)) {
            return option;
        }
    }
    return NULL;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

// Levenshtein's distance, by rows.
static size_t distance(struct mc_span one, const char *other)
{
    size_t row[NAME_MAX_SIZE + 1];
    size_t width = strlen(other);
    for (size_t i = 0; i <= width; i++) {
        row[i] = i;
    }
    for (size_t y = 0; y < one.size; y++) {
        size_t diagonal = row[0];
        row[0] = y + 1;
        for (size_t x = 0; x < width; x++) {
            size_t above = row[x + 1];
            size_t change = diagonal + (one.data[y] != (uint8_t)other[x]);
            row[x + 1] = least(change, above + 1, row[x] + 1);
            diagonal = above;
        }
    }
    return row[width];
}

const struct mc_option *mc_option_suggest(struct mc_span name)
{
    const struct mc_option *nearest = NULL;
    size_t best = 2 + name.size / 4; // farther than this is a guess, not a suggestion
    for (size_t i = 0; name.size <= NAME_MAX_SIZE && i < mc_option_count; i++) {
        size_t away = distance(name, mc_options[i].name);
        if (away < best) {
            best = away;
            nearest = &mc_options[i];
        }
    }
    return nearest;
}
