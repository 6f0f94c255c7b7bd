// SPDX-License-Identifier: Apache-2.0
// A proved address in place of the one in use: the changes for the modify that makes it so.
#ifndef MYCRED_COMMON_CONTACT_SWAP_H
#define MYCRED_COMMON_CONTACT_SWAP_H

#include "common/account.h"
#include "common/changes.h"

// Starts as {0}. The values point into the account, the address and the swap itself.
struct mc_contact_swap {
    struct mc_changes changes;
    struct mc_buffer verified;
};
void mc_contact_swap_release(struct mc_contact_swap *swap);

// Deletes, by their exact values, the address in use and what vouched for it; adds the new one,
// where it is not there already, and its mycredVerified. `channel`: SMS or EMAIL.
enum mc_result mc_contact_swap_make(const struct mc_context *context,
                                    const struct mc_account *account, enum mc_method channel,
                                    const char *address,
                                    struct mc_contact_swap *ret_swap) MC_MUST_USE;

#endif
