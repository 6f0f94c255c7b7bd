// SPDX-License-Identifier: Apache-2.0
// What belongs to the process mycred-login rather than to one exchange.
#ifndef MYCRED_PAM_MYCRED_LOGIN_LOGIN_PROCESS_H
#define MYCRED_PAM_MYCRED_LOGIN_LOGIN_PROCESS_H

#include "pam_mycred/login/login.h"

// ---- login_load.c ----
enum mc_result login_init(struct login *login, const char *conf) MC_MUST_USE;
// In a worker, before the first login_refresh: what the workers share of the directory's servers.
void login_share_servers(void);
// Reads configuration and keys again if a file has changed. `failure` tells how it went.
void login_refresh(struct login *login);
void login_end(struct login *login);

// ---- login_watchdog.c ----
// Neither libldap's timeouts nor the resolver's cover every stall. When the time of an exchange is
// over, a signal handler sends a prepared reply that says what the process was doing, and ends the
// process. Until it is told which directory that may be busy with, that is with files.
void watchdog_arm(struct mc_span frame, int64_t milliseconds);
void watchdog_look_at(const struct mc_directory *directory);
void watchdog_disarm(void);

#endif
