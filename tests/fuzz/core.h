// SPDX-License-Identifier: Apache-2.0
// A context for targets that need one: a configuration, keys, a clock that stands still, a
// directory that nobody answers for.
#ifndef MYCRED_TESTS_FUZZ_CORE_H
#define MYCRED_TESTS_FUZZ_CORE_H

#include "common/account.h"
#include "tests/fuzz/fuzz.h"

#define CORE_TIME ((mc_time)1795292133 * MC_SECOND) // 2026-11-21T20:15:33Z
#define CORE_UUID "3b7c0d46-4f9c-4d4e-9d1a-7f1f0f6f9a11"

// Made once.
const struct mc_context *core_context(void);

// An entry of lines `name value`; the rest of a line after the first space is the value.
struct mc_entry *core_entry(struct mc_span lines);

#endif
