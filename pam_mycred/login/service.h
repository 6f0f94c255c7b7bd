// SPDX-License-Identifier: Apache-2.0
// mycred-logind, the service's parent: it takes requests from pam_mycred.so, hands them to a small
// pool of workers (mycred-login --worker), starts senders (mycred-send) and waits for them. It
// loads nothing but libc, knows nothing of directories or codes, and never waits for anybody: one
// loop, one thread. Its files share what is declared here.
#ifndef MYCRED_PAM_MYCRED_LOGIN_SERVICE_H
#define MYCRED_PAM_MYCRED_LOGIN_SERVICE_H

#include "common/breaker.h"
#include "common/method.h"
#include "common/source.h"
#include "common/traffic.h"
#include "pam_mycred/wire.h"

#include <sys/queue.h>
#include <sys/types.h>

#define SERVICE_WORKERS_MAX 64
#define SERVICE_CLIENTS_MAX 4096
#define SERVICE_CLIENTS_PER_UID 64 // of one uid that is not root's
#define SERVICE_SENDERS_MAX 32
#define SERVICE_DESCRIPTORS 16 // that belong to no client, worker or sender
#define SERVICE_CAUSE_MAX 512  // bytes of a sender's line that are kept
#define SERVICE_SOURCES 1024   // addresses whose SMS are counted

// milliseconds
#define SERVICE_REQUEST_TIME 5000      // from accepting to the last byte of the request
#define SERVICE_REPLY_TIME 5000        // for a client to take its reply
#define SERVICE_OVERRUN_TIME 1000      // past the budget, until a worker is killed
#define SERVICE_SEND_TIME 10000        // for one sender
#define SERVICE_AFTER_SEND_TIME 2000   // of the budget, kept to record that a message did not leave
#define SERVICE_STOP_TIME 5000         // to finish what is under way
#define SERVICE_ACCEPT_PAUSE 100       // after accept failed for lack of something
#define SERVICE_BACKOFF_TIME 250       // after the third worker that never answered, then doubled
#define SERVICE_BACKOFF_TIME_MAX 15000 //

#define SERVICE_NEVER INT64_MAX

struct service;
struct worker;

struct service_options {
    const char *conf, *socket, *worker, *sender; // absolute paths
    unsigned workers;
    unsigned idle;   // seconds; 0: never exits by itself
    unsigned budget; // seconds for one exchange
};

// How far a frame has come.
enum progress {
    PROGRESS_MORE = 1, // the other side is not ready for more
    PROGRESS_DONE,     // whole
    PROGRESS_ENDED,    // the other side is gone, or memory is
    PROGRESS_RESET,    // gone, and left something of ours unread
    PROGRESS_GARBLED,  // not a frame, or bytes after it
};

// A descriptor in the loop. `ready` must trust what a read or write says, not `events`: an event
// may be older than what other handlers did since.
struct watch {
    int fd; // -1: none
    bool registered;
    uint32_t events; // EPOLL*
    void (*ready)(struct service *service, struct watch *watch, uint32_t events);
};

// Bytes on their way out. Wiped as soon as they are gone.
struct output {
    struct mc_buffer bytes;
    size_t sent;
};

struct sender {
    pid_t pid; // 0: none
    struct watch input, line;
    struct output job;
    struct mc_buffer said; // first bytes of its standard output
};

enum client_state {
    CLIENT_READING = 1,
    CLIENT_QUEUED,      // for a worker
    CLIENT_WORKING,     // a worker has it
    CLIENT_SEND_QUEUED, // for a sender
    CLIENT_SENDING,
    CLIENT_REPLYING,
    CLIENT_GONE, // freed at the end of this turn of the loop
};

// One connection, which carries one exchange. When the person's side hangs up in the middle the
// exchange is carried to its end without it, so that what the directory says and what was sent
// agree.
struct client {
    TAILQ_ENTRY(client) all;
    TAILQ_ENTRY(client) line; // in one of the two queues
    enum client_state state;
    uid_t uid;
    int64_t deadline;   // of the state
    int64_t budget_end; // of the exchange
    char id[17];        // "-" until known
    bool retried;       // a worker was gone before it took the first byte
    unsigned sends;
    struct watch watch;
    struct mc_buffer request; // until it is answered
    struct mc_buffer send;    // the worker's SEND frame, while it is carried out
    struct output reply;
    struct worker *worker;
    struct sender sender;
};

TAILQ_HEAD(client_list, client);

struct worker {
    bool live;     // this place in the pool is taken
    bool answered; // at least once
    bool ended;    // closed its side; its exit status is awaited
    pid_t pid;     // 0: none, or reaped
    int status;    // as from waitpid, once reaped
    struct watch watch;
    struct client *client; // NULL: idle
    struct output request; // envelope and frame
    struct mc_buffer answer;
};

struct service {
    struct service_options options;
    int64_t now;  // milliseconds, monotonic; of this turn of the loop
    int64_t wake; // no client is due before
    int epoll;
    struct watch listener, signals;
    bool activated; // the socket is the service manager's
    dev_t socket_device;
    ino_t socket_inode;
    int64_t accept_after, idle_since, stop_at;
    bool stopping;

    struct client_list clients, gone, queue, send_queue;
    unsigned client_count, client_max, uid_max, queue_count, queue_max;
    unsigned sender_count, sender_max;

    struct worker workers[SERVICE_WORKERS_MAX];
    int servers;              // memory in which they agree on the directory's server; -1: none
    unsigned worker_failures; // in a row, of workers that never answered
    int64_t worker_after;     // back-off

    // what sending has cost of late (service_budget.c)
    struct mc_window sms;
    struct mc_breaker breakers[MC_METHOD_COUNT];
    struct mc_traffic traffic;
    struct {
        uint64_t name;
        struct mc_window window;
    } sources[SERVICE_SOURCES];

    int64_t log_second;
    unsigned log_count, log_dropped;
    uint8_t scratch[WIRE_FRAME_MAX + 1]; // wiped after each read
};

// service_options.c: false after a sentence on stderr.
bool service_options_parse(int argc, char **argv, struct service_options *ret_options) MC_MUST_USE;

// service_loop.c
int64_t service_clock(void);
bool service_loop_open(struct service *service) MC_MUST_USE; // call with no child started yet
void service_loop_run(struct service *service);
bool watch_set(struct service *service, struct watch *watch, uint32_t events);
void watch_close(struct service *service, struct watch *watch);

// service_listen.c: the listening socket, inherited or made. False after a sentence on stderr.
bool listener_open(struct service *service) MC_MUST_USE;
void listener_gate(struct service *service); // takes connections, or does not, as things stand
void listener_close(struct service *service);

// service_io.c
void output_init(struct output *output);
void output_release(struct output *output);
enum progress output_send(int fd, struct output *output) MC_MUST_USE;
enum progress frame_receive(struct service *service, int fd, struct mc_buffer *frame) MC_MUST_USE;
void service_log(const char *format, ...) MC_PRINTF(1, 2);
// For lines that other people can cause: so many a second, then only how many were dropped.
void service_log_limited(struct service *service, const char *line);

// service_process.c: starts a program with an empty environment, standard error inherited. 0 or an
// errno value.
struct descriptors {
    int input, output; // output -1: /dev/null
    int shared;        // becomes WIRE_SERVERS_DESCRIPTOR; -1: none
};
int process_start(const char *const arguments[], const struct descriptors *descriptors,
                  pid_t *ret_pid) MC_MUST_USE;
void process_kill(pid_t pid);
void process_reap(struct service *service); // everyone who ended, with what follows from it
// Waits a moment until no child is left, so that nobody outlives the service.
void process_reap_all(void);

// service_client.c
bool client_accept(struct service *service); // a number of connections; true: there may be more
// Leaves the state the client is in, with all that belongs to it: queue, worker, sender.
void client_enter(struct service *service, struct client *client, enum client_state state,
                  int64_t deadline);
void client_set_deadline(struct service *service, struct client *client, int64_t deadline);
void client_expire(struct service *service, struct client *client); // its deadline has passed
void client_release(struct service *service, struct client *client);
void client_bury(struct service *service);
void client_reply(struct service *service, struct client *client); // writes client->reply
// Replies with that result and one log line `event=... reason=... id=...`, which goes to stderr
// too.
void client_fail(struct service *service, struct client *client, enum mc_result result,
                 const char *event, const char *reason);
// Makes the frame in client->request wait for a worker: behind all others, or before them.
void client_queue(struct service *service, struct client *client, bool first);

// service_pool.c
void pool_hand_out(struct service *service); // queued requests to idle or new workers
void pool_count_failure(struct service *service);
bool pool_reaped(struct service *service, pid_t pid, int status); // false: none of the pool
void pool_stop(struct service *service);

// service_worker.c
void worker_init(struct worker *worker);
void worker_write(struct service *service, struct worker *worker);
void worker_read(struct service *service, struct worker *worker);
void worker_lose(struct service *service, struct worker *worker, const char *reason);
void worker_dismiss(struct service *service,
                    struct worker *worker); // kills it and gives its place up

// service_budget.c: limits that no entry of the directory could hold without becoming everybody's.
// Before a message is sent: NULL when it may, else the cause why it may not.
const char *budget_take(struct service *service, const struct wire_send *send) MC_MUST_USE;
// What became of it; of one that no sender was started for, nothing is to be told.
void budget_note(struct service *service, const struct mc_buffer *send, bool sent,
                 const char *cause);
// A reply to a request was handed on: a right code came back.
void budget_note_reply(struct service *service, const struct client *client);
// Until when something is counted that would be forgotten if the service ended.
int64_t budget_end(const struct service *service);

// service_sender.c
void sender_init(struct sender *sender);
void sender_queue(struct service *service,
                  struct client *client); // client->send is a checked frame
void sender_start_queued(struct service *service);
void sender_reaped(struct service *service, struct client *client, int status);
// The message did not leave: takes it back to a worker, `cause` being one line for the log.
void sender_fail(struct service *service, struct client *client, struct mc_span cause);
void sender_release(struct service *service, struct client *client);

#endif
