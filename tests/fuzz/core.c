// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/core.h"

#include "common/field.h"

static mc_time now(void)
{
    return CORE_TIME;
}

const struct mc_context *core_context(void)
{
    static const char options[] = "ldap_uri = ldapi:///\nldap_base = dc=example,dc=org\n"
                                  "default_country = +86\nsms_countries = +86 +1\n";
    static const char lines[] = "k1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    static struct mc_context context;
    if (!context.config) {
        MC_AUTO_BUFFER struct mc_buffer error;
        struct mc_config *config = NULL;
        struct mc_keys *keys = NULL;
        mc_buffer_init(&error, 1024);
        MUST(mc_config_parse("fuzz.conf", mc_span_of(options), &error, &config) == MC_OK);
        MUST(mc_keys_parse("fuzz.key", mc_span_of(lines), &error, &keys) == MC_OK);
        struct mc_directory *directory = NULL; // never connected
        MUST(mc_directory_new(config, &error, &directory) == MC_OK);
        context = (struct mc_context){
            .config = config, .keys = keys, .site_keys = keys, .directory = directory, .now = now};
    }
    return &context;
}

struct mc_entry *core_entry(struct mc_span lines)
{
    struct mc_entry *entry = NULL;
    MUST(mc_entry_new(mc_span_of("uid=alice,dc=example,dc=org"), &entry) == MC_OK);
    while (lines.size) {
        struct mc_span value = mc_field_next(&lines, '\n');
        struct mc_span name = mc_field_next(&value, ' ');
        MUST(mc_entry_add(entry, name, value) == MC_OK);
    }
    return entry;
}
