// SPDX-License-Identifier: Apache-2.0
// Sealed texts, which forms, flows, links and the directory hold: nothing a client made up opens,
// and what was sealed opens unchanged for its own place alone, whatever byte of it is another.
#include "common/field.h"
#include "common/seal.h"
#include "tests/fuzz/core.h"

static bool opens(const struct mc_seal_context *about, struct mc_span text, struct mc_span plain)
{
    MC_AUTO_SECRET struct mc_secret opened = {0};
    enum mc_result result = mc_unseal(core_context()->site_keys, about, text, &opened);
    MUST(result == MC_OK || result == MC_BAD_DATA);
    MUST(result != MC_OK || same_bytes(mc_secret_span(&opened), plain));
    return result == MC_OK;
}

static void change_a_byte(const struct mc_seal_context *about, const struct mc_buffer *sealed,
                          const uint8_t *data, struct mc_span plain)
{
    MC_AUTO_FREE char *copy = mc_copy_text(mc_buffer_span(sealed));
    size_t at = data[0] % sealed->size;
    if (copy && copy[at] != (char)data[1]) {
        copy[at] = (char)data[1];
        MUST(!opens(about, (struct mc_span){(const uint8_t *)copy, sealed->size}, plain));
    }
}

static void try_hash(const struct mc_seal_context *about, struct mc_span secret,
                     struct mc_span made_up)
{
    MC_AUTO_BUFFER struct mc_buffer hash;
    const struct mc_keys *keys = core_context()->site_keys;
    mc_buffer_init(&hash, 1 << 20);
    enum mc_result result = mc_keyed_hash_check(keys, about, secret, made_up);
    MUST(result == MC_WRONG || result == MC_BAD_DATA);
    if (mc_keyed_hash(keys, about, secret, &hash) == MC_OK) {
        MUST(mc_keyed_hash_check(keys, about, secret, mc_buffer_span(&hash)) == MC_OK);
        MUST(mc_keyed_hash_check(keys, about, made_up, mc_buffer_span(&hash)) == MC_WRONG ||
             same_bytes(secret, made_up));
    }
}

// The first line is the place's own detail, the rest what is sealed, and also a text made up.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_span plain = {data, size};
    struct mc_span detail = mc_field_next(&plain, '\n');
    const struct mc_seal_context form = {"form", CORE_UUID, detail};
    const struct mc_seal_context flow = {"flow", CORE_UUID, detail};
    MC_AUTO_BUFFER struct mc_buffer sealed;
    mc_buffer_init(&sealed, 1 << 20);
    MUST(!opens(&form, plain, plain) && !opens(&form, detail, detail));
    try_hash(&form, detail, plain);
    if (mc_seal(core_context()->site_keys, &form, plain, &sealed) != MC_OK) {
        return 0;
    }
    MUST(opens(&form, mc_buffer_span(&sealed), plain));
    MUST(!opens(&flow, mc_buffer_span(&sealed), plain));
    if (size >= 2) {
        change_a_byte(&form, &sealed, data, plain);
    }
    return 0;
}
