// SPDX-License-Identifier: Apache-2.0
// What a new login password must be before the directory is asked: long enough, and none of those
// that are tried first. No composition rules (NIST SP 800-63B 3.1.1.2). Knows nothing of httpd.
#ifndef MYCRED_MOD_MYCRED_PASSWORD_RULES_H
#define MYCRED_MOD_MYCRED_PASSWORD_RULES_H

#include "common/password_prepare.h"

enum password_rule {
    PASSWORD_SHORT,
    PASSWORD_LONG,
    PASSWORD_CHARACTERS, // control, unassigned or invisible ones
    PASSWORD_COMMON,     // in our list, or a repetition or sequence
    PASSWORD_OWN,        // made of the person's own names and addresses, or the site's
    PASSWORD_BREACHED,
    PASSWORD_RULE_COUNT
};

#define PASSWORD_BIT(rule) (1u << (rule))
#define PASSWORD_OWN_MAX 16 // words

struct password_about {
    size_t minimum; // code points
    struct mc_span own[PASSWORD_OWN_MAX];
    size_t own_count;
    const char *breached_file; // "": none
};

// `ret_unmet`: a bit for each rule that is not kept. MC_BAD_CONFIG when the file of breached
// passwords cannot be read.
enum mc_result password_rules_check(const struct password_about *about, struct mc_span typed,
                                    unsigned *ret_unmet) MC_MUST_USE;

// Whether the list of common ones holds this one; letters of ASCII in any case.
bool password_is_common(struct mc_span password);

// Whether the file, sorted lines that begin with 40 hexadecimal digits of SHA-1 in upper case, as
// they are published, has this one's. MC_BAD_CONFIG.
enum mc_result password_is_breached(const char *path, struct mc_span password,
                                    bool *ret_found) MC_MUST_USE;

// NULL, or why this cannot be such a file. For the start, when httpd is root yet: its children must
// be able to read it.
const char *password_file_complaint(const char *path);

#endif
