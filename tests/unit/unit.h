// SPDX-License-Identifier: Apache-2.0
// What tests of the core share: cmocka with the headers it needs, a clock to set, keys, a
// configuration.
#ifndef MYCRED_TESTS_UNIT_UNIT_H
#define MYCRED_TESTS_UNIT_UNIT_H

#include "common/account.h"
#include "common/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

// The base64url of 32 bytes of 0, of 1 and of 2.
#define UNIT_KEY_1 "k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define UNIT_KEY_2 "k2 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE\n"
#define UNIT_KEY_3 "k3 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI\n"

#define UNIT_UUID "3b7c0d46-4f9c-4d4e-9d1a-7f1f0f6f9a11"
#define UNIT_OTHER_UUID "3b7c0d46-4f9c-4d4e-9d1a-7f1f0f6f9a12"
#define UNIT_DN "uid=alice,ou=people,dc=example,dc=org"

// 2026-11-21T20:15:33Z
#define UNIT_TIME ((mc_time)1795292133 * MC_SECOND)

extern mc_time unit_clock;
extern atomic_bool unit_clock_ticks; // a microsecond at each look, for tests that race

// A virtual MFA device as they mostly are, with the secret of RFC 6238.
extern const struct mc_device unit_phone;

struct unit {
    struct mc_config *config;
    struct mc_keys *keys, *site_keys;
    struct mc_context context; // its clock is `unit_clock`
};

#define UNIT MC_CLEANUP(unit_release) struct unit

// `options`: lines added to the smallest configuration there is. The clock starts at UNIT_TIME.
struct unit unit_new(const char *options);
void unit_release(struct unit *unit);

struct mc_keys *unit_keys(const char *lines);

// An entry of `name`, `value` pairs up to a NULL.
struct mc_entry *unit_entry(const char *const *pairs);

// An account of such pairs, with an entryUUID added; whatever mc_account_init says must be MC_OK.
void unit_account(const struct mc_context *context, const char *const *pairs,
                  struct mc_account *account);

#endif
