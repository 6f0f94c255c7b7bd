// SPDX-License-Identifier: Apache-2.0
// TLS towards the directory: set up and begun on each handle, and looked at before anything else is
// sent.
#include "common/directory_check.h"
#include "common/directory_private.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

bool mc_directory_uses_tls(const struct mc_directory *directory, const char *server_uri)
{
    bool starttls = directory->config->ldap_starttls && strncasecmp(server_uri, "ldap:", 5) == 0;
    return starttls || strncasecmp(server_uri, "ldaps:", 6) == 0;
}

int mc_directory_set_tls(const struct mc_directory *directory, LDAP *handle)
{
    const struct mc_config *config = directory->config;
    const int demand = LDAP_OPT_X_TLS_DEMAND, protocol = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
    const struct {
        int option;
        const char *path;
    } files[] = {{LDAP_OPT_X_TLS_CACERTFILE, config->ldap_ca_file},
                 {LDAP_OPT_X_TLS_CERTFILE, config->ldap_certificate_file},
                 {LDAP_OPT_X_TLS_KEYFILE, config->ldap_key_file}};
    for (size_t i = 0; i < MC_COUNT(files); i++) {
        if (files[i].path[0] &&
            ldap_set_option(handle, files[i].option, files[i].path) != LDAP_OPT_SUCCESS) {
            return LDAP_LOCAL_ERROR;
        }
    }
    if (ldap_set_option(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != LDAP_OPT_SUCCESS ||
        ldap_set_option(handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, &protocol) != LDAP_OPT_SUCCESS) {
        return LDAP_LOCAL_ERROR;
    }
    // everything above counts only for a context made after it
    return ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS
               ? LDAP_SUCCESS
               : LDAP_CONNECT_ERROR;
}

// No server can be trusted with files that do not load; libldap does not say which.
enum mc_result mc_directory_fail_tls_files(struct mc_directory *directory)
{
    const struct mc_config *config = directory->config;
    const char *const paths[] = {config->ldap_ca_file, config->ldap_certificate_file,
                                 config->ldap_key_file};
    const char *file = config->ldap_ca_file, *why = "cannot be used";
    for (size_t i = 0; i < MC_COUNT(paths); i++) {
        if (paths[i][0] && access(paths[i], R_OK) != 0) {
            file = paths[i];
            why = strerrordesc_np(errno);
        }
    }
    snprintf(directory->cause, sizeof directory->cause,
             "cause=ldap_options uri=%s file=%s detail=\"%s\"",
             config->ldap_uri.items[directory->server], file, why);
    return MC_UNTRUSTED;
}

// libldap over GnuTLS takes a lowest protocol as an option and ignores it, and leaks where it is
// told in GnuTLS's own words; so what was agreed on is looked at before anything is sent under it.
static enum mc_result check_protocol(struct mc_directory *directory, LDAP *handle)
{
    static const char *const good[] = {"TLS1.2", "TLS1.3", "TLSv1.2", "TLSv1.3"};
    char *agreed = NULL;
    bool is_good = false;
    if (ldap_get_option(handle, LDAP_OPT_X_TLS_VERSION, &agreed) == LDAP_OPT_SUCCESS && agreed) {
        for (size_t i = 0; i < MC_COUNT(good); i++) {
            is_good = is_good || strcmp(agreed, good[i]) == 0;
        }
    }
    if (!is_good) {
        snprintf(directory->cause, sizeof directory->cause,
                 "cause=ldap_tls_version uri=%s detail=\"%s\"",
                 directory->config->ldap_uri.items[directory->server], agreed ? agreed : "unknown");
    }
    ldap_memfree(agreed);
    return is_good ? MC_OK : MC_UNTRUSTED;
}

static int send_start_tls(LDAP *handle, const struct mc_bind *bind, int *message)
{
    (void)bind;
    return ldap_start_tls(handle, NULL, NULL, message);
}

static enum mc_result start_tls(struct mc_directory *directory, LDAP *handle)
{
    LDAPMessage *answer = NULL;
    int code = LDAP_OTHER;
    enum mc_result result =
        mc_directory_ask_connecting(directory, handle, send_start_tls, NULL, &answer);
    if (result != MC_OK) {
        return result;
    }
    ldap_parse_extended_result(handle, answer, NULL, NULL, 0);
    ldap_parse_result(handle, answer, &code, NULL, NULL, NULL, NULL, 1);
    if (code == LDAP_SUCCESS) {
        code = ldap_install_tls(handle);
    }
    const char *word = code == LDAP_TIMEOUT ? "ldap_timeout" : "ldap_starttls";
    return code == LDAP_SUCCESS ? MC_OK : mc_directory_fail(directory, handle, word, code);
}

// Over ldaps:// the handshake is part of connecting.
static int send_nothing(LDAP *handle, const struct mc_bind *bind, int *message)
{
    (void)bind;
    (void)message;
    int code = LDAP_SUCCESS;
    if (ldap_connect(handle) != LDAP_SUCCESS) {
        ldap_get_option(handle, LDAP_OPT_RESULT_CODE, &code);
        code = code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code;
    }
    return code;
}

static enum mc_result connect_under_tls(struct mc_directory *directory, LDAP *handle)
{
    int message = 0;
    return mc_directory_send_connecting(directory, handle, send_nothing, NULL, &message);
}

enum mc_result mc_directory_begin_tls(struct mc_directory *directory, LDAP *handle,
                                      const char *server_uri)
{
    enum mc_result result = strncasecmp(server_uri, "ldaps:", 6) == 0
                                ? connect_under_tls(directory, handle)
                                : start_tls(directory, handle);
    return result == MC_OK ? check_protocol(directory, handle) : result;
}

enum mc_result mc_directory_certificate(struct mc_directory *directory, struct mc_buffer *der)
{
    struct berval shown = {0};
    enum mc_result result = mc_directory_connect(directory);
    if (result != MC_OK) {
        return result;
    }
    if (ldap_get_option(directory->handle, LDAP_OPT_X_TLS_PEERCERT, &shown) != LDAP_OPT_SUCCESS ||
        !shown.bv_val) {
        return MC_NOT_FOUND;
    }
    mc_buffer_append(der, shown.bv_val, shown.bv_len);
    ldap_memfree(shown.bv_val);
    return mc_buffer_result(der);
}
