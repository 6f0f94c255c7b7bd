// SPDX-License-Identifier: Apache-2.0
// Sealed texts that pages carry. Form tokens bind a form to the browser (its session, or before
// sign-in its visitor cookie), to the page and to a time. Flow tokens carry what the steps before
// have established.
#ifndef MYCRED_MOD_MYCRED_TOKEN_H
#define MYCRED_MOD_MYCRED_TOKEN_H

#include "mod_mycred/visit.h"

#define TOKEN_LIFE (60 * 60 * MC_SECOND) // of a form that stays open
#define FLOW_LIFE (30 * 60 * MC_SECOND)  // of a flow, from its first step
#define FLOW_ID_SIZE 26                  // characters of base32: 130 bits
#define FLOW_TEXT_MAX 256                // bytes of a value under way

// Adds the token of forms that post to `path` to the view, under `name`; every form has one.
enum mc_result token_add(struct visit *visit, const char *name, const char *path) MC_MUST_USE;

// Was the posted form made for this browser and this page, by us? MC_OK or MC_WRONG.
enum mc_result token_check(struct visit *visit) MC_MUST_USE;

// Steps of changing a credential, in their order. The mark of a verified identity is a value in the
// directory
// (`proved/<flow>` in mycredChallenge) which the final change deletes in the same modify: each flow
// changes one thing once, whatever is replayed.
enum flow_step {
    FLOW_IDENTITY = 1,  // choose how to verify identity
    FLOW_IDENTITY_CODE, // a code was sent, or the authenticator app is asked
    FLOW_SECOND,        // public flows: another proof is asked
    FLOW_VALUE,         // identity is verified: the new value
    FLOW_VALUE_CODE,    // a code was sent to the new address, or a device shown
    FLOW_DONE
};

struct flow {
    char page[24]; // the path it belongs to
    enum flow_step step;
    enum mc_method channel; // identity: how; later: of the new value
    mc_time started;
    char id[FLOW_ID_SIZE + 1];
    char value[FLOW_TEXT_MAX]; // a new address, a new secret's sealed form, ...
    char user[FLOW_TEXT_MAX];  // public flows: who it is for
    mc_time asked;             // public flows: when a code was asked for last
    unsigned wrong;            // public flows: wrong codes since then
    bool must_change;          // sign-in: the password must be changed before there is a session
};

// A new flow of the page that is visited.
enum mc_result flow_begin(struct visit *visit, struct flow *ret_flow) MC_MUST_USE;

// From the field or query parameter `flow`. MC_WRONG when it is missing, too old, of another page
// or browser.
enum mc_result flow_read(struct visit *visit, struct flow *ret_flow) MC_MUST_USE;

// Appends the token.
enum mc_result flow_write(struct visit *visit, const struct flow *flow,
                          struct mc_buffer *token) MC_MUST_USE;

#endif
