// SPDX-License-Identifier: Apache-2.0
#ifndef MYCRED_MOD_MYCRED_AVATAR_CONFINE_H
#define MYCRED_MOD_MYCRED_AVATAR_CONFINE_H

#include "common/base.h"

// Gives up, for good, all that decoding a picture from descriptor 0 to descriptor 1 does not need:
// the environment, other descriptors, new files and processes, memory past 64 MiB, processor time
// past 2 s, and every system call but a few. False when any of it could not be done. A build with
// sanitizers keeps memory and system calls, which those need.
bool confine(void) MC_MUST_USE;

#endif
