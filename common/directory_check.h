// SPDX-License-Identifier: Apache-2.0
// What is asked of a directory to find out whether it is set up right. Nothing here ever changes an
// entry.
#ifndef MYCRED_COMMON_DIRECTORY_CHECK_H
#define MYCRED_COMMON_DIRECTORY_CHECK_H

#include "common/directory.h"

// The attribute whose missing value makes a tried modify fail; whoever tries a change must be
// allowed to delete from it.
#define MC_TRY_ATTRIBUTE "mycredLastUse"

enum mc_right { MC_RIGHT_UNKNOWN, MC_RIGHT_GRANTED, MC_RIGHT_REFUSED };

// Whether we may make this change. It is sent in one modify with the deletion of a value that no
// entry has: servers judge the rights first, so the answer is "insufficient access" or "no such
// value", and either way all is as before.
enum mc_result mc_directory_try_change(struct mc_directory *directory, const char *dn,
                                       const struct mc_change *change,
                                       enum mc_right *ret_right) MC_MUST_USE;

// Whether we may compare, which who may read can.
enum mc_result mc_directory_try_compare(struct mc_directory *directory, const char *dn,
                                        const char *attribute, const char *value,
                                        enum mc_right *ret_right) MC_MUST_USE;

// The name of one entry below `ldap_base` that matches; MC_NOT_FOUND when there is none.
enum mc_result mc_directory_find_one(struct mc_directory *directory, const char *filter,
                                     struct mc_buffer *dn) MC_MUST_USE;

// Who we are to the server, "dn:cn=..." (RFC 4532); "" for nobody.
enum mc_result mc_directory_who(struct mc_directory *directory,
                                struct mc_buffer *identity) MC_MUST_USE;

// Appends the certificate that the server has shown, in DER. MC_NOT_FOUND where the connection is
// not under TLS.
enum mc_result mc_directory_certificate(struct mc_directory *directory,
                                        struct mc_buffer *der) MC_MUST_USE;

#endif
