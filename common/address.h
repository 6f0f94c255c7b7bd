// SPDX-License-Identifier: Apache-2.0
// Where a message may go: one telephone number, or one plain mail address.
#ifndef MYCRED_COMMON_ADDRESS_H
#define MYCRED_COMMON_ADDRESS_H

#include "common/base.h"

// E.164: a plus sign and 8 to 15 digits, the first not zero; nothing else.
bool mc_address_is_number(struct mc_span text) MC_MUST_USE;

// RFC 5321's dot-string at a domain of letters, digits and hyphens (internationalised ones as
// A-labels). No list, comment, route, quoted local part or address literal.
bool mc_address_is_mail(struct mc_span text) MC_MUST_USE;

#endif
