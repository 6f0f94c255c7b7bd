// SPDX-License-Identifier: Apache-2.0
#include "common/command/command.h"

#include "common/process.h"

#include <stdio.h>

static enum mc_exit help_run(const struct mc_arguments *arguments);
static enum mc_exit version_run(const struct mc_arguments *arguments);

#define BIT(name) MC_ARGUMENT_BIT(name)
#define IDENTITY (BIT(CONF) | BIT(BIND_DN) | BIT(PASSWORD_FILE))

// clang-format off
const struct mc_command mc_commands[] = {
    {"check", {NULL}, 0,
     BIT(CONF) | BIT(USER) | BIT(SEND) | BIT(SOCKET) | BIT(MODULE) | BIT(PAM_DIR) | BIT(HTTPD),
     "find what is wrong with configuration, keys, directory and gateways", mc_check_run},
    {"enrol", {"USER"}, 1,
     IDENTITY | BIT(IMPORT) | BIT(LABEL) | BIT(ALGORITHM) | BIT(DIGITS) | BIT(PERIOD) |
         BIT(CHOOSE) | BIT(BATCH),
     "bind a virtual MFA device and make new recovery codes", mc_enrol_run},
    {"exempt", {"USER"}, 1, IDENTITY | BIT(UNTIL) | BIT(END),
     "ask a person for no code until tomorrow, or another time", mc_exempt_run},
    {"help", {"COMMAND"}, 0, 0, "say what a command does, or list all", help_run},
    {"invite", {"USER", "ADDRESS"}, 1, IDENTITY | BIT(PRINT) | BIT(WITHDRAW),
     "mail a link that binds the address and sets a login password", mc_invite_run},
    {"keygen", {NULL}, 0, BIT(CONF) | BIT(LOGIN) | BIT(SITE) | BIT(FILE),
     "make a key file, or add a new key to it", mc_keygen_run},
    {"lock", {"USER"}, 1, IDENTITY | BIT(UNTIL),
     "refuse every login of a person, and end all sessions", mc_lock_run},
    {"remind", {NULL}, 0, IDENTITY | BIT(DRY_RUN) | BIT(MOST),
     "remind of old passwords and of what ends soon; deliver notices", mc_remind_run},
    {"report", {NULL}, 0, IDENTITY | BIT(JSON) | BIT(CSV),
     "list who has which method, who lacks one, locks, old passwords and keys", mc_report_run},
    {"require", {"USER", "WORD"}, 1, IDENTITY | BIT(GROUP) | BIT(METHODS),
     "set the rules of a person or group: optional, enrol, on, off or none", mc_require_run},
    {"reseal", {NULL}, 0, IDENTITY | BIT(DRY_RUN) | BIT(RATE),
     "seal with the newest key what older keys sealed; count what is left", mc_reseal_run},
    {"reset", {"USER"}, 1,
     IDENTITY | BIT(DEVICE) | BIT(API_PASSWORD) | BIT(RECOVERY) | BIT(SESSIONS) | BIT(PASSWORD) |
         BIT(ALL),
     "take away what a person has bound or lost, or set a one-time password", mc_reset_run},
    {"status", {"USER"}, 1, IDENTITY | BIT(JSON),
     "show what is bound, which rules apply and what is pending", mc_status_run},
    {"unlock", {"USER"}, 1, IDENTITY, "end a lock and forget wrong codes", mc_unlock_run},
    {"version", {NULL}, 0, 0, "print the version", version_run},
};
// clang-format on
const size_t mc_command_count = MC_COUNT(mc_commands);

static void print_usage(const struct mc_command *command)
{
    (void)printf("usage: mycred %s", command->name);
    for (size_t i = 0; i < MC_COUNT(command->operands) && command->operands[i]; i++) {
        (void)printf(i < command->required ? " %s" : " [%s]", command->operands[i]);
    }
    (void)printf("%s\n%s.\n", command->options ? " [option]..." : "", command->summary);
    mc_arguments_print(command->options);
}

static enum mc_exit help_run(const struct mc_arguments *arguments)
{
    for (size_t i = 0; arguments->operand && i < mc_command_count; i++) {
        if (strcmp(mc_commands[i].name, arguments->operand) == 0) {
            print_usage(&mc_commands[i]);
            return MC_EXIT_OK;
        }
    }
    if (arguments->operand) {
        mc_complain("'%s' is no command; 'mycred help' lists all.", arguments->operand);
        return MC_EXIT_TROUBLE;
    }
    (void)puts("usage: mycred COMMAND [word or option]...");
    for (size_t i = 0; i < mc_command_count; i++) {
        (void)printf("  %-8s %s\n", mc_commands[i].name, mc_commands[i].summary);
    }
    (void)puts("'mycred help COMMAND' says more, mycred(1) all.");
    return MC_EXIT_OK;
}

static enum mc_exit version_run(const struct mc_arguments *arguments)
{
    (void)arguments;
    (void)puts("mycred " MC_VERSION);
    return MC_EXIT_OK;
}

int main(int argc, char **argv)
{
    const struct mc_command *command = NULL;
    struct mc_arguments arguments;
    if (mc_process_prepare(MC_PROCESS_COMMAND) != MC_OK) {
        mc_complain("the process could not be shut off from its environment.");
        return MC_EXIT_TROUBLE;
    }
    if (!mc_arguments_read(argc, argv, &command, &arguments)) {
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = command->run(&arguments);
    // what was not written was not said
    if (fflush(stdout) != 0 && status == MC_EXIT_OK) {
        mc_complain("the output could not be written.");
        return MC_EXIT_TROUBLE;
    }
    return status;
}
