// SPDX-License-Identifier: Apache-2.0
// What the configuration names must be on this machine.
#include "common/config_reader.h"
#include "common/field.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>

#define PASSWD_MAX 16384 // bytes of one entry's texts

const char *const mc_config_directory_files[] = {"ldap_ca_file", "ldap_certificate_file",
                                                 "ldap_key_file", NULL};

static unsigned line_of(const struct mc_config *config, const struct mc_option *option)
{
    return config->lines ? config->lines[option - mc_options] : 0;
}

static const char *path_of(const struct mc_config *config, const struct mc_option *option)
{
    return *(char *const *)((const char *)config + option->offset);
}

static enum mc_result check_file(const struct mc_config *config, const struct mc_option *option,
                                 struct mc_buffer *error)
{
    const char *path = path_of(config, option);
    // O_NONBLOCK: opening a FIFO must not wait for a writer
    MC_AUTO_CLOSE int file =
        path[0] ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) : -1;
    if (file >= 0 || !path[0]) {
        return MC_OK;
    }
    mc_buffer_format(error, "%s:%u: '%s' names %s: %s", config->name, line_of(config, option),
                     option->name, path, strerrordesc_np(errno));
    return MC_BAD_CONFIG;
}

enum mc_result mc_config_check_files(const struct mc_config *config, const char *const *options,
                                     struct mc_buffer *error)
{
    enum mc_result result = MC_OK;
    for (; *options && result == MC_OK; options++) {
        const struct mc_option *option = mc_option_find(mc_span_of(*options));
        result = option ? check_file(config, option, error) : MC_INTERNAL;
    }
    return result;
}

// Only where the machine says for certain that there is no such user: one that cannot be looked up
// just now is none's mistake.
static bool is_nobody(const char *name)
{
    char texts[PASSWD_MAX];
    struct passwd entry, *found = NULL;
    return getpwnam_r(name, &entry, texts, sizeof texts, &found) == 0 && !found;
}

enum mc_result mc_config_check_users(const struct mc_config *config, struct mc_buffer *error)
{
    for (size_t i = 0; i < config->trusted_uid.count; i++) {
        const char *word = config->trusted_uid.items[i];
        const char *user = strchr(word, ':') + 1;
        if (is_nobody(user)) {
            const struct mc_option *option = mc_option_find(mc_span_of("trusted_uid"));
            mc_buffer_format(error, "%s:%u: 'trusted_uid' holds '%s', but there is no user '%s'",
                             config->name, line_of(config, option),
                             mc_config_quoted(mc_span_of(word)).text,
                             mc_config_quoted(mc_span_of(user)).text);
            return MC_BAD_CONFIG;
        }
    }
    return MC_OK;
}
