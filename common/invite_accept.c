// SPDX-License-Identifier: Apache-2.0
// Using an invitation: its value goes in the modify that makes its address the person's own.
#include "common/invite.h"

#include "common/challenge_private.h"
#include "common/contact_swap.h"
#include "common/notice.h"

#define NOTICE_MAX 2048
#define DEADLINE_MS 8000 // for what comes after the password, which may take long to hash

static enum mc_result find_value(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_invitation *invitation, struct mc_span *ret_value)
{
    const struct mc_challenge challenge = {.purpose = MC_CHALLENGE_INVITE,
                                           .channel = MC_METHOD_EMAIL,
                                           .flow = "",
                                           .address = invitation->address};
    if (strcmp(invitation->uuid, account->uuid) != 0) { // another person under the same name
        return MC_WRONG;
    }
    if (account->locked_until > context->now()) {
        return MC_LOCKED;
    }
    enum mc_result result = mc_directory_connect(context->directory); // values name their server
    return result == MC_OK
               ? mc_challenge_match(context, account, &challenge, mc_secret_span(&invitation->code),
                                    (struct mc_span){NULL, 0}, ret_value)
               : result;
}

enum mc_result mc_invite_check(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_invitation *invitation)
{
    struct mc_span value;
    return find_value(context, account, invitation, &value);
}

// All of it by exact values, so that it can be taken back.
struct draft {
    struct mc_changes changes;
    struct mc_contact_swap swap;
    struct mc_buffer notice;
};

static void draft_release(struct draft *draft)
{
    mc_contact_swap_release(&draft->swap);
    mc_buffer_release(&draft->notice);
}

// Who could not come in by e-mail and has nothing else keeps the time to bind a first method.
static void end_window(const struct mc_account *account, const struct mc_rules *rules,
                       struct mc_changes *changes)
{
    struct mc_values until = mc_entry_values(account->entry, "mycredInviteUntil");
    bool may_come_in = rules->usable || (rules->allowed & MC_METHOD_BIT(MC_METHOD_EMAIL));
    if (may_come_in && until.count) {
        mc_changes_add(changes, MC_CHANGE_DELETE, "mycredInviteUntil", until.items[0]);
    }
}

static enum mc_result make_draft(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_invitation *invitation,
                                 const struct mc_acceptance *acceptance, struct mc_span value,
                                 struct draft *draft)
{
    const struct mc_notice notice = {.event = MC_NOTICE_EMAIL_CHANGED,
                                     .when = context->now(),
                                     .source = acceptance->source ? acceptance->source : "-",
                                     .parameter = account->email};
    mc_buffer_init(&draft->notice, NOTICE_MAX);
    enum mc_result result =
        mc_contact_swap_make(context, account, MC_METHOD_EMAIL, invitation->address, &draft->swap);
    if (result == MC_OK) {
        result = mc_notice_write(context, account, &notice, &draft->notice);
    }
    struct mc_changes *changes = &draft->changes;
    mc_changes_add(changes, MC_CHANGE_DELETE, "mycredChallenge", value);
    end_window(account, acceptance->rules, changes);
    mc_changes_join(changes, &draft->swap.changes);
    mc_changes_add(changes, MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&draft->notice));
    mc_changes_add_class(changes, account->entry);
    return result;
}

// The class stays: nobody may take it out.
static enum mc_result take_back(const struct mc_context *context, const struct mc_account *account,
                                const struct draft *draft)
{
    struct mc_changes back = {0};
    for (size_t i = 0; i < draft->changes.count; i++) {
        const struct mc_change *change = &draft->changes.items[i];
        if (strcmp(change->attribute, "objectClass") != 0) {
            enum mc_change_kind kind =
                change->kind == MC_CHANGE_ADD ? MC_CHANGE_DELETE : MC_CHANGE_ADD;
            mc_changes_add(&back, kind, change->attribute, change->value);
        }
    }
    mc_directory_set_deadline(context->directory, DEADLINE_MS);
    return mc_changes_write(context->directory, account->dn, &back, NULL);
}

// Whoever is signed in, or holds a code, may be who the person wants to be rid of.
static enum mc_result end_all(const struct mc_context *context, const struct mc_account *account)
{
    const struct mc_change changes[] = {{MC_CHANGE_CLEAR, "mycredSession", {NULL, 0}},
                                        {MC_CHANGE_CLEAR, "mycredChallenge", {NULL, 0}}};
    mc_directory_set_deadline(context->directory, DEADLINE_MS);
    return mc_directory_modify(context->directory, account->dn, changes, MC_COUNT(changes), NULL);
}

enum mc_result mc_invite_accept(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_invitation *invitation,
                                const struct mc_acceptance *acceptance,
                                struct mc_password_state *ret_state)
{
    MC_CLEANUP(draft_release) struct draft draft = {0};
    struct mc_span value;
    enum mc_result result = find_value(context, account, invitation, &value);
    if (result == MC_OK) {
        result = mc_directory_check_free(context->directory, context->config->mail_attribute,
                                         mc_span_of(invitation->address), account->uuid);
    }
    if (result == MC_OK) {
        result = make_draft(context, account, invitation, acceptance, value, &draft);
    }
    if (result == MC_OK) {
        result = mc_changes_write(context->directory, account->dn, &draft.changes, NULL);
    }
    if (result != MC_OK) {
        return result == MC_LOST_RACE || result == MC_NOT_FOUND ? MC_WRONG : result;
    }
    result = mc_directory_reset_password(context->directory, account->dn, acceptance->new_password,
                                         ret_state);
    if (result == MC_PASSWORD_REFUSED) {
        enum mc_result back = take_back(context, account, &draft);
        return back == MC_OK ? result : back;
    }
    return result == MC_OK ? end_all(context, account) : result;
}
