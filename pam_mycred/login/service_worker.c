// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#define SENDS_PER_EXCHANGE 4 // one for each method, and one to spare

static void worker_ready(struct service *service, struct watch *watch, uint32_t events);

void worker_init(struct worker *worker)
{
    *worker = (struct worker){.watch = {.fd = -1, .ready = worker_ready}};
    output_init(&worker->request);
    mc_buffer_init(&worker->answer, WIRE_FRAME_MAX);
}

// Gives its place in the pool up. Killed even when it seems to end by itself: its work is over.
void worker_dismiss(struct service *service, struct worker *worker)
{
    process_kill(worker->pid);
    watch_close(service, &worker->watch);
    output_release(&worker->request);
    mc_buffer_release(&worker->answer);
    worker_init(worker);
}

static void describe_end(const struct worker *worker, const char *reason, char *out, size_t size)
{
    if (worker->pid || strcmp(reason, "died") != 0) {
        (void)snprintf(out, size, "%s", reason);
    } else if (WIFSIGNALED(worker->status)) {
        (void)snprintf(out, size, "%s signal=%d", reason, WTERMSIG(worker->status));
    } else {
        (void)snprintf(out, size, "%s status=%d", reason, WEXITSTATUS(worker->status));
    }
}

void worker_lose(struct service *service, struct worker *worker, const char *reason)
{
    struct client *client = worker->client;
    char words[64];
    describe_end(worker, reason, words, sizeof words);
    if (!worker->answered && strcmp(reason, "deadline") != 0) {
        pool_count_failure(service);
    }
    if (client) {
        client_fail(service, client, MC_UNAVAILABLE, "worker_lost", words);
    } else {
        service_log("event=worker_lost reason=%s id=-", words);
    }
    worker_dismiss(service, worker);
}

static bool send_is_sound(const struct mc_buffer *frame)
{
    struct wire_send send;
    struct wire_reply reply;
    struct wire_request request;
    return wire_send_decode(mc_buffer_span(frame), &send) == MC_OK &&
           wire_reply_decode(send.if_sent, &reply) == MC_OK &&
           wire_request_decode(send.otherwise, &request) == MC_OK;
}

static bool reply_is_sound(const struct mc_buffer *frame)
{
    struct wire_reply reply;
    return wire_reply_decode(mc_buffer_span(frame), &reply) == MC_OK;
}

static void swap(struct mc_buffer *one, struct mc_buffer *other)
{
    struct mc_buffer held = *one;
    *one = *other;
    *other = held;
}

// The worker is free from here on, whatever is still to be done for this client.
static void take_answer(struct service *service, struct worker *worker)
{
    struct client *client = worker->client;
    bool is_reply = reply_is_sound(&worker->answer);
    if (!client ||
        (!is_reply && (client->sends >= SENDS_PER_EXCHANGE || !send_is_sound(&worker->answer)))) {
        worker_lose(service, worker, "garbled");
        return;
    }
    swap(&worker->answer, is_reply ? &client->reply.bytes : &client->send);
    service->worker_failures = 0;
    worker->answered = true;
    // an answer to what it had not read to its end: it will never read that as a request of its own
    if (worker->request.bytes.size) {
        worker_dismiss(service, worker);
    }
    if (is_reply) {
        budget_note_reply(service, client);
        client_reply(service, client);
    } else {
        mc_buffer_release(&client->request);
        client->sends++;
        sender_queue(service, client);
    }
}

// Whether this worker cannot have begun with its request: nothing was written, or some of it lay
// unread when it ended, as one does that leaves by its own timer just when the next request comes.
static bool has_not_begun(const struct worker *worker, bool left_unread)
{
    return (worker->request.bytes.size && worker->request.sent == 0) ||
           (left_unread && worker->answered);
}

// Its exit status says more than its silence; it comes within the same moment.
static void await_end(struct service *service, struct worker *worker, bool left_unread)
{
    struct client *client = worker->client;
    if (client && (client->retried || !has_not_begun(worker, left_unread))) {
        worker->ended = true;
        watch_close(service, &worker->watch);
        client_set_deadline(service, client, service->now + SERVICE_OVERRUN_TIME);
        return;
    }
    service_log("event=worker_ended pid=%d", (int)worker->pid);
    if (client) {
        client->retried = true;
        client_queue(service, client, true);
    }
    worker_dismiss(service, worker);
}

// One that takes no more may still have something to say, so its end is seen by reading.
void worker_write(struct service *service, struct worker *worker)
{
    bool more = output_send(worker->watch.fd, &worker->request) == PROGRESS_MORE;
    (void)watch_set(service, &worker->watch, more ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void worker_read(struct service *service, struct worker *worker)
{
    enum progress progress = frame_receive(service, worker->watch.fd, &worker->answer);
    switch (progress) {
    case PROGRESS_MORE:
        if (!worker->client && worker->answer.size) {
            worker_lose(service, worker, "garbled");
        }
        break;
    case PROGRESS_DONE:
        take_answer(service, worker);
        break;
    case PROGRESS_GARBLED:
        worker_lose(service, worker, "garbled");
        break;
    case PROGRESS_ENDED:
    case PROGRESS_RESET:
        await_end(service, worker, progress == PROGRESS_RESET);
        break;
    }
}

static void worker_ready(struct service *service, struct watch *watch, uint32_t events)
{
    struct worker *worker = (struct worker *)((char *)watch - offsetof(struct worker, watch));
    if (events & EPOLLOUT) {
        worker_write(service, worker);
    }
    worker_read(service, worker);
}
