// SPDX-License-Identifier: Apache-2.0
#include "tests/pam/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT 700 // high, so that it takes no number from anybody

struct text_option {
    const char *name;
    const char **place;
};

struct number_option {
    const char *name;
    int *place;
};

struct flag_option {
    const char *name;
    bool *place;
};

static const struct text_option texts[] = {
    {"confdir", &host.confdir}, {"service", &host.service}, {"user", &host.user},
    {"rhost", &host.rhost},     {"tty", &host.tty},         {"ruser", &host.ruser},
};
static const struct number_option numbers[] = {
    {"repeat", &host.repeat},
    {"threads", &host.threads},
    {"descriptors", &host.descriptors},
    {"uid", &host.uid},
};
static const struct flag_option flags[] = {
    {"--silent", &host.silent},
    {"--no-conversation", &host.no_conversation},
    {"--mute", &host.mute},
    {"--quiet", &host.quiet},
    {"--journal", &host.journal},
    {"--reaper", &host.reaper},
    {"--ignore-children", &host.ignore_children},
    {"--close-standard", &host.close_standard},
    {"--alarm", &host.alarm},
    {"--markers", &host.markers},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool set_flag(const char *argument)
{
    for (size_t i = 0; i < COUNT(flags); i++) {
        if (strcmp(argument, flags[i].name) == 0) {
            *flags[i].place = true;
            return true;
        }
    }
    return false;
}

static bool set_value(const char *argument, size_t size, const char *value)
{
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (strlen(texts[i].name) == size && strncmp(argument, texts[i].name, size) == 0) {
            *texts[i].place = value;
            return true;
        }
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        if (strlen(numbers[i].name) == size && strncmp(argument, numbers[i].name, size) == 0) {
            *numbers[i].place = atoi(value);
            return true;
        }
    }
    return false;
}

static void set_option(const char *argument)
{
    size_t size = strcspn(argument, "=");
    const char *value = argument[size] ? argument + size + 1 : "";
    if (strncmp(argument, "answer=", 7) == 0 && host.answer_count < LIST_MAX) {
        host.answers[host.answer_count++] = value;
    } else if (strncmp(argument, "fail_allocation=", 16) == 0) {
        host.fail_allocation = atol(value);
    } else if (strcmp(argument, "user") == 0) {
        host.user = NULL; // let the module ask
    } else if (!set_flag(argument) && !set_value(argument, size, value) &&
               host.call_count < LIST_MAX) {
        host.calls[host.call_count++] = argument;
    }
}

void host_options(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        set_option(argv[i]);
    }
}

static void on_signal(int signal)
{
    int error = errno;
    host.signals++;
    while (signal == SIGCHLD && waitpid(-1, NULL, WNOHANG) > 0) {
    }
    errno = error;
}

static void handle(int signal)
{
    // without SA_RESTART: every call of the module may be interrupted
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

static void open_many(int count)
{
    struct rlimit limit = {(rlim_t)count + 1000, (rlim_t)count + 1000};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        abort();
    }
    for (int i = 0; i < count; i++) {
        if (open("/dev/null", O_RDONLY) < 0) {
            abort();
        }
    }
}

void host_hostilities(void)
{
    host.output = fcntl(1, F_DUPFD_CLOEXEC, OUTPUT);
    if (host.descriptors) {
        open_many(host.descriptors);
    }
    if (host.reaper) {
        handle(SIGCHLD);
    }
    if (host.ignore_children) {
        signal(SIGCHLD, SIG_IGN);
    }
    if (host.close_standard) {
        close(0);
        close(1);
        close(2);
    }
    if (host.alarm) {
        handle(SIGALRM);
        struct itimerval interval = {{0, 2000}, {0, 2000}};
        setitimer(ITIMER_REAL, &interval, NULL);
    }
    if (host.uid && setresuid((uid_t)host.uid, (uid_t)host.uid, (uid_t)host.uid) != 0) {
        abort();
    }
}

static bool window_is_open;

// Seen by strace: between two of these the module works.
void host_window(bool open)
{
    if (host.markers) {
        (void)!write(-1, open ? "BEGIN" : "END", open ? 5 : 3);
    }
    window_is_open = open;
}

void host_pause(bool pause)
{
    window_is_open = !pause;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool refused(void)
{
    return window_is_open && !host.threads && ++host.allocations == host.fail_allocation;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return refused() ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size)
{
    return refused() ? NULL : __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *memory, size_t size)
{
    return refused() ? NULL : __libc_realloc(memory, size);
}
#endif
