// SPDX-License-Identifier: Apache-2.0
// sandbox PROGRAM...: runs it under the restrictions of mycred-login.service that a process can put
// on itself: no capability, no new privileges, no memory that is writable and executable, no socket
// of another family, no system call the filter does not let through. allowed_calls.h is made by the
// test.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE(error) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (error))
#define IS(value, if_not) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (if_not))
#define ALLOW_CALL(number) IS(number, 1), ALLOW,

static struct sock_filter filter[] = {
    LOAD(nr),
    IS(SYS_socket, 8),
    LOAD(args[0]),
    ALLOW_CALL(AF_UNIX) ALLOW_CALL(AF_INET) ALLOW_CALL(AF_INET6) REFUSE(EAFNOSUPPORT),
#include "allowed_calls.h"
    REFUSE(EPERM),
};

int main(int argc, char **argv)
{
    const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    for (int i = 0; prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0; i++) {
    }
    (void)prctl(PR_SET_MDWE, 1, 0, 0, 0); // from Linux 6.3 on
    if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("sandbox");
        return 1;
    }
    execv(argv[1], argv + 1);
    perror(argv[1]);
    return 1;
}
