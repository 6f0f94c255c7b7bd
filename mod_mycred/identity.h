// SPDX-License-Identifier: Apache-2.0
// Verify Identity: the first steps of every change. By e-mail, mobile or the authenticator app;
// with nothing bound by the current password alone.
#ifndef MYCRED_MOD_MYCRED_IDENTITY_H
#define MYCRED_MOD_MYCRED_IDENTITY_H

#include "mod_mycred/page.h"

// True: identity was verified in this flow, which is at FLOW_VALUE or later. False: the request is
// answered, with *ret_status (a form of these steps, a redirect or an error).
bool identity_is_verified(struct visit *visit, struct flow *flow, int *ret_status);

// Identity is verified, by `method`: writes the mark that the change will take away again, and puts
// the flow to FLOW_VALUE.
enum mc_result identity_mark(struct visit *visit, struct flow *flow,
                             const char *method) MC_MUST_USE;

// The change that takes the mark of this flow's verified identity away, for the modify that uses
// it. MC_WRONG when it was used already or has run out: the flow begins again.
enum mc_result identity_take(struct visit *visit, const struct flow *flow,
                             struct mc_change *ret_change) MC_MUST_USE;

// The flow the request brings along, or a new one of this page where it brings none. MC_WRONG: one
// that is too old, or of another page, person or browser.
enum mc_result flow_open(struct visit *visit, struct flow *flow) MC_MUST_USE;

// Redirects to the page's own form with the flow's present step (redirect after post).
int flow_continue(struct visit *visit, const struct flow *flow);

// Adds the flow's token and, by `step_<name>`, its step to the view and answers with the template.
int flow_page(struct visit *visit, const struct flow *flow, const char *template_name);

// Begins the page's flow again, telling why.
int flow_restart(struct visit *visit);

#endif
