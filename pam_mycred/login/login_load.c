// SPDX-License-Identifier: Apache-2.0
// Configuration and keys, read at the start and again whenever a file has changed: what an
// administrator writes counts at the next login.
#include "pam_mycred/login/login.h"
#include "pam_mycred/login/login_process.h"

#include "common/directory_servers.h"

#include <sys/mman.h>
#include <sys/stat.h>

struct stamp {
    dev_t device;
    ino_t inode;
    struct timespec modified, changed;
};

static struct stamp stamp_of(const char *path)
{
    struct stat found;
    if (lstat(path, &found) != 0) {
        return (struct stamp){0};
    }
    return (struct stamp){found.st_dev, found.st_ino, found.st_mtim, found.st_ctim};
}

static bool same(const struct stamp *one, const struct stamp *other)
{
    return one->device == other->device && one->inode == other->inode &&
           one->modified.tv_sec == other->modified.tv_sec &&
           one->modified.tv_nsec == other->modified.tv_nsec &&
           one->changed.tv_sec == other->changed.tv_sec &&
           one->changed.tv_nsec == other->changed.tv_nsec;
}

// What was loaded: the configuration, and the secrets it names.
static struct stamp conf_stamp, key_stamp, password_stamp;

// What all workers know of the directory's servers; NULL: this process is alone.
static struct mc_servers *shared_servers;

_Static_assert(sizeof(struct mc_servers) <= WIRE_SERVERS_SIZE, "the service gives too little");

void login_share_servers(void)
{
    struct stat found;
    if (fstat(WIRE_SERVERS_DESCRIPTOR, &found) != 0 || found.st_size < WIRE_SERVERS_SIZE) {
        return;
    }
    void *memory = mmap(NULL, WIRE_SERVERS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                        WIRE_SERVERS_DESCRIPTOR, 0);
    shared_servers = memory == MAP_FAILED ? NULL : memory;
}

static void login_release(struct login *login)
{
    mc_directory_free_pointer(&login->directory);
    mc_keys_free_pointer(&login->keys);
    mc_config_free_pointer(&login->config);
    mc_buffer_clear(&login->error);
}

static enum mc_result load(struct login *login)
{
    enum mc_result result =
        mc_config_load(mc_buffer_text(&login->conf), &login->error, &login->config);
    if (result == MC_OK) {
        key_stamp = stamp_of(login->config->login_key_file);
        password_stamp = stamp_of(login->config->ldap_bind_password_file);
        result = mc_keys_load(login->config->login_key_file, &login->error, &login->keys);
    }
    if (result == MC_OK) {
        result = mc_config_check_files(login->config, mc_config_directory_files, &login->error);
    }
    if (result == MC_OK) {
        result = mc_config_check_users(login->config, &login->error);
    }
    if (result == MC_OK) {
        result = mc_directory_new(login->config, &login->error, &login->directory);
    }
    if (result == MC_OK && shared_servers) {
        mc_directory_share(login->directory, shared_servers);
    }
    if (result == MC_OK) {
        login->context = (struct mc_context){.config = login->config,
                                             .keys = login->keys,
                                             .directory = login->directory,
                                             .now = mc_now};
    }
    return result;
}

void login_refresh(struct login *login)
{
    const struct stamp conf_now = stamp_of(mc_buffer_text(&login->conf));
    if (login->failure == MC_OK) {
        const struct stamp key_now = stamp_of(login->config->login_key_file);
        const struct stamp password_now = stamp_of(login->config->ldap_bind_password_file);
        if (same(&conf_now, &conf_stamp) && same(&key_now, &key_stamp) &&
            same(&password_now, &password_stamp)) {
            return;
        }
    }
    login_release(login);
    conf_stamp = conf_now;
    login->failure = load(login);
}

enum mc_result login_init(struct login *login, const char *conf)
{
    *login = (struct login){.failure = MC_UNDECIDED};
    mc_buffer_init(&login->error, 1024);
    mc_buffer_init(&login->conf, 4096);
    mc_buffer_add_text(&login->conf, conf);
    return mc_buffer_result(&login->conf);
}

void login_end(struct login *login)
{
    login_release(login);
    mc_buffer_release(&login->error);
    mc_buffer_release(&login->conf);
}
