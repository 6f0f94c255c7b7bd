// SPDX-License-Identifier: Apache-2.0
#include "common/notice.h"

#include "common/field.h"
#include "common/job.h"
#include "common/random.h"
#include "common/seal.h"

#include <stdio.h>

#define ID_SIZE 13              // characters of base32: 65 bits
#define LEASE (120 * MC_SECOND) // of the process that sends; past it another one tries
#define LEASE_MAX (15 * 60 * MC_SECOND)
#define CLAIM_TRIES 4  // notices tried when others claim the same ones
#define PLAIN_MAX 1024 // bytes of a sealed event

// What is said, by event.
static const char *const subjects[MC_NOTICE_EVENT_COUNT] = {
    [MC_NOTICE_EMAIL_CHANGED] = N_("your e-mail address was changed"),
    [MC_NOTICE_MOBILE_CHANGED] = N_("your mobile number was changed"),
    [MC_NOTICE_PASSWORD_CHANGED] = N_("your login password was changed"),
    [MC_NOTICE_PASSWORD_RESET] = N_("your forgotten login password was set anew"),
    [MC_NOTICE_API_PASSWORD_CHANGED] = N_("your API password was changed"),
    [MC_NOTICE_METHOD_CHANGED] = N_("your login verification was changed"),
    [MC_NOTICE_DEVICE_BOUND] = N_("a virtual MFA device was bound"),
    [MC_NOTICE_DEVICE_UNBOUND] = N_("a virtual MFA device was unbound"),
    [MC_NOTICE_RECOVERY_RENEWED] = N_("your recovery codes were renewed"),
    [MC_NOTICE_UNLOCKED] = N_("an administrator unlocked your account"),
    [MC_NOTICE_LOCKED] = N_("an administrator locked your account"),
    [MC_NOTICE_EXEMPTED] = N_("an administrator suspended your login verification for a while"),
    [MC_NOTICE_EXEMPTION_ENDED] = N_("your login verification is no longer suspended"),
    [MC_NOTICE_DEVICE_REMOVED] = N_("an administrator removed your virtual MFA device"),
    [MC_NOTICE_API_PASSWORD_REMOVED] = N_("an administrator removed your API password"),
    [MC_NOTICE_RECOVERY_REMOVED] = N_("an administrator removed your recovery codes"),
    [MC_NOTICE_RESET] = N_("an administrator reset all your credentials"),
    [MC_NOTICE_SIGNED_OUT] = N_("an administrator signed you out everywhere"),
    [MC_NOTICE_REQUIRE_CHANGED] =
        N_("an administrator changed whether you must verify your logins"),
    [MC_NOTICE_ALLOWED_CHANGED] =
        N_("an administrator changed by which methods you may verify your logins"),
    [MC_NOTICE_INVITED] = N_("an administrator invited you to set your credentials"),
    [MC_NOTICE_INVITATION_WITHDRAWN] = N_("the invitation to set your credentials was withdrawn"),
    [MC_NOTICE_ONE_TIME_PASSWORD] = N_("an administrator gave you a one-time password"),
    [MC_NOTICE_HELP_CLOSED] = N_("an administrator closed your request for help"),
    [MC_NOTICE_PASSWORD_OLD] = N_("your login password is old"),
    [MC_NOTICE_API_PASSWORD_OLD] = N_("your API password is old"),
    [MC_NOTICE_API_PASSWORD_ENDS] = N_("your API password is about to end"),
    [MC_NOTICE_INVITATION_ENDS] = N_("your invitation to set your credentials is about to end"),
};

// Those whose parameter is an address that is told as well.
static bool tells_parameter(unsigned event)
{
    return event == MC_NOTICE_EMAIL_CHANGED || event == MC_NOTICE_RESET;
}

// "event when source parameter", the parameter to the end.
struct opened {
    struct mc_secret text;
    unsigned event;
    struct mc_span when, source, parameter;
};

static struct mc_seal_context seal_context(const struct mc_account *account, struct mc_span id)
{
    return (struct mc_seal_context){"mycredNotice", account->uuid, id};
}

enum mc_result mc_notice_write(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_notice *notice, struct mc_buffer *value)
{
    MC_AUTO_SECRET struct mc_secret id = {0};
    MC_AUTO_BUFFER struct mc_buffer plain;
    char created[MC_TIME_TEXT], when[MC_TIME_TEXT];
    mc_buffer_init(&plain, PLAIN_MAX);
    mc_time_format(context->now(), created);
    mc_time_format(notice->when, when);
    mc_buffer_format(&plain, "%d %s %s %s", notice->event, when, notice->source,
                     notice->parameter ? notice->parameter : "");
    enum mc_result result = mc_buffer_result(&plain);
    if (result == MC_OK) {
        result = mc_random_base32(ID_SIZE, &id);
    }
    if (result != MC_OK) {
        return result;
    }
    const struct mc_seal_context about = seal_context(account, mc_secret_span(&id));
    mc_buffer_format(value, "%s %s - ", id.data, created);
    return mc_seal(context->site_keys, &about, mc_buffer_span(&plain), value);
}

static enum mc_result open_value(const struct mc_context *context, const struct mc_account *account,
                                 struct mc_span id, struct mc_span sealed, struct opened *opened)
{
    const struct mc_seal_context about = seal_context(account, id);
    enum mc_result result = mc_unseal(context->site_keys, &about, sealed, &opened->text);
    if (result != MC_OK) {
        return result;
    }
    struct mc_span rest = mc_secret_span(&opened->text);
    bool known =
        mc_field_number(mc_field_next(&rest, ' '), 1, MC_NOTICE_EVENT_COUNT - 1, &opened->event);
    opened->when = mc_field_next(&rest, ' ');
    opened->source = mc_field_next(&rest, ' ');
    opened->parameter = rest;
    return known ? MC_OK : MC_BAD_DATA;
}

// What is advised in a reminder.
static const char *const reminders[MC_NOTICE_EVENT_COUNT] = {
    [MC_NOTICE_PASSWORD_OLD] = N_("Change it under My Credentials when it suits you."),
    [MC_NOTICE_API_PASSWORD_OLD] = N_("Change it under My Credentials, and in the programs that "
                                      "use it, when it suits you."),
    [MC_NOTICE_API_PASSWORD_ENDS] = N_("Make a new one under My Credentials, and use it in your "
                                       "programs, before that day."),
    [MC_NOTICE_INVITATION_ENDS] = N_("Use the link that was sent to you before then, or ask your "
                                     "administrator for a new one."),
};

// A day matters in some of them.
static void write_reminder(enum mc_language language, const struct opened *opened,
                           struct mc_buffer *text)
{
    const char *day = (const char *)opened->parameter.data;
    mc_buffer_add_text(text, "\n\n");
    if (opened->parameter.size >= 8) {
        mc_buffer_format(text, mc_text(language, "Day: %.4s-%.2s-%.2s"), day, day + 4, day + 6);
        mc_buffer_add_text(text, "\n\n");
    }
    mc_buffer_add_text(text, mc_text(language, reminders[opened->event]));
    mc_buffer_add_text(text, "\n");
}

static void write_text(const struct mc_config *config, enum mc_language language,
                       const struct opened *opened, struct mc_buffer *text)
{
    const char *when = (const char *)opened->when.data;
    mc_buffer_format(text, "%s: %s", config->service_name,
                     mc_text(language, subjects[opened->event]));
    if (reminders[opened->event]) {
        write_reminder(language, opened, text);
        return;
    }
    mc_buffer_format(text, "\n\n");
    mc_buffer_format(text, mc_text(language, "When: %.4s-%.2s-%.2s %.2s:%.2s UTC"), when, when + 4,
                     when + 6, when + 8, when + 10);
    mc_buffer_add_text(text, "\n");
    mc_buffer_format(text, mc_text(language, "From: %.*s"), (int)opened->source.size,
                     (const char *)opened->source.data);
    mc_buffer_add_text(text, "\n\n");
    mc_buffer_add_text(text, mc_text(language, "If it was not you, tell your administrator at "
                                               "once."));
    mc_buffer_add_text(text, "\n");
}

// A notice has one Message-ID for each receiver, however often it is tried.
static enum mc_result add_job(const struct mc_context *context, const struct mc_account *account,
                              const struct opened *opened, struct mc_span id, const char *to,
                              struct mc_buffer *jobs)
{
    const struct mc_config *config = context->config;
    enum mc_language language = mc_language_choose(account->language, config->default_language);
    const char *domain = strchr(config->mail_from, '@');
    bool email = strchr(to, '@') != NULL;
    MC_AUTO_BUFFER struct mc_buffer subject, text, message_id, job;
    mc_buffer_init(&subject, 256);
    mc_buffer_init(&text, 2048);
    mc_buffer_init(&message_id, 256);
    mc_buffer_init(&job, MC_JOB_MAX);
    write_text(config, language, opened, &text);
    if (email) {
        mc_buffer_format(&subject, "%s: %s", config->service_name,
                         mc_text(language, subjects[opened->event]));
        mc_buffer_add_span(&message_id, id);
        mc_buffer_format(&message_id, ".%zu%s", jobs->size ? (size_t)2 : (size_t)1,
                         domain ? domain : "@localhost");
    }
    const struct mc_job details = {.channel = email ? MC_METHOD_EMAIL : MC_METHOD_SMS,
                                   .to = mc_span_of(to),
                                   .subject = mc_buffer_span(&subject),
                                   .message_id = mc_buffer_span(&message_id),
                                   .id = id,
                                   .text = mc_buffer_span(&text)};
    enum mc_result result = mc_job_write(&details, &job);
    if (result == MC_OK) {
        mc_buffer_format(jobs, "%zu\n", job.size);
        mc_buffer_add_span(jobs, mc_buffer_span(&job));
        result = mc_buffer_result(jobs);
    }
    return result;
}

// The present e-mail address, the old one where that is what changed, and where there is none the
// mobile.
static enum mc_result add_jobs(const struct mc_context *context, const struct mc_account *account,
                               const struct opened *opened, struct mc_span id,
                               struct mc_buffer *jobs)
{
    char old[MC_CONTACT_MAX];
    enum mc_result result = MC_OK;
    if (account->email[0]) {
        result = add_job(context, account, opened, id, account->email, jobs);
    }
    if (result == MC_OK && tells_parameter(opened->event) &&
        mc_email_parse(opened->parameter, old) == MC_OK && strcmp(old, account->email) != 0) {
        result = add_job(context, account, opened, id, old, jobs);
    }
    if (result == MC_OK && jobs->size == 0 && account->mobile[0]) {
        result = add_job(context, account, opened, id, account->mobile, jobs);
    }
    return result;
}

struct waiting {
    struct mc_span id, created, sealed;
};

static bool is_waiting(const struct mc_context *context, struct mc_span value,
                       struct waiting *ret_waiting)
{
    struct mc_span rest = value;
    mc_time lease = 0;
    struct waiting waiting = {.id = mc_field_next(&rest, ' ')};
    waiting.created = mc_field_next(&rest, ' ');
    struct mc_span held = mc_field_next(&rest, ' ');
    waiting.sealed = rest;
    *ret_waiting = waiting;
    return mc_span_equals(held, "-") ||
           (mc_time_parse(held, &lease) == MC_OK && lease < context->now());
}

// What could not be sent for long is tried less often.
static mc_time lease_of(const struct mc_context *context, struct mc_span created)
{
    mc_time made = 0;
    mc_time lease = mc_time_parse(created, &made) == MC_OK ? (context->now() - made) / 8 : LEASE;
    return lease < LEASE ? LEASE : lease > LEASE_MAX ? LEASE_MAX : lease;
}

static enum mc_result take_lease(const struct mc_context *context, const struct mc_account *account,
                                 struct mc_span value, const struct waiting *waiting,
                                 struct mc_buffer *leased)
{
    char until[MC_TIME_TEXT];
    mc_time_format(context->now() + lease_of(context, waiting->created), until);
    mc_buffer_add_span(leased, waiting->id);
    mc_buffer_add_text(leased, " ");
    mc_buffer_add_span(leased, waiting->created);
    mc_buffer_format(leased, " %s ", until);
    mc_buffer_add_span(leased, waiting->sealed);
    const struct mc_change changes[] = {{MC_CHANGE_DELETE, "mycredNotice", value},
                                        {MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(leased)}};
    enum mc_result result = mc_buffer_result(leased);
    return result == MC_OK ? mc_directory_modify(context->directory, account->dn, changes, 2, NULL)
                           : result;
}

static enum mc_result claim(const struct mc_context *context, struct mc_account *account,
                            struct mc_span value, const struct waiting *waiting,
                            struct mc_buffer *ret_value, struct mc_buffer *jobs)
{
    struct opened opened = {0};
    mc_buffer_clear(ret_value);
    enum mc_result result = take_lease(context, account, value, waiting, ret_value);
    if (result == MC_OK) {
        result = open_value(context, account, waiting->id, waiting->sealed, &opened);
    }
    if (result == MC_OK) {
        result = add_jobs(context, account, &opened, waiting->id, jobs);
    }
    mc_secret_release(&opened.text);
    return result;
}

enum mc_result mc_notice_claim(const struct mc_context *context, struct mc_account *account,
                               struct mc_buffer *ret_value, struct mc_buffer *jobs)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredNotice");
    int tries = 0;
    for (size_t i = 0; i < values.count && tries < CLAIM_TRIES; i++) {
        struct waiting waiting;
        if (!is_waiting(context, values.items[i], &waiting)) {
            continue;
        }
        tries++;
        enum mc_result result = claim(context, account, values.items[i], &waiting, ret_value, jobs);
        if (result != MC_LOST_RACE) {
            return result;
        }
    }
    return MC_NOT_FOUND;
}

enum mc_result mc_notice_done(const struct mc_context *context, const struct mc_account *account,
                              struct mc_span value)
{
    const struct mc_change change = {MC_CHANGE_DELETE, "mycredNotice", value};
    return mc_directory_modify(context->directory, account->dn, &change, 1, NULL);
}
