// SPDX-License-Identifier: Apache-2.0
#include "common/process.h"

#include <fcntl.h>
#include <sasl/sasl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

#define KEPT_MAX 32 // variables

// Loading every installed plugin costs more than a whole login, and EXTERNAL needs none. A folder
// that is always there and never holds a plugin: libsasl logs a line for one that is missing.
static char no_plugins[] = "/proc/self/task";

static bool is_for_terminals(const char *variable)
{
    static const char *const kept[] = {"TERM=", "LANG=", "LANGUAGE=", "LC_"};
    for (size_t i = 0; i < MC_COUNT(kept); i++) {
        if (strncmp(variable, kept[i], strlen(kept[i])) == 0) {
            return true;
        }
    }
    return false;
}

// The texts themselves outlive clearenv: they are the process's own or were put there by putenv.
static bool clear_environment(enum mc_process_kind kind)
{
    char *kept[KEPT_MAX];
    size_t count = 0;
    for (char **variable = environ; variable && *variable; variable++) {
        if (kind == MC_PROCESS_COMMAND && is_for_terminals(*variable) && count < KEPT_MAX) {
            kept[count++] = *variable;
        }
    }
    bool done = clearenv() == 0;
    for (size_t i = 0; done && i < count; i++) {
        done = putenv(kept[i]) == 0;
    }
    // libldap reads ldap.conf, ~/.ldaprc and ./ldaprc unless this is set
    return done && setenv("LDAPNOINIT", "1", 1) == 0;
}

// A file opened later must not become what something else prints to.
static bool open_standard_descriptors(void)
{
    int descriptor = open("/dev/null", O_RDWR);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO) {
        descriptor = open("/dev/null", O_RDWR);
    }
    return descriptor > STDERR_FILENO && close(descriptor) == 0;
}

enum mc_result mc_process_prepare(enum mc_process_kind kind)
{
    const struct rlimit no_core = {0, 0};
    bool done = open_standard_descriptors() && clear_environment(kind);
    done = done && setrlimit(RLIMIT_CORE, &no_core) == 0;
    done = done && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    done = done && signal(SIGPIPE, SIG_IGN) != SIG_ERR;
    done = done && sasl_set_path(SASL_PATH_TYPE_PLUGIN, no_plugins) == SASL_OK;
    return done ? MC_OK : MC_INTERNAL;
}
