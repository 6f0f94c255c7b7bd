// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/avatar/exif.h"

#define ENTRY_SIZE 12 // bytes of one field of a directory
#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3

struct tiff {
    struct mc_span bytes;
    bool big_endian;
};

// Zero past the end.
static uint32_t number_at(const struct tiff *tiff, size_t offset, size_t size)
{
    uint32_t number = 0;
    if (offset > tiff->bytes.size || size > tiff->bytes.size - offset) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        size_t at = tiff->big_endian ? i : size - 1 - i;
        number = number << 8 | tiff->bytes.data[offset + at];
    }
    return number;
}

static int orientation_of_field(const struct tiff *tiff, size_t field)
{
    uint32_t value = number_at(tiff, field + 8, 2);
    bool good = number_at(tiff, field, 2) == TAG_ORIENTATION &&
                number_at(tiff, field + 2, 2) == TYPE_SHORT && number_at(tiff, field + 4, 4) == 1 &&
                value >= 1 && value <= 8;
    return good ? (int)value : 0;
}

int exif_orientation(struct mc_span segment)
{
    static const char head[] = "Exif\0"; // and the literal's own NUL
    if (segment.size < sizeof head || memcmp(segment.data, head, sizeof head) != 0) {
        return 0;
    }
    struct tiff tiff = {.bytes = {segment.data + sizeof head, segment.size - sizeof head}};
    tiff.big_endian = number_at(&tiff, 0, 2) == 0x4d4d;
    if ((!tiff.big_endian && number_at(&tiff, 0, 2) != 0x4949) || number_at(&tiff, 2, 2) != 42) {
        return 0;
    }
    size_t directory = number_at(&tiff, 4, 4);
    size_t count = number_at(&tiff, directory, 2);
    int orientation = 0;
    for (size_t i = 0; i < count && !orientation; i++) {
        orientation = orientation_of_field(&tiff, directory + 2 + i * ENTRY_SIZE);
    }
    return orientation;
}
