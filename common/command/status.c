// SPDX-License-Identifier: Apache-2.0
#include "common/command/status.h"

#include "common/command/record.h"
#include "common/command/say.h"

#include <stdio.h>

#define RECORD_MAX 32768 // bytes

static void view_release(struct mc_view *view)
{
    mc_entries_release(&view->groups);
    mc_account_release(&view->account);
    mc_admin_close(&view->admin);
}

void mc_view_say_damaged(const char *name, const char *attribute, struct mc_span value)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, MC_ADMIN_ERROR_MAX);
    mc_say_add(&text, value);
    mc_say(name, "DAMAGED: a value of %s%s%s%s; correct or delete it", attribute,
           value.size ? ": '" : "", mc_buffer_text(&text), value.size ? "'" : "");
}

bool mc_view_read_time(const struct mc_view *view, const char *name, const char *attribute,
                       mc_time *ret_time)
{
    struct mc_values values = mc_entry_values(view->account.entry, attribute);
    *ret_time = 0;
    if (values.count && mc_time_parse(values.items[0], ret_time) != MC_OK) {
        mc_view_say_damaged(name, attribute, values.items[0]);
        return false;
    }
    return true;
}

// Damage is shown line by line, so it does not end the reading.
static enum mc_exit read_account(struct mc_view *view)
{
    const struct mc_context *context = &view->admin.context;
    struct mc_span user = mc_span_of(view->user);
    enum mc_result result = mc_account_find(context, user, &view->account);
    bool whole = result == MC_OK;
    if (result == MC_UNKNOWN_USER) {
        mc_complain("there is no account '%s' below %s.", view->user,
                    view->admin.config->ldap_base);
        return MC_EXIT_NO;
    }
    if (whole || (result == MC_BAD_DATA && view->account.entry)) {
        result =
            mc_directory_find_groups(view->admin.directory, view->account.dn, user, &view->groups);
    }
    if (result == MC_OK && whole) {
        result = mc_group_rules_read(context, &view->account, user, &view->combined);
        view->has_rules = result == MC_OK;
        result = result == MC_BAD_DATA ? MC_OK : result;
    }
    if (result != MC_OK) {
        mc_admin_complain_directory(&view->admin, result);
        return MC_EXIT_TROUBLE;
    }
    return MC_EXIT_OK;
}

static mc_view_part *const parts[] = {
    mc_view_login,    mc_view_chosen,     mc_view_required, mc_view_methods, mc_view_times,
    mc_view_contacts, mc_view_devices,    mc_view_recovery, mc_view_spent,   mc_view_api_passwords,
    mc_view_failures, mc_view_challenges, mc_view_sends,    mc_view_uses,    mc_view_help,
};

static void show(struct mc_view *view)
{
    MC_AUTO_BUFFER struct mc_buffer name;
    mc_buffer_init(&name, MC_ADMIN_ERROR_MAX);
    mc_say_add(&name, mc_span_of(view->account.dn));
    mc_say("account", "%s", mc_buffer_text(&name));
    if (view->has_rules) {
        mc_rules_apply(&view->admin.context, &view->account, &view->combined, &view->rules);
    }
    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        parts[i](view);
    }
}

// As in `mycred report --json`.
static enum mc_exit show_json(struct mc_view *view)
{
    struct mc_record record;
    MC_AUTO_BUFFER struct mc_buffer out;
    mc_buffer_init(&out, RECORD_MAX);
    if (view->has_rules) {
        mc_rules_apply(&view->admin.context, &view->account, &view->combined, &view->rules);
    }
    mc_record_init(&record, &view->admin.context, &view->account,
                   view->has_rules ? &view->rules : NULL);
    mc_record_write_json(&record, &out);
    if (mc_buffer_result(&out) != MC_OK) {
        mc_complain("out of memory.");
        return MC_EXIT_TROUBLE;
    }
    (void)puts(mc_buffer_text(&out));
    return MC_EXIT_OK;
}

enum mc_exit mc_status_run(const struct mc_arguments *arguments)
{
    MC_CLEANUP(view_release) struct mc_view view = {.user = arguments->operand, .now = mc_now()};
    enum mc_exit status = mc_admin_open(arguments, &view.admin);
    if (status == MC_EXIT_OK) {
        status = read_account(&view);
    }
    if (status == MC_EXIT_OK && arguments->values[MC_ARGUMENT_JSON]) {
        return show_json(&view);
    }
    if (status == MC_EXIT_OK) {
        show(&view);
    }
    return status;
}
