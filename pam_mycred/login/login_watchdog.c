// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/login_process.h"

#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <syslog.h>
#include <unistd.h>

#define DOING_SIZE 96 // bytes kept free for what the process was doing

static struct {
    struct mc_buffer frame;
    size_t doing_at; // where DOING_SIZE spaces wait in the frame
    const struct mc_directory *volatile directory;
} last_words;

// Async-signal-safe: copies, writes, ends.
static void say_last_words(int signal)
{
    (void)signal;
    char *place = last_words.frame.data + last_words.doing_at;
    const char *phase =
        last_words.directory ? mc_directory_phase(last_words.directory) : "reading files";
    for (size_t i = 0; i < DOING_SIZE && phase[i]; i++) {
        place[i] = phase[i] == '"' ? '\'' : phase[i];
    }
    ssize_t written = write(STDIN_FILENO, last_words.frame.data, last_words.frame.size);
    (void)written;
    _exit(3);
}

static void prepare(struct mc_span id)
{
    static char line[256 + DOING_SIZE];
    snprintf(line, sizeof line,
             "event=directory_fault id=%.*s reason=unavailable cause=deadline doing=\"%*s\"",
             (int)(id.size < 32 ? id.size : 32), (const char *)id.data, DOING_SIZE, "");
    const struct wire_reply reply = {
        .result = MC_UNAVAILABLE,
        .logs = {{LOG_ERR, mc_span_of(line)}},
        .log_count = 1,
    };
    if (last_words.frame.maximum == 0) {
        mc_buffer_init(&last_words.frame, WIRE_PAYLOAD_MAX);
    }
    if (wire_reply_encode(&reply, &last_words.frame) != MC_OK) {
        _exit(3); // without last words to say, none of an exchange may begin
    }
    const char *found = memmem(last_words.frame.data, last_words.frame.size, "doing=\"", 7);
    last_words.doing_at = found ? (size_t)(found - last_words.frame.data) + 7 : 0;
}

static void set_timer(int64_t milliseconds)
{
    const struct itimerval timer = {{0, 0}, {milliseconds / 1000, (milliseconds % 1000) * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

void watchdog_arm(struct mc_span frame, int64_t milliseconds)
{
    struct wire_request request = {0};
    const struct sigaction action = {.sa_handler = say_last_words};
    if (wire_request_decode(frame, &request) != MC_OK) {
        request.id = mc_span_of("-");
    }
    prepare(request.id);
    last_words.directory = NULL;
    sigaction(SIGALRM, &action, NULL);
    set_timer(milliseconds > 1 ? milliseconds : 1);
}

void watchdog_look_at(const struct mc_directory *directory)
{
    last_words.directory = directory;
}

void watchdog_disarm(void)
{
    set_timer(0);
}
