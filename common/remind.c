// SPDX-License-Identifier: Apache-2.0
#include "common/remind.h"

#include "common/api_password.h"

#include <stdio.h>

#define NOTICE_MAX 2048 // bytes

struct list {
    const struct mc_context *context;
    const struct mc_account *account;
    struct mc_reminder *items;
    size_t count;
};

// What is damaged counts as just now: rather once too few than every day.
static bool was_reminded(const struct list *list, const char *what)
{
    mc_time time = 0;
    enum mc_result result = mc_reminded_look(list->account, what, &time);
    if (result == MC_NOT_FOUND) {
        return false;
    }
    return result != MC_OK ||
           time + list->context->config->remind_every * MC_SECOND > list->context->now();
}

static void add(struct list *list, enum mc_notice_event event, const char *what, mc_time day)
{
    if (list->count < MC_REMINDERS_MAX && !was_reminded(list, what)) {
        struct mc_reminder *item = &list->items[list->count++];
        *item = (struct mc_reminder){.event = event, .day = day};
        snprintf(item->what, sizeof item->what, "%s", what);
    }
}

static bool is_old(const struct list *list, mc_time since)
{
    int64_t advice = list->context->config->password_age_advice;
    return advice && since && since + advice * MC_SECOND <= list->context->now();
}

static bool ends_soon(const struct list *list, mc_time end)
{
    mc_time now = list->context->now();
    return end > now && end <= now + list->context->config->remind_before * MC_SECOND;
}

static void look_at_password(struct list *list)
{
    struct mc_values values = mc_entry_values(list->account->entry, "pwdChangedTime");
    mc_time changed = 0;
    if (values.count && mc_time_parse(values.items[0], &changed) == MC_OK &&
        is_old(list, changed)) {
        add(list, MC_NOTICE_PASSWORD_OLD, "password", changed);
    }
}

static void look_at_api_passwords(struct list *list)
{
    struct mc_values values = mc_entry_values(list->account->entry, "mycredApiPassword");
    for (size_t i = 0; i < values.count; i++) {
        struct mc_api_password about;
        char what[MC_REMINDED_KIND];
        if (mc_api_password_read(values.items[i], &about) != MC_OK) {
            continue;
        }
        if (about.expiry && ends_soon(list, about.expiry)) {
            snprintf(what, sizeof what, "api-end/%u", about.id);
            add(list, MC_NOTICE_API_PASSWORD_ENDS, what, about.expiry);
        } else if (is_old(list, about.created) &&
                   (!about.expiry || about.expiry > list->context->now())) {
            snprintf(what, sizeof what, "api-password/%u", about.id);
            add(list, MC_NOTICE_API_PASSWORD_OLD, what, about.created);
        }
    }
}

// By a day at most: it lasts a week at most.
static void look_at_invitation(struct list *list)
{
    mc_time until = list->account->invited_until, now = list->context->now();
    if (until > now && until <= now + 86400 * MC_SECOND) {
        add(list, MC_NOTICE_INVITATION_ENDS, "invitation", until);
    }
}

size_t mc_remind_look(const struct mc_context *context, const struct mc_account *account,
                      struct mc_reminder reminders[MC_REMINDERS_MAX])
{
    struct list list = {context, account, reminders, 0};
    bool reachable = account->email[0] || account->mobile[0];
    if (!reachable || account->locked_until > context->now()) {
        return 0;
    }
    look_at_password(&list);
    look_at_api_passwords(&list);
    look_at_invitation(&list);
    return list.count;
}

// One reminder's changes: the notice, and the day in place of an earlier one.
struct draft {
    struct mc_buffer notice;
    char note[MC_REMINDED_TEXT];
};

static enum mc_result draft_one(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_reminder *reminder, struct draft *draft)
{
    char day[MC_TIME_TEXT];
    mc_time_format(reminder->day, day);
    const struct mc_notice notice = {
        .event = reminder->event, .when = context->now(), .source = "-", .parameter = day};
    mc_buffer_init(&draft->notice, NOTICE_MAX);
    return mc_notice_write(context, account, &notice, &draft->notice);
}

static enum mc_result write_drafts(const struct mc_context *context,
                                   const struct mc_account *account,
                                   const struct mc_reminder *reminders, size_t count,
                                   struct draft drafts[MC_REMINDERS_MAX])
{
    struct mc_changes changes = {0};
    // the last place is for the class
    for (size_t i = 0; i < count && mc_changes_has_room(&changes, 4); i++) {
        enum mc_result result = draft_one(context, account, &reminders[i], &drafts[i]);
        if (result != MC_OK) {
            return result;
        }
        mc_reminded_note(account, reminders[i].what, context->now(), drafts[i].note, &changes);
        mc_changes_add(&changes, MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&drafts[i].notice));
    }
    mc_changes_add_class(&changes, account->entry);
    return mc_changes_write(context->directory, account->dn, &changes, NULL);
}

enum mc_result mc_remind_write(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_reminder *reminders, size_t count)
{
    struct draft drafts[MC_REMINDERS_MAX] = {0};
    if (count == 0 || count > MC_REMINDERS_MAX) {
        return MC_INTERNAL;
    }
    enum mc_result result = write_drafts(context, account, reminders, count, drafts);
    for (size_t i = 0; i < MC_REMINDERS_MAX; i++) {
        mc_buffer_release(&drafts[i].notice);
    }
    return result;
}
