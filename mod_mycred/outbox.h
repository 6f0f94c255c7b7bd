// SPDX-License-Identifier: Apache-2.0
// Notices that could not be delivered when their change was made: one child of httpd looks for them
// from time to time, whoever they are for.
#ifndef MYCRED_MOD_MYCRED_OUTBOX_H
#define MYCRED_MOD_MYCRED_OUTBOX_H

#include "mod_mycred/site.h"

// Has it done every `notice_interval`; called when the configuration has been read. By
// mod_watchdog, which picks the child; where that module is missing the log says that nobody does
// it.
void outbox_watch(struct site *site, apr_pool_t *pool);

#endif
