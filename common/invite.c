// SPDX-License-Identifier: Apache-2.0
#include "common/invite.h"

#include "common/challenge_private.h"
#include "common/job.h"
#include "common/notice.h"
#include "common/random.h"

#define CODE_SIZE 32 // characters of base32: 160 bits
#define NOTICE_MAX 2048
#define INVITATION_CHANGES 6 // besides the end of those before it

static const struct mc_seal_context token_context = {"invitation", "", {NULL, 0}};

static struct mc_challenge challenge_of(const char *address)
{
    return (struct mc_challenge){
        .purpose = MC_CHALLENGE_INVITE, .channel = MC_METHOD_EMAIL, .flow = "", .address = address};
}

// ---- the link

void mc_invitation_release(struct mc_invitation *invitation)
{
    mc_secret_release(&invitation->dn);
    mc_secret_release(&invitation->code);
    *invitation = (struct mc_invitation){0};
}

static enum mc_result write_link(const struct mc_context *context, const struct mc_account *account,
                                 const char *address, const struct mc_secret *code,
                                 struct mc_buffer *link)
{
    const char *url = context->config->site_url;
    bool slash = url[0] && url[strlen(url) - 1] == '/';
    MC_AUTO_BUFFER struct mc_buffer plain;
    mc_buffer_init(&plain, MC_INVITE_TOKEN_MAX / 2);
    mc_buffer_format(&plain, "%s %s %s %s", account->uuid, code->data, address, account->dn);
    enum mc_result result = mc_buffer_result(&plain);
    if (result != MC_OK) {
        return result;
    }
    mc_buffer_format(link, "%s%s" MC_INVITE_PATH "?t=", url, slash ? "" : "/");
    result = mc_seal(context->site_keys, &token_context, mc_buffer_span(&plain), link);
    return result == MC_OK ? mc_buffer_result(link) : result;
}

static bool copy_field(struct mc_span field, char *text, size_t room)
{
    bool fits = field.size > 0 && field.size < room;
    if (fits) {
        memcpy(text, field.data, field.size);
        text[field.size] = '\0';
    }
    return fits;
}

enum mc_result mc_invite_open(const struct mc_context *context, struct mc_span token,
                              struct mc_invitation *ret_invitation)
{
    MC_AUTO_SECRET struct mc_secret opened = {0};
    struct mc_invitation invitation = {0};
    if (token.size > MC_INVITE_TOKEN_MAX) {
        return MC_WRONG;
    }
    enum mc_result result = mc_unseal(context->site_keys, &token_context, token, &opened);
    if (result != MC_OK) {
        return result == MC_BAD_DATA ? MC_WRONG : result;
    }
    struct mc_span rest = mc_secret_span(&opened);
    bool whole = copy_field(mc_field_next(&rest, ' '), invitation.uuid, sizeof invitation.uuid);
    struct mc_span code = mc_field_next(&rest, ' ');
    whole = whole &&
            copy_field(mc_field_next(&rest, ' '), invitation.address, sizeof invitation.address);
    if (!whole || code.size != CODE_SIZE || rest.size == 0) {
        return MC_WRONG;
    }
    result = mc_secret_set(&invitation.code, code);
    if (result == MC_OK) {
        result = mc_secret_set(&invitation.dn, rest);
    }
    if (result != MC_OK) {
        mc_invitation_release(&invitation);
        return result;
    }
    *ret_invitation = invitation;
    return MC_OK;
}

// ---- for administrators

// What is written with an invitation or its end.
struct draft {
    struct mc_changes changes;
    struct mc_buffer value, notice;
    char until[MC_TIME_TEXT];
};

static void draft_init(struct draft *draft)
{
    *draft = (struct draft){0};
    mc_buffer_init(&draft->value, MC_CHALLENGE_VALUE_MAX);
    mc_buffer_init(&draft->notice, NOTICE_MAX);
}

static void draft_release(struct draft *draft)
{
    mc_buffer_release(&draft->value);
    mc_buffer_release(&draft->notice);
}

static bool drop_open(const struct mc_account *account, struct mc_changes *changes)
{
    const struct mc_challenge challenge = challenge_of("");
    struct mc_values values = mc_entry_values(account->entry, "mycredChallenge");
    bool found = false;
    for (size_t i = 0; i < values.count; i++) {
        if (mc_challenge_is_of_kind(values.items[i], &challenge) &&
            mc_changes_has_room(changes, 1 + INVITATION_CHANGES)) {
            mc_changes_add(changes, MC_CHANGE_DELETE, "mycredChallenge", values.items[i]);
            found = true;
        }
    }
    return found;
}

static enum mc_result write_draft(const struct mc_context *context,
                                  const struct mc_account *account, enum mc_notice_event event,
                                  const char *source, struct draft *draft)
{
    const struct mc_notice notice = {
        .event = event, .when = context->now(), .source = source ? source : "-", .parameter = ""};
    enum mc_result result = mc_notice_write(context, account, &notice, &draft->notice);
    if (result != MC_OK) {
        return result;
    }
    mc_changes_add(&draft->changes, MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&draft->notice));
    mc_changes_add_class(&draft->changes, account->entry);
    return mc_changes_write(context->directory, account->dn, &draft->changes, NULL);
}

static enum mc_result check_order(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_invite_order *order, char address[MC_CONTACT_MAX])
{
    if (!context->site_keys || !context->config->site_url[0]) {
        return MC_BAD_CONFIG;
    }
    if (order->actor_uuid && strcmp(order->actor_uuid, account->uuid) == 0) {
        return MC_DENIED_PEER;
    }
    if (account->locked_until > context->now()) {
        return MC_LOCKED;
    }
    enum mc_result result = mc_email_parse(mc_span_of(order->address), address);
    return result == MC_OK
               ? mc_directory_check_free(context->directory, context->config->mail_attribute,
                                         mc_span_of(address), account->uuid)
               : result;
}

static enum mc_result write_mail(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_invite_order *order, const char *address,
                                 const struct mc_buffer *link, struct mc_buffer *job)
{
    const struct mc_config *config = context->config;
    const char *domain = strchr(config->mail_from, '@');
    MC_AUTO_BUFFER struct mc_buffer subject, text, message_id;
    mc_buffer_init(&subject, 256);
    mc_buffer_init(&text, 2 * MC_INVITE_TOKEN_MAX);
    mc_buffer_init(&message_id, 256);
    const struct mc_invite_message message = {
        .language = mc_language_choose(account->language, config->default_language),
        .link = mc_buffer_text(link),
        .life = config->invite_life};
    enum mc_result result = mc_message_invite(config, &message, &subject, &text);
    if (result != MC_OK) {
        return result;
    }
    mc_buffer_add_span(&message_id, order->id);
    mc_buffer_format(&message_id, ".invite%s", domain ? domain : "@localhost");
    const struct mc_job details = {.channel = MC_METHOD_EMAIL,
                                   .to = mc_span_of(address),
                                   .subject = mc_buffer_span(&subject),
                                   .message_id = mc_buffer_span(&message_id),
                                   .id = order->id,
                                   .text = mc_buffer_span(&text)};
    return mc_job_write(&details, job);
}

static enum mc_result draft_invitation(const struct mc_context *context,
                                       const struct mc_account *account, const char *address,
                                       const struct mc_secret *code, struct draft *draft)
{
    const struct mc_challenge challenge = challenge_of(address);
    int64_t life = context->config->invite_life;
    enum mc_result result = mc_directory_connect(context->directory); // the value names the server
    if (result == MC_OK) {
        result = mc_challenge_make(context, account, &challenge, mc_secret_span(code), life,
                                   &draft->value);
    }
    mc_time_format(context->now() + life * MC_SECOND, draft->until);
    struct mc_changes *changes = &draft->changes;
    (void)drop_open(account, changes);
    mc_changes_add(changes, MC_CHANGE_ADD, "mycredChallenge", mc_buffer_span(&draft->value));
    mc_changes_clear(changes, "mycredInviteUntil");
    mc_changes_add(changes, MC_CHANGE_ADD, "mycredInviteUntil", mc_span_of(draft->until));
    mc_changes_clear(changes, "mycredHelpAsked");
    return result;
}

enum mc_result mc_invite_issue(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_invite_order *order, struct mc_buffer *ret_link,
                               struct mc_buffer *ret_job)
{
    char address[MC_CONTACT_MAX];
    MC_AUTO_SECRET struct mc_secret code = {0};
    MC_CLEANUP(draft_release) struct draft draft;
    draft_init(&draft);
    enum mc_result result = check_order(context, account, order, address);
    if (result == MC_OK) {
        result = mc_random_base32(CODE_SIZE, &code);
    }
    if (result == MC_OK) {
        result = draft_invitation(context, account, address, &code, &draft);
    }
    if (result == MC_OK) {
        result = write_link(context, account, address, &code, ret_link);
    }
    if (result == MC_OK) {
        result = write_mail(context, account, order, address, ret_link, ret_job);
    }
    return result == MC_OK ? write_draft(context, account, MC_NOTICE_INVITED, order->source, &draft)
                           : result;
}

enum mc_result mc_invite_withdraw(const struct mc_context *context,
                                  const struct mc_account *account, const char *source)
{
    MC_CLEANUP(draft_release) struct draft draft;
    draft_init(&draft);
    bool was_open = drop_open(account, &draft.changes) || account->invited_until;
    mc_changes_clear(&draft.changes, "mycredInviteUntil");
    if (!was_open) {
        return MC_NOT_FOUND;
    }
    return context->site_keys
               ? write_draft(context, account, MC_NOTICE_INVITATION_WITHDRAWN, source, &draft)
               : mc_changes_write(context->directory, account->dn, &draft.changes, NULL);
}

bool mc_invite_is_open(const struct mc_context *context, const struct mc_account *account,
                       mc_time *ret_until)
{
    const struct mc_challenge challenge = challenge_of("");
    struct mc_pending pending = {0};
    enum mc_result result = mc_challenge_look(context, account, &challenge, &pending);
    *ret_until = pending.expiry;
    return result == MC_OK && pending.is_pending;
}
