// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/unit.h"

mc_time unit_clock = UNIT_TIME;
atomic_bool unit_clock_ticks;

const struct mc_device unit_phone = {.id = 1,
                                     .algorithm = MC_SHA1,
                                     .digits = 6,
                                     .period = 30,
                                     .created = UNIT_TIME,
                                     .secret = {(char *)(uintptr_t) "12345678901234567890", 20},
                                     .label = {(const uint8_t *)"phone", 5}};

static atomic_int ticks;

static mc_time now(void)
{
    return unit_clock + (unit_clock_ticks ? atomic_fetch_add(&ticks, 1) : 0);
}

struct mc_keys *unit_keys(const char *lines)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    struct mc_keys *keys = NULL;
    mc_buffer_init(&error, 1024);
    assert_int_equal(mc_keys_parse("test.key", mc_span_of(lines), &error, &keys), MC_OK);
    return keys;
}

struct unit unit_new(const char *options)
{
    MC_AUTO_BUFFER struct mc_buffer text, error;
    struct unit unit = {0};
    mc_buffer_init(&text, 8192);
    mc_buffer_init(&error, 1024);
    mc_buffer_format(&text, "ldap_uri = ldapi:///\nldap_base = dc=example,dc=org\n%s", options);
    enum mc_result result =
        mc_config_parse("test.conf", mc_buffer_span(&text), &error, &unit.config);
    assert_string_equal(mc_buffer_text(&error), "");
    assert_int_equal(result, MC_OK);
    unit.keys = unit_keys(UNIT_KEY_1);
    unit.site_keys = unit_keys(UNIT_KEY_3);
    unit.context = (struct mc_context){
        .config = unit.config, .keys = unit.keys, .site_keys = unit.site_keys, .now = now};
    unit_clock = UNIT_TIME;
    unit_clock_ticks = false;
    return unit;
}

void unit_release(struct unit *unit)
{
    mc_keys_free_pointer(&unit->keys);
    mc_keys_free_pointer(&unit->site_keys);
    mc_config_free_pointer(&unit->config);
}

struct mc_entry *unit_entry(const char *const *pairs)
{
    struct mc_entry *entry = NULL;
    assert_int_equal(mc_entry_new(mc_span_of(UNIT_DN), &entry), MC_OK);
    for (; pairs[0]; pairs += 2) {
        assert_int_equal(mc_entry_add(entry, mc_span_of(pairs[0]), mc_span_of(pairs[1])), MC_OK);
    }
    return entry;
}

void unit_account(const struct mc_context *context, const char *const *pairs,
                  struct mc_account *account)
{
    struct mc_entry *entry = unit_entry(pairs);
    assert_int_equal(mc_entry_add(entry, mc_span_of("entryUUID"), mc_span_of(UNIT_UUID)), MC_OK);
    assert_int_equal(mc_account_init(context, entry, account), MC_OK);
}
