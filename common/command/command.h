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
    X(BIND_DN, "bind-dn", 'D', "DN", "use the directory as this identity, not the host's")         \
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
    X(MODULE, "module", 0, "PATH", "the PAM module, where it is not in its usual folder")          \
    X(PAM_DIR, "pam-dir", 0, "PATH", "the folder of PAM's services (default /etc/pam.d)")          \
    X(HTTPD, "httpd", 0, "PATH", "httpd's configuration (default /etc/apache2/apache2.conf)")      \
    X(DEVICE, "device", 0, "N", "take away this virtual MFA device, as status numbers it; or all") \
    X(API_PASSWORD, "api-password", 0, "N", "take away the API password of this number; or all")   \
    X(RECOVERY, "recovery", 0, NULL, "take away all recovery codes")                               \
    X(SESSIONS, "sessions", 0, NULL, "end all sessions of the site")                               \
    X(PASSWORD, "password", 0, NULL, "set a login password that must be changed; print it once")   \
    X(ALL, "all", 0, NULL, "take away all that is bound, and turn login verification off")         \
    X(UNTIL, "until", 0, "TIME", "2026-11-30, 20261130120000Z, or from now: 12h, 3d")              \
    X(END, "end", 0, NULL, "end it now")                                                           \
    X(GROUP, "group", 0, NULL, "USER is the DN of a group")                                        \
    X(METHODS, "methods", 0, "LIST", "the methods that may be chosen: totp,sms,email; or none")    \
    X(PRINT, "print", 0, NULL, "print the link instead of mailing it")                             \
    X(WITHDRAW, "withdraw", 0, NULL, "end the invitation that is open")                            \
    X(RATE, "rate", 0, "N", "at most so many people a second")                                     \
    X(MOST, "most", 0, "N", "send at most so many messages (default 100)")                         \
    X(DRY_RUN, "dry-run", 0, NULL, "say what would be done, and do nothing")                       \
    X(JSON, "json", 0, NULL, "print JSON")                                                         \
    X(CSV, "csv", 0, NULL, "print CSV, RFC 4180")

enum mc_argument {
#define MC_ARGUMENT_ENUM(name, word, letter, value, meaning) MC_ARGUMENT_##name,
    MC_ARGUMENTS(MC_ARGUMENT_ENUM)
#undef MC_ARGUMENT_ENUM
        MC_ARGUMENT_COUNT
};

#define MC_ARGUMENT_BIT(name) ((uint64_t)1 << MC_ARGUMENT_##name)

struct mc_arguments {
    const char *operand, *second;    // NULL: none
    char *values[MC_ARGUMENT_COUNT]; // NULL: not given; flags: ""
};

struct mc_command {
    const char *name;
    const char *operands[2]; // their names in the usage line, NULL: takes no more
    unsigned required;       // how many of them must be given
    uint64_t options;        // MC_ARGUMENT_BITs
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
void mc_arguments_print(uint64_t options);

enum mc_exit mc_keygen_run(const struct mc_arguments *arguments);
enum mc_exit mc_enrol_run(const struct mc_arguments *arguments);
enum mc_exit mc_status_run(const struct mc_arguments *arguments);
enum mc_exit mc_check_run(const struct mc_arguments *arguments);
enum mc_exit mc_reset_run(const struct mc_arguments *arguments);
enum mc_exit mc_unlock_run(const struct mc_arguments *arguments);
enum mc_exit mc_lock_run(const struct mc_arguments *arguments);
enum mc_exit mc_exempt_run(const struct mc_arguments *arguments);
enum mc_exit mc_require_run(const struct mc_arguments *arguments);
enum mc_exit mc_invite_run(const struct mc_arguments *arguments);
enum mc_exit mc_reseal_run(const struct mc_arguments *arguments);
enum mc_exit mc_report_run(const struct mc_arguments *arguments);
enum mc_exit mc_remind_run(const struct mc_arguments *arguments);

// One line on standard error, "mycred: ...".
void mc_complain(const char *format, ...) MC_PRINTF(1, 2);

#endif
