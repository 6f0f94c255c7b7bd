// SPDX-License-Identifier: Apache-2.0
// mycred-logind: see service.h. Options are the table in service_options.c.
#include "pam_mycred/login/service.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define DESCRIPTORS_WANTED 8192
#define DESCRIPTORS_PER_SENDER 2

// One left closed by whoever started us would otherwise become a client's.
static bool open_standard_descriptors(void)
{
    int fd = 0;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        (void)close(fd);
    }
    return fd >= 0;
}

// Passwords pass through: no core, no debugger of another's, no file others may read.
static bool harden(void)
{
    const struct rlimit none = {0, 0};
    (void)umask(077);
    // what we inherited by somebody's mistake goes no further
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    return setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 && chdir("/") == 0;
}

// At least one, whatever there is.
static unsigned cap(unsigned long value, unsigned maximum)
{
    if (value == 0) {
        return 1;
    }
    return value > maximum ? maximum : (unsigned)value;
}

// Every cap follows from how many descriptors we may have, so that no combination runs out of them.
static bool set_caps(struct service *service)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return false;
    }
    rlim_t wanted = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    unsigned long taken = SERVICE_DESCRIPTORS + service->options.workers;
    if (limit.rlim_cur < taken + 8) {
        service_log("%lu descriptors are too few for %u workers", (unsigned long)limit.rlim_cur,
                    service->options.workers);
        return false;
    }
    unsigned long room = limit.rlim_cur - taken;
    service->sender_max = cap(room / 8, SERVICE_SENDERS_MAX);
    service->client_max =
        cap(room - DESCRIPTORS_PER_SENDER * service->sender_max, SERVICE_CLIENTS_MAX);
    service->uid_max = cap(service->client_max / 4, SERVICE_CLIENTS_PER_UID);
    service->queue_max = cap(service->client_max / 2, SERVICE_CLIENTS_MAX);
    return true;
}

// Workers without it still decide rightly, each for itself.
static int make_servers(void)
{
    int fd = memfd_create("mycred-servers", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, WIRE_SERVERS_SIZE) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static void init(struct service *service)
{
    service->servers = make_servers();
    service->wake = SERVICE_NEVER;
    service->stop_at = SERVICE_NEVER;
    service->idle_since = service_clock();
    TAILQ_INIT(&service->clients);
    TAILQ_INIT(&service->gone);
    TAILQ_INIT(&service->queue);
    TAILQ_INIT(&service->send_queue);
    for (size_t i = 0; i < MC_COUNT(service->workers); i++) {
        worker_init(&service->workers[i]);
    }
}

int main(int argc, char **argv)
{
    static struct service service;
    if (!open_standard_descriptors()) {
        return EXIT_FAILURE;
    }
    if (!service_options_parse(argc, argv, &service.options)) {
        return EXIT_USAGE;
    }
    init(&service);
    if (!harden()) {
        service_log("cannot protect this process: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    // signals wait from here on, so that nobody who was let in is dropped by an early one
    if (!service_loop_open(&service)) {
        service_log("cannot wait for events: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    if (!set_caps(&service) || !listener_open(&service)) {
        return EXIT_FAILURE;
    }
    service_loop_run(&service);
    return EXIT_SUCCESS;
}
