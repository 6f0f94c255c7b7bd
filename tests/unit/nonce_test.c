// SPDX-License-Identifier: Apache-2.0
// MC-SEC-151: no nonce repeats, also among children that share all memory of their parent.
#include "common/seal.h"

#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 64
#define SEALS_EACH 500
#define NONCE_TEXT 32 // characters of base64 that 24 bytes fill exactly

typedef char nonce_text[NONCE_TEXT];

static void seal_many(const struct mc_keys *keys, nonce_text *nonces)
{
    static const struct mc_seal_context context = {"mycredTotp", UNIT_UUID, {NULL, 0}};
    MC_AUTO_BUFFER struct mc_buffer sealed;
    mc_buffer_init(&sealed, 256);
    for (size_t i = 0; i < SEALS_EACH; i++) {
        mc_buffer_clear(&sealed);
        if (mc_seal(keys, &context, mc_span_of("x"), &sealed) != MC_OK) {
            _exit(1);
        }
        memcpy(nonces[i], sealed.data + strlen("k1:"), NONCE_TEXT);
    }
}

static int compare(const void *one, const void *other)
{
    return memcmp(one, other, NONCE_TEXT);
}

static void no_nonce_repeats_among_children(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    size_t total = CHILDREN * SEALS_EACH, size = total * sizeof(nonce_text);
    nonce_text *nonces =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(nonces, MAP_FAILED);
    for (size_t i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            seal_many(unit.keys, nonces + i * SEALS_EACH);
            _exit(0);
        }
    }
    for (size_t i = 0; i < CHILDREN; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    qsort(nonces, total, sizeof *nonces, compare);
    for (size_t i = 1; i < total; i++) {
        assert_int_not_equal(compare(nonces[i - 1], nonces[i]), 0);
    }
    munmap(nonces, size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_nonce_repeats_among_children)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
