// SPDX-License-Identifier: Apache-2.0
#include "common/command/command.h"

#include "common/process.h"

#include <stdio.h>

static enum mc_exit help_run(const struct mc_arguments *arguments);
static enum mc_exit version_run(const struct mc_arguments *arguments);

#define BIT(name) MC_ARGUMENT_BIT(name)
#define IDENTITY (BIT(CONF) | BIT(BIND_DN) | BIT(PASSWORD_FILE))

const struct mc_command mc_commands[] = {
    {"check", NULL, false, BIT(CONF) | BIT(USER) | BIT(SEND) | BIT(SOCKET) | BIT(MODULE),
     "find what is wrong with configuration, keys, directory and gateways", mc_check_run},
    {"enrol", "USER", false,
     IDENTITY | BIT(IMPORT) | BIT(LABEL) | BIT(ALGORITHM) | BIT(DIGITS) | BIT(PERIOD) |
         BIT(CHOOSE) | BIT(BATCH),
     "bind a virtual MFA device and make new recovery codes", mc_enrol_run},
    {"help", "COMMAND", true, 0, "say what a command does, or list all", help_run},
    {"keygen", NULL, false, BIT(CONF) | BIT(LOGIN) | BIT(SITE) | BIT(FILE),
     "make a key file, or add a new key to it", mc_keygen_run},
    {"status", "USER", false, IDENTITY, "show what is bound, which rules apply and what is pending",
     mc_status_run},
    {"version", NULL, false, 0, "print the version", version_run},
};
const size_t mc_command_count = MC_COUNT(mc_commands);

static void print_usage(const struct mc_command *command)
{
    const char *operand = command->operand ? command->operand : "";
    bool optional = command->operand_optional;
    (void)printf("usage: mycred %s%s%s%s%s%s\n", command->name, command->operand ? " " : "",
                 optional ? "[" : "", operand, optional ? "]" : "",
                 command->options ? " [option]..." : "");
    (void)printf("%s.\n", command->summary);
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
