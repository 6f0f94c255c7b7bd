// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

struct service_option {
    const char *name;
    size_t offset; // into struct service_options
    const char *preset;
    unsigned minimum, maximum; // maximum 0: a path
};

#define AT(member) offsetof(struct service_options, member)

static const struct service_option options[] = {
    {"budget", AT(budget), "18", 1, 60}, // with the overrun a second less than the module waits
    {"conf", AT(conf), MC_SYSCONFDIR "/mycred/mycred.conf", 0, 0},
    {"idle", AT(idle), "300", 0, 86400},
    {"sender", AT(sender), MC_LIBEXECDIR "/mycred-send", 0, 0},
    {"socket", AT(socket), "/run/mycred/login.sock", 0, 0},
    {"worker", AT(worker), MC_LIBEXECDIR "/mycred-login", 0, 0},
    {"workers", AT(workers), "4", 1, SERVICE_WORKERS_MAX},
};

static bool set_number(const struct service_option *option, const char *value, unsigned *place)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (*value < '0' || *value > '9' || *end || errno || number < option->minimum ||
        number > option->maximum) {
        service_log("--%s takes a number from %u to %u, not \"%s\"", option->name, option->minimum,
                    option->maximum, value);
        return false;
    }
    *place = (unsigned)number;
    return true;
}

static bool set_option(const struct service_option *option, const char *value,
                       struct service_options *parsed)
{
    void *place = (char *)parsed + option->offset;
    if (option->maximum) {
        return set_number(option, value, place);
    }
    // our folder is / and no program is looked for along a path
    if (value[0] != '/') {
        service_log("--%s takes an absolute path, not \"%s\"", option->name, value);
        return false;
    }
    *(const char **)place = value;
    return true;
}

bool service_options_parse(int argc, char **argv, struct service_options *ret_options)
{
    struct service_options parsed = {0};
    struct option names[MC_COUNT(options) + 1] = {0};
    for (size_t i = 0; i < MC_COUNT(options); i++) {
        names[i] = (struct option){options[i].name, required_argument, NULL, 0};
        if (!set_option(&options[i], options[i].preset, &parsed)) {
            return false;
        }
    }
    int index = 0;
    int found = 0;
    opterr = 0;
    while ((found = getopt_long(argc, argv, ":", names, &index)) == 0) {
        if (!set_option(&options[index], optarg, &parsed)) {
            return false;
        }
    }
    if (found != -1 || optind < argc) {
        service_log("\"%s\" is no option of mycred-logind, or lacks its value",
                    found != -1 ? argv[optind - 1] : argv[optind]);
        return false;
    }
    *ret_options = parsed;
    return true;
}
