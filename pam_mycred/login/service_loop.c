// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_TURN 64
#define EXPIRY_GRAIN 50 // milliseconds between two walks over all clients

int64_t service_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool watch_set(struct service *service, struct watch *watch, uint32_t events)
{
    if (watch->registered && watch->events == events) {
        return true;
    }
    struct epoll_event event = {.events = events, .data = {.ptr = watch}};
    int operation = watch->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(service->epoll, operation, watch->fd, &event) != 0) {
        return false;
    }
    watch->registered = true;
    watch->events = events;
    return true;
}

// Closing is not enough: a child that is just being started still has a copy for a moment, and as
// long as there is one the loop would report events of what is freed by then.
void watch_close(struct service *service, struct watch *watch)
{
    if (watch->registered) {
        (void)epoll_ctl(service->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    }
    mc_close_descriptor(&watch->fd);
    watch->registered = false;
    watch->events = 0;
}

static void begin_stop(struct service *service)
{
    if (service->stopping) {
        return;
    }
    service->stopping = true;
    service->stop_at = service->now + SERVICE_STOP_TIME;
    listener_close(service);
}

static void signals_ready(struct service *service, struct watch *watch, uint32_t events)
{
    (void)events;
    struct signalfd_siginfo signal;
    while (read(watch->fd, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo == SIGCHLD) {
            process_reap(service);
        } else {
            begin_stop(service);
        }
    }
}

bool service_loop_open(struct service *service)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    // blocked, and SIGCHLD not ignored as our parent may have left it, or no status is kept
    if (sigprocmask(SIG_SETMASK, &signals, NULL) != 0 || signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        return false;
    }
    service->now = service_clock();
    service->epoll = epoll_create1(EPOLL_CLOEXEC);
    service->signals = (struct watch){.fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK),
                                      .ready = signals_ready};
    return service->epoll >= 0 && service->signals.fd >= 0 &&
           watch_set(service, &service->signals, EPOLLIN);
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static int64_t idle_end(const struct service *service)
{
    if (!service->activated || service->options.idle == 0 || service->client_count) {
        return SERVICE_NEVER;
    }
    int64_t counted = budget_end(service), idle = (int64_t)service->options.idle * 1000;
    return service->idle_since + idle > counted ? service->idle_since + idle : counted;
}

static int wait_time(const struct service *service)
{
    int64_t next = earlier(earlier(service->wake, service->stop_at), idle_end(service));
    if (service->accept_after > service->now) {
        next = earlier(next, service->accept_after);
    }
    if (service->queue_count && service->worker_after > service->now) {
        next = earlier(next, service->worker_after);
    }
    if (next == SERVICE_NEVER) {
        return -1;
    }
    int64_t wait = next - service->now;
    return wait < 0 ? 0 : (int)earlier(wait, 60 * 60 * 1000);
}

// All deadlines in one walk that happens only when one of them may have come: a few thousand
// clients need no heap.
static void expire(struct service *service)
{
    if (service->now < service->wake) {
        return;
    }
    service->wake = SERVICE_NEVER;
    struct client *client = TAILQ_FIRST(&service->clients);
    while (client) {
        struct client *next = TAILQ_NEXT(client, all);
        if (client->deadline <= service->now) {
            client_expire(service, client);
        } else {
            service->wake = earlier(service->wake, client->deadline);
        }
        client = next;
    }
    if (service->wake < service->now + EXPIRY_GRAIN) {
        service->wake = service->now + EXPIRY_GRAIN;
    }
}

static bool is_over(const struct service *service)
{
    if (service->stopping && (service->client_count == 0 || service->now >= service->stop_at)) {
        return true;
    }
    return service->now >= idle_end(service);
}

static void take_turn(struct service *service)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int count = epoll_wait(service->epoll, events, EVENTS_PER_TURN, wait_time(service));
    service->now = service_clock();
    for (int i = 0; i < count; i++) {
        struct watch *watch = events[i].data.ptr;
        if (watch->fd >= 0) {
            watch->ready(service, watch, events[i].events);
        }
    }
    expire(service);
    // senders first: one that cannot start makes work for a worker
    sender_start_queued(service);
    pool_hand_out(service);
    client_bury(service);
}

void service_loop_run(struct service *service)
{
    while (!is_over(service)) {
        listener_gate(service);
        take_turn(service);
    }
    begin_stop(service);
    struct client *client = NULL;
    while ((client = TAILQ_FIRST(&service->clients))) {
        if (client->state != CLIENT_READING && client->state != CLIENT_REPLYING) {
            client_fail(service, client, MC_UNAVAILABLE, "service_stopped", "restart");
        }
        client_release(service, client);
    }
    client_bury(service);
    pool_stop(service);
    process_reap_all();
    watch_close(service, &service->signals);
    mc_close_descriptor(&service->epoll);
}
