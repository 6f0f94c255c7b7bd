// SPDX-License-Identifier: Apache-2.0
#include "common/random.h"

#include <errno.h>
#include <sys/random.h>

// Not libsodium's generator: it ends the process where the kernel refuses, and we want to deny
// instead.
enum mc_result mc_random_bytes(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return MC_UNAVAILABLE;
        }
        at += got;
        size -= (size_t)got;
    }
    return MC_OK;
}

enum mc_result mc_random_digits(size_t count, struct mc_secret *ret_digits)
{
    char digits[16];
    if (count > sizeof digits) {
        return MC_INTERNAL;
    }
    for (size_t made = 0; made < count;) {
        uint8_t byte = 0;
        enum mc_result result = mc_random_bytes(&byte, 1);
        if (result != MC_OK) {
            mc_wipe(digits, sizeof digits);
            return result;
        }
        // 250 is the last multiple of ten below 256: dropping the rest keeps every digit equally
        // likely
        if (byte < 250) {
            digits[made++] = (char)('0' + byte % 10);
        }
    }
    enum mc_result result =
        mc_secret_set(ret_digits, (struct mc_span){(const uint8_t *)digits, count});
    mc_wipe(digits, sizeof digits);
    return result;
}

enum mc_result mc_random_base32(size_t count, struct mc_secret *ret_text)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char text[64];
    if (count > sizeof text) {
        return MC_INTERNAL;
    }
    enum mc_result result = mc_random_bytes(text, count);
    if (result == MC_OK) {
        for (size_t i = 0; i < count; i++) {
            text[i] = alphabet[(uint8_t)text[i] % 32];
        }
        result = mc_secret_set(ret_text, (struct mc_span){(const uint8_t *)text, count});
    }
    mc_wipe(text, sizeof text);
    return result;
}
