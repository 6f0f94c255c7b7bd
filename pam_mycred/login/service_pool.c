// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAILURES_FORGIVEN 2

// A worker that never answered will hardly do better at once, so a broken configuration must not
// become a storm of processes.
void pool_count_failure(struct service *service)
{
    unsigned doublings = service->worker_failures++;
    if (doublings < FAILURES_FORGIVEN) {
        return;
    }
    int64_t time = SERVICE_BACKOFF_TIME_MAX;
    if (doublings - FAILURES_FORGIVEN < 6) {
        time = (int64_t)SERVICE_BACKOFF_TIME << (doublings - FAILURES_FORGIVEN);
    }
    service->worker_after = service->now + time;
}

static int start(struct service *service, struct worker *worker)
{
    const char *const arguments[] = {service->options.worker, "--worker", "--conf",
                                     service->options.conf, NULL};
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return errno;
    }
    const struct descriptors descriptors = {pair[1], -1, service->servers};
    worker->watch.fd = pair[0];
    // of our end alone: the worker waits for its requests
    int error = fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
    if (error == 0) {
        error = process_start(arguments, &descriptors, &worker->pid);
    }
    (void)close(pair[1]);
    if (error == 0 && !watch_set(service, &worker->watch, EPOLLIN)) {
        error = ENOMEM;
    }
    return error;
}

static struct worker *start_another(struct service *service)
{
    if (service->now < service->worker_after) {
        return NULL;
    }
    for (unsigned i = 0; i < service->options.workers; i++) {
        struct worker *worker = &service->workers[i];
        if (worker->live) {
            continue;
        }
        int error = start(service, worker);
        if (error == 0) {
            worker->live = true;
            return worker;
        }
        service_log("event=worker_start_failed path=%s error=\"%s\"", service->options.worker,
                    strerror(error));
        worker_dismiss(service, worker);
        pool_count_failure(service);
        return NULL;
    }
    return NULL;
}

// The first in the table, so that in quiet times the same one stays warm.
static struct worker *find_idle(struct service *service)
{
    for (unsigned i = 0; i < service->options.workers; i++) {
        struct worker *worker = &service->workers[i];
        if (worker->live && !worker->client) {
            return worker;
        }
    }
    return NULL;
}

static bool any_live(const struct service *service)
{
    for (unsigned i = 0; i < service->options.workers; i++) {
        if (service->workers[i].live) {
            return true;
        }
    }
    return false;
}

static void assign(struct service *service, struct worker *worker, struct client *client)
{
    int64_t left = client->budget_end - service->now;
    struct wire_envelope envelope = {client->uid, left > 0 ? (uint32_t)left : 0};
    mc_buffer_append(&worker->request.bytes, &envelope, sizeof envelope);
    mc_buffer_add_span(&worker->request.bytes, mc_buffer_span(&client->request));
    if (mc_buffer_result(&worker->request.bytes) != MC_OK) {
        output_release(&worker->request);
        client_fail(service, client, MC_NO_MEMORY, "request_refused", "memory");
        return;
    }
    client_enter(service, client, CLIENT_WORKING, client->budget_end + SERVICE_OVERRUN_TIME);
    client->worker = worker;
    worker->client = client;
    worker_write(service, worker);
}

void pool_hand_out(struct service *service)
{
    struct client *client = NULL;
    while ((client = TAILQ_FIRST(&service->queue))) {
        struct worker *worker = find_idle(service);
        if (!worker) {
            worker = start_another(service);
        }
        if (worker) {
            assign(service, worker, client);
        } else if (any_live(service)) {
            return;
        } else {
            client_fail(service, client, MC_UNAVAILABLE, "request_refused", "no_worker");
        }
    }
}

bool pool_reaped(struct service *service, pid_t pid, int status)
{
    for (unsigned i = 0; i < service->options.workers; i++) {
        struct worker *worker = &service->workers[i];
        if (!worker->live || worker->pid != pid) {
            continue;
        }
        worker->pid = 0;
        worker->status = status;
        if (worker->watch.fd >= 0) {
            worker_read(service, worker); // its last words
        }
        if (worker->live && worker->client) {
            worker_lose(service, worker, "died");
        } else if (worker->live) {
            worker_dismiss(service, worker);
        }
        return true;
    }
    return false;
}

void pool_stop(struct service *service)
{
    for (unsigned i = 0; i < service->options.workers; i++) {
        worker_dismiss(service, &service->workers[i]);
    }
}
