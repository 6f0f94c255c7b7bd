// SPDX-License-Identifier: Apache-2.0
// What people type, as any bytes: codes, recovery codes, secrets, languages, addresses of servers.
#include "common/base32.h"
#include "common/field.h"
#include "common/message.h"
#include "common/recovery.h"
#include "common/url.h"
#include "common/utf8.h"
#include "tests/fuzz/fuzz.h"

static void try_tidy(struct mc_span text)
{
    MC_AUTO_SECRET struct mc_secret tidy = {0}, again = {0};
    if (mc_field_tidy(text, &tidy) != MC_OK) {
        return;
    }
    MUST(tidy.size <= 64 && tidy.size <= text.size && strlen(tidy.data) == tidy.size);
    MUST(!strpbrk(tidy.data, " -abcdefghijklmnopqrstuvwxyz"));
    MUST(mc_field_tidy(mc_secret_span(&tidy), &again) == MC_OK);
    MUST(same_bytes(mc_secret_span(&tidy), mc_secret_span(&again)));
    if (mc_recovery_is_code(mc_secret_span(&tidy))) {
        MUST(tidy.size == MC_RECOVERY_SIZE && mc_field_is_base64url(mc_secret_span(&tidy)));
    }
}

static void try_base32(struct mc_span text)
{
    MC_AUTO_SECRET struct mc_secret bytes = {0}, again = {0};
    MC_AUTO_BUFFER struct mc_buffer written;
    mc_buffer_init(&written, 2 * MC_BASE32_MAX);
    if (mc_base32_decode(text, &bytes) != MC_OK) {
        return;
    }
    mc_base32_encode(mc_secret_span(&bytes), &written);
    MUST(mc_base32_decode(mc_buffer_span(&written), &again) == MC_OK);
    MUST(same_bytes(mc_secret_span(&bytes), mc_secret_span(&again)));
}

static void try_utf8(struct mc_span text)
{
    struct mc_span rest = text;
    uint32_t code_point = 0;
    size_t points = 0;
    while (mc_utf8_take(&rest, &code_point)) {
        MUST(code_point <= 0x10ffff);
        points++;
    }
    MUST(points <= text.size && (rest.size == 0) == mc_utf8_is_valid(text));
}

static void try_text(const char *text)
{
    struct mc_url url;
    MUST(mc_language_choose(text, text) < MC_LANGUAGE_COUNT);
    MUST(mc_text(MC_CHINESE_SIMPLIFIED, text)[0] != '\0' || text[0] == '\0');
    (void)mc_text_n(MC_CHINESE_SIMPLIFIED, text, text, strlen(text));
    if (mc_url_split(text, &url)) {
        size_t parts = url.scheme.size + strlen("://") + url.authority.size + url.path.size;
        MUST(parts == strlen(text) && url.host.size <= url.authority.size);
        (void)mc_url_is_loopback(&url);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_span text = {data, size};
    try_tidy(text);
    try_base32(text);
    try_utf8(text);
    MC_AUTO_FREE char *copy = mc_copy_text(text);
    try_text(copy);
    return 0;
}
