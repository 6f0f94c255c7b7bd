// SPDX-License-Identifier: Apache-2.0
#include "common/certificate.h"

#include "tests/unit/unit.h"

#include <stdlib.h>

// of openssl: to 2026-11-21T20:15:33Z, as UTCTime
static const char until_2026[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIH/MIGmAgEBMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAWEwHhcNMjAwMTAxMDAw\n"
    "MDAwWhcNMjYxMTIxMjAxNTMzWjAMMQowCAYDVQQDDAFhMFkwEwYHKoZIzj0CAQYI\n"
    "KoZIzj0DAQcDQgAElFMVbVy/Grt7iTW24HoSLmOyt2GHqHMDUsnMfni8fvWQdiVD\n"
    "Eld8akLtDxLm9gHqRnCHcFm5g23zaOfpZl3tfjAKBggqhkjOPQQDAgNIADBFAiEA\n"
    "pLTAyllcVbAt0Yo9lbAUFZa1q510q340/YqmQ9ZFAsoCIG7KiRdWqanW3FJi8uHG\n"
    "cWjdFY3T6qeRq5L/dHGqjukd\n"
    "-----END CERTIFICATE-----\n";

// to 2055-01-01, as GeneralizedTime
static const char until_2055[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBADCBqAIBATAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFhMCAXDTcwMDEwMTAw\n"
    "MDAwMFoYDzIwNTUwMTAxMDAwMDAwWjAMMQowCAYDVQQDDAFhMFkwEwYHKoZIzj0C\n"
    "AQYIKoZIzj0DAQcDQgAElFMVbVy/Grt7iTW24HoSLmOyt2GHqHMDUsnMfni8fvWQ\n"
    "diVDEld8akLtDxLm9gHqRnCHcFm5g23zaOfpZl3tfjAKBggqhkjOPQQDAgNHADBE\n"
    "AiA6YnoTQwvbB2DgbFENoVW3jIyFMu9xFry/m2a0BdebaQIgSVt2+b5MIbk3TBvj\n"
    "fzvTgCNd+Q61BPR5PCxxqWkrZAQ=\n"
    "-----END CERTIFICATE-----\n";

#define END_2026 (1795292133 * MC_SECOND)
#define END_2055 (2682374400 * MC_SECOND)

static void both_forms_of_time_are_read(void **state)
{
    (void)state;
    mc_time end = 0;
    assert_int_equal(mc_certificate_end_in(mc_span_of(until_2026), &end), MC_OK);
    assert_int_equal(end, END_2026);
    assert_int_equal(mc_certificate_end_in(mc_span_of(until_2055), &end), MC_OK);
    assert_int_equal(end, END_2055);
}

static void the_first_of_a_text_counts(void **state)
{
    (void)state;
    mc_time end = 0;
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, 8192);
    mc_buffer_add_text(
        &text, "of the site\r\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assert_int_equal(mc_certificate_end_in(mc_buffer_span(&text), &end), MC_NOT_FOUND);
    mc_buffer_add_text(&text, until_2055);
    mc_buffer_add_text(&text, until_2026);
    assert_int_equal(mc_certificate_end_in(mc_buffer_span(&text), &end), MC_OK);
    assert_int_equal(end, END_2055);
    assert_int_equal(mc_certificate_end_in((struct mc_span){NULL, 0}, &end), MC_NOT_FOUND);
}

static void what_is_cut_or_changed_is_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMIH!\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----",
    };
    mc_time end = -1;
    for (size_t i = 0; i < MC_COUNT(bad); i++) {
        assert_int_equal(mc_certificate_end_in(mc_span_of(bad[i]), &end), MC_MALFORMED);
    }
    // SEQUENCE { SEQUENCE { 1, {}, {}, { "", "900101000000Z" } } }; each cut, and each wrong tag
    uint8_t der[] = {0x30, 0x1c, 0x30, 0x1a, 0x02, 0x01, 0x01, 0x30, 0x00, 0x30,
                     0x00, 0x30, 0x11, 0x17, 0x00, 0x17, 0x0d, '9',  '0',  '0',
                     '1',  '0',  '1',  '0',  '0',  '0',  '0',  '0',  '0',  'Z'};
    assert_int_equal(mc_certificate_end((struct mc_span){der, sizeof der}, &end), MC_OK);
    assert_int_equal(end,
                     631152000 * MC_SECOND); // 1990: two digits from 50 on are of the last century
    for (size_t size = 0; size < sizeof der; size++) {
        uint8_t *cut =
            malloc(size ? size : 1); // no byte more, so that valgrind sees one read too many
        assert_non_null(cut);
        memcpy(cut, der, size);
        assert_int_equal(mc_certificate_end((struct mc_span){cut, size}, &end), MC_MALFORMED);
        free(cut);
    }
    static const size_t tags[] = {0, 2, 4, 7, 9, 11, 15};
    for (size_t i = 0; i < MC_COUNT(tags); i++) {
        der[tags[i]] ^= 0x40;
        assert_int_equal(mc_certificate_end((struct mc_span){der, sizeof der}, &end), MC_MALFORMED);
        der[tags[i]] ^= 0x40;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_time_are_read),
        cmocka_unit_test(the_first_of_a_text_counts),
        cmocka_unit_test(what_is_cut_or_changed_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
