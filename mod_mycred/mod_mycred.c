// SPDX-License-Identifier: Apache-2.0
// The module's record: directives and hooks. What they do is in the files they call.
#include "mod_mycred/access.h"
#include "mod_mycred/answer.h"
#include "mod_mycred/health.h"
#include "mod_mycred/outbox.h"
#include "mod_mycred/route.h"
#include "mod_mycred/shared.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <mod_auth.h>
#include <mod_status.h>

// the one name that leaves this file
extern module AP_MODULE_DECLARE_DATA mycred_module __attribute__((visibility("default")));

static void *create_server(apr_pool_t *pool, server_rec *server)
{
    struct site *site = apr_pcalloc(pool, sizeof *site);
    site->server = server;
    return site;
}

static void *merge_server(apr_pool_t *pool, void *base, void *more)
{
    struct site *own = more;
    (void)pool;
    return own->conf ? own
                     : base; // a virtual host without a line of its own is the main server's site
}

struct site *site_of(const server_rec *server)
{
    struct site *site = ap_get_module_config(server->module_config, &mycred_module);
    return site->conf ? site : NULL;
}

static const char *set_conf(cmd_parms *command, void *directory, const char *path)
{
    struct site *site = ap_get_module_config(command->server->module_config, &mycred_module);
    (void)directory;
    if (path[0] != '/') {
        return "MycredConfig takes an absolute path";
    }
    site->conf = path;
    return NULL;
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("MycredConfig", set_conf, NULL, RSRC_CONF, "path of mycred.conf"),
    {NULL, {NULL}, NULL, 0, 0, NULL},
};

// At start, at configtest and at a graceful restart: a mistake in any file of ours keeps the new
// generation out.
static int check_config(apr_pool_t *pool, apr_pool_t *log_pool, apr_pool_t *temporary,
                        server_rec *main_server)
{
    (void)log_pool;
    (void)temporary;
    for (server_rec *server = main_server; server; server = server->next) {
        struct site *site = site_of(server);
        MC_AUTO_BUFFER struct mc_buffer error;
        mc_buffer_init(&error, 1024);
        if (!site || site->config) {
            continue;
        }
        if (site_load(site, pool, &error) != MC_OK) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, server, "mycred: %s",
                         mc_buffer_text(&error));
            return HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return OK;
}

static int pre_config(apr_pool_t *pool, apr_pool_t *log_pool, apr_pool_t *temporary)
{
    (void)log_pool;
    (void)temporary;
    return shared_register(pool) == APR_SUCCESS ? OK : HTTP_INTERNAL_SERVER_ERROR;
}

// One for all sites of this httpd.
static int create_shared(apr_pool_t *pool, server_rec *main_server)
{
    struct shared *shared = NULL;
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 1024);
    for (server_rec *server = main_server; server; server = server->next) {
        struct site *site = site_of(server);
        if (site && !shared && shared_create(pool, main_server, &error, &shared) != MC_OK) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, server, "mycred: %s",
                         mc_buffer_text(&error));
            return HTTP_INTERNAL_SERVER_ERROR;
        }
        if (site) {
            site->shared = shared;
        }
    }
    return OK;
}

static int post_config(apr_pool_t *pool, apr_pool_t *log_pool, apr_pool_t *temporary,
                       server_rec *main_server)
{
    int status = check_config(pool, log_pool, temporary, main_server);
    for (server_rec *server = main_server; status == OK && server; server = server->next) {
        struct site *site = site_of(server);
        if (site && site->server == server) { // not another server's that this one shares
            outbox_watch(site, pool);
        }
    }
    return status == OK ? create_shared(pool, main_server) : status;
}

static void test_config(apr_pool_t *pool, server_rec *main_server)
{
    if (check_config(pool, pool, pool, main_server) != OK ||
        create_shared(pool, main_server) != OK) {
        exit(1);
    }
}

static void start_child(apr_pool_t *pool, server_rec *main_server)
{
    for (server_rec *server = main_server; server; server = server->next) {
        struct site *site = site_of(server);
        if (site && !site->directories && site_start_child(site, pool) != APR_SUCCESS) {
            ap_log_error(APLOG_MARK, APLOG_CRIT, 0, server, "mycred: cannot start in this child");
        }
    }
}

// The site's address as people type it: without the last slash.
static bool lacks_slash(const request_rec *r, const struct site *site)
{
    size_t size = strlen(site->prefix);
    return size > 1 && strlen(r->uri) == size - 1 && strncmp(r->uri, site->prefix, size - 1) == 0 &&
           r->method_number == M_GET && r->handler && AP_IS_DEFAULT_HANDLER_NAME(r->handler);
}

static int handle(request_rec *r)
{
    struct site *site = site_of(r->server);
    if (site && lacks_slash(r, site)) {
        apr_table_setn(r->headers_out, "Location",
                       apr_pstrcat(r->pool, site->origin, site->prefix, NULL));
        return HTTP_SEE_OTHER;
    }
    bool for_operators = r->handler && strcmp(r->handler, "mycred-health") == 0;
    if (!for_operators && (!r->handler || strcmp(r->handler, "mycred") != 0)) {
        return DECLINED;
    }
    size_t size = site ? strlen(site->prefix) : 0;
    if (!site || (!for_operators && strncmp(r->uri, site->prefix, size) != 0)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mycred: this location is not below site_url, or MycredConfig is missing");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (for_operators || strcmp(r->uri + size, "health") == 0) {
        return health_answer(r, site, for_operators);
    }
    struct visit *visit = apr_pcalloc(r->pool, sizeof *visit);
    enum mc_result result = visit_begin(visit, r, site);
    int status = result == MC_OK ? route(visit) : answer_failure(visit, result, NULL);
    visit_write_notes(visit);
    visit_leave_directory(visit); // the answer may take long to reach a slow client
    return status;
}

static int write_status(request_rec *r, int flags)
{
    struct site *site = site_of(r->server);
    if (site) {
        health_write_status(r, site, flags & AP_STATUS_SHORT);
    }
    return OK;
}

static const authn_provider api_provider = {access_check_api_password, NULL};
static const authz_provider verified_provider = {access_check_verified, NULL};

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(test_config, NULL, NULL, APR_HOOK_MIDDLE);
    // before the watchdog, which uses what this makes
    ap_hook_child_init(start_child, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ap, status_hook, write_status, NULL, NULL, APR_HOOK_MIDDLE);
    // before anything reads them, on every path: an application must never believe a client's own
    // words
    ap_hook_post_read_request(access_remove_headers, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(access_keep_cookies, NULL, NULL, APR_HOOK_LAST);
    ap_hook_check_authn(access_check_session, NULL, NULL, APR_HOOK_MIDDLE,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_insert_error_filter(access_answer_throttled, NULL, NULL, APR_HOOK_MIDDLE);
    ap_register_auth_provider(pool, AUTHN_PROVIDER_GROUP, "mycred", AUTHN_PROVIDER_VERSION,
                              &api_provider, AP_AUTH_INTERNAL_PER_CONF);
    ap_register_auth_provider(pool, AUTHZ_PROVIDER_GROUP, "mycred-verified", AUTHZ_PROVIDER_VERSION,
                              &verified_provider, AP_AUTH_INTERNAL_PER_CONF);
}

AP_DECLARE_MODULE(mycred) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, create_server, merge_server, directives, register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE,
#endif
};
