// SPDX-License-Identifier: Apache-2.0
// What a program of our own does first, before any library sees the process. Never called inside
// somebody else's process.
#ifndef MYCRED_COMMON_PROCESS_H
#define MYCRED_COMMON_PROCESS_H

#include "common/result.h"

enum mc_process_kind {
    MC_PROCESS_HELPER = 1, // nobody's terminal: the environment ends empty
    MC_PROCESS_COMMAND     // run by a person: TERM, LANG, LANGUAGE and LC_* stay
};

// The environment decides nothing (LDAP*, ldaprc, proxies, SASL_PATH and the like are gone), no
// SASL plugin is loaded, descriptors 0 to 2 are open, a broken pipe is an error code and memory
// with secrets is never dumped or traced by others. Call it before threads, libldap and libsasl are
// used. MC_INTERNAL: one of these could not be had, and the program must end.
enum mc_result mc_process_prepare(enum mc_process_kind kind) MC_MUST_USE;

#endif
