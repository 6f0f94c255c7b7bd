// SPDX-License-Identifier: Apache-2.0
// The templates that come with the program, as httpd reads them when it starts.
#include "mod_mycred/templates.h"

#include "tests/unit/unit.h"

#include <apr_general.h>

static void they_pass_the_check(void **state)
{
    (void)state;
    MC_AUTO_BUFFER struct mc_buffer error;
    struct templates *templates = NULL;
    apr_pool_t *pool = NULL;
    // as a site's own, since those of the program may not be installed
    struct mc_config config = {.template_dir = TEST_TEMPLATES};
    mc_buffer_init(&error, 4096);
    assert_int_equal(apr_pool_create(&pool, NULL), APR_SUCCESS);
    if (templates_load(&config, pool, &error, &templates) != MC_OK) {
        fail_msg("%s", mc_buffer_text(&error));
    }
    apr_pool_destroy(pool);
}

static void the_tables_are_sorted(void **state)
{
    (void)state;
    const char *const *const tables[] = {template_pages, template_files, template_values};
    for (size_t i = 0; i < MC_COUNT(tables); i++) {
        for (const char *const *name = tables[i]; name[0] && name[1]; name++) {
            if (strcmp(name[0], name[1]) >= 0) {
                fail_msg("%s stands before %s", name[0], name[1]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_pass_the_check),
        cmocka_unit_test(the_tables_are_sorted),
    };
    apr_initialize();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    apr_terminate();
    return failed;
}
