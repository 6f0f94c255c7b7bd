// SPDX-License-Identifier: Apache-2.0
// The outbox: the first line of the input is a stored notice, the rest what one's seal holds.
#include "common/notice.c" // NOLINT: the reader is nobody else's business

#include "tests/fuzz/core.h"

static void check_jobs(const struct mc_buffer *jobs)
{
    const char *at = mc_buffer_text(jobs), *end = at + jobs->size;
    while (at < end) {
        char *text = NULL;
        size_t size = strtoul(at, &text, 10);
        MUST(*text == '\n' && size && size <= (size_t)(end - text - 1));
        at = text + 1 + size;
    }
}

static void try_stored(struct mc_span value)
{
    struct waiting waiting;
    struct mc_notice_opened opened = {.event = 0};
    struct mc_account account = {.uuid = CORE_UUID};
    (void)is_waiting(core_context(), value, &waiting);
    MUST(open_value(core_context(), &account, waiting.id, waiting.sealed, &opened) != MC_OK);
    mc_secret_release(&opened.text);
}

static void try_sealed(struct mc_span plain)
{
    struct mc_account account = {0};
    struct mc_notice_batch batch = {.count = 0};
    struct mc_notice_opened *opened = &batch.items[0];
    const struct mc_span id = mc_span_of("ABCDEFGHIJKLM");
    MC_AUTO_BUFFER struct mc_buffer sealed, jobs;
    mc_buffer_init(&sealed, 1 << 20);
    mc_buffer_init(&jobs, 1 << 20);
    struct mc_entry *entry = core_entry(mc_span_of("entryUUID " CORE_UUID "\nmail a@example.org"));
    MUST(mc_account_init(core_context(), entry, &account) == MC_OK);
    const struct mc_seal_context about = seal_context(&account, id);
    if (mc_seal(core_context()->site_keys, &about, plain, &sealed) == MC_OK &&
        open_value(core_context(), &account, id, mc_buffer_span(&sealed), opened) == MC_OK) {
        for (batch.count = 1; batch.count < 3; batch.count++) { // told alone, and twice in one
            mc_buffer_clear(&jobs);
            if (mc_notice_add_jobs(core_context(), &account, &batch, &jobs) == MC_OK) {
                check_jobs(&jobs);
            }
            batch.items[1] = *opened;
        }
    }
    mc_secret_release(&opened->text);
    mc_account_release(&account);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_span rest = {data, size};
    try_stored(mc_field_next(&rest, '\n'));
    try_sealed(rest);
    return 0;
}
