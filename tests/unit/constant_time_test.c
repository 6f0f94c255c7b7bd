// SPDX-License-Identifier: Apache-2.0
// MC-SEC-08, MC-SEC-154: comparisons show nothing of a secret. Under valgrind the secret's bytes
// are marked undefined, so that a branch or an address that depends on one is an error; without it,
// this only checks results.
#include "common/seal.h"

#include "tests/unit/unit.h"

#include <valgrind/memcheck.h>

static void taint(const void *bytes, size_t size)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(bytes, size);
}

// The outcome itself is no secret any more.
static bool known(bool outcome)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(&outcome, sizeof outcome);
    return outcome;
}

static void comparing_depends_on_sizes_alone(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        bool same;
    } rows[] = {{"123456", true}, {"023456", false}, {"123457", false}, {"12345", false}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char secret[] = "123456";
        taint(secret, 6);
        struct mc_span span = {(const uint8_t *)secret, 6};
        assert_int_equal(known(mc_secret_matches(span, mc_span_of(rows[i].typed))), rows[i].same);
        assert_int_equal(known(mc_secret_matches(mc_span_of(rows[i].typed), span)), rows[i].same);
    }
}

// The code typed is tainted here: what is hashed and compared are its image and the stored one.
static void checking_a_hash_depends_on_its_outcome_alone(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    const struct mc_seal_context context = {"mycredChallenge", UNIT_UUID, {NULL, 0}};
    MC_AUTO_BUFFER struct mc_buffer hash;
    mc_buffer_init(&hash, 256);
    assert_int_equal(mc_keyed_hash(unit.keys, &context, mc_span_of("123456"), &hash), MC_OK);
    static const char *const codes[] = {"123456", "123457"};
    for (size_t i = 0; i < MC_COUNT(codes); i++) {
        char code[] = "      ";
        memcpy(code, codes[i], 6);
        taint(code, 6);
        enum mc_result result = mc_keyed_hash_check(
            unit.keys, &context, (struct mc_span){(const uint8_t *)code, 6}, mc_buffer_span(&hash));
        (void)VALGRIND_MAKE_MEM_DEFINED(&result, sizeof result);
        assert_int_equal(result, i == 0 ? MC_OK : MC_WRONG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparing_depends_on_sizes_alone),
        cmocka_unit_test(checking_a_hash_depends_on_its_outcome_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
