// SPDX-License-Identifier: Apache-2.0
// Stored values of any bytes. What a fuzzer cannot guess, the target puts in: `$` in a value
// becomes a secret sealed, or hashed, for the text before it. Without one nothing opens and nothing
// matches.
#include "common/api_password.h"
#include "common/challenge.h"
#include "common/device.h"
#include "common/field.h"
#include "common/limit.h"
#include "common/recovery.h"
#include "common/seal.h"
#include "tests/fuzz/core.h"

#define SECRET "12345678901234567890"
#define RECOVERY "ABCDEFGHIJKLM"
#define API_RANDOM "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define API_PASSWORD "1-" API_RANDOM

// "detail $ rest" with the mark replaced; `blank` is left out between detail and mark.
static bool put_sealed(struct mc_span *value, const char *attribute, struct mc_span plain,
                       struct mc_buffer *out)
{
    const uint8_t *mark = value->size ? memchr(value->data, '$', value->size) : NULL;
    if (!mark) {
        return false;
    }
    size_t before = (size_t)(mark - value->data);
    struct mc_span detail = {value->data, before ? before - 1 : 0};
    const struct mc_seal_context context = {attribute, CORE_UUID, detail};
    mc_buffer_append(out, value->data, before);
    enum mc_result result = mc_seal(core_context()->keys, &context, plain, out);
    mc_buffer_append(out, mark + 1, value->size - before - 1);
    if (result != MC_OK || mc_buffer_result(out) != MC_OK) {
        return false;
    }
    *value = mc_buffer_span(out);
    return true;
}

static struct mc_span digest_of(const char *text, uint8_t digest[MC_DIGEST_SIZE])
{
    mc_digest(mc_span_of(text), digest);
    return (struct mc_span){digest, MC_DIGEST_SIZE};
}

// An account with this one value.
static bool hold(const char *attribute, struct mc_span value, struct mc_account *account)
{
    struct mc_entry *entry = core_entry(mc_span_of("entryUUID " CORE_UUID));
    MUST(mc_entry_add(entry, mc_span_of(attribute), value) == MC_OK);
    return mc_account_init(core_context(), entry, account) == MC_OK;
}

static void try_device(struct mc_span value)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    const struct mc_step_window window = {CORE_TIME, 1, 0};
    mc_time start = 0;
    mc_buffer_init(&text, 1 << 20);
    // the device's seal covers id and parameters alone: forge it for those
    struct mc_span rest = value;
    struct mc_span id = mc_field_next(&rest, ' ');
    struct mc_span parameters = mc_field_next(&rest, ' ');
    struct mc_span created = mc_field_next(&rest, ' ');
    struct mc_span detail = {value.data, id.size + 1 + parameters.size};
    bool forged = rest.size && rest.data[0] == '$';
    if (forged) {
        const struct mc_seal_context context = {"mycredTotp", CORE_UUID, detail};
        mc_buffer_append(&text, value.data, (size_t)(created.data + created.size - value.data));
        mc_buffer_add_byte(&text, ' ');
        forged = mc_seal(core_context()->keys, &context, mc_span_of(SECRET), &text) == MC_OK;
        mc_buffer_append(&text, rest.data + 1, rest.size - 1);
        value = mc_buffer_span(&text);
    }
    enum mc_result result = mc_device_open(core_context(), CORE_UUID, value, &device);
    MUST(result == MC_BAD_DATA || (result == MC_OK && forged));
    if (result == MC_OK) {
        MUST(device.id > 0 && device.digits >= 6 && device.digits <= 8 && device.period >= 15);
        MUST(mc_device_match(&device, mc_span_of("x"), &window, &start) == MC_WRONG);
    }
}

static void try_recovery(struct mc_span value)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    struct mc_account account = {0};
    struct mc_span found = {NULL, 0};
    uint8_t digest[MC_DIGEST_SIZE];
    mc_buffer_init(&text, 1 << 20);
    bool forged = put_sealed(&value, "mycredRecovery", digest_of(RECOVERY, digest), &text);
    if (hold("mycredRecovery", value, &account)) {
        enum mc_result result =
            mc_recovery_find(core_context(), &account, mc_span_of(RECOVERY), &found);
        MUST(result == MC_BAD_DATA || (result == MC_OK && forged));
        MUST(mc_recovery_find(core_context(), &account, mc_span_of("AAAAAAAAAAAAA"), &found) !=
             MC_OK);
    }
    mc_account_release(&account);
}

static void try_api_password(struct mc_span value)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    struct mc_account account = {0};
    struct mc_api_password found = {0};
    uint8_t digest[MC_DIGEST_SIZE];
    mc_buffer_init(&text, 1 << 20);
    struct mc_span plain = digest_of(API_RANDOM, digest);
    bool forged = put_sealed(&value, "mycredApiPassword", plain, &text);
    if (hold("mycredApiPassword", value, &account)) {
        enum mc_result result = mc_api_password_check(core_context(), &account, mc_span_of("imap"),
                                                      mc_span_of(API_PASSWORD), &found);
        MUST(result != MC_OK || (forged && found.id == 1 && found.scope.size));
        MUST(result != MC_OK || found.expiry == 0 || found.expiry > CORE_TIME);
    }
    mc_account_release(&account);
}

static void try_challenge(struct mc_span value)
{
    const struct mc_challenge challenge = {
        .purpose = "login", .channel = MC_METHOD_SMS, .flow = ""};
    struct mc_account account = {0};
    struct mc_pending pending = {0};
    if (hold("mycredChallenge", value, &account)) {
        enum mc_result result = mc_challenge_look(core_context(), &account, &challenge, &pending);
        MUST(result == MC_OK || result == MC_BAD_DATA);
        MUST(!pending.is_pending || pending.expiry > CORE_TIME);
    }
    mc_account_release(&account);
}

static void try_times(struct mc_span value)
{
    static const struct mc_span none = {NULL, 0};
    const struct mc_config *config = core_context()->config;
    const struct mc_values values = {&value, 1};
    mc_time from = 0;
    unsigned count = 0;
    if (mc_limit_guess(config, values, none, CORE_TIME, &from) == MC_OK) {
        MUST(from == 0); // one failure is no reason to wait
        MUST(mc_limit_count_since(values, none, 0, &count) == MC_OK && count == 1);
    }
    if (mc_limit_send(config, values, "sms", none, CORE_TIME, &from) == MC_OK) {
        MUST(from <= CORE_TIME + (300 + 60) * MC_SECOND);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_span value = {data, size};
    try_device(value);
    try_recovery(value);
    try_api_password(value);
    try_challenge(value);
    try_times(value);
    return 0;
}
