// SPDX-License-Identifier: Apache-2.0
#include "common/directory_private.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define RETURN_MS 1000 // what one try to return to the designated writer may take

int64_t mc_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Milliseconds until the deadline, at most `limit`; never negative.
static int64_t left_of(const struct mc_directory *directory, int64_t limit)
{
    int64_t left = directory->deadline - mc_monotonic_ms();
    left = left < limit ? left : limit;
    return left > 0 ? left : 0;
}

static const char *uri(const struct mc_directory *directory, unsigned server)
{
    return directory->config->ldap_uri.items[server];
}

// GnuTLS has no words for a certificate that libldap's own check refused, so "unknown error" is one
// as well.
static bool speaks_of_certificate(const char *detail)
{
    return strcasestr(detail, "certificate") || strcasestr(detail, "unknown error code") ||
           strcasestr(detail, "hostname does not match");
}

static enum mc_result classify(int code, const char *detail)
{
    // over ldaps:// the handshake is part of connecting, so its end is "server down"
    bool was_connecting = code == LDAP_CONNECT_ERROR || code == LDAP_SERVER_DOWN;
    if (was_connecting && speaks_of_certificate(detail)) {
        return MC_UNTRUSTED;
    }
    return code == LDAP_NO_MEMORY ? MC_NO_MEMORY : MC_UNAVAILABLE;
}

// The detail goes into a quoted log value.
static void make_quotable(char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ') {
            *text = '\'';
        }
    }
}

enum mc_result mc_directory_fail(struct mc_directory *directory, LDAP *handle, const char *word,
                                 int code)
{
    char *diagnostic = NULL;
    if (handle) {
        ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    }
    char detail[256];
    bool more = diagnostic && *diagnostic;
    snprintf(detail, sizeof detail, "%s%s%s", ldap_err2string(code), more ? ": " : "",
             more ? diagnostic : "");
    make_quotable(detail);
    enum mc_result result = classify(code, detail);
    snprintf(directory->cause, sizeof directory->cause, "cause=%s uri=%s ldap=%d detail=\"%s\"",
             result == MC_UNTRUSTED ? "ldap_certificate" : word, uri(directory, directory->server),
             code, detail);
    ldap_memfree(diagnostic);
    return result;
}

void mc_directory_fail_changed(struct mc_directory *directory)
{
    snprintf(directory->cause, sizeof directory->cause, "cause=writer_changed uri=%s",
             uri(directory, directory->server));
}

static void set_timeouts(LDAP *handle, int64_t connect_ms, int64_t operation_ms)
{
    struct timeval network = {connect_ms / 1000, (connect_ms % 1000) * 1000};
    struct timeval operation = {operation_ms / 1000, (operation_ms % 1000) * 1000};
    ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &network);
    ldap_set_option(handle, LDAP_OPT_TIMEOUT, &operation);
}

static int set_options(struct mc_directory *directory, LDAP *handle, const char *server_uri)
{
    const int version = LDAP_VERSION3;
    const int never = LDAP_DEREF_NEVER;
    ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(handle, LDAP_OPT_DEREF, &never);
    ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    ldap_set_option(handle, LDAP_OPT_RESTART, LDAP_OPT_ON);
    // without this libldap 2.5 spins for ever on a server that is mute in the TLS handshake
    ldap_set_option(handle, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON);
    set_timeouts(handle, left_of(directory, directory->config->ldap_connect_timeout * 1000),
                 directory->config->ldap_timeout * 1000);
    return mc_directory_uses_tls(directory, server_uri) ? mc_directory_set_tls(directory, handle)
                                                        : LDAP_SUCCESS;
}

// True when the asynchronous connect may have got on; false at the end of its time.
static bool wait_connecting(struct mc_directory *directory, LDAP *handle, int64_t until)
{
    int64_t left = left_of(directory, until - mc_monotonic_ms());
    int descriptor = -1;
    if (left <= 0 || ldap_get_option(handle, LDAP_OPT_DESC, &descriptor) != LDAP_OPT_SUCCESS ||
        descriptor < 0) {
        return false;
    }
    struct pollfd wait = {descriptor, POLLOUT, 0};
    return poll(&wait, 1, (int)left) >= 0 || errno == EINTR;
}

enum mc_result mc_directory_wait(struct mc_directory *directory, LDAP *handle, int message,
                                 LDAPMessage **ret_result)
{
    int64_t left = left_of(directory, directory->config->ldap_timeout * 1000);
    struct timeval limit = {left / 1000, (left % 1000) * 1000};
    LDAPMessage *result = NULL;
    int type = ldap_result(handle, message, LDAP_MSG_ALL, &limit, &result);
    if (type > 0) {
        *ret_result = result;
        return MC_OK;
    }
    int code = LDAP_TIMEOUT;
    if (type < 0) {
        ldap_get_option(handle, LDAP_OPT_RESULT_CODE, &code);
    }
    return mc_directory_fail(directory, handle, type ? "ldap_lost" : "ldap_timeout", code);
}

static int send_connecting(struct mc_directory *directory, LDAP *handle, mc_send_function *send,
                           const struct mc_bind *bind, int *message)
{
    int64_t limit = directory->config->ldap_connect_timeout * 1000;
    int64_t until = mc_monotonic_ms() + left_of(directory, limit);
    for (;;) {
        int code = send(handle, bind, message);
        if (code == LDAP_SERVER_DOWN && mc_monotonic_ms() >= until) {
            return LDAP_TIMEOUT; // libldap has no other word for a TLS handshake that took too long
        }
        if (code != LDAP_X_CONNECTING) {
            return code;
        }
        if (!wait_connecting(directory, handle, until)) {
            return LDAP_TIMEOUT;
        }
    }
}

enum mc_result mc_directory_send_connecting(struct mc_directory *directory, LDAP *handle,
                                            mc_send_function *send, const struct mc_bind *bind,
                                            int *message)
{
    int code = send_connecting(directory, handle, send, bind, message);
    const char *word = code == LDAP_TIMEOUT ? "ldap_timeout" : "ldap_down";
    return code == LDAP_SUCCESS ? MC_OK : mc_directory_fail(directory, handle, word, code);
}

enum mc_result mc_directory_ask_connecting(struct mc_directory *directory, LDAP *handle,
                                           mc_send_function *send, const struct mc_bind *bind,
                                           LDAPMessage **ret_answer)
{
    int message = 0;
    enum mc_result result = mc_directory_send_connecting(directory, handle, send, bind, &message);
    return result == MC_OK ? mc_directory_wait(directory, handle, message, ret_answer) : result;
}

static int send_bind(LDAP *handle, const struct mc_bind *bind, int *message)
{
    // a missing text would make SASL EXTERNAL ask once more, so an empty one is sent
    char *text = bind->password.size ? (char *)bind->password.data : "";
    struct berval credentials = {bind->password.size, text};
    return ldap_sasl_bind(handle, bind->dn, bind->mechanism, &credentials, bind->controls, NULL,
                          message);
}

enum mc_result mc_directory_dial(struct mc_directory *directory, unsigned server, LDAP **ret_handle)
{
    LDAP *handle = NULL;
    const char *server_uri = uri(directory, server);
    directory->server = server;
    directory->phase = server_uri;
    int code = ldap_initialize(&handle, server_uri);
    if (code == LDAP_SUCCESS) {
        code = mc_directory_wipe_sent(handle);
    }
    if (code == LDAP_SUCCESS) {
        code = set_options(directory, handle, server_uri);
    }
    enum mc_result result = MC_OK;
    if (code == LDAP_CONNECT_ERROR) {
        result = mc_directory_fail_tls_files(directory);
    } else if (code != LDAP_SUCCESS) {
        result = mc_directory_fail(directory, handle, "ldap_options", code);
    } else if (mc_directory_uses_tls(directory, server_uri)) {
        result = mc_directory_begin_tls(directory, handle, server_uri);
    }
    if (result != MC_OK) {
        if (handle) {
            ldap_unbind_ext(handle, NULL, NULL);
        }
        return result;
    }
    *ret_handle = handle;
    return MC_OK;
}

enum mc_result mc_directory_bind(struct mc_directory *directory, LDAP *handle,
                                 const struct mc_bind *bind, int *ret_code,
                                 LDAPControl ***ret_controls)
{
    LDAPMessage *answer = NULL;
    int code = LDAP_OTHER;
    enum mc_result result =
        mc_directory_ask_connecting(directory, handle, send_bind, bind, &answer);
    if (result != MC_OK) {
        return result;
    }
    int parsed = ldap_parse_result(handle, answer, &code, NULL, NULL, NULL, ret_controls, 1);
    if (parsed != LDAP_SUCCESS) {
        return mc_directory_fail(directory, handle, "ldap_answer", parsed);
    }
    *ret_code = code;
    return MC_OK;
}

enum mc_result mc_directory_bind_own(struct mc_directory *directory, LDAP *handle)
{
    bool simple = directory->config->ldap_bind == MC_BIND_SIMPLE;
    const struct mc_bind bind = {
        .dn = simple ? directory->config->ldap_bind_dn : NULL,
        .mechanism = simple ? LDAP_SASL_SIMPLE : "EXTERNAL",
        .password = simple ? mc_secret_span(&directory->bind_password) : (struct mc_span){NULL, 0},
    };
    int code = LDAP_OTHER;
    enum mc_result result = mc_directory_bind(directory, handle, &bind, &code, NULL);
    if (result == MC_OK && code != LDAP_SUCCESS) {
        result = mc_directory_fail(directory, handle, "ldap_bind_refused", code);
    }
    return result;
}

static enum mc_result connect_to(struct mc_directory *directory, unsigned server)
{
    LDAP *handle = NULL;
    enum mc_result result = mc_directory_dial(directory, server, &handle);
    if (result == MC_OK) {
        result = mc_directory_bind_own(directory, handle);
    }
    if (result != MC_OK) {
        if (handle) {
            ldap_unbind_ext(handle, NULL, NULL);
        }
        mc_servers_failed(directory->servers, server);
        return result;
    }
    directory->handle = handle;
    mc_servers_use(directory->servers, server);
    return MC_OK;
}

// A stand-by is left soon after the designated writer is back, else two servers would each accept
// the same code. Tried before an exchange decides anything, in little time, by one of all that
// share the servers.
static void return_to_writer(struct mc_directory *directory)
{
    if (directory->server == 0 || !mc_servers_claim_return(directory->servers)) {
        return;
    }
    LDAP *kept = directory->handle;
    unsigned kept_server = directory->server;
    int64_t deadline = directory->deadline;
    directory->deadline = mc_monotonic_ms() + left_of(directory, RETURN_MS);
    enum mc_result result = connect_to(directory, 0);
    directory->deadline = deadline;
    if (result == MC_OK) {
        ldap_unbind_ext(kept, NULL, NULL);
        return;
    }
    directory->handle = kept;
    directory->server = kept_server;
    directory->cause[0] = '\0';
}

// Servers that failed lately are asked last, but asked: they may be all there is.
static enum mc_result connect_to_any(struct mc_directory *directory)
{
    struct mc_server_order order;
    enum mc_result result = MC_UNAVAILABLE;
    mc_servers_order(directory->servers, (unsigned)directory->config->ldap_uri.count, &order);
    for (unsigned i = 0; i < order.count; i++) {
        result = connect_to(directory, order.servers[i]);
        if (result == MC_OK || left_of(directory, 1) == 0) {
            break;
        }
    }
    return result;
}

enum mc_result mc_directory_connect(struct mc_directory *directory)
{
    bool may_change = directory->begins;
    directory->begins = false;
    if (may_change && directory->handle &&
        !mc_servers_are_at(directory->servers, directory->server)) {
        mc_directory_drop(directory); // the others have left this one
    }
    enum mc_result result = directory->handle ? MC_OK : connect_to_any(directory);
    if (result == MC_OK && may_change) {
        return_to_writer(directory);
    }
    return result;
}

void mc_directory_drop(struct mc_directory *directory)
{
    if (directory->handle) {
        ldap_unbind_ext(directory->handle, NULL, NULL);
        directory->handle = NULL;
    }
}

bool mc_directory_is_stale(struct mc_directory *directory)
{
    int descriptor = -1;
    if (!directory->handle ||
        ldap_get_option(directory->handle, LDAP_OPT_DESC, &descriptor) != LDAP_OPT_SUCCESS) {
        return true;
    }
    // nothing is under way, so anything to read is the server's goodbye
    struct pollfd idle = {descriptor, POLLIN, 0};
    return poll(&idle, 1, 0) != 0;
}
