// SPDX-License-Identifier: Apache-2.0
// What several pages do with a person: find one by what was typed, check a password, send and check
// codes.
#ifndef MYCRED_MOD_MYCRED_PERSON_H
#define MYCRED_MOD_MYCRED_PERSON_H

#include "mod_mycred/visit.h"

// Reads the account of a user name, an e-mail address or a mobile number into the visit. The login
// name wins; a contact that two entries hold is unknown. MC_UNKNOWN_USER.
enum mc_result person_find(struct visit *visit, const char *typed) MC_MUST_USE;

// Makes a code and has it sent after the answer, unless one is pending; tells the page what came of
// it as `sent_sms` or `sent_email` with `hint` and `life`, or as `throttled`. MC_OK when a code is
// pending now, MC_THROTTLED when none may be sent yet.
struct person_code {
    const char *purpose; // "login", "identity", "address"
    enum mc_method channel;
    const char *flow;
    const char *address; // where it goes, if not to the account's own; NULL
    bool again;          // asked for once more
};
enum mc_result person_send_code(struct visit *visit, const struct person_code *code) MC_MUST_USE;

// Tells the page of a code that is pending (`no_code`: none is, it could not be sent or is void)
// and when another may be sent (`wait`); sends nothing.
void person_show_code(struct visit *visit, const struct person_code *code);

// Checks what was typed at a login or identity step: a code of that method or, where `recovery`
// allows, a recovery code. Says what is wrong in the view. As mc_attempt_*; `ret_method` names what
// proved it.
struct person_answer {
    const char *purpose;
    enum mc_method method;
    const char *flow;
    const char *address;
    bool recovery; // a recovery code is taken as well
};
enum mc_result person_check_code(struct visit *visit, const struct person_answer *answer,
                                 const char *typed, const char **ret_method) MC_MUST_USE;

// The usable methods as the list `ways` in the view (`method`, `label`), without `but`.
void person_list_ways(struct visit *visit, enum mc_method but);

// Puts an error beside a field and into the list at the top of the page.
void person_error(struct visit *visit, const char *field, const char *text);

#endif
