// SPDX-License-Identifier: Apache-2.0
// One line an event, key=value, to the host's log: to its journal with fields where it has one,
// else by pam_syslog. The message is the same: "pam_mycred(<service>:<phase>): event=<event> ...".
#ifndef MYCRED_PAM_MYCRED_LOG_H
#define MYCRED_PAM_MYCRED_LOG_H

#include "common/buffer.h"

struct mc_call;

struct mc_log_field {
    const char *key;   // NULL: the whole field is left out
    const char *value; // NULL: likewise; of any origin
};

// "event=<event> key=value ...". Values are escaped, quoted where needed, and cut at 256 bytes.
void mc_log_event(const struct mc_call *call, int priority, const char *event,
                  const struct mc_log_field *fields, size_t count);

// The same, ended by "authentication failure;" and the fields pam_unix writes, so that patterns of
// fail2ban and its like find them.
void mc_log_refusal(const struct mc_call *call, const struct mc_log_field *fields, size_t count);

// A line that the helper has formed.
void mc_log_line(const struct mc_call *call, int priority, struct mc_span line);

#endif
