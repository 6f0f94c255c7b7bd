// SPDX-License-Identifier: Apache-2.0
// mycred remind: the daily job. Who is to be reminded gets a notice; then what waits in the
// outboxes is delivered, up to a number of messages a run.
#include "common/remind.h"

#include "common/command/admin.h"
#include "common/command/say.h"
#include "common/field.h"
#include "common/outbox.h"

#include <stdio.h>

#define MOST 100 // messages, unless told otherwise
#define MOST_MAX 100000
#define FILTER_MAX 512 // bytes

struct job {
    struct mc_admin admin;
    const struct mc_arguments *arguments;
    unsigned most;
    bool dry;
    size_t reminded, waiting, sent, unsent, put_off;
    size_t used; // of `most`
};

static void job_release(struct job *job)
{
    mc_admin_close(&job->admin);
}

static const char *name_of(const struct job *job, const struct mc_account *account)
{
    return mc_entry_text(account->entry, job->admin.config->login_attribute);
}

static void log_reminded(const struct job *job, const char *user, const char *what)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(MC_EVENT_REMINDED, &line);
    mc_event_add_text(&line, "user", user);
    mc_event_add_text(&line, "what", what);
    mc_admin_log(MC_EVENT_REMINDED, job->arguments, &line);
}

static void log_notice(void *data, enum mc_event event, struct mc_buffer *line)
{
    struct job *job = data;
    job->unsent += event == MC_EVENT_NOTICE_NOT_SENT;
    mc_admin_log(event, job->arguments, line);
}

static void say_reminders(const struct job *job, const struct mc_account *account,
                          const struct mc_reminder *reminders, size_t count)
{
    MC_AUTO_BUFFER struct mc_buffer name;
    mc_buffer_init(&name, MC_ADMIN_ERROR_MAX);
    mc_say_add(&name, mc_span_of(name_of(job, account)));
    for (size_t i = 0; i < count; i++) {
        char day[MC_SAY_TIME];
        mc_say_time(reminders[i].day, day);
        (void)printf("%s: %s (%s)\n", mc_buffer_text(&name), reminders[i].what, day);
    }
}

static enum mc_result remind(struct job *job, const struct mc_account *account, size_t *ret_count)
{
    struct mc_reminder reminders[MC_REMINDERS_MAX];
    size_t count = mc_remind_look(&job->admin.context, account, reminders);
    *ret_count = 0;
    if (count && job->used + count > job->most) {
        job->put_off++;
        return MC_OK;
    }
    if (job->dry) {
        say_reminders(job, account, reminders, count);
    }
    enum mc_result result = MC_OK;
    if (count && !job->dry) {
        result = mc_remind_write(&job->admin.context, account, reminders, count);
        for (size_t i = 0; result == MC_OK && i < count; i++) {
            log_reminded(job, name_of(job, account), reminders[i].what);
        }
    }
    if (result != MC_OK) {
        return result == MC_LOST_RACE ? MC_OK : result; // the next run sees
    }
    job->used += count;
    job->reminded += count;
    *ret_count = count;
    return MC_OK;
}

// Those reminded of just now are counted already.
static enum mc_result deliver(struct job *job, const struct mc_account *account, size_t reminded)
{
    const struct mc_outbox outbox = {
        .conf = mc_admin_conf(job->arguments), .log = log_notice, .data = job};
    size_t waiting = mc_entry_values(account->entry, "mycredNotice").count, sent = 0;
    size_t room = job->most - job->used;
    job->waiting += waiting;
    size_t most = (waiting < room ? waiting : room) + reminded;
    if (job->dry || most == 0) {
        return MC_OK;
    }
    enum mc_result result = mc_outbox_drain(&job->admin.context, &outbox, account->dn, most, &sent);
    job->sent += sent;
    job->used += sent > reminded ? sent - reminded : 0;
    return result == MC_UNDELIVERED || result == MC_LOST_RACE || result == MC_BAD_DATA ||
                   result == MC_THROTTLED
               ? MC_OK
               : result;
}

static enum mc_result see(void *data, struct mc_entry **entry)
{
    struct job *job = data;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    size_t reminded = 0;
    mc_directory_set_deadline(job->admin.directory, MC_ADMIN_DEADLINE_MS);
    enum mc_result result = mc_account_init(&job->admin.context, *entry, &account);
    *entry = NULL;
    if (result != MC_OK) {
        return result == MC_BAD_DATA ? MC_OK : result;
    }
    result = remind(job, &account, &reminded);
    if (result == MC_OK) {
        result = deliver(job, &account, reminded);
    }
    if (result == MC_OK) { // else the cause of the failure would be forgotten
        mc_directory_set_deadline(job->admin.directory, MC_ADMIN_DEADLINE_MS);
    }
    return result;
}

// Those of whom there may be something to say; the rest is not even read.
static void write_filter(const struct job *job, struct mc_buffer *filter)
{
    int64_t advice = job->admin.config->password_age_advice;
    mc_buffer_add_text(filter, "(|(mycredApiPassword=*)(mycredInviteUntil=*)(mycredNotice=*)");
    if (advice) {
        char since[MC_TIME_TEXT];
        mc_time_format(mc_now() - advice * MC_SECOND, since);
        mc_buffer_format(filter, "(pwdChangedTime<=%s)", since);
    }
    mc_buffer_add_text(filter, ")");
}

static enum mc_exit run(struct job *job)
{
    MC_AUTO_BUFFER struct mc_buffer filter;
    bool cut = false;
    mc_buffer_init(&filter, FILTER_MAX);
    write_filter(job, &filter);
    const struct mc_walk people = {.filter = mc_buffer_text(&filter), .see = see, .data = job};
    enum mc_result result = mc_directory_walk(job->admin.directory, &people, &cut);
    if (result != MC_OK) {
        mc_admin_complain_directory(&job->admin, result);
        return MC_EXIT_TROUBLE;
    }
    (void)printf(job->dry ? "Would remind: %zu. Waiting notices: %zu.\n"
                          : "Reminded: %zu. Notices that waited: %zu.",
                 job->reminded, job->waiting);
    if (!job->dry) {
        (void)printf(" Sent: %zu. Could not be sent: %zu.\n", job->sent, job->unsent);
    }
    if (job->put_off) {
        (void)printf("%zu people are left for the next run (--most).\n", job->put_off);
    }
    if (cut) {
        mc_complain("the directory does not show all people to this identity; allow it more "
                    "(olcLimits).");
    }
    return cut || job->unsent ? MC_EXIT_NO : MC_EXIT_OK;
}

enum mc_exit mc_remind_run(const struct mc_arguments *arguments)
{
    MC_CLEANUP(job_release)
    struct job job = {
        .arguments = arguments, .most = MOST, .dry = arguments->values[MC_ARGUMENT_DRY_RUN]};
    const char *most = arguments->values[MC_ARGUMENT_MOST];
    if (most && !mc_field_number(mc_span_of(most), 1, MOST_MAX, &job.most)) {
        mc_complain("--most must be a number from 1 to %d, not '%s'.", MOST_MAX, most);
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = mc_admin_open(arguments, &job.admin);
    if (status == MC_EXIT_OK && !job.admin.site_keys) {
        mc_complain("reminders are sent where the site is: its key file (site_key_file) is not "
                    "here.");
        return MC_EXIT_TROUBLE;
    }
    return status == MC_EXIT_OK ? run(&job) : status;
}
