// SPDX-License-Identifier: Apache-2.0
#include "common/seal.h"

#include "tests/unit/unit.h"

static const struct mc_seal_context home = {
    "mycredTotp", UNIT_UUID, {(const uint8_t *)"1 sha1/6/30", 11}};

static void seal(const struct mc_keys *keys, const char *plain, struct mc_buffer *sealed)
{
    mc_buffer_init(sealed, 1024);
    assert_int_equal(mc_seal(keys, &home, mc_span_of(plain), sealed), MC_OK);
}

static enum mc_result unseal(const struct mc_keys *keys, const struct mc_seal_context *context,
                             struct mc_span sealed)
{
    MC_AUTO_SECRET struct mc_secret plain = {0};
    enum mc_result result = mc_unseal(keys, context, sealed, &plain);
    assert_true(result == MC_OK || plain.data == NULL);
    return result;
}

static void what_is_sealed_opens_at_its_place(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static char large[MC_SEAL_MAX + 1];
    memset(large, 'x', MC_SEAL_MAX);
    const char *const texts[] = {"", "a", "12345678901234567890", "\xff\x01", large};
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        MC_AUTO_BUFFER struct mc_buffer sealed;
        MC_AUTO_SECRET struct mc_secret plain = {0};
        mc_buffer_init(&sealed, 4 * MC_SEAL_MAX);
        assert_int_equal(mc_seal(unit.keys, &home, mc_span_of(texts[i]), &sealed), MC_OK);
        assert_int_equal(strncmp(sealed.data, "k1:", 3), 0);
        assert_int_equal(mc_unseal(unit.keys, &home, mc_buffer_span(&sealed), &plain), MC_OK);
        assert_true(mc_span_equals(mc_secret_span(&plain), texts[i]));
    }
}

// MC-SEC-46: a value opens only in its entry, its attribute and with its own clear fields
static void a_value_moved_elsewhere_is_refused(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_AUTO_BUFFER struct mc_buffer sealed;
    seal(unit.keys, "secret", &sealed);
    const struct mc_seal_context elsewhere[] = {
        {"mycredTotp", UNIT_OTHER_UUID, home.detail},
        {"mycredTotp", "", home.detail},
        {"mycredRecovery", UNIT_UUID, home.detail},
        {"mycredTot", "p" UNIT_UUID, home.detail},
        {"mycredTotp" UNIT_UUID, "", home.detail},
        {"", "", {NULL, 0}},
        {"mycredTotp", UNIT_UUID, mc_span_of("2 sha1/6/30")},
        {"mycredTotp", UNIT_UUID, mc_span_of("1 sha1/8/30")},
        {"mycredTotp", UNIT_UUID, mc_span_of("1 sha1/6/30 ")},
        {"mycredTotp", UNIT_UUID, mc_span_of("")},
    };
    assert_int_equal(unseal(unit.keys, &home, mc_buffer_span(&sealed)), MC_OK);
    for (size_t i = 0; i < MC_COUNT(elsewhere); i++) {
        assert_int_equal(unseal(unit.keys, &elsewhere[i], mc_buffer_span(&sealed)), MC_BAD_DATA);
    }
}

// MC-SEC-46: no bit may change
static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_AUTO_BUFFER struct mc_buffer sealed, hash;
    seal(unit.keys, "12345678901234567890", &sealed);
    mc_buffer_init(&hash, 1024);
    assert_int_equal(mc_keyed_hash(unit.keys, &home, mc_span_of("123456"), &hash), MC_OK);
    for (size_t i = 0; i < 8 * sealed.size; i++) {
        sealed.data[i / 8] = (char)(sealed.data[i / 8] ^ 1 << i % 8);
        assert_int_equal(unseal(unit.keys, &home, mc_buffer_span(&sealed)), MC_BAD_DATA);
        sealed.data[i / 8] = (char)(sealed.data[i / 8] ^ 1 << i % 8);
    }
    for (size_t i = 0; i < 8 * hash.size; i++) {
        hash.data[i / 8] = (char)(hash.data[i / 8] ^ 1 << i % 8);
        assert_int_not_equal(
            mc_keyed_hash_check(unit.keys, &home, mc_span_of("123456"), mc_buffer_span(&hash)),
            MC_OK);
        hash.data[i / 8] = (char)(hash.data[i / 8] ^ 1 << i % 8);
    }
    assert_int_equal(unseal(unit.keys, &home, mc_buffer_span(&sealed)), MC_OK);
}

static void cut_grown_and_foreign_texts_are_refused(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_AUTO_BUFFER struct mc_buffer sealed;
    seal(unit.keys, "secret", &sealed);
    for (size_t size = 0; size < sealed.size; size++) {
        struct mc_span cut = {(const uint8_t *)sealed.data, size};
        assert_int_equal(unseal(unit.keys, &home, cut), MC_BAD_DATA);
    }
    static const char *const foreign[] = {
        "",
        ":",
        "k1",
        "k1:",
        ":AAAA",
        "k9:AAAA",
        "K1:AAAA",
        "k1:A",
        "k1:====",
        "k1:AAAA AAAA",
        "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < MC_COUNT(foreign); i++) {
        assert_int_equal(unseal(unit.keys, &home, mc_span_of(foreign[i])), MC_BAD_DATA);
        assert_int_equal(
            mc_keyed_hash_check(unit.keys, &home, mc_span_of("x"), mc_span_of(foreign[i])),
            MC_BAD_DATA);
    }
    mc_buffer_add_text(&sealed, "A");
    assert_int_equal(unseal(unit.keys, &home, mc_buffer_span(&sealed)), MC_BAD_DATA);
    static uint8_t huge[1 << 20];
    memset(huge, 'A', sizeof huge);
    memcpy(huge, "k1:", 3);
    assert_int_equal(unseal(unit.keys, &home, (struct mc_span){huge, sizeof huge}), MC_BAD_DATA);
    assert_int_equal(unseal(unit.keys, &home, (struct mc_span){NULL, 0}), MC_BAD_DATA);
}

static void what_is_too_long_is_not_sealed(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static uint8_t bytes[MC_SEAL_MAX + 1];
    MC_AUTO_BUFFER struct mc_buffer sealed;
    mc_buffer_init(&sealed, 4 * MC_SEAL_MAX);
    struct mc_span plain = {bytes, sizeof bytes};
    assert_int_equal(mc_seal(unit.keys, &home, plain, &sealed), MC_MALFORMED);
    const struct mc_seal_context wide = {"mycredTotp", UNIT_UUID, plain};
    assert_int_equal(mc_seal(unit.keys, &wide, mc_span_of("x"), &sealed), MC_MALFORMED);
    assert_int_equal(mc_keyed_hash(unit.keys, &wide, mc_span_of("x"), &sealed), MC_MALFORMED);
    assert_int_equal(sealed.size, 0);
}

// MC-SEC-150: the old key opens, the newest seals, and a missing key is an error, never "no factor"
static void keys_rotate(void **state)
{
    (void)state;
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *before = unit_keys(UNIT_KEY_1);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *both = unit_keys(UNIT_KEY_1 UNIT_KEY_2);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *after = unit_keys(UNIT_KEY_2);
    MC_AUTO_BUFFER struct mc_buffer old, new, hash;
    seal(before, "secret", &old);
    seal(both, "secret", &new);
    mc_buffer_init(&hash, 256);
    assert_int_equal(mc_keyed_hash(before, &home, mc_span_of("123456"), &hash), MC_OK);
    assert_int_equal(strncmp(new.data, "k2:", 3), 0);
    const struct {
        const struct mc_keys *keys;
        enum mc_result old, new, hash;
    } rows[] = {{before, MC_OK, MC_BAD_DATA, MC_OK},
                {both, MC_OK, MC_OK, MC_OK},
                {after, MC_BAD_DATA, MC_OK, MC_BAD_DATA}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_int_equal(unseal(rows[i].keys, &home, mc_buffer_span(&old)), rows[i].old);
        assert_int_equal(unseal(rows[i].keys, &home, mc_buffer_span(&new)), rows[i].new);
        assert_int_equal(
            mc_keyed_hash_check(rows[i].keys, &home, mc_span_of("123456"), mc_buffer_span(&hash)),
            rows[i].hash);
    }
    // the same id with other bytes is another key
    MC_CLEANUP(mc_keys_free_pointer)
    struct mc_keys *other = unit_keys("k1 AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI\n");
    assert_int_equal(unseal(other, &home, mc_buffer_span(&old)), MC_BAD_DATA);
}

// MC-SEC-03, MC-SEC-04: the hash is of one secret at one place under one key
static void a_keyed_hash_fits_its_secret_and_place_alone(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *others = unit_keys(UNIT_KEY_2 UNIT_KEY_1);
    MC_AUTO_BUFFER struct mc_buffer hash, again;
    mc_buffer_init(&hash, 256);
    mc_buffer_init(&again, 256);
    assert_int_equal(mc_keyed_hash(unit.keys, &home, mc_span_of("123456"), &hash), MC_OK);
    assert_int_equal(mc_keyed_hash(unit.keys, &home, mc_span_of("123456"), &again), MC_OK);
    assert_string_equal(hash.data, again.data);
    const struct mc_seal_context elsewhere = {"mycredTotp", UNIT_OTHER_UUID, home.detail};
    const struct {
        const struct mc_seal_context *context;
        const char *secret;
        enum mc_result result;
    } rows[] = {{&home, "123456", MC_OK},
                {&home, "123457", MC_WRONG},
                {&home, "12345", MC_WRONG},
                {&home, "", MC_WRONG},
                {&elsewhere, "123456", MC_WRONG}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        assert_int_equal(mc_keyed_hash_check(unit.keys, rows[i].context, mc_span_of(rows[i].secret),
                                             mc_buffer_span(&hash)),
                         rows[i].result);
    }
    mc_buffer_clear(&again);
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *second = unit_keys(UNIT_KEY_2);
    assert_int_equal(mc_keyed_hash(second, &home, mc_span_of("123456"), &again), MC_OK);
    assert_string_not_equal(hash.data + 3, again.data + 3);
    assert_int_equal(
        mc_keyed_hash_check(others, &home, mc_span_of("123456"), mc_buffer_span(&again)), MC_OK);
}

// A sealed text is no hash and the other way round, even where both sizes would fit.
static void hashes_and_sealed_texts_do_not_stand_in_for_each_other(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_AUTO_BUFFER struct mc_buffer hash, sealed;
    mc_buffer_init(&hash, 256);
    assert_int_equal(mc_keyed_hash(unit.keys, &home, mc_span_of(""), &hash), MC_OK);
    assert_int_equal(unseal(unit.keys, &home, mc_buffer_span(&hash)), MC_BAD_DATA);
    seal(unit.keys, "", &sealed);
    assert_int_equal(mc_keyed_hash_check(unit.keys, &home, mc_span_of(""), mc_buffer_span(&sealed)),
                     MC_BAD_DATA);
}

static void a_stable_choice_depends_on_text_and_key(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *other = unit_keys(UNIT_KEY_2);
    unsigned seen[3] = {0}, differ = 0;
    for (unsigned i = 0; i < 300; i++) {
        uint8_t name[] = {'u', (uint8_t)i, (uint8_t)(i >> 8)};
        struct mc_span span = {name, sizeof name};
        unsigned choice = mc_stable_choice(unit.keys, span, 3);
        assert_int_equal(choice, mc_stable_choice(unit.keys, span, 3));
        differ += choice != mc_stable_choice(other, span, 3);
        seen[choice]++;
    }
    assert_true(seen[0] > 60 && seen[1] > 60 && seen[2] > 60 && differ > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sealed_opens_at_its_place),
        cmocka_unit_test(a_value_moved_elsewhere_is_refused),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(cut_grown_and_foreign_texts_are_refused),
        cmocka_unit_test(what_is_too_long_is_not_sealed),
        cmocka_unit_test(keys_rotate),
        cmocka_unit_test(a_keyed_hash_fits_its_secret_and_place_alone),
        cmocka_unit_test(hashes_and_sealed_texts_do_not_stand_in_for_each_other),
        cmocka_unit_test(a_stable_choice_depends_on_text_and_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
