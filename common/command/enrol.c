// SPDX-License-Identifier: Apache-2.0
#include "common/command/admin.h"
#include "common/command/confirm.h"
#include "common/command/enrol_device.h"
#include "common/command/terminal.h"
#include "common/device_bind.h"
#include "common/directory_check.h"

#include <stdio.h>

#define PAGE_MAX 1024 // bytes

struct enrolment {
    struct mc_admin admin;
    struct mc_account account;
    struct mc_device device;
    const struct mc_arguments *arguments;
    const char *user;
    bool imported, batch, choose;
    mc_time proved;
};

static void enrolment_release(struct enrolment *enrolment)
{
    mc_device_release(&enrolment->device);
    mc_account_release(&enrolment->account);
    mc_admin_close(&enrolment->admin);
}

static enum mc_exit find_account(struct enrolment *enrolment)
{
    return mc_admin_find(&enrolment->admin, enrolment->user, &enrolment->account);
}

// Before anybody scans anything: may this identity bind devices at all?
static enum mc_exit try_rights(struct enrolment *enrolment)
{
    struct mc_directory *directory = enrolment->admin.directory;
    const struct mc_change change = {MC_CHANGE_ADD, "mycredTotp", mc_span_of("check")};
    enum mc_right right = MC_RIGHT_UNKNOWN;
    enum mc_result result =
        mc_directory_try_change(directory, enrolment->account.dn, &change, &right);
    if (result != MC_OK) {
        mc_admin_complain_directory(&enrolment->admin, result);
        return MC_EXIT_TROUBLE;
    }
    if (right == MC_RIGHT_REFUSED) {
        mc_complain("%s may not bind devices. Cure: use -D and -y with an identity that may, such "
                    "as a security administrator (ldap-schema/README.md).",
                    enrolment->arguments->values[MC_ARGUMENT_BIND_DN]
                        ? enrolment->arguments->values[MC_ARGUMENT_BIND_DN]
                        : "the host's identity");
        return MC_EXIT_NO;
    }
    return MC_EXIT_OK;
}

static enum mc_exit prove_device(struct enrolment *enrolment)
{
    const struct mc_config *config = enrolment->admin.config;
    enum mc_result result = MC_OK;
    if (enrolment->batch) {
        return MC_EXIT_OK;
    }
    if (!enrolment->imported) {
        result = mc_enrol_show_device(config, &enrolment->device, mc_span_of(enrolment->user));
    }
    if (result == MC_OK) {
        result =
            mc_confirm_device(&enrolment->admin.context, &enrolment->device, &enrolment->proved);
    }
    switch (result) {
    case MC_OK:
        return MC_EXIT_OK;
    case MC_WRONG:
    case MC_NOT_FOUND:
        mc_complain("no two consecutive codes were given; nothing is bound.");
        return MC_EXIT_NO;
    default:
        mc_complain("the device cannot be shown or asked for (%s); nothing is bound.",
                    mc_result_word(result));
        return MC_EXIT_TROUBLE;
    }
}

static enum mc_exit complain_of_bind(const struct enrolment *enrolment, enum mc_result result)
{
    switch (result) {
    case MC_LOST_RACE:
    case MC_NOT_FOUND:
        mc_complain("the entry of %s was changed meanwhile, or cannot hold a device (%s); nothing "
                    "is bound. Try again.",
                    enrolment->user, mc_directory_cause(enrolment->admin.directory));
        return MC_EXIT_NO;
    case MC_BAD_DATA:
        mc_complain("the value of mycredTotpUsed is damaged; correct or delete it first.");
        return MC_EXIT_NO;
    default:
        mc_admin_complain_directory(&enrolment->admin, result);
        return MC_EXIT_TROUBLE;
    }
}

// What would keep the device from being used is said now, not at the first login.
static void note_rules(const struct enrolment *enrolment)
{
    struct mc_group_rules groups;
    struct mc_rules rules;
    const struct mc_context *context = &enrolment->admin.context;
    const struct mc_account *account = &enrolment->account;
    if (mc_group_rules_read(context, account, mc_span_of(enrolment->user), &groups) != MC_OK) {
        return;
    }
    mc_rules_apply(context, account, &groups, &rules);
    if (!(rules.allowed & MC_METHOD_BIT(MC_METHOD_TOTP))) {
        mc_complain("note: %s may not use a virtual MFA device, by the rules that apply now "
                    "(mycred status %s).",
                    enrolment->user, enrolment->user);
    } else if (account->chosen == MC_METHOD_NONE && !enrolment->choose) {
        mc_complain("note: login verification of %s is off until a method is chosen (--choose, or "
                    "the attribute mycredLoginMethod).",
                    enrolment->user);
    }
}

static void log_binding(const struct enrolment *enrolment)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(MC_EVENT_DEVICE_BOUND, &line);
    mc_event_add_text(&line, "user", enrolment->user);
    mc_buffer_format(&line, " device=%u imported=%s proved=%s", enrolment->device.id,
                     enrolment->imported ? "yes" : "no", enrolment->proved ? "yes" : "no");
    mc_admin_log(MC_EVENT_DEVICE_BOUND, enrolment->arguments, &line);
}

static enum mc_result print_codes(const struct enrolment *enrolment,
                                  const struct mc_recovery_codes *codes)
{
    MC_AUTO_BUFFER struct mc_buffer page;
    mc_buffer_init(&page, PAGE_MAX);
    const char *indent = enrolment->batch ? "" : "  ";
    if (!enrolment->batch) {
        mc_buffer_format(&page,
                         "Device %u is bound. Recovery codes, each good for one login; "
                         "older ones are void:\n",
                         enrolment->device.id);
    }
    for (size_t i = 0; i < MC_COUNT(codes->items); i++) {
        mc_buffer_format(&page, "%s%s\n", indent, codes->items[i].data);
    }
    if (!enrolment->batch) {
        mc_buffer_add_text(&page, "They are not shown again: print them or write them down.\n");
    }
    enum mc_result result = mc_buffer_result(&page);
    return result == MC_OK ? mc_terminal_write(mc_buffer_span(&page)) : result;
}

static enum mc_exit bind_device(struct enrolment *enrolment)
{
    MC_CLEANUP(mc_recovery_codes_release) struct mc_recovery_codes codes = {0};
    const struct mc_binding binding = {
        .device = &enrolment->device, .proved = enrolment->proved, .choose = enrolment->choose};
    enum mc_result result =
        mc_device_bind(&enrolment->admin.context, &enrolment->account, &binding, &codes);
    if (result != MC_OK) {
        return complain_of_bind(enrolment, result);
    }
    log_binding(enrolment);
    if (print_codes(enrolment, &codes) != MC_OK) {
        mc_complain("device %u is bound, but its recovery codes could not be written.",
                    enrolment->device.id);
        return MC_EXIT_TROUBLE;
    }
    note_rules(enrolment);
    return MC_EXIT_OK;
}

// The person may have taken minutes: what the entry held before says nothing any more.
static enum mc_exit read_again(struct enrolment *enrolment)
{
    MC_CLEANUP(mc_account_release) struct mc_account before = enrolment->account;
    enrolment->account = (struct mc_account){0};
    mc_directory_set_deadline(enrolment->admin.directory, MC_ADMIN_DEADLINE_MS);
    enum mc_exit status = mc_admin_find(&enrolment->admin, enrolment->user, &enrolment->account);
    if (status == MC_EXIT_OK && strcmp(before.uuid, enrolment->account.uuid) != 0) {
        mc_complain("the entry of %s was replaced by another; nothing is bound.", enrolment->user);
        return MC_EXIT_NO;
    }
    return status;
}

typedef enum mc_exit step_function(struct enrolment *enrolment);

enum mc_exit mc_enrol_run(const struct mc_arguments *arguments)
{
    static step_function *const steps[] = {find_account, try_rights, prove_device, read_again,
                                           bind_device};
    MC_CLEANUP(enrolment_release)
    struct enrolment enrolment = {
        .arguments = arguments,
        .user = arguments->operand,
        .imported = arguments->values[MC_ARGUMENT_IMPORT] != NULL,
        .batch = arguments->values[MC_ARGUMENT_BATCH] != NULL,
        .choose = arguments->values[MC_ARGUMENT_CHOOSE] != NULL,
    };
    if (enrolment.batch && !enrolment.imported) {
        mc_complain("--batch needs --import: nobody would see a new secret.");
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = mc_enrol_read_device(arguments, &enrolment.device);
    if (status == MC_EXIT_OK) {
        status = mc_admin_open(arguments, &enrolment.admin);
    }
    for (size_t i = 0; status == MC_EXIT_OK && i < MC_COUNT(steps); i++) {
        status = steps[i](&enrolment);
    }
    return status;
}
