// SPDX-License-Identifier: Apache-2.0
#include "common/result.h"

static const char *const words[] = {
#define MC_RESULT_WORD(name, word, meaning) [MC_##name] = word,
    MC_RESULTS(MC_RESULT_WORD)
#undef MC_RESULT_WORD
};

const char *mc_result_word(enum mc_result result)
{
    return (unsigned)result < MC_RESULT_COUNT ? words[result] : "out-of-range";
}
