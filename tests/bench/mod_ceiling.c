// SPDX-License-Identifier: Apache-2.0
// What a page that shows somebody's entry can cost at best in httpd: one indexed search over a
// pooled connection, and a page of the same size with 20 of the entry's values, escaped.
//
//   BenchCeiling URI BASE BIND_DN PASSWORD PAGE_FILE
//   SetHandler bench-ceiling    GET /...?UID
//   SetHandler bench-mark       calls bench_mark, where callgrind ends one count and begins another
#include <httpd.h>

#include <apr_file_io.h>
#include <apr_reslist.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_protocol.h>
#include <ldap.h>

#define POOL_MAX 64

static char *attributes[] = {"uid",
                             "displayName",
                             "cn",
                             "sn",
                             "mail",
                             "mobile",
                             "objectClass",
                             "uidNumber",
                             "gidNumber",
                             "entryUUID",
                             "homeDirectory",
                             "loginShell",
                             "mycredTotp",
                             "preferredLanguage",
                             "mycredLoginMethod",
                             "mycredSession",
                             "mycredTotpUsed",
                             "mycredVerified",
                             "jpegPhoto",
                             "pwdChangedTime",
                             NULL};
#define VALUES (sizeof attributes / sizeof attributes[0] - 1)

struct ceiling {
    const char *uri, *base, *dn, *password, *page;
    apr_size_t size;
    apr_reslist_t *connections;
};

static struct ceiling ceiling;

static const char *set_ceiling(cmd_parms *command, void *directory, int count, char *const values[])
{
    apr_file_t *file = NULL;
    apr_finfo_t info;
    char *text = NULL;
    (void)directory;
    if (count != 5 ||
        apr_file_open(&file, values[4], APR_READ, APR_OS_DEFAULT, command->pool) != APR_SUCCESS ||
        apr_file_info_get(&info, APR_FINFO_SIZE, file) != APR_SUCCESS) {
        return "BenchCeiling URI BASE BIND_DN PASSWORD PAGE_FILE";
    }
    ceiling = (struct ceiling){
        .uri = values[0], .base = values[1], .dn = values[2], .password = values[3]};
    ceiling.size = (apr_size_t)info.size;
    ceiling.page = text = apr_palloc(command->pool, ceiling.size);
    return apr_file_read_full(file, text, ceiling.size, NULL) == APR_SUCCESS ? NULL : values[4];
}

static apr_status_t connect_one(void **resource, void *data, apr_pool_t *pool)
{
    const int version = LDAP_VERSION3;
    struct berval password = {strlen(ceiling.password), (char *)ceiling.password};
    LDAP *handle = NULL;
    (void)data;
    (void)pool;
    if (ldap_initialize(&handle, ceiling.uri) != LDAP_SUCCESS) {
        return APR_EGENERAL;
    }
    ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    *resource = handle;
    return ldap_sasl_bind_s(handle, ceiling.dn, LDAP_SASL_SIMPLE, &password, NULL, NULL, NULL) ==
                   LDAP_SUCCESS
               ? APR_SUCCESS
               : APR_EGENERAL;
}

static apr_status_t disconnect_one(void *resource, void *data, apr_pool_t *pool)
{
    (void)data;
    (void)pool;
    ldap_unbind_ext(resource, NULL, NULL);
    return APR_SUCCESS;
}

static void start_child(apr_pool_t *pool, server_rec *server)
{
    (void)server;
    if (ceiling.uri) {
        apr_reslist_create(&ceiling.connections, 0, POOL_MAX, POOL_MAX, 0, connect_one,
                           disconnect_one, NULL, pool);
    }
}

static void write_page(request_rec *r, LDAP *handle, LDAPMessage *entry)
{
    apr_size_t piece = ceiling.size / (VALUES + 1), rest = ceiling.size - piece * VALUES;
    ap_set_content_type(r, "text/html; charset=utf-8");
    for (apr_size_t i = 0; i < VALUES; i++) {
        struct berval **values = ldap_get_values_len(handle, entry, attributes[i]);
        ap_rwrite(ceiling.page + i * piece, (int)piece, r);
        if (values) {
            char *text = apr_pstrmemdup(r->pool, values[0]->bv_val, values[0]->bv_len);
            ap_rputs(ap_escape_html(r->pool, text), r);
        }
        ldap_value_free_len(values);
    }
    ap_rwrite(ceiling.page + VALUES * piece, (int)rest, r);
}

static int search(request_rec *r, LDAP *handle)
{
    LDAPMessage *found = NULL;
    int status = HTTP_INTERNAL_SERVER_ERROR;
    const char *filter = apr_psprintf(r->pool, "(&(objectClass=*)(uid=%s))", r->args);
    int code = ldap_search_ext_s(handle, ceiling.base, LDAP_SCOPE_SUBTREE, filter, attributes, 0,
                                 NULL, NULL, NULL, 2, &found);
    LDAPMessage *entry = code == LDAP_SUCCESS ? ldap_first_entry(handle, found) : NULL;
    if (entry) {
        write_page(r, handle, entry);
        status = OK;
    }
    ldap_msgfree(found);
    return status;
}

// Never inline: callgrind looks for its name.
__attribute__((noinline)) void bench_mark(request_rec *r);
void bench_mark(request_rec *r)
{
    ap_set_content_type(r, "text/plain");
}

static int handle_request(request_rec *r)
{
    void *handle = NULL;
    if (r->handler && strcmp(r->handler, "bench-mark") == 0) {
        bench_mark(r);
        return OK;
    }
    if (!r->handler || strcmp(r->handler, "bench-ceiling") != 0 || !r->args) {
        return DECLINED;
    }
    if (apr_reslist_acquire(ceiling.connections, &handle) != APR_SUCCESS) {
        return HTTP_SERVICE_UNAVAILABLE;
    }
    int status = search(r, handle);
    apr_reslist_release(ceiling.connections, handle);
    return status;
}

static const command_rec directives[] = {
    AP_INIT_TAKE_ARGV("BenchCeiling", set_ceiling, NULL, RSRC_CONF, "see mod_ceiling.c"),
    {NULL, {NULL}, NULL, 0, 0, NULL},
};

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_child_init(start_child, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handle_request, NULL, NULL, APR_HOOK_MIDDLE);
}

AP_DECLARE_MODULE(ceiling) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives, register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE,
#endif
};
