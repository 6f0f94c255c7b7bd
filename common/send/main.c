// SPDX-License-Identifier: Apache-2.0
// mycred-send --conf PATH: delivers the one message on standard input (common/job.h). Status 0:
// accepted; 1: not delivered; 2: unusable job or configuration. One line on standard output says
// how it ended, for the caller's log.
#include "common/send/deadline.h"
#include "common/send/deliver.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// For reading configuration and job; then send_timeout counts, of which the last part is kept to
// end in order.
#define START_MILLISECONDS 2000
#define END_MILLISECONDS 200
#define ERROR_MAX 1024

// Nothing of the caller's may reach libcurl or the TLS library (proxies, SSLKEYLOGFILE), no memory
// may reach a core file.
static bool shut_off(void)
{
    const struct rlimit none = {0, 0};
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (null >= 0 && null <= STDERR_FILENO) {
        // standard input, output or error was closed: keep it taken
        (void)fcntl(null, F_SETFD, 0);
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
    }
    (void)umask(S_IRWXG | S_IRWXO);
    return null >= 0 && close_range(STDERR_FILENO + 1, ~0u, 0) == 0 && clearenv() == 0 &&
           setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
           signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

static enum mc_result read_input(struct mc_buffer *input)
{
    char chunk[4096];
    for (;;) {
        ssize_t got = read(STDIN_FILENO, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got > 0) {
            mc_buffer_append(input, chunk, (size_t)got);
        }
        if (got <= 0 || mc_buffer_result(input) != MC_OK) {
            mc_wipe(chunk, sizeof(chunk));
            return got < 0 ? MC_INTERNAL : mc_buffer_result(input);
        }
    }
}

static void refuse(struct mc_send_outcome *outcome, enum mc_send_cause cause, const char *reason)
{
    outcome->cause = cause;
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
}

static void deliver_job(const struct mc_config *config, const struct mc_job *job, bool probe,
                        struct mc_send_outcome *outcome)
{
    int64_t limit = config->send_timeout * 1000;
    struct mc_delivery delivery = {.config = config,
                                   .job = job,
                                   .end = mc_deadline_now() + limit - END_MILLISECONDS,
                                   .probe = probe};
    if (mc_deadline_start(limit) != MC_OK || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        outcome->cause = MC_SEND_INTERNAL;
        return;
    }
    mc_deliver(&delivery, outcome);
    mc_secret_release(&delivery.password);
    curl_global_cleanup();
}

static void deliver_input(const struct mc_config *config, struct mc_send_outcome *outcome)
{
    MC_AUTO_BUFFER struct mc_buffer input;
    mc_buffer_init(&input, MC_JOB_MAX);
    struct mc_job job;
    enum mc_result result = read_input(&input);
    if (result == MC_OK) {
        result = mc_job_read(mc_buffer_span(&input), &job);
    }
    if (result != MC_OK) {
        outcome->cause = result == MC_MALFORMED ? MC_SEND_JOB : MC_SEND_INTERNAL;
        return;
    }
    deliver_job(config, &job, false, outcome);
}

static void probe_gateway(const struct mc_config *config, enum mc_method channel,
                          struct mc_send_outcome *outcome)
{
    // stands where templates need one; it is not sent
    const struct mc_job job = {.channel = channel,
                               .to = mc_span_of("+15550000000"),
                               .id = mc_span_of("check"),
                               .text = mc_span_of("check")};
    deliver_job(config, &job, true, outcome);
}

struct arguments {
    const char *conf;
    enum mc_method probe; // NONE: deliver the job on standard input
};

static bool read_arguments(int count, char **words, struct arguments *ret_arguments)
{
    if ((count != 3 && count != 5) || strcmp(words[1], "--conf") != 0) {
        return false;
    }
    *ret_arguments = (struct arguments){words[2], MC_METHOD_NONE};
    if (count == 5) {
        ret_arguments->probe = mc_method_parse(mc_span_of(words[4]));
        return strcmp(words[3], "--check") == 0 &&
               (ret_arguments->probe == MC_METHOD_SMS || ret_arguments->probe == MC_METHOD_EMAIL);
    }
    return true;
}

// Leaves `outcome` for the line; the configuration is kept in `ret_config`, since the outcome
// points into it.
static void run(const struct arguments *arguments, struct mc_config **ret_config,
                struct mc_send_outcome *outcome)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, ERROR_MAX);
    if (!shut_off() || mc_deadline_start(START_MILLISECONDS) != MC_OK) {
        refuse(outcome, MC_SEND_INTERNAL, "the process could not be shut off");
        return;
    }
    mc_deadline_set_line("outcome=permanent cause=internal reason=\"no whole job came in time\"");
    if (mc_config_load(arguments->conf, &error, ret_config) != MC_OK) {
        refuse(outcome, MC_SEND_CONFIGURATION, mc_buffer_text(&error));
    } else if (arguments->probe != MC_METHOD_NONE) {
        probe_gateway(*ret_config, arguments->probe, outcome);
    } else {
        deliver_input(*ret_config, outcome);
    }
}

int main(int count, char **words)
{
    struct arguments arguments;
    if (!read_arguments(count, words, &arguments)) {
        (void)fputs("usage: mycred-send --conf PATH < job\n"
                    "       mycred-send --conf PATH --check sms|email\n",
                    stderr);
        return MC_SEND_EXIT_UNUSABLE;
    }
    MC_CLEANUP(mc_config_free_pointer) struct mc_config *config = NULL;
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, 1024);
    struct mc_send_outcome outcome = {.cause = MC_SEND_INTERNAL};
    run(&arguments, &config, &outcome);
    mc_send_outcome_format(&outcome, &line);
    int status = mc_send_exit_status(outcome.cause);
    mc_deadline_report(mc_buffer_text(&line), status);
    return status;
}
