// SPDX-License-Identifier: Apache-2.0
// Shared by challenge.c, challenge_issue.c, invite.c and reset.c alone.
#ifndef MYCRED_COMMON_CHALLENGE_PRIVATE_H
#define MYCRED_COMMON_CHALLENGE_PRIVATE_H

#include "common/challenge.h"
#include "common/field.h"
#include "common/seal.h"

#define MC_CHALLENGE_VALUE_MAX 512   // bytes
#define MC_CHALLENGE_KIND_SIZE 32    // bytes with NUL
#define MC_CHALLENGE_TAG_SIZE 10     // characters of a flow that tell its values from others'
#define MC_CHALLENGE_MARK "mark"     // stands where a code would
#define MC_CHALLENGE_INVITE "invite" // the purpose of invitations (invite.h)

// "login/sms", "identity.ABCDEFGHIJ/sms"
void mc_challenge_kind(const struct mc_challenge *challenge, char kind[MC_CHALLENGE_KIND_SIZE]);
bool mc_challenge_is_of_kind(struct mc_span value, const struct mc_challenge *challenge);

// Whether this value ends when a code for `challenge` is made: one of the same purpose and channel,
// whatever its flow; what strangers ask for ends nothing but what they had asked for themselves.
bool mc_challenge_is_voided_by(struct mc_span value, const struct mc_challenge *challenge);

// A code that a stranger may ask for (reset.h).
bool mc_challenge_is_reset(const struct mc_challenge *challenge);

// The value to store for this code, good for `life` seconds from now.
enum mc_result mc_challenge_make(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge, struct mc_span code,
                                 int64_t life, struct mc_buffer *value) MC_MUST_USE;

// The live value this code belongs to. `own`: the charge of the attempt that asks. MC_WRONG,
// MC_BAD_DATA.
enum mc_result mc_challenge_match(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_challenge *challenge, struct mc_span code,
                                  struct mc_span own, struct mc_span *ret_value) MC_MUST_USE;

// Login codes are any door's; all others are the site's alone, so that a broken host cannot make
// one.
const struct mc_keys *mc_challenge_keys(const struct mc_context *context,
                                        const struct mc_challenge *challenge);

const char *mc_challenge_address(const struct mc_account *account,
                                 const struct mc_challenge *challenge);

// What is hashed besides the value's clear fields: address and flow, which are not stored, and the
// code.
enum mc_result mc_challenge_hashed_text(const struct mc_account *account,
                                        const struct mc_challenge *challenge, struct mc_span code,
                                        struct mc_buffer *out) MC_MUST_USE;

#endif
