// SPDX-License-Identifier: Apache-2.0
// mycred, the administrators' command: one table of sub-commands, one of options, and what the
// sub-commands share.
#ifndef MYCRED_COMMON_COMMAND_COMMAND_H
#define MYCRED_COMMON_COMMAND_COMMAND_H

#include "common/base.h"

// Exit statuses.
enum mc_exit {
    MC_EXIT_OK = 0,
    MC_EXIT_NO = 1,     // refused, not found, or something is wrong (check)
    MC_EXIT_TROUBLE = 2 // usage, configuration or directory: nothing could be said or done
};

// X(NAME, long name, letter or 0, what its value is or NULL, what it does)
#define MC_ARGUMENTS(X)                                                                            \
    X(CONF, "conf", 0, "PATH", "the configuration (default " MC_SYSCONFDIR "/mycred/mycred.conf)") \
    X(BIND_DN, "bind-dn", 'D', "DN", "write as this identity instead of the host's")               \
    X(PASSWORD_FILE, "password-file", 'y', "PATH", "a file with that identity's password")         \
    X(LOGIN, "login", 0, NULL, "the key file of hosts and web servers (default)")                  \
    X(SITE, "site", 0, NULL, "the key file of web servers alone")                                  \
    X(FILE, "file", 0, "PATH", "this key file")                                                    \
    X(IMPORT, "import", 0, "SECRET", "an existing secret in base32; - reads it from stdin")        \
    X(LABEL, "label", 0, "TEXT", "a name for the device (default: virtual MFA device)")            \
    X(ALGORITHM, "algorithm", 0, "NAME", "sha1 (default), sha256 or sha512")                       \
    X(DIGITS, "digits", 0, "N", "6 (default), 7 or 8 digits a code")                               \
    X(PERIOD, "period", 0, "SECONDS", "15 to 120 seconds a code (default 30)")                     \
    X(CHOOSE, "choose", 0, NULL, "also make it the person's chosen method")                        \
    X(BATCH, "batch", 0, NULL, "ask no codes (with --import); print recovery codes alone")         \
    X(USER, "user", 0, "USER", "try rights and rules on this person")                              \
    X(SEND, "send", 0, "ADDRESS", "send a test message to this number or e-mail address")          \
    X(SOCKET, "socket", 0, "PATH", "the service's socket (default /run/mycred/login.sock)")        \
    X(MODULE, "module", 0, "PATH", "the PAM module, where it is not in its usual folder")

enum mc_argument {
#define MC_ARGUMENT_ENUM(name, word, letter, value, meaning) MC_ARGUMENT_##name,
    MC_ARGUMENTS(MC_ARGUMENT_ENUM)
#undef MC_ARGUMENT_ENUM
        MC_ARGUMENT_COUNT
};

#define MC_ARGUMENT_BIT(name) (1u << MC_ARGUMENT_##name)

struct mc_arguments {
    const char *operand;             // NULL: none
    char *values[MC_ARGUMENT_COUNT]; // NULL: not given; flags: ""
};

struct mc_command {
    const char *name;
    const char *operand; // its name in the usage line, NULL: takes none
    bool operand_optional;
    unsigned options; // MC_ARGUMENT_BITs
    const char *summary;
    enum mc_exit (*run)(const struct mc_arguments *arguments);
};

extern const struct mc_command mc_commands[];
extern const size_t mc_command_count;

// Reads the words after the program's name; options may stand anywhere. False after a complaint
// that names the bad word. `--help` and `--version` become commands of these names.
bool mc_arguments_read(int count, char **words, const struct mc_command **ret_command,
                       struct mc_arguments *ret_arguments) MC_MUST_USE;

// "  --conf PATH   ..." lines of the options in the mask, on standard output.
void mc_arguments_print(unsigned options);

enum mc_exit mc_keygen_run(const struct mc_arguments *arguments);
enum mc_exit mc_enrol_run(const struct mc_arguments *arguments);
enum mc_exit mc_status_run(const struct mc_arguments *arguments);
enum mc_exit mc_check_run(const struct mc_arguments *arguments);

// One line on standard error, "mycred: ...".
void mc_complain(const char *format, ...) MC_PRINTF(1, 2);

#endif
