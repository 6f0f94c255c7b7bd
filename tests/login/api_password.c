// SPDX-License-Identifier: Apache-2.0
// Makes an API password for a person as the site does: prints the password and the value to store.
// Usage: api_password KEY-FILE ENTRY-UUID ID EXPIRY-SECONDS(0: none) SCOPE
#include "common/api_password.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    MC_AUTO_BUFFER struct mc_buffer error, value;
    MC_AUTO_SECRET struct mc_secret password = {0};
    mc_buffer_init(&error, 512);
    mc_buffer_init(&value, 1024);
    if (argc != 6 || mc_keys_load(argv[1], &error, &keys) != MC_OK) {
        return 2;
    }
    const struct mc_context context = {.keys = keys, .now = mc_now};
    long life = atol(argv[4]);
    const struct mc_api_password about = {
        .id = (unsigned)atoi(argv[3]),
        .created = mc_now(),
        .expiry = life ? mc_now() + life * MC_SECOND : 0,
        .scope = mc_span_of(argv[5]),
        .label = mc_span_of("laptop of the test"),
    };
    if (mc_api_password_make(&context, argv[2], &about, &password, &value) != MC_OK) {
        return 1;
    }
    printf("%s\n%s\n", password.data, mc_buffer_text(&value));
    return 0;
}
