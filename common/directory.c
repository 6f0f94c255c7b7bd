// SPDX-License-Identifier: Apache-2.0
#include "common/directory_private.h"

#include <stdlib.h>

#define PASSWORD_FILE_MAX 1024 // bytes
#define DEFAULT_DEADLINE_MS 10000

// What is read of a person besides the attributes the configuration names.
static const char *const own_attributes[] = {
    "objectClass",         "entryUUID",         "mycredLoginMethod", "mycredRequire",
    "mycredMethodAllowed", "mycredExemptUntil", "mycredLockedUntil", "mycredInviteUntil",
    "mycredTotp",          "mycredRecovery",    "mycredApiPassword", "mycredVerified",
    "mycredTotpUsed",      "mycredTotpFailure", "mycredCodeFailure", "mycredRecoveryFailure",
    "mycredChallenge",     "mycredSendTime",    "mycredLastUse",
};

static void list_attributes(struct mc_directory *directory)
{
    const struct mc_config *config = directory->config;
    size_t count = 0;
    for (size_t i = 0; i < MC_COUNT(own_attributes); i++) {
        directory->attributes[count++] = (char *)own_attributes[i];
    }
    directory->attributes[count++] = config->login_attribute;
    directory->attributes[count++] = config->mail_attribute;
    directory->attributes[count++] = config->mobile_attribute;
    directory->attributes[count++] = config->language_attribute;
    directory->attributes[count] = NULL;
}

void mc_directory_want(struct mc_directory *directory, const char *const *names)
{
    size_t count = 0;
    while (directory->attributes[count]) {
        count++;
    }
    for (; *names && count < MC_COUNT(directory->attributes) - 1; names++) {
        directory->attributes[count++] = (char *)*names;
    }
    directory->attributes[count] = NULL;
}

void mc_directory_narrow(struct mc_directory *directory, const char *const *names_or_null)
{
    directory->narrow = names_or_null;
}

static enum mc_result read_password(const char *path, struct mc_buffer *error,
                                    struct mc_secret *ret_password)
{
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&content, PASSWORD_FILE_MAX);
    enum mc_result result =
        mc_file_read_trusted(path, MC_FILE_NOBODY, PASSWORD_FILE_MAX, error, &content);
    if (result != MC_OK) {
        return result;
    }
    struct mc_span password = mc_buffer_span(&content);
    while (password.size && (password.data[password.size - 1] == '\n')) {
        password.size--;
    }
    if (password.size == 0) { // would be an anonymous bind, RFC 4513 5.1.2
        mc_buffer_format(error, "%s: holds no password", path);
        return MC_BAD_CONFIG;
    }
    return mc_secret_set(ret_password, password);
}

static enum mc_result read_bind_password(struct mc_directory *directory, struct mc_buffer *error)
{
    const struct mc_config *config = directory->config;
    return config->ldap_bind == MC_BIND_SIMPLE
               ? read_password(config->ldap_bind_password_file, error, &directory->bind_password)
               : MC_OK;
}

void mc_directory_prepare_threads(void)
{
    int level = 0;
    (void)ldap_get_option(NULL, LDAP_OPT_DEBUG_LEVEL, &level);
}

enum mc_result mc_directory_new(const struct mc_config *config, struct mc_buffer *error,
                                struct mc_directory **ret_directory)
{
    if (config->ldap_uri.count > MC_SERVERS_MAX) {
        mc_buffer_format(error, "ldap_uri: at most %d servers may be named", MC_SERVERS_MAX);
        return MC_BAD_CONFIG;
    }
    struct mc_directory *directory = mc_allocate(sizeof *directory);
    if (!directory) {
        return MC_NO_MEMORY;
    }
    directory->config = config;
    directory->servers = &directory->own_servers;
    directory->phase = "starting";
    list_attributes(directory);
    mc_directory_set_deadline(directory, DEFAULT_DEADLINE_MS);
    enum mc_result result = read_bind_password(directory, error);
    if (result != MC_OK) {
        mc_directory_free(directory);
        return result;
    }
    *ret_directory = directory;
    return MC_OK;
}

enum mc_result mc_directory_want_setter(struct mc_directory *directory, struct mc_buffer *error)
{
    const struct mc_config *config = directory->config;
    return config->ldap_setter_dn[0] ? read_password(config->ldap_setter_password_file, error,
                                                     &directory->setter_password)
                                     : MC_OK;
}

static enum mc_result copy_secret(const struct mc_secret *secret, struct mc_secret *ret_copy)
{
    return secret->size ? mc_secret_set(ret_copy, mc_secret_span(secret)) : MC_OK;
}

enum mc_result mc_directory_copy(const struct mc_directory *model,
                                 struct mc_directory **ret_directory)
{
    struct mc_directory *directory = mc_allocate(sizeof *directory);
    if (!directory) {
        return MC_NO_MEMORY;
    }
    directory->config = model->config;
    directory->servers = model->servers;
    directory->phase = "starting";
    memcpy(directory->attributes, model->attributes, sizeof directory->attributes);
    mc_directory_set_deadline(directory, DEFAULT_DEADLINE_MS);
    enum mc_result result = copy_secret(&model->bind_password, &directory->bind_password);
    if (result == MC_OK) {
        result = copy_secret(&model->setter_password, &directory->setter_password);
    }
    if (result != MC_OK) {
        mc_directory_free(directory);
        return result;
    }
    *ret_directory = directory;
    return MC_OK;
}

void mc_directory_free(struct mc_directory *directory)
{
    if (directory) {
        mc_directory_drop(directory);
        mc_secret_release(&directory->bind_password);
        mc_secret_release(&directory->setter_password);
        free(directory);
    }
}

void mc_directory_free_pointer(struct mc_directory **directory)
{
    mc_directory_free(*directory);
    *directory = NULL;
}

void mc_directory_set_deadline(struct mc_directory *directory, int64_t milliseconds)
{
    directory->deadline = mc_monotonic_ms() + milliseconds;
    directory->begins = true;
    directory->cause[0] = '\0';
}

const char *mc_directory_cause(const struct mc_directory *directory)
{
    return directory->cause;
}

const char *mc_directory_phase(const struct mc_directory *directory)
{
    return directory->phase;
}

unsigned mc_directory_writer(const struct mc_directory *directory)
{
    return directory->handle ? directory->server + 1 : 0;
}

mc_time mc_directory_switched(const struct mc_directory *directory)
{
    return mc_servers_switched(directory->servers);
}

enum mc_result mc_directory_check_settled(struct mc_directory *directory, mc_time now)
{
    if (mc_servers_switched(directory->servers) <= now) {
        return MC_OK;
    }
    mc_directory_fail_changed(directory);
    return MC_UNAVAILABLE;
}

void mc_directory_share(struct mc_directory *directory, struct mc_servers *servers)
{
    directory->servers = servers;
}

void mc_entries_release(struct mc_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        mc_entry_free(entries->items[i]);
    }
    free(entries->items);
    *entries = (struct mc_entries){0};
}
