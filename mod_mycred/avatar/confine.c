// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/avatar/confine.h"

#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MEMORY_MAX (64UL * 1024 * 1024) // bytes besides those the program begins with
#define CPU_SECONDS 2

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

// Pages of address space in use: the first number of the file. 0: not known.
static unsigned long pages_in_use(void)
{
    char text[64] = "";
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC); // closed with all others
    return file >= 0 && read(file, text, sizeof text - 1) > 0 ? strtoul(text, NULL, 10) : 0;
}

static bool limit_memory(void)
{
    unsigned long begun = pages_in_use() * (unsigned long)sysconf(_SC_PAGESIZE);
    const struct rlimit limit = {begun + MEMORY_MAX, begun + MEMORY_MAX};
    return SANITIZED || (begun && setrlimit(RLIMIT_AS, &limit) == 0);
}

static bool limit(void)
{
    static const struct {
        __rlimit_resource_t resource;
        struct rlimit limit;
    } limits[] = {
        // the soft one ends the program with SIGXCPU, which says why
        {RLIMIT_CPU, {CPU_SECONDS, CPU_SECONDS + 1}},
        {RLIMIT_CORE, {0, 0}},
        {RLIMIT_FSIZE, {0, 0}},
        {RLIMIT_NOFILE, {0, 0}},
        {RLIMIT_NPROC, {0, 0}},
    };
    bool done = limit_memory();
    for (size_t i = 0; done && i < MC_COUNT(limits); i++) {
        done = setrlimit(limits[i].resource, &limits[i].limit) == 0;
    }
    return done;
}

static bool allow(scmp_filter_ctx filter)
{
    static const int plain[] = {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(exit_group)};
    bool done = true;
    for (size_t i = 0; done && i < MC_COUNT(plain); i++) {
        done = seccomp_rule_add(filter, SCMP_ACT_ALLOW, plain[i], 0) == 0;
    }
    // memory of its own, that is never code
    done = done && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                                    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS)) == 0;
    done = done && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mremap), 0) == 0;
    done = done && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1,
                                    SCMP_A0(SCMP_CMP_EQ, STDIN_FILENO, 0)) == 0;
    return done && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                                    SCMP_A0(SCMP_CMP_EQ, STDOUT_FILENO, 0)) == 0;
}

static bool filter_calls(void)
{
    scmp_filter_ctx filter = SANITIZED ? NULL : seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool done = SANITIZED || (filter && allow(filter) && seccomp_load(filter) == 0);
    if (filter) {
        seccomp_release(filter);
    }
    return done;
}

bool confine(void)
{
    bool done = clearenv() == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && limit();
    closefrom(STDERR_FILENO + 1);
    return done && filter_calls();
}
