// SPDX-License-Identifier: Apache-2.0
// Configuration, keys and the files that options name.
#include "common/command/review.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_FILE_MAX 1024      // bytes
#define PRIVATE_KEY_MAX (64 * 1024) // bytes
#define CA_FILE_MAX (4 << 20)       // bytes, as the sender takes

void mc_review_config(struct mc_review *review)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    const char *path = mc_admin_conf(review->arguments);
    if (mc_config_load(path, &error, &review->admin.config) != MC_OK) {
        mc_review_error(review, "Correct it; mycred.conf(5) explains every option.", "%s",
                        mc_buffer_text(&error));
    }
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

// What must differ between login and site: whoever breaks into a host must not hold the site's
// keys.
static bool compare_keys(struct mc_review *review, const struct mc_keys *site)
{
    const char *id = NULL;
    const uint8_t *login_key = mc_keys_newest(review->admin.keys, &id);
    const uint8_t *site_key = mc_keys_newest(site, &id);
    bool same = memcmp(login_key, site_key, MC_KEY_SIZE) == 0;
    if (same) {
        mc_review_error(
            review,
            "Make a key of its own for the site: delete its file on the web servers and "
            "run 'mycred keygen --site'.",
            "%s and %s hold the same key, so every host could sign in to the site",
            review->admin.config->login_key_file, review->admin.config->site_key_file);
    }
    return !same;
}

void mc_review_keys(struct mc_review *review)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    const struct mc_config *config = review->admin.config;
    if (mc_keys_load(config->login_key_file, &error, &review->admin.keys) != MC_OK) {
        mc_review_error(review,
                        "Copy the key file from another host (owner root, mode 0600), or, if this "
                        "is the first, run 'mycred keygen'.",
                        "%s", mc_buffer_text(&error));
    }
    // only web servers have it
    if (!exists(config->site_key_file)) {
        return;
    }
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *site = NULL;
    mc_buffer_clear(&error);
    if (mc_keys_load(config->site_key_file, &error, &site) != MC_OK) {
        mc_review_error(
            review,
            "Copy it from another web server (owner root, mode 0600), or delete it on a "
            "host that has no site.",
            "%s", mc_buffer_text(&error));
    } else if (review->admin.keys) {
        review->has_site = compare_keys(review, site);
    }
    // a site with an identity of its own leaves the host what it is
    review->is_web_server = review->has_site && !config->site_bind_dn[0];
}

// How a file is read when it is needed; libldap and httpd's modules read theirs by themselves.
enum reading { TRUSTED, PLAIN };

static const struct {
    const char *option;
    size_t offset; // into struct mc_config
    enum reading reading;
    enum mc_file_readers readers;
    size_t maximum; // bytes
} files[] = {
#define FILE_OF(name, reading, readers, maximum)                                                   \
    {                                                                                              \
#name, offsetof(struct mc_config, name), reading, readers, maximum                         \
    }
    FILE_OF(ldap_bind_password_file, TRUSTED, MC_FILE_NOBODY, PASSWORD_FILE_MAX),
    FILE_OF(ldap_ca_file, PLAIN, MC_FILE_ANYBODY, 0),
    FILE_OF(ldap_certificate_file, PLAIN, MC_FILE_ANYBODY, 0),
    FILE_OF(ldap_key_file, TRUSTED, MC_FILE_GROUP, PRIVATE_KEY_MAX),
    FILE_OF(ldap_setter_password_file, TRUSTED, MC_FILE_NOBODY, PASSWORD_FILE_MAX),
    FILE_OF(site_bind_password_file, TRUSTED, MC_FILE_NOBODY, PASSWORD_FILE_MAX),
    FILE_OF(sms_ca_file, TRUSTED, MC_FILE_ANYBODY, CA_FILE_MAX),
    FILE_OF(sms_password_file, TRUSTED, MC_FILE_GROUP, PASSWORD_FILE_MAX),
    FILE_OF(smtp_ca_file, TRUSTED, MC_FILE_ANYBODY, CA_FILE_MAX),
    FILE_OF(smtp_password_file, TRUSTED, MC_FILE_GROUP, PASSWORD_FILE_MAX),
#undef FILE_OF
};

// One has a preset, which counts only with its name.
static bool is_used(const struct mc_config *config, size_t number, const char *path)
{
    bool is_site = files[number].offset == offsetof(struct mc_config, site_bind_password_file);
    return path[0] && (!is_site || config->site_bind_dn[0]);
}

static void check_trusted(struct mc_review *review, size_t number, const char *path)
{
    MC_AUTO_BUFFER struct mc_buffer error, content;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    mc_buffer_init(&content, files[number].maximum);
    if (mc_file_read_trusted(path, files[number].readers, files[number].maximum, &error,
                             &content) != MC_OK) {
        mc_review_error(review, "Correct the file or the option.", "%s: %s", files[number].option,
                        mc_buffer_text(&error));
    } else if (content.size == 0) {
        mc_review_error(review, "Fill it.", "%s: %s: is empty", files[number].option, path);
    }
}

static void check_plain(struct mc_review *review, size_t number, const char *path)
{
    MC_AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status = {0};
    const char *reason = NULL;
    if (file < 0 || fstat(file, &status) != 0) {
        reason = strerror(errno);
    } else if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        reason = "is empty or no file";
    }
    if (reason) {
        mc_review_error(review, "Put the certificates there, or correct the option.", "%s: %s: %s",
                        files[number].option, path, reason);
    }
}

static void check_users(struct mc_review *review)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    if (mc_config_check_users(review->admin.config, &error) != MC_OK) {
        mc_review_error(review, "Create that user, or correct the option.", "%s",
                        mc_buffer_text(&error));
    }
}

void mc_review_files(struct mc_review *review)
{
    const struct mc_config *config = review->admin.config;
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        const char *path = *(char *const *)((const char *)config + files[i].offset);
        if (!is_used(config, i, path)) {
            continue;
        }
        if (files[i].reading == TRUSTED) {
            check_trusted(review, i, path);
        } else {
            check_plain(review, i, path);
        }
    }
    mc_review_certificate_file(review, config->ldap_certificate_file, "Renew it.",
                               "ldap_certificate_file");
    check_users(review);
    if (config->require != MC_REQUIRE_OPTIONAL && !config->site_url[0]) {
        mc_review_warn(review, "Set site_url.",
                       "require demands login verification, but who has no method yet is not told "
                       "where to get one");
    }
}
