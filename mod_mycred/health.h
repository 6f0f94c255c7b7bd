// SPDX-License-Identifier: Apache-2.0
// How the site is, for load balancers, monitoring and mod_status.
#ifndef MYCRED_MOD_MYCRED_HEALTH_H
#define MYCRED_MOD_MYCRED_HEALTH_H

#include "mod_mycred/site.h"

// 200 while the directory answers and messages can still be queued, else 503. Strangers see that in
// one word; operators get a JSON object that says why.
int health_answer(request_rec *r, struct site *site, bool for_operators);

// The same figures for mod_status: lines "Mycred name: value" for programs, or a list in HTML. Asks
// nothing of the directory.
void health_write_status(request_rec *r, struct site *site, bool for_programs);

#endif
