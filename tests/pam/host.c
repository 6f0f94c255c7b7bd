// SPDX-License-Identifier: Apache-2.0
// A host program for tests of PAM modules: runs a service of a private folder with scripted answers
// and prints, one JSON object a line, what happened; can be as hostile as real hosts are.
//
//   pam_host [option=value]... call...
//
// Calls: authenticate, setcred, acct_mgmt, chauthtok, chauthtok_expired, as=NAME. `repeat=N` does
// them N times, a handle each; `threads=N` does them in N threads at once. What the module changed
// in this process is printed at the end.
#include "tests/pam/host.h"

#include <security/pam_appl.h>
#include <security/pam_ext.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <unistd.h>

struct host host = {.confdir = "", .service = "mycred", .user = "alice", .repeat = 1, .output = 1};

void host_print(const char *format, ...)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&lock);
    (void)vdprintf(host.output, format, arguments);
    pthread_mutex_unlock(&lock);
    va_end(arguments);
}

// The text as a JSON string, in `room` (at least 6 times its size and 3 more).
static const char *quoted(const char *text, char *room)
{
    char *end = room;
    *end++ = '"';
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f) {
            end += sprintf(end, "\\u%04x", byte);
        } else {
            *end++ = (char)byte;
        }
    }
    *end++ = '"';
    *end = '\0';
    return room;
}

// What the module logs is printed; no descriptor of a log disturbs the comparison. libpam calls one
// of these.
__attribute__((format(printf, 2, 0))) static void print_log(int priority, const char *format,
                                                            va_list arguments)
{
    char line[32768];
    char room[6 * sizeof line + 3];
    (void)vsnprintf(line, sizeof line, format, arguments);
    if (!host.quiet) {
        host_print("{\"log\": %d, \"text\": %s}\n", LOG_PRI(priority), quoted(line, room));
    }
}

__attribute__((visibility("default"), format(printf, 2, 3))) void syslog(int priority,
                                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_log(priority, format, arguments);
    va_end(arguments);
}

void __syslog_chk(int priority, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
__attribute__((visibility("default"))) void __syslog_chk(int priority, int flag, const char *format,
                                                         ...)
{
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    print_log(priority, format, arguments);
    va_end(arguments);
}

// The journal, which hosts have or have not.
__attribute__((visibility("default"))) ssize_t sendto(int descriptor, const void *bytes,
                                                      size_t size, int sendto_flags,
                                                      const struct sockaddr *address,
                                                      socklen_t address_size)
{
    if (!address || address->sa_family != AF_UNIX) {
        return syscall(SYS_sendto, descriptor, bytes, size, sendto_flags, address, address_size);
    }
    if (!host.journal) {
        errno = ENOENT;
        return -1;
    }
    host_pause(true);
    char *text = strndup(bytes, size);
    char *room = malloc(6 * size + 3);
    host_print("{\"journal\": %s}\n", quoted(text, room));
    free(room);
    free(text);
    host_pause(false);
    return (ssize_t)size;
}

struct talk {
    int next; // of host.answers
};

static char *filled(size_t size)
{
    char *text = malloc(size + 1);
    memset(text, '1', size);
    text[size] = '\0';
    return text;
}

// PAM_SUCCESS with the reply in *ret_text.
static int answer(const char *script, char **ret_text)
{
    if (strcmp(script, "!null") == 0) {
        *ret_text = NULL;
        return PAM_SUCCESS;
    }
    if (strcmp(script, "!error") == 0) {
        return PAM_CONV_ERR;
    }
    if (strcmp(script, "!abort") == 0) {
        return PAM_ABORT;
    }
    if (strcmp(script, "!again") == 0) {
        return PAM_CONV_AGAIN;
    }
    *ret_text =
        strncmp(script, "!size=", 6) == 0 ? filled(strtoul(script + 6, NULL, 10)) : strdup(script);
    return PAM_SUCCESS;
}

static void print_messages(int count, const struct pam_message **messages)
{
    static const char *const styles[] = {"", "secret", "prompt", "error", "info"};
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        size += 6 * strlen(messages[i]->msg) + 64;
    }
    char *line = calloc(1, size + 64);
    char *room = malloc(size + 64);
    char *end = line;
    for (int i = 0; i < count; i++) {
        end += sprintf(end, "%s[\"%s\", %s]", i ? ", " : "", styles[messages[i]->msg_style],
                       quoted(messages[i]->msg, room));
    }
    if (!host.quiet) {
        host_print("{\"conversation\": [%s]}\n", line);
    }
    free(room);
    free(line);
}

static int hold_talk(int count, const struct pam_message **messages, struct pam_response **replies,
                     struct talk *talk)
{
    print_messages(count, messages);
    if (host.user) { // what a failed conversation leaves there must not be looked at, but libpam
                     // does
        *replies = (struct pam_response *)(uintptr_t)0x10;
    }
    if (host.mute) {
        return PAM_CONV_ERR;
    }
    struct pam_response *given = calloc((size_t)count, sizeof *given);
    for (int i = 0; i < count; i++) {
        int style = messages[i]->msg_style;
        if (style != PAM_PROMPT_ECHO_ON && style != PAM_PROMPT_ECHO_OFF) {
            continue;
        }
        const char *script = talk->next < host.answer_count ? host.answers[talk->next++] : "!error";
        if (strcmp(script, "!nothing") == 0) {
            free(given);
            *replies = NULL;
            return PAM_SUCCESS;
        }
        int code = answer(script, &given[i].resp);
        if (code != PAM_SUCCESS) {
            free(given);
            return code;
        }
    }
    *replies = given;
    return PAM_SUCCESS;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **replies,
                    void *data)
{
    host_pause(true);
    int code = hold_talk(count, messages, replies, data);
    host_pause(false);
    return code;
}

static const char *code_name(int code)
{
    static const char *const names[] = {
        [PAM_SUCCESS] = "SUCCESS",
        [PAM_OPEN_ERR] = "OPEN_ERR",
        [PAM_SYMBOL_ERR] = "SYMBOL_ERR",
        [PAM_SERVICE_ERR] = "SERVICE_ERR",
        [PAM_SYSTEM_ERR] = "SYSTEM_ERR",
        [PAM_BUF_ERR] = "BUF_ERR",
        [PAM_PERM_DENIED] = "PERM_DENIED",
        [PAM_AUTH_ERR] = "AUTH_ERR",
        [PAM_CRED_INSUFFICIENT] = "CRED_INSUFFICIENT",
        [PAM_AUTHINFO_UNAVAIL] = "AUTHINFO_UNAVAIL",
        [PAM_USER_UNKNOWN] = "USER_UNKNOWN",
        [PAM_MAXTRIES] = "MAXTRIES",
        [PAM_NEW_AUTHTOK_REQD] = "NEW_AUTHTOK_REQD",
        [PAM_CRED_UNAVAIL] = "CRED_UNAVAIL",
        [PAM_CONV_ERR] = "CONV_ERR",
        [PAM_AUTHTOK_ERR] = "AUTHTOK_ERR",
        [PAM_AUTHTOK_RECOVERY_ERR] = "AUTHTOK_RECOVERY_ERR",
        [PAM_TRY_AGAIN] = "TRY_AGAIN",
        [PAM_IGNORE] = "IGNORE",
        [PAM_ABORT] = "ABORT",
        [PAM_MODULE_UNKNOWN] = "MODULE_UNKNOWN",
    };
    const char *name =
        code >= 0 && (size_t)code < sizeof names / sizeof *names ? names[code] : NULL;
    return name ? name : "OTHER";
}

static int call(pam_handle_t *pamh, const char *name)
{
    int silent = host.silent ? PAM_SILENT : 0;
    if (strcmp(name, "authenticate") == 0) {
        return pam_authenticate(pamh, silent);
    }
    if (strcmp(name, "authenticate_disallow") == 0) {
        return pam_authenticate(pamh, silent | PAM_DISALLOW_NULL_AUTHTOK);
    }
    if (strcmp(name, "setcred") == 0) {
        return pam_setcred(pamh, silent | PAM_ESTABLISH_CRED);
    }
    if (strcmp(name, "acct_mgmt") == 0) {
        return pam_acct_mgmt(pamh, silent);
    }
    if (strcmp(name, "chauthtok") == 0) {
        return pam_chauthtok(pamh, silent);
    }
    if (strcmp(name, "chauthtok_expired") == 0) {
        return pam_chauthtok(pamh, silent | PAM_CHANGE_EXPIRED_AUTHTOK);
    }
    if (strncmp(name, "as=", 3) == 0) {
        return pam_set_item(pamh, PAM_USER, name + 3);
    }
    return PAM_SYSTEM_ERR;
}

static void set_items(pam_handle_t *pamh)
{
    (void)pam_set_item(pamh, PAM_RHOST, host.rhost);
    (void)pam_set_item(pamh, PAM_TTY, host.tty);
    (void)pam_set_item(pamh, PAM_RUSER, host.ruser);
}

static void one_handle(void)
{
    struct talk talk = {0};
    struct pam_conv conversation = {host.no_conversation ? NULL : converse, &talk};
    pam_handle_t *pamh = NULL;
    int code = pam_start_confdir(host.service, host.user, &conversation, host.confdir, &pamh);
    if (code != PAM_SUCCESS) {
        host_print("{\"call\": \"start\", \"code\": \"%s\"}\n", code_name(code));
        return;
    }
    set_items(pamh);
    for (int i = 0; i < host.call_count; i++) {
        host_window(true);
        code = call(pamh, host.calls[i]);
        host_window(false);
        if (!host.quiet || code != PAM_SUCCESS) {
            host_print("{\"call\": \"%s\", \"code\": \"%s\"}\n", host.calls[i], code_name(code));
        }
    }
    char **environment = pam_getenvlist(pamh);
    for (int i = 0; environment && environment[i]; i++) {
        host_print("{\"pamenv\": 1}\n");
        free(environment[i]);
    }
    free(environment);
    (void)pam_end(pamh, code);
}

static void *in_thread(void *data)
{
    for (int i = 0; i < host.repeat; i++) {
        one_handle();
    }
    return data;
}

static void in_threads(void)
{
    pthread_t *threads = calloc((size_t)host.threads, sizeof *threads);
    for (int i = 0; i < host.threads; i++) {
        if (pthread_create(&threads[i], NULL, in_thread, NULL) != 0) {
            abort();
        }
    }
    for (int i = 0; i < host.threads; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
}

// Its use of memory settles in the first tenth.
static void repeatedly(void)
{
    int settled = host.repeat / 10;
    for (int i = 0; i < host.repeat; i++) {
        one_handle();
        if (host.repeat > 1 && (i == settled || i + 1 == host.repeat)) {
            host_print("{\"round\": %d, \"descriptors\": %d, \"rss\": %ld}\n", i + 1,
                       host_count_descriptors(), host_resident_kib());
        }
    }
}

int main(int argc, char **argv)
{
    host_options(argc, argv);
    host_hostilities();
    struct snapshot *before = snapshot_take();
    if (host.threads) {
        in_threads();
    } else {
        repeatedly();
    }
    struct snapshot *after = snapshot_take();
    snapshot_print_differences(before, after);
    snapshot_free(before);
    snapshot_free(after);
    host_print("{\"allocations\": %ld, \"signals\": %d, \"canaries\": %d, \"done\": 1}\n",
               host.allocations, host.signals, canary_count());
    return 0;
}
