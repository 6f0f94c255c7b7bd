// SPDX-License-Identifier: Apache-2.0
// What notices say, and to whom.
#include "common/notice_private.h"

#include "common/job.h"

#include <stdio.h>

#define TEXT_MAX 6000 // bytes

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
    [MC_NOTICE_WRONG_CODES] = N_("several wrong codes were typed after your login password"),
    [MC_NOTICE_DISABLED] = N_("too many wrong codes were typed, so your codes are no longer taken"),
};

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

// Those whose parameter is an address that is told as well.
static bool tells_parameter(unsigned event)
{
    return event == MC_NOTICE_EMAIL_CHANGED || event == MC_NOTICE_RESET;
}

// One message to one receiver.
struct letter {
    const char *to;
    const struct mc_notice_opened *items;
    size_t count;
    bool is_email;
};

static bool same(struct mc_span one, struct mc_span other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

static bool is_alike(const struct mc_notice_opened *one, const struct mc_notice_opened *other)
{
    return one->event == other->event && same(one->source, other->source);
}

// A day matters in some of them.
static void write_reminder(enum mc_language language, const struct mc_notice_opened *item,
                           struct mc_buffer *text)
{
    const char *day = (const char *)item->parameter.data;
    if (item->parameter.size >= 8) {
        mc_buffer_format(text, mc_text(language, "Day: %.4s-%.2s-%.2s"), day, day + 4, day + 6);
        mc_buffer_add_text(text, "\n\n");
    }
    mc_buffer_add_text(text, mc_text(language, reminders[item->event]));
    mc_buffer_add_text(text, "\n");
}

static void write_time(enum mc_language language, const struct mc_notice_opened *item,
                       struct mc_buffer *text)
{
    const char *when = (const char *)item->when.data;
    mc_buffer_format(text, mc_text(language, "When: %.4s-%.2s-%.2s %.2s:%.2s UTC"), when, when + 4,
                     when + 6, when + 8, when + 10);
    mc_buffer_add_text(text, "\n");
    mc_buffer_format(text, mc_text(language, "From: %.*s"), (int)item->source.size,
                     (const char *)item->source.data);
    mc_buffer_add_text(text, "\n");
}

// Those of one kind from one place are told once, with their number and the first one's time.
static void write_items(enum mc_language language, const struct letter *letter,
                        struct mc_buffer *text)
{
    for (size_t i = 0; i < letter->count; i++) {
        const struct mc_notice_opened *item = &letter->items[i];
        unsigned alike = 0, before = 0;
        for (size_t j = 0; j < letter->count; j++) {
            alike += is_alike(item, &letter->items[j]);
            before += j < i && is_alike(item, &letter->items[j]);
        }
        if (before) {
            continue;
        }
        mc_buffer_format(text, "%s- %s", i ? "\n" : "", mc_text(language, subjects[item->event]));
        if (alike > 1) {
            mc_buffer_add_text(text, " ");
            mc_buffer_format(text, mc_text_n(language, "(%u time)", "(%u times)", alike), alike);
        }
        mc_buffer_add_text(text, "\n");
        if (reminders[item->event]) {
            write_reminder(language, item, text);
        } else {
            write_time(language, item, text);
        }
    }
}

static void write_title(const struct mc_config *config, enum mc_language language,
                        const struct letter *letter, struct mc_buffer *out)
{
    unsigned long count = letter->count;
    mc_buffer_format(out, "%s: ", config->service_name);
    if (count == 1) {
        mc_buffer_add_text(out, mc_text(language, subjects[letter->items[0].event]));
    } else {
        mc_buffer_format(
            out,
            mc_text_n(language, "%lu change of your account", "%lu changes of your account", count),
            count);
    }
}

static void write_text(const struct mc_config *config, enum mc_language language,
                       const struct letter *letter, struct mc_buffer *text)
{
    write_title(config, language, letter, text);
    mc_buffer_add_text(text, "\n\n");
    if (letter->count == 1 && reminders[letter->items[0].event]) {
        write_reminder(language, &letter->items[0], text);
        return;
    }
    if (letter->count == 1) {
        write_time(language, &letter->items[0], text);
    } else {
        write_items(language, letter, text);
    }
    mc_buffer_add_text(text, "\n");
    mc_buffer_add_text(text, mc_text(language, "If it was not you, tell your administrator at "
                                               "once."));
    mc_buffer_add_text(text, "\n");
}

// A message has one Message-ID for each receiver, however often it is tried.
static void write_message_id(const struct mc_config *config, const struct letter *letter,
                             const struct mc_buffer *jobs, struct mc_buffer *message_id)
{
    const char *domain = strchr(config->mail_from, '@');
    mc_buffer_add_span(message_id, letter->items[0].id);
    mc_buffer_format(message_id, ".%zu.%zu%s", letter->count, jobs->size ? (size_t)2 : (size_t)1,
                     domain ? domain : "@localhost");
}

static enum mc_result add_job(const struct mc_context *context, const struct mc_account *account,
                              const struct letter *letter, struct mc_buffer *jobs)
{
    const struct mc_config *config = context->config;
    enum mc_language language = mc_language_choose(account->language, config->default_language);
    MC_AUTO_BUFFER struct mc_buffer subject, text, message_id, job;
    mc_buffer_init(&subject, 256);
    mc_buffer_init(&text, TEXT_MAX);
    mc_buffer_init(&message_id, 256);
    mc_buffer_init(&job, MC_JOB_MAX);
    write_text(config, language, letter, &text);
    if (letter->is_email) {
        write_title(config, language, letter, &subject);
        write_message_id(config, letter, jobs, &message_id);
    }
    const struct mc_job details = {.channel = letter->is_email ? MC_METHOD_EMAIL : MC_METHOD_SMS,
                                   .to = mc_span_of(letter->to),
                                   .subject = mc_buffer_span(&subject),
                                   .message_id = mc_buffer_span(&message_id),
                                   .id = letter->items[0].id,
                                   .text = mc_buffer_span(&text)};
    enum mc_result result = mc_buffer_result(&text);
    if (result == MC_OK) {
        result = mc_job_write(&details, &job);
    }
    if (result == MC_OK) {
        mc_buffer_format(jobs, "%zu\n", job.size);
        mc_buffer_add_span(jobs, mc_buffer_span(&job));
        result = mc_buffer_result(jobs);
    }
    return result;
}

static enum mc_result tell_old_address(const struct mc_context *context,
                                       const struct mc_account *account,
                                       const struct mc_notice_opened *item, struct mc_buffer *jobs)
{
    const struct mc_config *config = context->config;
    char old[MC_CONTACT_MAX];
    if (tells_parameter(item->event) && mc_email_parse(item->parameter, old) == MC_OK &&
        strcmp(old, account->email) != 0) {
        return add_job(context, account, &(const struct letter){old, item, 1, true}, jobs);
    }
    if (item->event == MC_NOTICE_MOBILE_CHANGED && config->sms_url[0] &&
        mc_mobile_parse(item->parameter, config->default_country, old) == MC_OK &&
        mc_mobile_is_allowed(old, &config->sms_countries) && strcmp(old, account->mobile) != 0) {
        return add_job(context, account, &(const struct letter){old, item, 1, false}, jobs);
    }
    return MC_OK;
}

enum mc_result mc_notice_add_jobs(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_notice_batch *batch, struct mc_buffer *jobs)
{
    struct letter letter = {account->email, batch->items, batch->count, true};
    enum mc_result result = MC_OK;
    if (account->email[0]) {
        result = add_job(context, account, &letter, jobs);
    }
    for (size_t i = 0; result == MC_OK && i < batch->count; i++) {
        result = tell_old_address(context, account, &batch->items[i], jobs);
    }
    if (result == MC_OK && jobs->size == 0 && account->mobile[0]) {
        letter.to = account->mobile;
        letter.is_email = false;
        result = add_job(context, account, &letter, jobs);
    }
    return result;
}
