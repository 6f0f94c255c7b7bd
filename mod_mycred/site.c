// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/site.h"

#include "common/directory_servers.h"
#include "mod_mycred/administrator.h"
#include "mod_mycred/password_rules.h"
#include "mod_mycred/sending.h"
#include "mod_mycred/shared.h"
#include "mod_mycred/tally.h"
#include "mod_mycred/templates.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_log.h>
#include <sys/mman.h>

APLOG_USE_MODULE(mycred);

#define REQUEST_MS 8000        // for all directory operations of one request
#define BORROW_WAIT_US 2000000 // for a connection, when all are in use
#define IDLE_TTL_US (300 * 1000000LL)

// What the site reads of people besides what every door does.
static const char *const site_attributes[] = {
    "mycredSession", "mycredNotice",    "displayName",    "cn", "pwdChangedTime", "jpegPhoto",
    "pwdReset",      "mycredHelpAsked", "mycredReminded", NULL};

// What it takes to know that a session or an API password is good: other locations ask at every
// request of theirs. Each attribute costs the directory a look at its access rules.
static const char *const *list_attributes(const struct site *site, apr_pool_t *pool,
                                          const char *const own[2])
{
    const char *const names[] = {"objectClass", "entryUUID", "mycredLockedUntil",
                                 own[0],        own[1],      site->config->login_attribute};
    const char **list = apr_pcalloc(pool, sizeof names + sizeof *list);
    memcpy(list, names, sizeof names);
    return list;
}

static void list_guards_attributes(struct site *site, apr_pool_t *pool)
{
    static const char *const session[] = {"mycredSession", "pwdChangedTime"};
    static const char *const api[] = {"mycredApiPassword", "mycredLastUse"};
    site->session_attributes = list_attributes(site, pool, session);
    site->api_attributes = list_attributes(site, pool, api);
}

static apr_status_t release_site(void *data)
{
    struct site *site = data;
    mc_directory_free_pointer(&site->model);
    if (site->servers) {
        (void)munmap(site->servers, sizeof *site->servers);
    }
    mc_keys_free_pointer(&site->login_keys);
    mc_keys_free_pointer(&site->site_keys);
    mc_config_free_pointer(&site->config);
    return APR_SUCCESS;
}

// On this machine itself plain http will do: browsers take it for as good as TLS, also for Secure
// cookies.
static const char *host_of(const char *url)
{
    static const char *const starts[] = {"https://", "http://localhost", "http://127.0.0.1",
                                         "http://[::1]"};
    for (size_t i = 0; i < MC_COUNT(starts); i++) {
        if (strncmp(url, starts[i], strlen(starts[i])) == 0) {
            return strstr(url, "://") + 3;
        }
    }
    return NULL;
}

// "https://login.example.org/mycred/" is the origin and the prefix.
static enum mc_result split_url(struct site *site, apr_pool_t *pool, struct mc_buffer *error)
{
    const char *url = site->config->site_url;
    const char *host = host_of(url);
    if (!host || !*host) {
        mc_buffer_format(error, "%s: site_url must be the site's address, https://HOST/PATH/",
                         site->conf);
        return MC_BAD_CONFIG;
    }
    const char *path = host + strcspn(host, "/");
    site->origin = apr_pstrmemdup(pool, url, (apr_size_t)(path - url));
    size_t size = strlen(path);
    site->prefix = size && path[size - 1] == '/' ? path : apr_pstrcat(pool, path, "/", NULL);
    return MC_OK;
}

static enum mc_result check_password_file(const struct site *site, struct mc_buffer *error)
{
    const char *path = site->config->breached_passwords_file;
    const char *complaint = path[0] ? password_file_complaint(path) : NULL;
    if (complaint) {
        mc_buffer_format(error, "%s: %s", path, complaint);
    }
    return complaint ? MC_BAD_CONFIG : MC_OK;
}

static enum mc_result check_named_files(const struct site *site, struct mc_buffer *error)
{
    static const char *const sending_files[] = {"sms_ca_file", "sms_password_file", "smtp_ca_file",
                                                "smtp_password_file", NULL};
    enum mc_result result = mc_config_check_files(site->config, mc_config_directory_files, error);
    return result == MC_OK ? mc_config_check_files(site->config, sending_files, error) : result;
}

// Inherited by all children, so that they agree.
static enum mc_result make_shared_memory(struct site *site, apr_pool_t *pool)
{
    void *memory = mmap(NULL, sizeof *site->servers, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    site->servers = memory == MAP_FAILED ? NULL : memory;
    return site->servers && tally_new(pool, &site->tally) == APR_SUCCESS ? MC_OK : MC_NO_MEMORY;
}

enum mc_result site_load(struct site *site, apr_pool_t *pool, struct mc_buffer *error)
{
    apr_pool_cleanup_register(pool, site, release_site, apr_pool_cleanup_null);
    enum mc_result result = mc_config_load(site->conf, error, &site->config);
    if (result == MC_OK) {
        result = mc_config_be_site(site->config);
    }
    if (result == MC_OK) {
        result = split_url(site, pool, error);
    }
    if (result == MC_OK) {
        result = check_password_file(site, error);
    }
    if (result == MC_OK) {
        result = check_named_files(site, error);
    }
    if (result == MC_OK) {
        result = mc_keys_load(site->config->login_key_file, error, &site->login_keys);
    }
    if (result == MC_OK) {
        result = mc_keys_load(site->config->site_key_file, error, &site->site_keys);
    }
    if (result == MC_OK) {
        mc_directory_prepare_threads();
        result = mc_directory_new(site->config, error, &site->model);
    }
    if (result == MC_OK) {
        result = make_shared_memory(site, pool);
    }
    if (result == MC_OK) {
        mc_directory_share(site->model, site->servers);
        mc_directory_want(site->model, site_attributes);
        list_guards_attributes(site, pool);
        result = mc_directory_want_setter(site->model, error);
    }
    if (result == MC_OK) {
        result = templates_load(site->config, pool, error, &site->templates);
    }
    return result;
}

static apr_status_t open_directory(void **resource, void *data, apr_pool_t *pool)
{
    struct site *site = data;
    struct mc_directory *directory = NULL;
    (void)pool;
    if (mc_directory_copy(site->model, &directory) != MC_OK) {
        return APR_ENOMEM;
    }
    *resource = directory;
    return APR_SUCCESS;
}

static apr_status_t close_directory(void *resource, void *data, apr_pool_t *pool)
{
    (void)data;
    (void)pool;
    mc_directory_free(resource);
    return APR_SUCCESS;
}

// HTTP/2 has workers besides the threads of the process, and so has sending.
int site_connections_max(int threads)
{
    return 2 * threads + SENDING_THREADS;
}

apr_status_t site_start_child(struct site *site, apr_pool_t *pool)
{
    int threads = 1;
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    threads = threads > 0 ? threads : 1;
    int most = site_connections_max(threads);
    apr_status_t status = apr_reslist_create(&site->directories, 0, threads, most, IDLE_TTL_US,
                                             open_directory, close_directory, site, pool);
    if (status == APR_SUCCESS) {
        apr_reslist_timeout_set(site->directories, BORROW_WAIT_US);
        status = sending_start(site, pool, &site->sending);
    }
    if (status == APR_SUCCESS) {
        status = shared_start_child(site->shared, pool);
    }
    if (status == APR_SUCCESS) {
        status = administrators_start(pool, &site->administrators);
    }
    return status;
}

enum mc_result site_borrow_directory(struct site *site, struct mc_directory **ret_directory)
{
    void *resource = NULL;
    if (apr_reslist_acquire(site->directories, &resource) != APR_SUCCESS) {
        return MC_UNAVAILABLE;
    }
    *ret_directory = resource;
    mc_directory_set_deadline(*ret_directory, REQUEST_MS);
    return MC_OK;
}

void site_return_directory(struct site *site, struct mc_directory *directory)
{
    apr_reslist_release(site->directories, directory);
}

// httpd's levels are syslog's.
void site_log(const struct site *site, enum mc_event event, const struct mc_buffer *line)
{
    ap_log_error(APLOG_MARK, mc_event_priority(event) | APLOG_NOERRNO, 0, site->server, "%s",
                 mc_buffer_text(line));
    tally_count(site->tally, event, mc_now());
}

struct mc_context site_context(const struct site *site, struct mc_directory *directory)
{
    return (struct mc_context){.config = site->config,
                               .keys = site->login_keys,
                               .site_keys = site->site_keys,
                               .directory = directory,
                               .now = mc_now};
}
