// SPDX-License-Identifier: Apache-2.0
// The ways a login can be verified.
#ifndef MYCRED_COMMON_METHOD_H
#define MYCRED_COMMON_METHOD_H

#include "common/base.h"

enum mc_method {
    MC_METHOD_NONE, // login verification is off
    MC_METHOD_TOTP,
    MC_METHOD_SMS,
    MC_METHOD_EMAIL,
    MC_METHOD_COUNT
};

// A set of methods: bit n stands for method n.
typedef uint8_t mc_method_set;
#define MC_METHOD_BIT(method) ((mc_method_set)(1u << (method)))
#define MC_METHODS_ALL                                                                             \
    ((mc_method_set)(MC_METHOD_BIT(MC_METHOD_TOTP) | MC_METHOD_BIT(MC_METHOD_SMS) |                \
                     MC_METHOD_BIT(MC_METHOD_EMAIL)))

// "totp", "sms", "email": the words of mycredLoginMethod, of configuration and of logs. "none" for
// NONE.
const char *mc_method_word(enum mc_method method);

// MC_METHOD_NONE when the word names none.
enum mc_method mc_method_parse(struct mc_span word);

#endif
