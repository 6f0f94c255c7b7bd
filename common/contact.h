// SPDX-License-Identifier: Apache-2.0
// Addresses messages go to: mobile numbers (E.164) and plain e-mail addresses, and how little of
// them is shown.
#ifndef MYCRED_COMMON_CONTACT_H
#define MYCRED_COMMON_CONTACT_H

#include "common/buffer.h"
#include "common/config.h"

#define MC_CONTACT_MAX 256 // bytes with NUL

// E.164 of what people write: "+86 138-0013-8042", "0086...", "+44 (0)7700 ...", "(0)138..." with
// `default_country` ("+86" or ""). MC_MALFORMED when it is no number of 7 to 15 digits.
enum mc_result mc_mobile_parse(struct mc_span text, const char *default_country,
                               char ret_number[MC_CONTACT_MAX]) MC_MUST_USE;

// Whether messages may go there: `countries` is a list of prefixes such as "+86"; an empty list
// allows all countries. Numbers of no country (satellite, shared cost, premium rate) are allowed
// only where such a prefix, e.g. "+881", is itself in the list.
bool mc_mobile_is_allowed(const char *number, const struct mc_texts *countries);

// One plain address: local part of RFC 5321 atoms, a domain of letters, digits, hyphens and dots;
// no quotes, routes, comments, lists or IP addresses; at most 254 bytes. MC_MALFORMED otherwise.
enum mc_result mc_email_parse(struct mc_span text, char ret_address[MC_CONTACT_MAX]) MC_MUST_USE;

// At most two characters of the address: "42" of a number, "d" of an e-mail address.
void mc_contact_hint(enum mc_method channel, const char *address, char ret_hint[4]);

#endif
