// SPDX-License-Identifier: Apache-2.0
// Cookies and sessions: the first line of the input is a Cookie header, the second what a cookie's
// seal holds, the rest is a stored session. `$` in the session becomes the hash of an id, without
// which no session matches.
#include "common/seal.h"
#include "common/session.h"
#include "mod_mycred/cookie.h"
#include "tests/fuzz/core.h"

#include "common/field.h"

#define ID "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

static void try_header(struct mc_span header)
{
    struct mc_span rest = header, value = {NULL, 0};
    struct cookie_pair pair;
    size_t pairs = 0, ours = 0;
    while (cookie_take(&rest, &pair)) {
        MUST(pair.text.size && pair.text.size >= pair.name.size + pair.value.size);
        MUST(!memchr(pair.text.data, ';', pair.text.size));
        MUST(!pair.name.size || !memchr(pair.name.data, '=', pair.name.size));
        ours += mc_span_equals(pair.name, COOKIE_START);
        pairs++;
    }
    MUST(pairs <= header.size);
    MUST(cookie_find(header, COOKIE_START, &value) == (ours == 1));
    MUST(value.size <= header.size);
}

static void check_cookie(const struct mc_cookie *cookie)
{
    MUST(cookie->id.size == MC_SESSION_ID_SIZE && cookie->dn.size);
    MUST(strlen(cookie->uuid) < sizeof cookie->uuid);
}

// As it came from a client, and sealed as only the site can.
static void try_cookie(struct mc_span text)
{
    static const struct mc_seal_context about = {"cookie", "", {NULL, 0}};
    struct mc_cookie cookie = {0};
    MC_AUTO_BUFFER struct mc_buffer sealed;
    mc_buffer_init(&sealed, 1 << 20);
    MUST(mc_cookie_open(core_context(), text, &cookie) == MC_WRONG);
    if (mc_seal(core_context()->site_keys, &about, text, &sealed) == MC_OK &&
        mc_cookie_open(core_context(), mc_buffer_span(&sealed), &cookie) == MC_OK) {
        check_cookie(&cookie);
    }
    mc_cookie_release(&cookie);
}

static void put_hash(struct mc_span text, struct mc_buffer *value)
{
    const struct mc_seal_context about = {"mycredSession", CORE_UUID, {NULL, 0}};
    const uint8_t *mark = text.size ? memchr(text.data, '$', text.size) : NULL;
    size_t before = mark ? (size_t)(mark - text.data) : text.size;
    mc_buffer_append(value, text.data, before);
    if (mark) {
        MUST(mc_keyed_hash(core_context()->site_keys, &about, mc_span_of(ID), value) == MC_OK);
        mc_buffer_append(value, mark + 1, text.size - before - 1);
    }
}

static void try_session(struct mc_span text)
{
    struct mc_account account = {0};
    struct mc_cookie cookie = {.uuid = CORE_UUID};
    struct mc_session session = {0};
    MC_AUTO_BUFFER struct mc_buffer value;
    struct mc_entry *entry = core_entry(mc_span_of("entryUUID " CORE_UUID));
    mc_buffer_init(&value, 1 << 20);
    put_hash(text, &value);
    MUST(mc_secret_set(&cookie.id, mc_span_of(ID)) == MC_OK);
    MUST(mc_entry_add(entry, mc_span_of("mycredSession"), mc_buffer_span(&value)) == MC_OK);
    MUST(mc_account_init(core_context(), entry, &account) == MC_OK);
    enum mc_result result = mc_session_find(core_context(), &account, &cookie, &session);
    MUST(result == MC_WRONG || (result == MC_OK && memchr(text.data, '$', text.size)));
    if (result == MC_OK) {
        MUST(mc_session_is_live(core_context(), &account, &session));
        MUST(session.client.size <= value.size && session.method.size <= value.size);
    }
    mc_cookie_release(&cookie);
    mc_account_release(&account);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_span rest = {data, size};
    try_header(mc_field_next(&rest, '\n'));
    try_cookie(mc_field_next(&rest, '\n'));
    try_session(rest);
    return 0;
}
