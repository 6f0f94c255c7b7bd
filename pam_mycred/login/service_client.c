// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#define ACCEPTED_PER_CALL 64

static void leave_state(struct service *service, struct client *client)
{
    switch (client->state) {
    case CLIENT_QUEUED:
        TAILQ_REMOVE(&service->queue, client, line);
        service->queue_count--;
        break;
    case CLIENT_WORKING:
        client->worker->client = NULL;
        client->worker = NULL;
        break;
    case CLIENT_SEND_QUEUED:
        TAILQ_REMOVE(&service->send_queue, client, line);
        break;
    case CLIENT_SENDING:
        sender_release(service, client);
        break;
    case CLIENT_READING:
    case CLIENT_REPLYING:
    case CLIENT_GONE:
        break;
    }
}

void client_set_deadline(struct service *service, struct client *client, int64_t deadline)
{
    client->deadline = deadline;
    if (deadline < service->wake) {
        service->wake = deadline;
    }
}

void client_enter(struct service *service, struct client *client, enum client_state state,
                  int64_t deadline)
{
    leave_state(service, client);
    client->state = state;
    client_set_deadline(service, client, deadline);
}

void client_release(struct service *service, struct client *client)
{
    if (client->state == CLIENT_GONE) {
        return;
    }
    client_enter(service, client, CLIENT_GONE, SERVICE_NEVER);
    TAILQ_REMOVE(&service->clients, client, all);
    service->client_count--;
    service->idle_since = service->now;
    watch_close(service, &client->watch);
    mc_buffer_release(&client->request);
    mc_buffer_release(&client->send);
    output_release(&client->reply);
    TAILQ_INSERT_TAIL(&service->gone, client, all);
}

// Not freed where they are released: an event of this turn may still point at them.
void client_bury(struct service *service)
{
    struct client *client = NULL;
    while ((client = TAILQ_FIRST(&service->gone))) {
        TAILQ_REMOVE(&service->gone, client, all);
        free(client);
    }
}

static void flush_reply(struct service *service, struct client *client)
{
    if (output_send(client->watch.fd, &client->reply) != PROGRESS_MORE ||
        !watch_set(service, &client->watch, EPOLLOUT)) {
        client_release(service, client);
    }
}

void client_reply(struct service *service, struct client *client)
{
    if (client->watch.fd < 0) {
        client_release(service, client);
        return;
    }
    client_enter(service, client, CLIENT_REPLYING, service->now + SERVICE_REPLY_TIME);
    mc_buffer_release(&client->request);
    mc_buffer_release(&client->send);
    flush_reply(service, client);
}

void client_fail(struct service *service, struct client *client, enum mc_result result,
                 const char *event, const char *reason)
{
    char line[256];
    (void)snprintf(line, sizeof line, "event=%s reason=%s id=%s", event, reason, client->id);
    service_log_limited(service, line);
    const struct wire_reply reply = {
        .result = result, .logs = {{LOG_ERR, mc_span_of(line)}}, .log_count = 1};
    output_release(&client->reply);
    if (wire_reply_encode(&reply, &client->reply.bytes) == MC_OK) {
        client_reply(service, client);
    } else {
        client_release(service, client);
    }
}

void client_queue(struct service *service, struct client *client, bool first)
{
    client_enter(service, client, CLIENT_QUEUED, client->budget_end);
    if (first) {
        TAILQ_INSERT_HEAD(&service->queue, client, line);
    } else {
        TAILQ_INSERT_TAIL(&service->queue, client, line);
    }
    service->queue_count++;
}

static void take_request(struct service *service, struct client *client)
{
    struct wire_request request = {0};
    if (wire_request_decode(mc_buffer_span(&client->request), &request) != MC_OK ||
        request.kind > WIRE_SET_NEW) {
        client_fail(service, client, MC_MALFORMED, "request_refused", "malformed");
        return;
    }
    if (request.id.size == sizeof client->id - 1) {
        memcpy(client->id, request.id.data, request.id.size);
    }
    if (service->queue_count >= service->queue_max) {
        client_fail(service, client, MC_UNAVAILABLE, "request_refused", "busy");
        return;
    }
    client_queue(service, client, false);
    // no event is asked for, so only the other side's end is reported from here on
    if (!watch_set(service, &client->watch, 0)) {
        client_release(service, client);
    }
}

static void receive_request(struct service *service, struct client *client)
{
    switch (frame_receive(service, client->watch.fd, &client->request)) {
    case PROGRESS_MORE:
        if (!watch_set(service, &client->watch, EPOLLIN)) {
            client_release(service, client);
        }
        break;
    case PROGRESS_DONE:
        take_request(service, client);
        break;
    case PROGRESS_GARBLED:
        client_fail(service, client, MC_MALFORMED, "request_refused", "malformed");
        break;
    case PROGRESS_ENDED:
    case PROGRESS_RESET:
        client_release(service, client);
        break;
    }
}

// One whose request no worker has seen leaves no trace; any other goes on to its end.
static void hang_up(struct service *service, struct client *client)
{
    if (client->state == CLIENT_QUEUED && client->sends == 0) {
        client_release(service, client);
    } else {
        watch_close(service, &client->watch);
    }
}

static void client_ready(struct service *service, struct watch *watch, uint32_t events)
{
    struct client *client = (struct client *)((char *)watch - offsetof(struct client, watch));
    if (client->state == CLIENT_READING) {
        receive_request(service, client);
    } else if (client->state == CLIENT_REPLYING) {
        flush_reply(service, client);
    } else if (events & (EPOLLHUP | EPOLLERR)) {
        hang_up(service, client);
    }
}

void client_expire(struct service *service, struct client *client)
{
    switch (client->state) {
    case CLIENT_QUEUED:
        client_fail(service, client, MC_UNAVAILABLE, "request_refused", "busy");
        break;
    case CLIENT_WORKING:
        worker_lose(service, client->worker, client->worker->ended ? "died" : "deadline");
        break;
    case CLIENT_SEND_QUEUED:
        sender_fail(service, client, mc_span_of("reason=busy"));
        break;
    case CLIENT_SENDING:
        budget_note(service, &client->send, false, "reason=deadline");
        sender_fail(service, client, mc_span_of("reason=deadline"));
        break;
    case CLIENT_READING:
    case CLIENT_REPLYING:
    case CLIENT_GONE:
        client_release(service, client);
        break;
    }
}

// Only connections of one other than root are counted: sshd, login and the like are root.
static bool has_too_many(const struct service *service, uid_t uid)
{
    if (uid == 0) {
        return false;
    }
    unsigned count = 0;
    const struct client *client = NULL;
    TAILQ_FOREACH(client, &service->clients, all)
    {
        count += client->uid == uid;
    }
    return count >= service->uid_max;
}

static void begin_client(struct service *service, int fd, uid_t uid)
{
    struct client *client = mc_allocate(sizeof *client);
    if (!client) {
        (void)close(fd);
        return;
    }
    client->uid = uid;
    client->id[0] = '-';
    client->watch = (struct watch){.fd = fd, .ready = client_ready};
    mc_buffer_init(&client->request, WIRE_FRAME_MAX);
    mc_buffer_init(&client->send, WIRE_FRAME_MAX);
    output_init(&client->reply);
    sender_init(&client->sender);
    client->budget_end = service->now + (int64_t)service->options.budget * 1000;
    TAILQ_INSERT_TAIL(&service->clients, client, all);
    service->client_count++;
    client_enter(service, client, CLIENT_READING, service->now + SERVICE_REQUEST_TIME);
    // most have written already
    receive_request(service, client);
}

static void admit(struct service *service, int fd)
{
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        (void)close(fd);
    } else if (has_too_many(service, peer.uid)) {
        char line[64];
        (void)snprintf(line, sizeof line, "event=connection_refused reason=too_many uid=%u",
                       peer.uid);
        service_log_limited(service, line);
        (void)close(fd);
    } else {
        begin_client(service, fd, peer.uid);
    }
}

bool client_accept(struct service *service)
{
    for (int i = 0; i < ACCEPTED_PER_CALL && service->client_count < service->client_max; i++) {
        int fd = accept4(service->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            admit(service, fd);
        } else if (errno != ECONNABORTED && errno != EINTR) {
            // out of descriptors or memory: not again at once, the event would only come back
            if (errno != EAGAIN) {
                service->accept_after = service->now + SERVICE_ACCEPT_PAUSE;
                service_log_limited(service, "event=accept_failed");
            }
            return false;
        }
    }
    return service->client_count < service->client_max;
}
