// SPDX-License-Identifier: Apache-2.0
// Times whole processes. Each line of standard input is a command, its words separated by the byte
// 0x1f; each is started and waited for, and one line says how long that took (nanoseconds from the
// start to the end), how it ended (0: exit status 0) and the processor time it used (microseconds,
// its children's included).
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 64
#define LINE_MAX_BYTES 8192

static char *const environment[] = {NULL};

static long long nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long microseconds(struct timeval time)
{
    return time.tv_sec * 1000000LL + time.tv_usec;
}

static void split(char *line, char *words[WORDS_MAX])
{
    size_t count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *word = NULL; count < WORDS_MAX - 1 && (word = strsep(&line, "\x1f"));) {
        words[count++] = word;
    }
    words[count] = NULL;
}

static void time_command(char *const words[], const posix_spawn_file_actions_t *actions)
{
    pid_t pid = 0;
    int status = 0;
    struct rusage usage;
    long long start = nanoseconds();
    if (posix_spawn(&pid, words[0], actions, NULL, words, environment) != 0 ||
        wait4(pid, &status, 0, &usage) != pid) {
        printf("0 -1 0\n");
        return;
    }
    long long taken = nanoseconds() - start;
    printf("%lld %d %lld\n", taken, status,
           microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
}

int main(int argc, char **argv)
{
    char line[LINE_MAX_BYTES];
    char *words[WORDS_MAX];
    posix_spawn_file_actions_t actions;
    const char *output = argc > 1 ? argv[1] : "/dev/null";
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_addopen(&actions, 1, output, 02001, 0); // O_WRONLY | O_APPEND
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        split(line, words);
        time_command(words, &actions);
    }
    return 0;
}
