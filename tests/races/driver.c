// SPDX-License-Identifier: Apache-2.0
// Many processes at one account, each with a connection of its own, all let go at once.
//
//   driver CONF USER totp|sms|email|recovery CODE PROCESSES ATTEMPTS   tries the code
//   driver CONF USER send-sms|send-email - PROCESSES ATTEMPTS          asks for a code
//
// CODE may be "wrong": each attempt then has another one. ATTEMPTS is the sum over all processes.
// Prints how often each result came, one "word count" a line.
#include "common/attempt.h"
#include "common/challenge.h"
#include "common/process.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_MS 60000

// Seen by all processes.
struct shared {
    pthread_barrier_t ready;
    unsigned results[MC_RESULT_COUNT];
};

struct race {
    const char *conf, *user, *kind, *code;
    unsigned processes, attempts;
    struct shared *shared;
};

struct rival {
    struct mc_config *config;
    struct mc_keys *keys;
    struct mc_directory *directory;
    struct mc_context context;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "driver: %s: %s\n", what, why);
    exit(1);
}

static void prepare(const struct race *race, struct rival *rival)
{
    struct mc_buffer error;
    mc_buffer_init(&error, 1024);
    if (mc_config_load(race->conf, &error, &rival->config) != MC_OK ||
        mc_keys_load(rival->config->login_key_file, &error, &rival->keys) != MC_OK ||
        mc_directory_new(rival->config, &error, &rival->directory) != MC_OK) {
        die("start", mc_buffer_text(&error));
    }
    rival->context = (struct mc_context){
        .config = rival->config, .keys = rival->keys, .directory = rival->directory, .now = mc_now};
    mc_directory_set_deadline(rival->directory, DEADLINE_MS);
    if (mc_directory_connect(rival->directory) != MC_OK) {
        die("connect", mc_directory_cause(rival->directory));
    }
}

static enum mc_result try_code(struct rival *rival, struct mc_account *account, const char *kind,
                               struct mc_span code)
{
    struct mc_attempt proof = {0};
    if (strcmp(kind, "totp") == 0) {
        return mc_attempt_totp(&rival->context, account, code, &proof);
    }
    if (strcmp(kind, "recovery") == 0) {
        return mc_attempt_recovery(&rival->context, account, code, &proof);
    }
    const struct mc_challenge challenge = {"login", mc_method_parse(mc_span_of(kind)), ""};
    return mc_attempt_challenge(&rival->context, account, &challenge, code, &proof);
}

static enum mc_result ask_for_code(struct rival *rival, struct mc_account *account,
                                   const char *channel)
{
    const struct mc_challenge challenge = {"login", mc_method_parse(mc_span_of(channel)), ""};
    const struct mc_issue issue = {MC_ENGLISH, mc_span_of("0123456789abcdef")};
    mc_time from = 0;
    struct mc_buffer job;
    mc_buffer_init(&job, 65536);
    enum mc_result result =
        mc_challenge_issue(&rival->context, account, &challenge, &issue, &job, &from);
    mc_buffer_release(&job);
    return result;
}

static enum mc_result attempt(const struct race *race, struct rival *rival,
                              struct mc_account *account, unsigned number)
{
    char guess[16];
    if (strncmp(race->kind, "send-", 5) == 0) {
        return ask_for_code(rival, account, race->kind + 5);
    }
    snprintf(guess, sizeof guess, "%06u", number);
    bool guesses = strcmp(race->code, "wrong") == 0;
    return try_code(rival, account, race->kind, mc_span_of(guesses ? guess : race->code));
}

// The account was read before the start, as by logins that all stand at the prompt.
static void run(const struct race *race, unsigned place)
{
    struct rival rival;
    prepare(race, &rival);
    unsigned share = race->attempts / race->processes + (place < race->attempts % race->processes);
    struct mc_account *accounts = calloc(share ? share : 1, sizeof *accounts);
    for (unsigned i = 0; i < share; i++) {
        if (mc_account_find(&rival.context, mc_span_of(race->user), &accounts[i]) != MC_OK) {
            die("find", mc_directory_cause(rival.directory));
        }
    }
    pthread_barrier_wait(&race->shared->ready);
    for (unsigned i = 0; i < share; i++) {
        enum mc_result result = attempt(race, &rival, &accounts[i], place + i * race->processes);
        __atomic_add_fetch(&race->shared->results[result], 1, __ATOMIC_SEQ_CST);
        mc_account_release(&accounts[i]);
    }
    free(accounts);
    mc_directory_free(rival.directory);
    mc_keys_free(rival.keys);
    mc_config_free(rival.config);
}

static bool all_ended_well(unsigned count)
{
    bool well = true;
    for (unsigned i = 0; i < count; i++) {
        int status = 0;
        well = wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && well;
    }
    return well;
}

static struct shared *share(unsigned processes)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (shared == MAP_FAILED || pthread_barrier_init(&shared->ready, &attributes, processes) != 0) {
        die("barrier", "none to be had");
    }
    return shared;
}

int main(int argc, char **argv)
{
    if (argc != 7 || mc_process_prepare(MC_PROCESS_HELPER) != MC_OK) {
        return 2;
    }
    struct race race = {
        argv[1], argv[2], argv[3], argv[4], (unsigned)atoi(argv[5]), (unsigned)atoi(argv[6]), NULL};
    race.shared = share(race.processes);
    for (unsigned i = 0; i < race.processes; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            die("fork", "failed");
        }
        if (pid == 0) {
            run(&race, i);
            return 0;
        }
    }
    bool well = all_ended_well(race.processes);
    for (int i = 0; i < MC_RESULT_COUNT; i++) {
        if (race.shared->results[i]) {
            printf("%s %u\n", mc_result_word((enum mc_result)i), race.shared->results[i]);
        }
    }
    return well ? 0 : 1;
}
