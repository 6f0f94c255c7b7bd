// SPDX-License-Identifier: Apache-2.0
#include "common/outbox.h"

#include "common/notice.h"
#include "common/program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define SLACK_MS 2000    // past send_timeout, for the program's own start and end
#define JOBS_MAX 65536   // bytes
#define VALUES_MAX 65536 // bytes
#define RACES_MAX 4      // with others at the same outbox
#define DEADLINE_MS 8000 // for the directory, before and after each notice

bool mc_outbox_send(const struct mc_config *config, const struct mc_outbox *outbox,
                    struct mc_span job, char cause[MC_OUTBOX_CAUSE_MAX])
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/mycred-send", config->program_dir);
    const struct mc_program program = {
        .path = path,
        .arguments = {"--conf", outbox->conf},
        .input = job,
        .limit_ms = config->send_timeout * 1000 + SLACK_MS,
    };
    return mc_program_run(&program, cause, MC_OUTBOX_CAUSE_MAX);
}

static bool is_final(const char *cause)
{
    return strstr(cause, "outcome=permanent") != NULL;
}

// The jobs of a message, each preceded by its size. All must leave but those to further receivers,
// such as an old address, that will never take theirs.
static bool send_all(const struct mc_config *config, const struct mc_outbox *outbox,
                     const struct mc_buffer *jobs, char cause[MC_OUTBOX_CAUSE_MAX])
{
    const char *at = mc_buffer_text(jobs), *end = at + jobs->size;
    while (at < end) {
        char *text = NULL;
        size_t size = strtoul(at, &text, 10);
        const struct mc_span job = {(const uint8_t *)text + 1, size};
        bool sent = outbox->send ? outbox->send(outbox->data, job, cause)
                                 : mc_outbox_send(config, outbox, job, cause);
        if (!sent && (at == mc_buffer_text(jobs) || !is_final(cause))) {
            return false;
        }
        at = text + 1 + size;
    }
    return true;
}

static void say(const struct mc_outbox *outbox, enum mc_event event, const char *dn,
                const char *cause)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(event, &line);
    mc_event_add_text(&line, "dn", dn);
    if (cause[0]) {
        mc_event_add_text(&line, "cause", cause);
    }
    if (outbox->log) {
        outbox->log(outbox->data, event, &line);
    }
}

static enum mc_result read_person(const struct mc_context *context, const char *dn,
                                  struct mc_account *account)
{
    struct mc_entry *entry = NULL;
    mc_account_release(account);
    enum mc_result result = mc_directory_read_person(context->directory, dn, &entry);
    return result == MC_OK ? mc_account_init(context, entry, account) : result;
}

static enum mc_result deliver_one(const struct mc_context *context, const struct mc_outbox *outbox,
                                  const char *dn, struct mc_account *account)
{
    MC_AUTO_BUFFER struct mc_buffer values, jobs;
    mc_time from = 0;
    char cause[MC_OUTBOX_CAUSE_MAX] = "";
    mc_buffer_init(&values, VALUES_MAX);
    mc_buffer_init(&jobs, JOBS_MAX);
    mc_directory_set_deadline(context->directory, DEADLINE_MS);
    enum mc_result result = read_person(context, dn, account);
    if (result == MC_OK) {
        result = mc_notice_claim(context, account, &values, &jobs, &from);
    }
    if (result == MC_BAD_DATA) {
        say(outbox, MC_EVENT_VALUE_DAMAGED, dn, "mycredNotice");
    }
    if (result != MC_OK) {
        return result;
    }
    bool sent = send_all(context->config, outbox, &jobs, cause);
    say(outbox, sent ? MC_EVENT_NOTICE_SENT : MC_EVENT_NOTICE_NOT_SENT, dn, sent ? "" : cause);
    if (!sent && !mc_notice_is_too_old(context, mc_buffer_span(&values))) {
        return MC_UNDELIVERED; // when the lease has run out, another tries
    }
    mc_directory_set_deadline(context->directory, DEADLINE_MS);
    return mc_notice_done(context, account, mc_buffer_span(&values));
}

enum mc_result mc_outbox_drain(const struct mc_context *context, const struct mc_outbox *outbox,
                               const char *dn, size_t most, size_t *ret_sent)
{
    struct mc_account account = {0};
    enum mc_result result = MC_OK;
    size_t sent = 0;
    int races = 0;
    while ((result == MC_OK && sent < most) || (result == MC_LOST_RACE && races < RACES_MAX)) {
        result = deliver_one(context, outbox, dn, &account);
        sent += result == MC_OK;
        races += result == MC_LOST_RACE;
    }
    mc_account_release(&account);
    *ret_sent = sent;
    return result == MC_NOT_FOUND ? MC_OK : result;
}
