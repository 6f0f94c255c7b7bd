// SPDX-License-Identifier: Apache-2.0
#include "common/command/admin.h"
#include "common/command/keyfile.h"

#include <stdio.h>

// Which file, and who else needs it.
struct target {
    const char *path, *readers;
};

static const char login_readers[] = "every other host and web server";
static const char site_readers[] =
    "every other web server, and never to a host that only logs people in";
static const char any_readers[] = "every other machine that uses it";

static bool is_one_choice(const struct mc_arguments *arguments)
{
    int count = (arguments->values[MC_ARGUMENT_LOGIN] != NULL) +
                (arguments->values[MC_ARGUMENT_SITE] != NULL) +
                (arguments->values[MC_ARGUMENT_FILE] != NULL);
    if (count > 1) {
        mc_complain("of --login, --site and --file only one may be given.");
    }
    return count <= 1;
}

static enum mc_exit choose(const struct mc_arguments *arguments, struct mc_admin *admin,
                           struct target *ret_target)
{
    const char *file = arguments->values[MC_ARGUMENT_FILE];
    if (!is_one_choice(arguments)) {
        return MC_EXIT_TROUBLE;
    }
    if (file) {
        *ret_target = (struct target){file, any_readers};
        return MC_EXIT_OK;
    }
    enum mc_exit status = mc_admin_open_config(arguments, admin);
    if (status == MC_EXIT_OK) {
        *ret_target = arguments->values[MC_ARGUMENT_SITE]
                          ? (struct target){admin->config->site_key_file, site_readers}
                          : (struct target){admin->config->login_key_file, login_readers};
    }
    return status;
}

static void report(const struct target *target, const struct mc_keyfile_change *change)
{
    if (change->created) {
        (void)printf(
            "Made %s with its first key, k%u; its owner alone may read it.\n"
            "Next: copy it to %s (same path, owner root, mode 0600)\n"
            "before anything is sealed with it, and keep a copy offline: without this file\n"
            "every virtual MFA device must be bound anew.\n",
            target->path, change->number, target->readers);
        return;
    }
    (void)printf("Added the key k%u to %s. It seals what is written from now on;\n"
                 "the keys before it still open what is older, so leave them in.\n"
                 "Next: copy the file to %s at once:\n"
                 "until then what is sealed here, such as a login code, does not open there.\n"
                 "ROTATING KEYS in mycred(1) has the order in which not even that happens.\n",
                 change->number, target->path, target->readers);
}

static void log_key(const struct mc_arguments *arguments, const struct target *target,
                    const struct mc_keyfile_change *change)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(MC_EVENT_KEY_ADDED, &line);
    mc_event_add_text(&line, "file", target->path);
    mc_buffer_format(&line, " key=k%u", change->number);
    mc_admin_log(MC_EVENT_KEY_ADDED, arguments, &line);
}

enum mc_exit mc_keygen_run(const struct mc_arguments *arguments)
{
    MC_AUTO_ADMIN struct mc_admin admin = {0};
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    struct target target;
    struct mc_keyfile_change change;
    enum mc_exit status = choose(arguments, &admin, &target);
    if (status != MC_EXIT_OK) {
        return status;
    }
    enum mc_result result = mc_keyfile_add(target.path, &error, &change);
    if (result != MC_OK) {
        mc_complain("%s", error.size ? error.data : mc_result_word(result));
        return MC_EXIT_TROUBLE;
    }
    log_key(arguments, &target, &change);
    report(&target, &change);
    return MC_EXIT_OK;
}
