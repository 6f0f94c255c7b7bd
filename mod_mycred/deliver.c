// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/deliver.h"

#include "common/event.h"
#include "common/job.h"
#include "common/notice.h"
#include "common/program.h"
#include "mod_mycred/shared.h"
#include "mod_mycred/tally.h"

#include <http_log.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

APLOG_USE_MODULE(mycred);

#define SLACK_MS 2000     // past send_timeout, for the program's own start and end
#define JOBS_MAX 65536    // bytes
#define NOTICES_AT_ONCE 8 // of one person; the rest at the next change

bool deliver_job(const struct site *site, struct mc_span job, char cause[DELIVER_CAUSE_MAX])
{
    char path[PATH_MAX];
    struct mc_job details;
    if (mc_job_read(job, &details) != MC_OK) {
        snprintf(cause, DELIVER_CAUSE_MAX, "cause=job");
        return false;
    }
    if (!shared_may_send(site, details.channel)) {
        snprintf(cause, DELIVER_CAUSE_MAX, "cause=paused");
        return false;
    }
    snprintf(path, sizeof path, "%s/mycred-send", site->config->program_dir);
    const struct mc_program program = {
        .path = path,
        .arguments = {"--conf", site->conf},
        .input = job,
        .limit_ms = site->config->send_timeout * 1000 + SLACK_MS,
    };
    bool sent = mc_program_run(&program, cause, DELIVER_CAUSE_MAX);
    shared_note_delivery(site, details.channel, sent, cause);
    return sent;
}

// The jobs of one notice, each preceded by its size.
static bool deliver_all(const struct site *site, const struct mc_buffer *jobs,
                        char cause[DELIVER_CAUSE_MAX])
{
    const char *at = mc_buffer_text(jobs), *end = at + jobs->size;
    while (at < end) {
        char *text = NULL;
        size_t size = strtoul(at, &text, 10);
        const struct mc_span job = {(const uint8_t *)text + 1, size};
        if (!deliver_job(site, job, cause)) {
            return false;
        }
        at = text + 1 + size;
    }
    return true;
}

static void log_notice(const struct site *site, const char *dn, enum mc_event event,
                       const char *cause)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(event, &line);
    mc_event_add_text(&line, "dn", dn);
    if (cause[0]) {
        mc_event_add_text(&line, "cause", cause);
    }
    ap_log_error(APLOG_MARK, mc_event_priority(event) | APLOG_NOERRNO, 0, site->server, "%s",
                 mc_buffer_text(&line));
    tally_count(site->tally, event, mc_now());
}

static enum mc_result read_person(const struct mc_context *context, const char *dn,
                                  struct mc_account *account)
{
    struct mc_entry *entry = NULL;
    mc_account_release(account);
    enum mc_result result = mc_directory_read_person(context->directory, dn, &entry);
    return result == MC_OK ? mc_account_init(context, entry, account) : result;
}

static enum mc_result deliver_one(const struct mc_context *context, const struct site *site,
                                  const char *dn, struct mc_account *account)
{
    MC_AUTO_BUFFER struct mc_buffer value, jobs;
    char cause[DELIVER_CAUSE_MAX] = "";
    mc_buffer_init(&value, 4096);
    mc_buffer_init(&jobs, JOBS_MAX);
    enum mc_result result = read_person(context, dn, account);
    if (result == MC_OK) {
        result = mc_notice_claim(context, account, &value, &jobs);
    }
    if (result != MC_OK) {
        return result;
    }
    if (!deliver_all(site, &jobs, cause)) {
        log_notice(site, dn, MC_EVENT_NOTICE_NOT_SENT, cause);
        return MC_UNDELIVERED;
    }
    log_notice(site, dn, MC_EVENT_NOTICE_SENT, "");
    mc_directory_set_deadline(context->directory, 8000);
    return mc_notice_done(context, account, mc_buffer_span(&value));
}

void deliver_notices(const struct mc_context *context, const struct site *site, const char *dn)
{
    struct mc_account account = {0};
    enum mc_result result = MC_OK;
    for (int i = 0; i < NOTICES_AT_ONCE && result == MC_OK; i++) {
        mc_directory_set_deadline(context->directory, 8000);
        result = deliver_one(context, site, dn, &account);
    }
    mc_account_release(&account);
}
