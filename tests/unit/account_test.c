// SPDX-License-Identifier: Apache-2.0
#include "common/account.h"

#include "common/seal.h"
#include "tests/unit/fake_directory.h"

#define HOUR (3600 * MC_SECOND)
#define DAY (24 * HOUR)

static enum mc_result read_account(const struct unit *unit, const char *const *pairs,
                                   struct mc_account *account)
{
    struct mc_entry *entry = unit_entry(pairs);
    assert_int_equal(mc_entry_add(entry, mc_span_of("entryUUID"), mc_span_of(UNIT_UUID)), MC_OK);
    return mc_account_init(&unit->context, entry, account);
}

static void an_empty_entry_says_nothing(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    assert_int_equal(read_account(&unit, (const char *const[]){NULL}, &account), MC_OK);
    assert_string_equal(account.dn, UNIT_DN);
    assert_string_equal(account.uuid, UNIT_UUID);
    assert_int_equal(account.chosen, MC_METHOD_NONE);
    assert_int_equal(account.require, 0);
    assert_int_equal(account.allowed, 0);
    assert_int_equal(account.exempt_until, 0);
    assert_int_equal(account.locked_until, 0);
    assert_int_equal(account.devices.count, 0);
    assert_string_equal(account.mobile, "");
    assert_string_equal(account.email, "");
    assert_string_equal(mc_account_address(&account, MC_METHOD_TOTP), "");
}

static void every_attribute_is_read(void **state)
{
    (void)state;
    UNIT unit = unit_new("default_country = +86\n");
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    assert_int_equal(read_account(&unit,
                                  (const char *const[]){"mycredLoginMethod",
                                                        "sms",
                                                        "mycredRequire",
                                                        "Enrol",
                                                        "mycredMethodAllowed",
                                                        "totp",
                                                        "mycredMethodAllowed",
                                                        "email",
                                                        "mycredExemptUntil",
                                                        "2026112220Z",
                                                        "mycredLockedUntil",
                                                        "20261121201534Z",
                                                        "mobile",
                                                        "138 0013 8042",
                                                        "mail",
                                                        "alice@example.org",
                                                        "preferredLanguage",
                                                        "zh-CN",
                                                        "mycredTotp",
                                                        "1",
                                                        NULL},
                                  &account),
                     MC_OK);
    assert_int_equal(account.chosen, MC_METHOD_SMS);
    assert_int_equal(account.require, MC_REQUIRE_ENROL);
    assert_int_equal(account.allowed,
                     MC_METHOD_BIT(MC_METHOD_TOTP) | MC_METHOD_BIT(MC_METHOD_EMAIL));
    assert_int_equal(account.exempt_until, 1795377600 * MC_SECOND);
    assert_int_equal(account.locked_until, UNIT_TIME + MC_SECOND);
    assert_int_equal(account.devices.count, 1);
    assert_string_equal(mc_account_address(&account, MC_METHOD_SMS), "+8613800138042");
    assert_string_equal(mc_account_address(&account, MC_METHOD_EMAIL), "alice@example.org");
    assert_string_equal(account.language, "zh-CN");
}

// MC-SEC-158, F15: what decides about access is never taken for absent when it is damaged
static void damaged_attributes_are_errors_by_name(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const struct {
        const char *attribute, *values[2];
    } rows[] = {
        {"mycredLoginMethod", {""}},
        {"mycredLoginMethod", {"none"}},
        {"mycredLoginMethod", {"SMS"}},
        {"mycredLoginMethod", {"sms "}},
        {"mycredLoginMethod", {"fax"}},
        {"mycredLoginMethod", {"sms", "totp"}},
        {"mycredRequire", {""}},
        {"mycredRequire", {"yes"}},
        {"mycredRequire", {"of"}},
        {"mycredRequire", {" off"}},
        {"mycredRequire", {"off "}},
        {"mycredRequire", {"offf"}},
        {"mycredRequire", {"off\n"}},
        {"mycredRequire", {"on", "off"}},
        {"mycredRequire", {"off", "off "}},
        {"mycredMethodAllowed", {""}},
        {"mycredMethodAllowed", {"sms,totp"}},
        {"mycredMethodAllowed", {"sms", "fax"}},
        {"mycredMethodAllowed", {"none"}},
        {"mycredExemptUntil", {""}},
        {"mycredExemptUntil", {"tomorrow"}},
        {"mycredExemptUntil", {"20261122"}},
        {"mycredExemptUntil", {"20261121201533Z", "20261122201533Z"}},
        {"mycredLockedUntil", {""}},
        {"mycredLockedUntil", {"forever"}},
        {"mycredLockedUntil", {"0"}},
        {"mycredLockedUntil", {"20261121201533"}},
        {"mycredLockedUntil", {"20261121201533Z", "20261122201533Z"}},
        {"mycredInviteUntil", {"x"}},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        const char *const pairs[] = {rows[i].attribute, rows[i].values[0],
                                     rows[i].values[1] ? rows[i].attribute : NULL,
                                     rows[i].values[1], NULL};
        assert_int_equal(read_account(&unit, pairs, &account), MC_BAD_DATA);
        assert_string_equal(account.damaged, rows[i].attribute);
    }
}

static void words_end_where_they_end(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const char *const attributes[] = {"mycredRequire", "mycredLoginMethod",
                                             "mycredMethodAllowed", "mycredLockedUntil"};
    static const struct mc_span values[] = {{(const uint8_t *)"off\0x", 5},
                                            {(const uint8_t *)"sms\0", 4},
                                            {(const uint8_t *)"sms\0", 4},
                                            {(const uint8_t *)"20261121201533Z\0", 16}};
    for (size_t i = 0; i < MC_COUNT(attributes); i++) {
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        struct mc_entry *entry = unit_entry((const char *const[]){"entryUUID", UNIT_UUID, NULL});
        assert_int_equal(mc_entry_add(entry, mc_span_of(attributes[i]), values[i]), MC_OK);
        assert_int_equal(mc_account_init(&unit.context, entry, &account), MC_BAD_DATA);
        assert_string_equal(account.damaged, attributes[i]);
    }
}

// Without it nothing can be bound to the entry.
static void an_entry_without_uuid_is_damaged(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const char *const entries[][3] = {{NULL}, {"entryUUID", "", NULL}};
    for (size_t i = 0; i < MC_COUNT(entries); i++) {
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        assert_int_equal(mc_account_init(&unit.context, unit_entry(entries[i]), &account),
                         MC_BAD_DATA);
        assert_string_equal(account.damaged, "entryUUID");
    }
}

static void contacts_that_cannot_be_sent_to_are_none(void **state)
{
    (void)state;
    UNIT unit = unit_new("sms_countries = +86\n");
    static const struct {
        const char *attribute, *values[2], *mobile, *email;
    } rows[] = {
        {"mobile", {"+8613800138042"}, "+8613800138042", ""},
        {"mobile", {"+12025550123"}, "", ""},
        {"mobile", {"13800138042"}, "", ""},
        {"mobile", {"+86 x"}, "", ""},
        {"mobile", {""}, "", ""},
        {"mobile", {"+8613800138042", "+8613800138043"}, "", ""},
        {"mail", {"alice@example.org"}, "", "alice@example.org"},
        {"mail", {"alice@example.org,bob@example.org"}, "", ""},
        {"mail", {""}, "", ""},
        {"mail", {"alice@example.org", "bob@example.org"}, "", ""},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        const char *const pairs[] = {rows[i].attribute, rows[i].values[0],
                                     rows[i].values[1] ? rows[i].attribute : NULL,
                                     rows[i].values[1], NULL};
        assert_int_equal(read_account(&unit, pairs, &account), MC_OK);
        assert_string_equal(account.mobile, rows[i].mobile);
        assert_string_equal(account.email, rows[i].email);
    }
}

// "<kind> <time> <hash of the value>", made for this entry or another
static void write_mark(const struct unit *unit, const char *kind, const char *uuid,
                       const char *value, struct mc_buffer *mark)
{
    const struct mc_seal_context about = {"mycredVerified", uuid, mc_span_of(kind)};
    mc_buffer_init(mark, 256);
    mc_buffer_format(mark, "%s 20261121000000Z ", kind);
    assert_int_equal(mc_keyed_hash(unit->keys, &about, mc_span_of(value), mark), MC_OK);
}

// Of several the verified one; with contacts = verified nothing else; a mark is of one value, kind
// and entry
static void verified_contacts_are_told_from_others(void **state)
{
    (void)state;
    static const struct {
        const char *options, *kind, *uuid, *verified, *mails[2], *email;
    } rows[] = {
        {"", "mail", UNIT_UUID, "b@x", {"a@x", "b@x"}, "b@x"},
        {"", "mail", UNIT_UUID, "c@x", {"a@x", "b@x"}, ""},
        {"", "mail", UNIT_UUID, "c@x", {"a@x"}, "a@x"},
        {"", "mobile", UNIT_UUID, "b@x", {"a@x", "b@x"}, ""},
        {"", "mail", UNIT_OTHER_UUID, "b@x", {"a@x", "b@x"}, ""},
        {"contacts = verified\n", "mail", UNIT_UUID, "a@x", {"a@x"}, "a@x"},
        {"contacts = verified\n", "mail", UNIT_UUID, "b@x", {"a@x"}, ""},
        {"contacts = verified\n", "mobile", UNIT_UUID, "a@x", {"a@x"}, ""},
        {"contacts = verified\n", "mail", UNIT_OTHER_UUID, "a@x", {"a@x"}, ""},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        UNIT unit = unit_new(rows[i].options);
        MC_AUTO_BUFFER struct mc_buffer mark;
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        write_mark(&unit, rows[i].kind, rows[i].uuid, rows[i].verified, &mark);
        const char *const pairs[] = {"mycredVerified",
                                     "mail",
                                     "mycredVerified",
                                     "mail x",
                                     "mycredVerified",
                                     "mail 20261121000000Z k1:AAAA",
                                     "mycredVerified",
                                     mark.data,
                                     "mail",
                                     rows[i].mails[0],
                                     rows[i].mails[1] ? "mail" : NULL,
                                     rows[i].mails[1],
                                     NULL};
        assert_int_equal(read_account(&unit, pairs, &account), MC_OK);
        assert_string_equal(account.email, rows[i].email);
    }
}

// ---- what applies ----

// The person's own word, else the groups', else the configuration's: every combination.
static void the_nearest_word_decides_what_is_required(void **state)
{
    (void)state;
    static const char *const words[] = {NULL, "optional", "enrol", "on", "off"};
    static const char *const options[] = {"require = optional\n", "require = enrol\n",
                                          "require = on\n"};
    for (int person = 0; person <= MC_REQUIRE_OFF; person++) {
        for (int group = 0; group <= MC_REQUIRE_OFF; group++) {
            for (int configured = 1; configured <= MC_REQUIRE_ON; configured++) {
                UNIT unit = unit_new(options[configured - 1]);
                MC_CLEANUP(mc_account_release) struct mc_account account = {0};
                const char *const pairs[] = {words[person] ? "mycredRequire" : NULL, words[person],
                                             NULL};
                const struct mc_group_rules groups = {group, 0};
                struct mc_rules rules;
                assert_int_equal(read_account(&unit, pairs, &account), MC_OK);
                mc_rules_apply(&unit.context, &account, &groups, &rules);
                assert_int_equal(rules.require, person ? person : group ? group : configured);
            }
        }
    }
}

#define TOTP MC_METHOD_BIT(MC_METHOD_TOTP)
#define SMS MC_METHOD_BIT(MC_METHOD_SMS)
#define EMAIL MC_METHOD_BIT(MC_METHOD_EMAIL)
#define NOBODY MC_METHOD_BIT(MC_METHOD_NONE) // what groups that agree on nothing leave

// Every set of bound methods with every set that person, groups and configuration allow.
static void usable_is_what_is_allowed_and_bound(void **state)
{
    (void)state;
    static const mc_method_set sets[] = {0, TOTP, SMS, EMAIL, TOTP | SMS, TOTP | SMS | EMAIL};
    static const char *const options[] = {"", "methods = totp\n", "methods = sms email\n"};
    static const mc_method_set configured[] = {TOTP | SMS | EMAIL, TOTP, SMS | EMAIL};
    for (size_t i = 0; i < 8 * MC_COUNT(sets) * MC_COUNT(sets) * MC_COUNT(options); i++) {
        mc_method_set bound = (mc_method_set)(i % 8 << 1);
        mc_method_set person = sets[i / 8 % MC_COUNT(sets)];
        mc_method_set group = sets[i / 8 / MC_COUNT(sets) % MC_COUNT(sets)];
        size_t option = i / 8 / MC_COUNT(sets) / MC_COUNT(sets);
        UNIT unit = unit_new(options[option]);
        struct mc_account account = {.allowed = person,
                                     .devices = {NULL, bound & TOTP ? 1 : 0},
                                     .mobile = {bound & SMS ? '+' : '\0'},
                                     .email = {bound & EMAIL ? 'a' : '\0'}};
        const struct mc_group_rules groups = {0, group};
        struct mc_rules rules;
        mc_rules_apply(&unit.context, &account, &groups, &rules);
        mc_method_set allowed = person ? person : group ? group : configured[option];
        assert_int_equal(rules.allowed, allowed & configured[option]);
        assert_int_equal(rules.usable, allowed & configured[option] & bound);
    }
}

// An exemption beyond exempt_max is a typing error; a lock has no end too far away
static void exemptions_locks_and_invitations_end(void **state)
{
    (void)state;
    static const struct {
        mc_time until;
        bool exempt, locked;
    } rows[] = {{0, false, false},
                {UNIT_TIME - 1, false, false},
                {UNIT_TIME, false, false},
                {UNIT_TIME + 1, true, true},
                {UNIT_TIME + DAY, true, true},
                {UNIT_TIME + 7 * DAY, true, true},
                {UNIT_TIME + 7 * DAY + 1, false, true},
                {UNIT_TIME + 36500 * DAY, false, true}};
    UNIT unit = unit_new("");
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_account account = {.exempt_until = rows[i].until,
                                           .locked_until = rows[i].until,
                                           .invited_until = rows[i].until};
        const struct mc_group_rules groups = {0};
        struct mc_rules rules;
        mc_rules_apply(&unit.context, &account, &groups, &rules);
        assert_int_equal(rules.exempt, rows[i].exempt);
        assert_int_equal(rules.locked, rows[i].locked);
        assert_int_equal(rules.invited, rows[i].locked);
    }
    UNIT never = unit_new("exempt_max = 0\n");
    const struct mc_account account = {.exempt_until = UNIT_TIME + 1};
    const struct mc_group_rules groups = {0};
    struct mc_rules rules;
    mc_rules_apply(&never.context, &account, &groups, &rules);
    assert_false(rules.exempt);
}

// ---- groups ----

struct group_row {
    const char *rules[3][5];
    enum mc_result result;
    int require;
    mc_method_set allowed;
};

static const struct group_row group_rows[] = {
    {{{NULL}}, MC_OK, 0, 0},
    {{{"mycredRequire", "on", NULL}}, MC_OK, MC_REQUIRE_ON, 0},
    {{{"mycredRequire", "off", NULL}, {"mycredRequire", "optional", NULL}},
     MC_OK,
     MC_REQUIRE_OPTIONAL,
     0},
    {{{"mycredRequire", "optional", NULL}, {"mycredRequire", "off", NULL}},
     MC_OK,
     MC_REQUIRE_OPTIONAL,
     0},
    {{{"mycredRequire", "enrol", NULL},
      {"mycredRequire", "on", NULL},
      {"mycredRequire", "off", NULL}},
     MC_OK,
     MC_REQUIRE_ON,
     0},
    {{{"mycredRequire", "off", NULL}, {"cn", "x", NULL}}, MC_OK, MC_REQUIRE_OFF, 0},
    {{{"mycredRequire", "of", NULL}}, MC_BAD_DATA, 0, 0},
    {{{"mycredRequire", "on", NULL}, {"mycredRequire", "", NULL}}, MC_BAD_DATA, 0, 0},
    {{{"mycredRequire", "on", "mycredRequire", "off", NULL}}, MC_BAD_DATA, 0, 0},
    {{{"mycredMethodAllowed", "totp", NULL}}, MC_OK, 0, TOTP | NOBODY},
    {{{"mycredMethodAllowed", "totp", "mycredMethodAllowed", "sms", NULL},
      {"mycredMethodAllowed", "sms", NULL}},
     MC_OK,
     0,
     SMS | NOBODY},
    {{{"mycredMethodAllowed", "totp", NULL}, {"mycredMethodAllowed", "sms", NULL}},
     MC_OK,
     0,
     NOBODY},
    {{{"mycredMethodAllowed", "fax", NULL}}, MC_BAD_DATA, 0, 0},
};

// Among groups the strictest word and what all allow; an unknown word is an error, not "no rule"
static void groups_add_up_to_the_strictest(void **state)
{
    (void)state;
    for (size_t i = 0; i < MC_COUNT(group_rows); i++) {
        UNIT unit = unit_new("");
        struct mc_account account = {.dn = UNIT_DN};
        struct mc_group_rules rules = {-1, 0};
        fake_directory_start(&unit);
        for (size_t j = 0; j < MC_COUNT(group_rows[i].rules); j++) {
            fake_directory_add_group(group_rows[i].rules[j]);
        }
        assert_int_equal(mc_group_rules_read(&unit.context, &account, mc_span_of("alice"), &rules),
                         group_rows[i].result);
        if (group_rows[i].result == MC_OK) {
            assert_int_equal(rules.require, group_rows[i].require);
            assert_int_equal(rules.allowed, group_rows[i].allowed);
        } else {
            assert_int_equal(rules.require, -1);
        }
        fake_directory_stop(&unit);
    }
}

static void groups_are_not_asked_where_the_person_says_all(void **state)
{
    (void)state;
    static const struct {
        int require;
        mc_method_set allowed;
        enum mc_result result;
    } rows[] = {{MC_REQUIRE_ON, TOTP, MC_OK},
                {MC_REQUIRE_ON, 0, MC_UNAVAILABLE},
                {0, TOTP, MC_UNAVAILABLE},
                {0, 0, MC_UNAVAILABLE}};
    UNIT unit = unit_new("");
    fake_directory_start(&unit);
    fake_directory.groups = MC_UNAVAILABLE;
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        const struct mc_account account = {
            .dn = UNIT_DN, .require = rows[i].require, .allowed = rows[i].allowed};
        struct mc_group_rules rules = {0};
        assert_int_equal(mc_group_rules_read(&unit.context, &account, mc_span_of("alice"), &rules),
                         rows[i].result);
    }
    fake_directory_stop(&unit);
}

// Where groups hold names, nobody leaves one by signing in with another name
static void groups_are_asked_for_by_every_name(void **state)
{
    (void)state;
    static const struct {
        const char *options, *names;
    } rows[] = {{"", "anna,"}, {"ldap_group_member = name\n", "anna,alice,Anna,"}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        UNIT unit = unit_new(rows[i].options);
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        struct mc_group_rules rules = {0};
        fake_directory_start(&unit);
        fake_directory_put("uid", "alice");
        fake_directory_put("uid", "anna");
        fake_directory_put("uid", "Anna");
        fake_directory_account(&unit, &account);
        assert_int_equal(mc_group_rules_read(&unit.context, &account, mc_span_of("anna"), &rules),
                         MC_OK);
        assert_string_equal(fake_directory.group_names, rows[i].names);
        fake_directory_stop(&unit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_entry_says_nothing),
        cmocka_unit_test(every_attribute_is_read),
        cmocka_unit_test(damaged_attributes_are_errors_by_name),
        cmocka_unit_test(words_end_where_they_end),
        cmocka_unit_test(an_entry_without_uuid_is_damaged),
        cmocka_unit_test(contacts_that_cannot_be_sent_to_are_none),
        cmocka_unit_test(verified_contacts_are_told_from_others),
        cmocka_unit_test(the_nearest_word_decides_what_is_required),
        cmocka_unit_test(usable_is_what_is_allowed_and_bound),
        cmocka_unit_test(exemptions_locks_and_invitations_end),
        cmocka_unit_test(groups_add_up_to_the_strictest),
        cmocka_unit_test(groups_are_not_asked_where_the_person_says_all),
        cmocka_unit_test(groups_are_asked_for_by_every_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
