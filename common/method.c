// SPDX-License-Identifier: Apache-2.0
#include "common/method.h"

static const char *const words[MC_METHOD_COUNT] = {"none", "totp", "sms", "email"};

const char *mc_method_word(enum mc_method method)
{
    return (unsigned)method < MC_METHOD_COUNT ? words[method] : "none";
}

enum mc_method mc_method_parse(struct mc_span word)
{
    for (int i = MC_METHOD_TOTP; i < MC_METHOD_COUNT; i++) {
        if (mc_span_equals(word, words[i])) {
            return (enum mc_method)i;
        }
    }
    return MC_METHOD_NONE;
}
