// SPDX-License-Identifier: Apache-2.0
// Lists of people for those who look after them. The directory is read page by page, so that the
// number of people does not matter; a limit of the server's may cut the list, which is said.
#ifndef MYCRED_COMMON_ROSTER_H
#define MYCRED_COMMON_ROSTER_H

#include "common/account.h"

enum mc_roster {
    MC_ROSTER_ALL = 1,
    MC_ROSTER_ASKED,   // for help
    MC_ROSTER_BARE,    // must verify and has nothing usable bound
    MC_ROSTER_LOCKED,  // by an administrator
    MC_ROSTER_EXEMPT,  // now
    MC_ROSTER_INVITED, // an invitation runs
    MC_ROSTER_COUNT
};

// One person of the list. `rules` NULL: a stored value that decides about access is damaged
// (account->damaged). The account is the roster's and ends with the call. What is not MC_OK ends
// the walk and is its result.
typedef enum mc_result mc_roster_see(void *data, const struct mc_account *account,
                                     const struct mc_rules *rules);

struct mc_roster_walk {
    enum mc_roster which;
    mc_roster_see *see;
    void *data;
};

// `ret_cut`: the server's limit left somebody out.
enum mc_result mc_roster_walk(const struct mc_context *context, const struct mc_roster_walk *walk,
                              bool *ret_cut) MC_MUST_USE;

#endif
