// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

static void input_ready(struct service *service, struct watch *watch, uint32_t events)
{
    (void)events;
    struct sender *sender = (struct sender *)((char *)watch - offsetof(struct sender, input));
    // closing tells it that the job is whole; one that does not want it shows that by its status
    if (output_send(watch->fd, &sender->job) != PROGRESS_MORE ||
        !watch_set(service, watch, EPOLLOUT)) {
        watch_close(service, watch);
    }
}

// Keeps the beginning, drops the rest, so that a talkative sender does not block.
static void line_ready(struct service *service, struct watch *watch, uint32_t events)
{
    (void)events;
    struct sender *sender = (struct sender *)((char *)watch - offsetof(struct sender, line));
    char bytes[SERVICE_CAUSE_MAX];
    ssize_t size = read(watch->fd, bytes, sizeof bytes);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        watch_close(service, watch);
    } else if (size > 0) {
        size_t room = SERVICE_CAUSE_MAX - sender->said.size;
        mc_buffer_append(&sender->said, bytes, (size_t)size < room ? (size_t)size : room);
    }
}

void sender_init(struct sender *sender)
{
    *sender = (struct sender){.input = {.fd = -1, .ready = input_ready},
                              .line = {.fd = -1, .ready = line_ready}};
    output_init(&sender->job);
    mc_buffer_init(&sender->said, SERVICE_CAUSE_MAX);
}

void sender_release(struct service *service, struct client *client)
{
    struct sender *sender = &client->sender;
    process_kill(sender->pid);
    watch_close(service, &sender->input);
    watch_close(service, &sender->line);
    output_release(&sender->job);
    mc_buffer_release(&sender->said);
    sender_init(sender);
    service->sender_count--;
}

void sender_queue(struct service *service, struct client *client)
{
    struct wire_send send = {0};
    if (wire_send_decode(mc_buffer_span(&client->send), &send) == MC_OK) {
        const char *cause = budget_take(service, &send);
        if (cause) {
            sender_fail(service, client, mc_span_of(cause));
            return;
        }
    }
    client_enter(service, client, CLIENT_SEND_QUEUED, client->budget_end - SERVICE_AFTER_SEND_TIME);
    TAILQ_INSERT_TAIL(&service->send_queue, client, line);
}

static int set_nonblocking(int fd)
{
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

static int start_between(struct service *service, struct sender *sender, const int input[2],
                         const int line[2])
{
    const char *const arguments[] = {service->options.sender, "--conf", service->options.conf,
                                     NULL};
    const struct descriptors descriptors = {input[0], line[1], -1};
    sender->input.fd = input[1];
    sender->line.fd = line[0];
    int error = set_nonblocking(input[1]);
    if (error == 0) {
        error = set_nonblocking(line[0]);
    }
    if (error == 0) {
        error = process_start(arguments, &descriptors, &sender->pid);
    }
    (void)close(input[0]);
    (void)close(line[1]);
    return error;
}

static int start(struct service *service, struct sender *sender)
{
    int input[2], line[2];
    if (pipe2(input, O_CLOEXEC) != 0) {
        return errno;
    }
    if (pipe2(line, O_CLOEXEC) != 0) {
        int error = errno;
        (void)close(input[0]);
        (void)close(input[1]);
        return error;
    }
    int error = start_between(service, sender, input, line);
    if (error == 0 && !watch_set(service, &sender->line, EPOLLIN)) {
        error = ENOMEM;
    }
    return error;
}

static int64_t send_end(const struct service *service, const struct client *client)
{
    int64_t limit = service->now + SERVICE_SEND_TIME;
    int64_t budget = client->budget_end - SERVICE_AFTER_SEND_TIME;
    return limit < budget ? limit : budget;
}

static void send_next(struct service *service, struct client *client)
{
    struct wire_send send = {0};
    struct sender *sender = &client->sender;
    client_enter(service, client, CLIENT_SENDING, send_end(service, client));
    service->sender_count++;
    int error = ENOMEM;
    if (wire_send_decode(mc_buffer_span(&client->send), &send) == MC_OK) {
        mc_buffer_add_span(&sender->job.bytes, send.job);
        if (mc_buffer_result(&sender->job.bytes) == MC_OK) {
            error = start(service, sender);
        }
    }
    if (error) {
        char cause[128];
        (void)snprintf(cause, sizeof cause, "reason=sender_start_failed error=\"%s\"",
                       strerror(error));
        service_log("event=sender_start_failed path=%s error=\"%s\"", service->options.sender,
                    strerror(error));
        sender_fail(service, client, mc_span_of(cause));
        return;
    }
    input_ready(service, &sender->input, EPOLLOUT);
}

void sender_start_queued(struct service *service)
{
    struct client *client = NULL;
    while (service->sender_count < service->sender_max &&
           (client = TAILQ_FIRST(&service->send_queue))) {
        send_next(service, client);
    }
}

// Its first line as it may stand in a log: whatever it printed, no control character.
static void add_line(const struct mc_buffer *said, struct mc_buffer *cause)
{
    for (size_t i = 0; i < said->size && said->data[i] != '\n'; i++) {
        unsigned char byte = (unsigned char)said->data[i];
        mc_buffer_add_byte(cause, byte < ' ' || byte == 127 ? '?' : byte);
    }
}

void sender_reaped(struct service *service, struct client *client, int status)
{
    struct sender *sender = &client->sender;
    sender->pid = 0;
    if (sender->line.fd >= 0) {
        line_ready(service, &sender->line, EPOLLIN); // its last words
    }
    struct wire_send send = {0};
    // one that did not take the whole job cannot have sent it, whatever it says
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && sender->job.bytes.size == 0 &&
        wire_send_decode(mc_buffer_span(&client->send), &send) == MC_OK) {
        budget_note(service, &client->send, true, "");
        output_release(&client->reply);
        mc_buffer_add_span(&client->reply.bytes, send.if_sent);
        client_reply(service, client);
        return;
    }
    MC_AUTO_BUFFER struct mc_buffer cause;
    mc_buffer_init(&cause, SERVICE_CAUSE_MAX);
    if (WIFEXITED(status)) {
        add_line(&sender->said, &cause);
    }
    if (cause.size == 0) {
        mc_buffer_add_text(&cause, "reason=died");
    }
    budget_note(service, &client->send, false, mc_buffer_text(&cause));
    sender_fail(service, client, mc_buffer_span(&cause));
}

void sender_fail(struct service *service, struct client *client, struct mc_span cause)
{
    struct wire_send send = {0};
    struct wire_request request = {0};
    mc_buffer_release(&client->request);
    if (wire_send_decode(mc_buffer_span(&client->send), &send) != MC_OK ||
        wire_request_decode(send.otherwise, &request) != MC_OK) {
        client_fail(service, client, MC_INTERNAL, "send_failed", "garbled");
        return;
    }
    request.cause = cause;
    if (wire_request_encode(&request, &client->request) != MC_OK) {
        client_fail(service, client, MC_NO_MEMORY, "send_failed", "memory");
        return;
    }
    mc_buffer_release(&client->send);
    client_queue(service, client, true);
}
