// SPDX-License-Identifier: Apache-2.0
// The way to mycred-login: the service behind its socket or, where connecting to it fails and we
// are root, the same program started for this conversation. Knows nothing of PAM.
#ifndef MYCRED_PAM_MYCRED_HELPER_H
#define MYCRED_PAM_MYCRED_HELPER_H

#include "common/buffer.h"

#include <sys/types.h>

// Of one exchange, in milliseconds; sshd gives a person 120 s for everything.
#ifndef MC_HELPER_DEADLINE
#define MC_HELPER_DEADLINE 20000
#endif

struct mc_helper {
    const char *socket_path, *program, *conf; // the caller's
    int channel;                              // to the started program; -1: none
    int pidfd;                                // of it; -1: none
    pid_t pid;
    const char *step;  // what failed, for the log: a static word; NULL: nothing
    int error;         // its errno; 0: none
    const char *place; // the path of what we were talking to
};

void mc_helper_init(struct mc_helper *helper, const char *socket_path, const char *program,
                    const char *conf);

// Sends one frame and reads one whole frame into `reply` (cleared first), all before the deadline.
// A connection to the service lasts for one exchange, a started program until mc_helper_release.
// MC_OK; MC_BAD_CONFIG: no service, and it cannot be started; MC_DENIED_PEER: somebody else's
// socket; MC_UNAVAILABLE: died, overran the deadline, or this process is out of resources;
// MC_MALFORMED; MC_NO_MEMORY.
enum mc_result mc_helper_exchange(struct mc_helper *helper, struct mc_span request,
                                  struct mc_buffer *reply) MC_MUST_USE;

// Ends a started program: it is told by end of file, and killed if it does not listen.
void mc_helper_release(struct mc_helper *helper);

// The rest is between helper.c and helper_start.c.

// Monotonic milliseconds; INT64_MAX when the clock fails, so that every deadline has passed.
int64_t mc_helper_now(void);

// Waits for poll(2) events until `deadline` on that clock, whatever signals arrive. 1: try now;
// 0: passed; -1 and errno.
int mc_helper_wait(int descriptor, short events, int64_t deadline);

// A descriptor above 2, so that a host with closed 0 to 2 does not print into
// it. The old one is closed. -1 and errno on failure, also when `descriptor` is -1.
int mc_descriptor_raise(int descriptor) MC_MUST_USE;

// Starts `helper->program` at the other end of a socket pair. MC_OK, MC_BAD_CONFIG,
// MC_UNAVAILABLE. Needs `channel` and `pidfd` to be -1.
enum mc_result mc_helper_start(struct mc_helper *helper) MC_MUST_USE;

#endif
