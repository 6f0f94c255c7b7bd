// SPDX-License-Identifier: Apache-2.0
// Loads several addresses in turn, a short time each, again and again, so that whatever else the
// machine does hits all of them alike.
//
//   load CONNECTIONS MILLISECONDS ROUNDS [NAME ADDRESS HEADER]...
//   load CONNECTIONS requests COUNT NAME ADDRESS HEADER
//
// HEADER is one whole header line, or empty; ADDRESS is http:// or https:// with a port. For each
// name a line: the name, the requests a second of each round, `|`, all times of a request in
// microseconds as median and 99th percentile. The second form makes so many requests and prints
// nothing. Any other answer than 200 ends it.
#include "tests/bench/wire.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 64
#define TARGETS_MAX 32
#define FOR_EVER 3600.0 // seconds

struct target {
    const char *name;
    struct wire_address address;
    char *request;
    struct wire wires[CONNECTIONS_MAX];
    double *rates;
    unsigned *times; // microseconds
    size_t count, room;
    size_t left; // requests that may still be sent; where there is a time, without bound
};

static char *request_of(const struct wire_address *address, const char *header)
{
    char *text = NULL;
    if (asprintf(&text, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n", address->path, header,
                 *header ? "\r\n" : "") < 0) {
        exit(1);
    }
    return text;
}

static void note_time(struct target *target, double seconds)
{
    if (target->count == target->room) {
        target->room = target->room ? target->room * 2 : 4096;
        target->times = reallocarray(target->times, target->room, sizeof *target->times);
        if (!target->times) {
            exit(1);
        }
    }
    target->times[target->count++] = (unsigned)(seconds * 1e6);
}

static void send_one(struct target *target, struct wire *wire)
{
    target->left--;
    wire->began = wire_now();
    wire_send(wire, target->request, strlen(target->request));
}

// One answer of each connection that has one; how many that were.
static size_t take_answers(struct target *target, struct pollfd *polls, unsigned connections,
                           bool more)
{
    size_t taken = 0;
    for (unsigned i = 0; i < connections; i++) {
        struct wire *wire = &target->wires[i];
        if (polls[i].fd < 0 || !polls[i].revents || !wire_read(wire)) {
            continue;
        }
        if (wire->status != 200) {
            fprintf(stderr, "%s: status %d\n", target->name, wire->status);
            exit(1);
        }
        note_time(target, wire_now() - wire->began);
        taken++;
        if (more && target->left) {
            send_one(target, wire);
        } else {
            polls[i].fd = -1;
        }
    }
    return taken;
}

static size_t count_open(const struct pollfd *polls, unsigned connections)
{
    size_t count = 0;
    for (unsigned i = 0; i < connections; i++) {
        count += polls[i].fd >= 0;
    }
    return count;
}

static double run(struct target *target, unsigned connections, double seconds)
{
    struct pollfd polls[CONNECTIONS_MAX];
    double began = wire_now(), end = began + seconds;
    size_t done = 0, waiting = connections;
    for (unsigned i = 0; i < connections; i++) {
        polls[i] = (struct pollfd){target->wires[i].descriptor, POLLIN, 0};
        send_one(target, &target->wires[i]);
    }
    while (waiting) {
        if (poll(polls, connections, 20000) <= 0) {
            fprintf(stderr, "%s does not answer\n", target->name);
            exit(1);
        }
        bool more = wire_now() < end;
        size_t taken = take_answers(target, polls, connections, more);
        done += taken;
        waiting = count_open(polls, connections);
    }
    return (double)done / (wire_now() - began);
}

static int compare(const void *one, const void *other)
{
    const unsigned *a = one, *b = other;
    return (*a > *b) - (*a < *b);
}

static void print(const struct target *target, unsigned rounds)
{
    printf("%s", target->name);
    for (unsigned i = 0; i < rounds; i++) {
        printf(" %.1f", target->rates[i]);
    }
    qsort(target->times, target->count, sizeof *target->times, compare);
    printf(" | %u %u\n", target->times[target->count / 2], target->times[target->count * 99 / 100]);
}

static void prepare(struct target *target, char **words, unsigned connections, unsigned rounds)
{
    *target = (struct target){
        .name = words[0], .left = SIZE_MAX, .rates = calloc(rounds, sizeof(double))};
    wire_split(words[1], &target->address);
    target->request = request_of(&target->address, words[2]);
    for (unsigned i = 0; i < connections; i++) {
        wire_open(&target->wires[i], &target->address);
    }
}

int main(int argc, char **argv)
{
    static struct target targets[TARGETS_MAX];
    unsigned count = (unsigned)(argc - 4) / 3;
    if (argc < 7 || (argc - 4) % 3 || count > TARGETS_MAX || atoi(argv[1]) > CONNECTIONS_MAX) {
        fprintf(stderr, "usage: load CONNECTIONS MILLISECONDS ROUNDS [NAME ADDRESS HEADER]...\n");
        return 2;
    }
    unsigned connections = (unsigned)atoi(argv[1]), rounds = (unsigned)atoi(argv[3]);
    double seconds = atof(argv[2]) / 1000;
    if (strcmp(argv[2], "requests") == 0) {
        prepare(&targets[0], argv + 4, connections, 1);
        targets[0].left = (size_t)atol(argv[3]);
        (void)run(&targets[0], connections, FOR_EVER);
        return 0;
    }
    for (unsigned i = 0; i < count; i++) {
        prepare(&targets[i], argv + 4 + 3 * i, connections, rounds);
        (void)run(&targets[i], connections, seconds); // warm
        targets[i].count = 0;
    }
    for (unsigned round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < count; i++) {
            unsigned at = round % 2 ? count - 1 - i : i;
            targets[at].rates[round] = run(&targets[at], connections, seconds);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        print(&targets[i], rounds);
    }
    return 0;
}
