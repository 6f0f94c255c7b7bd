// SPDX-License-Identifier: Apache-2.0
#include "common/password_prepare.h"

#include "common/utf8.h"

#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>

#define VIRAMA 9 // canonical combining class, RFC 5892 appendix A.1

struct runes {
    uint32_t items[MC_PASSWORD_BYTES_MAX];
    size_t count;
};

static void runes_release(struct runes *runes)
{
    mc_wipe(runes, sizeof *runes);
}

static bool is_old_hangul_jamo(uint32_t rune)
{
    return (rune >= 0x1100 && rune <= 0x11ff) || (rune >= 0xa960 && rune <= 0xa97c) ||
           (rune >= 0xd7b0 && rune <= 0xd7fb);
}

// FreeformClass, RFC 8264 section 4.3.
static bool is_allowed(uint32_t rune, uint32_t before)
{
    static const uint32_t refused = UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp;
    if (rune == 0x200c || rune == 0x200d) { // joiners: only where a script needs them
        return uc_combining_class(before) == VIRAMA;
    }
    return !uc_is_general_category_withtable(rune, refused) && !is_old_hangul_jamo(rune) &&
           !uc_is_property_default_ignorable_code_point(rune);
}

static bool read_runes(struct mc_span typed, struct runes *runes)
{
    uint32_t before = 0;
    while (typed.size) {
        uint32_t rune = 0;
        if (!mc_utf8_take(&typed, &rune) || !is_allowed(rune, before)) {
            return false;
        }
        before = rune;
        bool is_space = uc_is_general_category_withtable(rune, UC_CATEGORY_MASK_Zs);
        runes->items[runes->count++] = is_space ? ' ' : rune;
    }
    return runes->count > 0;
}

static size_t write_utf8(uint32_t rune, char *out)
{
    if (rune < 0x80) {
        out[0] = (char)rune;
        return 1;
    }
    size_t more = rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3;
    static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
    for (size_t i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (rune & 0x3f));
        rune >>= 6;
    }
    out[0] = (char)(first[more] | rune);
    return more + 1;
}

static enum mc_result write_secret(const uint32_t *runes, size_t count, struct mc_secret *ret)
{
    char text[MC_PASSWORD_MAX * 4];
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += write_utf8(runes[i], text + size);
    }
    enum mc_result result = mc_secret_set(ret, (struct mc_span){(const uint8_t *)text, size});
    mc_wipe(text, sizeof text);
    return result;
}

// Composed text is never longer than three times the typed one (UAX 15).
static enum mc_result compose(const struct runes *typed, struct mc_secret *ret, size_t *ret_count)
{
    uint32_t composed[3 * MC_PASSWORD_BYTES_MAX];
    size_t count = MC_COUNT(composed);
    uint32_t *at = u32_normalize(UNINORM_NFC, typed->items, typed->count, composed, &count);
    enum mc_result result = !at                       ? MC_NO_MEMORY
                            : count > MC_PASSWORD_MAX ? MC_MALFORMED
                                                      : write_secret(at, count, ret);
    mc_wipe(composed, sizeof composed);
    if (at && at != composed) {
        free(at);
    }
    *ret_count = count;
    return result;
}

enum mc_result mc_password_prepare(struct mc_span typed, struct mc_secret *ret_prepared,
                                   size_t *ret_code_points)
{
    MC_CLEANUP(runes_release) struct runes runes = {.count = 0};
    if (typed.size > MC_PASSWORD_BYTES_MAX || !read_runes(typed, &runes)) {
        return MC_MALFORMED;
    }
    return compose(&runes, ret_prepared, ret_code_points);
}

enum mc_result mc_password_typed(struct mc_span typed, struct mc_secret *ret_password)
{
    size_t count = 0;
    enum mc_result result = mc_password_prepare(typed, ret_password, &count);
    return result == MC_MALFORMED ? mc_secret_set(ret_password, typed) : result;
}
