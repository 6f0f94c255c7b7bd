// SPDX-License-Identifier: Apache-2.0
// Uploaded pictures, as they are and with the check sums of PNG put right, without which hardly
// anything would get past the first chunk.
#include "mod_mycred/avatar/convert.h"
#include "mod_mycred/avatar/exif.h"

#include "tests/fuzz/fuzz.h"

#define PICTURE_MAX 262144 // bytes, as mod_mycred/picture.h has it

static void try_picture(struct mc_span file)
{
    uint8_t *jpeg = NULL, *again = NULL;
    size_t size = 0, again_size = 0;
    enum convert_status status = convert_picture(file, &jpeg, &size);
    MUST(status == CONVERT_DONE || (status == CONVERT_REFUSED && !jpeg));
    if (status == CONVERT_DONE) {
        MUST(size > 4 && size <= PICTURE_MAX);
        MUST(memcmp(jpeg, "\xff\xd8\xff", 3) == 0 && memcmp(jpeg + size - 2, "\xff\xd9", 2) == 0);
        MUST(!same_bytes(file, (struct mc_span){jpeg, size}));
        MUST(convert_picture((struct mc_span){jpeg, size}, &again, &again_size) == CONVERT_DONE);
    }
    free(again);
    free(jpeg);
}

static uint32_t crc_of(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
        }
    }
    return ~crc;
}

static void correct_sums(uint8_t *data, size_t size)
{
    for (size_t at = 8; size >= 12 && at <= size - 12;) {
        uint32_t length = (uint32_t)data[at] << 24 | (uint32_t)data[at + 1] << 16 |
                          (uint32_t)data[at + 2] << 8 | data[at + 3];
        if (length > size - at - 12) {
            return;
        }
        uint32_t crc = crc_of(data + at + 4, length + 4);
        for (int i = 0; i < 4; i++) {
            data[at + 8 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        }
        at += 12 + length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_AUTO_FREE uint8_t *copy = malloc(size + 1);
    struct mc_span file = {copy, size};
    memcpy(copy, data ? data : (const uint8_t *)"", size);
    int orientation = exif_orientation(file);
    MUST(orientation >= 0 && orientation <= 8);
    try_picture(file);
    correct_sums(copy, size);
    try_picture(file);
    return 0;
}
