// SPDX-License-Identifier: Apache-2.0
// When a certificate ends. Nothing else of it is looked at, and nothing is verified: that is done
// where it is used.
#ifndef MYCRED_COMMON_COMMAND_CERTIFICATE_H
#define MYCRED_COMMON_COMMAND_CERTIFICATE_H

#include "common/gtime.h"

// Of one in DER. MC_MALFORMED.
enum mc_result mc_certificate_end(struct mc_span der, mc_time *ret_end) MC_MUST_USE;

// Of the first in a text, as PEM has it (RFC 7468). MC_MALFORMED also when it holds none.
enum mc_result mc_certificate_end_in(struct mc_span text, mc_time *ret_end) MC_MUST_USE;

#endif
