// SPDX-License-Identifier: Apache-2.0
#include "common/challenge_private.h"
#include "common/job.h"
#include "common/limit.h"
#include "common/random.h"

#include <stdio.h>

#define DAY (86400 * MC_SECOND)
#define HOUR (3600 * MC_SECOND)
#define MARKS_MAX 12   // of one kind, of all flows of a person together
#define RESET_DIGITS 8 // who asks for those has proved nothing yet

// What strangers ask for has a quota of its own.
static const char *quota_word(const struct mc_challenge *challenge)
{
    bool reset = mc_challenge_is_reset(challenge);
    return !reset                                ? mc_method_word(challenge->channel)
           : challenge->channel == MC_METHOD_SMS ? "reset-sms"
                                                 : "reset-email";
}

static size_t digits_of(const struct mc_config *config, const struct mc_challenge *challenge)
{
    size_t digits = (size_t)config->code_digits;
    return mc_challenge_is_reset(challenge) && digits < RESET_DIGITS ? RESET_DIGITS : digits;
}

static int64_t life_of(const struct mc_config *config, enum mc_method channel)
{
    return channel == MC_METHOD_SMS ? config->sms_code_life : config->email_code_life;
}

enum mc_result mc_challenge_make(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge, struct mc_span code,
                                 int64_t life, struct mc_buffer *value)
{
    char kind[MC_CHALLENGE_KIND_SIZE], created[MC_TIME_TEXT], expiry[MC_TIME_TEXT];
    mc_time now = context->now();
    mc_challenge_kind(challenge, kind);
    mc_time_format(now, created);
    mc_time_format(now + life * MC_SECOND, expiry);
    mc_buffer_format(value, "%s %s %s w%u ", kind, created, expiry,
                     mc_directory_writer(context->directory));
    MC_AUTO_BUFFER struct mc_buffer text, detail;
    mc_buffer_init(&text, MC_CHALLENGE_VALUE_MAX);
    mc_buffer_init(&detail, MC_CHALLENGE_VALUE_MAX);
    mc_buffer_add_span(&detail, mc_buffer_span(value));
    enum mc_result result = mc_buffer_result(&detail);
    if (result == MC_OK) {
        result = mc_challenge_hashed_text(account, challenge, code, &text);
    }
    const struct mc_seal_context about = {"mycredChallenge", account->uuid,
                                          mc_buffer_span(&detail)};
    return result == MC_OK ? mc_keyed_hash(mc_challenge_keys(context, challenge), &about,
                                           mc_buffer_span(&text), value)
                           : result;
}

// The conversation's id and the moment: a repeated delivery of one message is one message, RFC
// 5322 3.6.4.
static void add_message_id(const struct mc_context *context, struct mc_span id,
                           struct mc_buffer *message_id)
{
    const char *domain = strchr(context->config->mail_from, '@');
    mc_buffer_add_span(message_id, id);
    mc_buffer_format(message_id, ".%lld%s", (long long)context->now(),
                     domain ? domain : "@localhost");
}

static enum mc_code_use use_of(const struct mc_challenge *challenge)
{
    return strcmp(challenge->purpose, "login") == 0     ? MC_CODE_LOGIN
           : strcmp(challenge->purpose, "address") == 0 ? MC_CODE_ADDRESS
           : mc_challenge_is_reset(challenge)           ? MC_CODE_RESET
                                                        : MC_CODE_CHANGE;
}

static enum mc_result write_job(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_challenge *challenge, const struct mc_issue *issue,
                                const struct mc_secret *code, struct mc_buffer *job)
{
    MC_AUTO_BUFFER struct mc_buffer subject, text, message_id;
    mc_buffer_init(&subject, 256);
    mc_buffer_init(&text, 2048);
    mc_buffer_init(&message_id, 256);
    const struct mc_code_message message = {issue->language, challenge->channel, code->data,
                                            life_of(context->config, challenge->channel),
                                            use_of(challenge)};
    enum mc_result result = mc_message_code(context->config, &message, &subject, &text);
    if (result != MC_OK) {
        return result;
    }
    if (challenge->channel == MC_METHOD_EMAIL) {
        add_message_id(context, issue->id, &message_id);
    }
    const struct mc_job details = {
        .channel = challenge->channel,
        .to = mc_span_of(mc_challenge_address(account, challenge)),
        .subject = mc_buffer_span(&subject),
        .message_id = mc_buffer_span(&message_id),
        .id = issue->id,
        .text = mc_buffer_span(&text),
    };
    return mc_job_write(&details, job);
}

// Room is kept for what an issue adds; what does not fit is dropped the next time.
static void drop_value(struct mc_changes *changes, const char *attribute, struct mc_span value)
{
    if (mc_changes_has_room(changes, 1 + 3)) {
        mc_changes_add(changes, MC_CHANGE_DELETE, attribute, value);
    }
}

// Over for so long that nobody else can be about to spend it.
static bool is_long_over(const struct mc_context *context, struct mc_span value)
{
    mc_time expiry = 0;
    (void)mc_field_next(&value, ' ');
    (void)mc_field_next(&value, ' ');
    return mc_time_parse(mc_field_next(&value, ' '), &expiry) == MC_OK &&
           expiry < context->now() - HOUR;
}

static void drop_old(const struct mc_context *context, const struct mc_account *account,
                     const struct mc_challenge *challenge, struct mc_changes *changes)
{
    struct mc_values pending = mc_entry_values(account->entry, "mycredChallenge");
    struct mc_values sends = mc_entry_values(account->entry, "mycredSendTime");
    for (size_t i = 0; i < pending.count; i++) {
        if (mc_challenge_is_of_kind(pending.items[i], challenge) ||
            mc_challenge_is_voided_by(pending.items[i], challenge) ||
            is_long_over(context, pending.items[i])) {
            drop_value(changes, "mycredChallenge", pending.items[i]);
        }
    }
    for (size_t i = 0; i < sends.count; i++) {
        struct mc_span rest = sends.items[i];
        mc_time time = 0;
        if (mc_time_parse(mc_field_next(&rest, ' '), &time) == MC_OK &&
            time < context->now() - DAY) {
            drop_value(changes, "mycredSendTime", sends.items[i]);
        }
    }
}

// Writes the code and charges the quota; `send_time` is this message's charge.
static enum mc_result write_issue(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_challenge *challenge, struct mc_span value,
                                  char send_time[MC_TIME_TEXT + 16], struct mc_entry **ret_after)
{
    struct mc_changes changes = {0};
    char time[MC_TIME_TEXT];
    drop_old(context, account, challenge, &changes);
    mc_time_format_exact(context->now(), time);
    snprintf(send_time, MC_TIME_TEXT + 16, "%s %s", time, quota_word(challenge));
    mc_changes_add(&changes, MC_CHANGE_ADD, "mycredChallenge", value);
    mc_changes_add(&changes, MC_CHANGE_ADD, "mycredSendTime", mc_span_of(send_time));
    mc_changes_add_state_class(&changes, account->entry);
    return mc_changes_write(context->directory, account->dn, &changes, ret_after);
}

// Too late: another message of the same moment has used the quota.
static void take_back(const struct mc_context *context, const struct mc_account *account,
                      struct mc_span value, const char *send_time)
{
    const struct mc_change changes[] = {
        {MC_CHANGE_DELETE, "mycredChallenge", value},
        {MC_CHANGE_DELETE, "mycredSendTime", mc_span_of(send_time)},
    };
    enum mc_result result =
        mc_directory_modify(context->directory, account->dn, changes, MC_COUNT(changes), NULL);
    (void)result; // a code that nobody was sent; it expires
}

static enum mc_result read_quota(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge, struct mc_span own,
                                 mc_time *ret_from)
{
    return mc_limit_send(context->config, mc_entry_values(account->entry, "mycredSendTime"),
                         quota_word(challenge), own, context->now(), ret_from);
}

enum mc_result mc_challenge_next(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge, mc_time *ret_from)
{
    return read_quota(context, account, challenge, (struct mc_span){NULL, 0}, ret_from);
}

static enum mc_result check_quota(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_challenge *challenge, struct mc_span own,
                                  mc_time *ret_from)
{
    enum mc_result result = read_quota(context, account, challenge, own, ret_from);
    return result != MC_OK ? result : *ret_from > context->now() ? MC_THROTTLED : MC_OK;
}

static enum mc_result issue_value(const struct mc_context *context, struct mc_account *account,
                                  const struct mc_challenge *challenge, struct mc_span value,
                                  mc_time *ret_from)
{
    char send_time[MC_TIME_TEXT + 16];
    struct mc_entry *after = NULL;
    enum mc_result result = write_issue(context, account, challenge, value, send_time, &after);
    if (result != MC_OK) {
        return result == MC_NOT_FOUND ? MC_UNAVAILABLE : result;
    }
    mc_account_release(account);
    result = mc_account_init(context, after, account);
    if (result == MC_OK) {
        result = check_quota(context, account, challenge, mc_span_of(send_time), ret_from);
    }
    if (result == MC_THROTTLED) {
        take_back(context, account, value, send_time);
        result = MC_LOST_RACE;
    }
    return result;
}

enum mc_result mc_challenge_issue(const struct mc_context *context, struct mc_account *account,
                                  const struct mc_challenge *challenge,
                                  const struct mc_issue *issue, struct mc_buffer *job,
                                  mc_time *ret_from)
{
    MC_AUTO_SECRET struct mc_secret code = {0};
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, MC_CHALLENGE_VALUE_MAX);
    enum mc_result result =
        check_quota(context, account, challenge, (struct mc_span){NULL, 0}, ret_from);
    if (result == MC_OK) {
        result = mc_random_digits(digits_of(context->config, challenge), &code);
    }
    if (result == MC_OK) {
        result = mc_directory_connect(context->directory); // the value names the server
    }
    if (result == MC_OK) {
        result = mc_challenge_make(context, account, challenge, mc_secret_span(&code),
                                   life_of(context->config, challenge->channel), &value);
    }
    if (result == MC_OK) {
        result = write_job(context, account, challenge, issue, &code, job);
    }
    return result == MC_OK
               ? issue_value(context, account, challenge, mc_buffer_span(&value), ret_from)
               : result;
}

enum mc_result mc_challenge_mark(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge, int64_t life,
                                 struct mc_buffer *value)
{
    enum mc_result result = mc_directory_connect(context->directory); // the value names the server
    return result == MC_OK ? mc_challenge_make(context, account, challenge,
                                               mc_span_of(MC_CHALLENGE_MARK), life, value)
                           : result;
}

void mc_challenge_drop_marks(const struct mc_context *context, const struct mc_account *account,
                             const struct mc_challenge *challenge, struct mc_changes *changes)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredChallenge");
    size_t alike = 0;
    for (size_t i = 0; i < values.count; i++) {
        alike += mc_challenge_is_voided_by(values.items[i], challenge);
    }
    for (size_t i = 0; i < values.count && mc_changes_has_room(changes, 1); i++) {
        bool is_alike = mc_challenge_is_voided_by(values.items[i], challenge);
        if (is_long_over(context, values.items[i]) || (is_alike && alike >= MARKS_MAX)) {
            alike -= is_alike;
            mc_changes_add(changes, MC_CHANGE_DELETE, "mycredChallenge", values.items[i]);
        }
    }
}

void mc_challenge_void(const struct mc_context *context, const struct mc_account *account,
                       const struct mc_challenge *challenge)
{
    struct mc_pending pending;
    if (mc_challenge_look(context, account, challenge, &pending) != MC_OK || !pending.is_pending) {
        return;
    }
    const struct mc_change change = {MC_CHANGE_DELETE, "mycredChallenge", pending.value};
    enum mc_result result = mc_directory_modify(context->directory, account->dn, &change, 1, NULL);
    (void)result;
}
