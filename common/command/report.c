// SPDX-License-Identifier: Apache-2.0
// mycred report: everybody, in one walk.
#include "common/command/admin.h"
#include "common/command/record.h"
#include "common/command/say.h"
#include "common/roster.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_SIZE 32768 // bytes of one person

enum form { TEXT, JSON, CSV };

// The lists of the text form; each person may be in several.
enum list { BARE, ASKED, LOCKED, EXEMPT, INVITED, OLD_PASSWORD, OLD_KEY, DAMAGED, LIST_COUNT };

static const char *const titles[LIST_COUNT] = {
    [BARE] = "Must verify and have nothing bound",
    [ASKED] = "Asked for help",
    [LOCKED] = "Locked by an administrator",
    [EXEMPT] = "Asked for no code for now",
    [INVITED] = "Invited",
    [OLD_PASSWORD] = "Login password older than password_age_advice",
    [OLD_KEY] = "Values sealed with an old key",
    [DAMAGED] = "A damaged value decides about access: every login is refused",
};

struct report {
    struct mc_admin admin;
    enum form form;
    size_t people, with_device, with_email, with_mobile, verifying;
    struct mc_buffer lists[LIST_COUNT];
    size_t counts[LIST_COUNT];
};

static void report_release(struct report *report)
{
    for (int i = 0; i < LIST_COUNT; i++) {
        mc_buffer_release(&report->lists[i]);
    }
    mc_admin_close(&report->admin);
}

static void note(struct report *report, enum list list, const struct mc_record *record, bool is_in)
{
    const char *attribute = report->admin.config->login_attribute;
    if (is_in) {
        mc_buffer_add_text(&report->lists[list], "  ");
        mc_say_add(&report->lists[list],
                   mc_span_of(mc_entry_text(record->account->entry, attribute)));
        mc_buffer_add_text(&report->lists[list], "\n");
        report->counts[list]++;
    }
}

static void note_all(struct report *report, const struct mc_record *record)
{
    const struct mc_rules *rules = record->rules;
    const struct mc_account *account = record->account;
    report->with_device += account->devices.count > 0;
    report->with_email += account->email[0] != '\0';
    report->with_mobile += account->mobile[0] != '\0';
    report->verifying += account->chosen != MC_METHOD_NONE;
    note(report, BARE, record, mc_record_is_bare(record));
    note(report, ASKED, record, mc_entry_values(account->entry, "mycredHelpAsked").count > 0);
    note(report, LOCKED, record, rules && rules->locked);
    note(report, EXEMPT, record, rules && rules->exempt);
    note(report, INVITED, record, rules && rules->invited);
    note(report, OLD_PASSWORD, record, mc_record_has_old_password(record));
    note(report, OLD_KEY, record, mc_record_has_old_key(record));
    note(report, DAMAGED, record, !rules);
}

static enum mc_result see(void *data, const struct mc_account *account,
                          const struct mc_rules *rules)
{
    struct report *report = data;
    struct mc_record record;
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, LINE_MAX_SIZE);
    mc_record_init(&record, &report->admin.context, account, rules);
    mc_directory_set_deadline(report->admin.directory, MC_ADMIN_DEADLINE_MS);
    report->people++;
    switch (report->form) {
    case TEXT:
        note_all(report, &record);
        return MC_OK;
    case JSON:
        mc_buffer_add_text(&line, report->people > 1 ? ",\n  " : "\n  ");
        mc_record_write_json(&record, &line);
        break;
    case CSV:
        mc_record_write_csv(&record, &line);
        break;
    }
    (void)fputs(mc_buffer_text(&line), stdout);
    return mc_buffer_result(&line);
}

static void begin(const struct report *report)
{
    MC_AUTO_BUFFER struct mc_buffer names;
    mc_buffer_init(&names, LINE_MAX_SIZE);
    if (report->form == JSON) {
        (void)fputs("{\"people\": [", stdout);
    } else if (report->form == CSV) {
        mc_record_write_csv_names(&names);
        (void)fputs(mc_buffer_text(&names), stdout);
    }
}

static void end(struct report *report)
{
    if (report->form == JSON) {
        (void)fputs("\n]}\n", stdout);
    }
    if (report->form != TEXT) {
        return;
    }
    (void)printf("People: %zu. Verify their logins: %zu. Virtual MFA device bound: %zu, e-mail "
                 "address: %zu, mobile number: %zu.\n",
                 report->people, report->verifying, report->with_device, report->with_email,
                 report->with_mobile);
    for (int i = 0; i < LIST_COUNT; i++) {
        (void)printf("%s: %zu\n%s", titles[i], report->counts[i],
                     mc_buffer_text(&report->lists[i]));
    }
}

static enum mc_exit run(struct report *report)
{
    const struct mc_roster_walk walk = {MC_ROSTER_ALL, see, report};
    bool cut = false;
    begin(report);
    enum mc_result result = mc_roster_walk(&report->admin.context, &walk, &cut);
    end(report);
    if (result != MC_OK) {
        mc_admin_complain_directory(&report->admin, result);
        return MC_EXIT_TROUBLE;
    }
    if (cut) {
        mc_complain("the directory shows this identity no more than %zu people; allow it more "
                    "(olcLimits), or use another with -D and -y.",
                    report->people);
        return MC_EXIT_NO;
    }
    return MC_EXIT_OK;
}

enum mc_exit mc_report_run(const struct mc_arguments *arguments)
{
    MC_CLEANUP(report_release) struct report report = {0};
    bool json = arguments->values[MC_ARGUMENT_JSON], csv = arguments->values[MC_ARGUMENT_CSV];
    if (json && csv) {
        mc_complain("of --json and --csv only one may be given.");
        return MC_EXIT_TROUBLE;
    }
    report.form = json ? JSON : csv ? CSV : TEXT;
    for (int i = 0; i < LIST_COUNT; i++) {
        mc_buffer_init(&report.lists[i], 64 << 20);
    }
    enum mc_exit status = mc_admin_open(arguments, &report.admin);
    return status == MC_EXIT_OK ? run(&report) : status;
}
