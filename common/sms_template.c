// SPDX-License-Identifier: Apache-2.0
#include "common/sms_template.h"

static const char *const words[MC_SMS_PLACEHOLDER_COUNT] = {
#define MC_SMS_PLACEHOLDER_WORD(name, word, meaning) [MC_SMS_##name] = word,
    MC_SMS_PLACEHOLDERS(MC_SMS_PLACEHOLDER_WORD)
#undef MC_SMS_PLACEHOLDER_WORD
};

static enum mc_sms_placeholder parse(struct mc_span name)
{
    for (int i = MC_SMS_LITERAL + 1; i < MC_SMS_PLACEHOLDER_COUNT; i++) {
        if (mc_span_equals(name, words[i])) {
            return (enum mc_sms_placeholder)i;
        }
    }
    return MC_SMS_UNKNOWN;
}

static struct mc_span take(struct mc_span *rest, size_t size)
{
    struct mc_span taken = {rest->data, size};
    *rest = (struct mc_span){rest->data + size, rest->size - size};
    return taken;
}

bool mc_sms_piece_take(struct mc_span *rest, struct mc_sms_piece *ret_piece)
{
    if (rest->size == 0) {
        return false;
    }
    const uint8_t *mark = memmem(rest->data, rest->size, "%{", 2);
    if (mark != rest->data) {
        size_t size = mark ? (size_t)(mark - rest->data) : rest->size;
        *ret_piece = (struct mc_sms_piece){MC_SMS_LITERAL, take(rest, size)};
        return true;
    }
    const uint8_t *end = memchr(mark, '}', rest->size);
    if (!end) {
        *ret_piece = (struct mc_sms_piece){MC_SMS_UNKNOWN, take(rest, rest->size)};
        return true;
    }
    struct mc_span whole = take(rest, (size_t)(end - mark) + 1);
    struct mc_span name = {whole.data + 2, whole.size - 3};
    *ret_piece = (struct mc_sms_piece){parse(name), name};
    return true;
}
