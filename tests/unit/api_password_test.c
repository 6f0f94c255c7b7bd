// SPDX-License-Identifier: Apache-2.0
#include "common/api_password.h"

#include "tests/unit/unit.h"

#include <stdio.h>

#define DAY (86400 * MC_SECOND)

// One password and the account that has it.
struct holder {
    struct mc_secret password;
    struct mc_buffer value;
    struct mc_account account;
};

static void holder_release(struct holder *holder)
{
    mc_secret_release(&holder->password);
    mc_buffer_release(&holder->value);
    mc_account_release(&holder->account);
}

static struct holder holder_of(const struct unit *unit, mc_time expiry, const char *scope)
{
    struct holder holder = {0};
    const struct mc_api_password about = {2, UNIT_TIME, expiry, mc_span_of(scope),
                                          mc_span_of("laptop of Alice")};
    mc_buffer_init(&holder.value, 1024);
    assert_int_equal(
        mc_api_password_make(&unit->context, UNIT_UUID, &about, &holder.password, &holder.value),
        MC_OK);
    const char *const pairs[] = {"mycredApiPassword", holder.value.data, NULL};
    unit_account(&unit->context, pairs, &holder.account);
    return holder;
}

static enum mc_result check(const struct unit *unit, const struct mc_account *account,
                            const char *service, const char *password)
{
    struct mc_api_password found = {0};
    enum mc_result result = mc_api_password_check(&unit->context, account, mc_span_of(service),
                                                  mc_span_of(password), &found);
    assert_int_equal(found.id != 0, result == MC_OK);
    return result;
}

// MC-SEC-81: 26 characters of base32 are 130 bits
static void a_password_is_its_id_and_26_characters(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit, 0, "-");
    assert_int_equal(strncmp(holder.password.data, "2-", 2), 0);
    assert_int_equal(strlen(holder.password.data), 28);
    assert_int_equal(strspn(holder.password.data + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 26);
    assert_int_equal(strncmp(holder.value.data, "2 20261121201533Z - - k1:", 25), 0);
    assert_non_null(strstr(holder.value.data, " laptop of Alice"));
    assert_null(strstr(holder.value.data, holder.password.data + 2));
}

static void the_right_password_tells_what_it_is(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit, UNIT_TIME + DAY, "imap,api");
    struct mc_api_password found = {0};
    assert_int_equal(mc_api_password_check(&unit.context, &holder.account, mc_span_of("imap"),
                                           mc_secret_span(&holder.password), &found),
                     MC_OK);
    assert_int_equal(found.id, 2);
    assert_int_equal(found.created, UNIT_TIME);
    assert_int_equal(found.expiry, UNIT_TIME + DAY);
    assert_true(mc_span_equals(found.scope, "imap,api"));
    assert_true(mc_span_equals(found.label, "laptop of Alice"));
}

static void a_password_opens_the_doors_of_its_scope(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static const struct {
        const char *scope, *service;
        enum mc_result result;
    } rows[] = {
        {"-", "imap", MC_OK},        {"-", "", MC_OK},
        {"imap", "imap", MC_OK},     {"imap,api", "api", MC_OK},
        {"imap", "api", MC_WRONG},   {"imap,api", "imap,api", MC_WRONG},
        {"imap", "", MC_WRONG},      {"imap", "ima", MC_WRONG},
        {"imap", "imap2", MC_WRONG}, {"imap", "IMAP", MC_WRONG},
        {"imap,-", "api", MC_WRONG}, {"imap,", "api", MC_WRONG},
        {",imap", "imap", MC_OK},    {"imap,,api", "api", MC_OK},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit, 0, rows[i].scope);
        assert_int_equal(check(&unit, &holder.account, rows[i].service, holder.password.data),
                         rows[i].result);
    }
}

static void a_password_ends_at_its_expiry(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit, UNIT_TIME + DAY, "-");
    static const struct {
        mc_time shift;
        enum mc_result result;
    } rows[] = {
        {0, MC_OK}, {DAY - 1, MC_OK}, {DAY, MC_WRONG}, {400 * DAY, MC_WRONG}, {-400 * DAY, MC_OK}};
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        unit_clock = UNIT_TIME + rows[i].shift;
        assert_int_equal(check(&unit, &holder.account, "x", holder.password.data), rows[i].result);
    }
}

static void wrong_passwords_are_wrong(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit, 0, "-");
    static const char *const passwords[] = {"",
                                            "2",
                                            "2-",
                                            "-",
                                            "2-AAAAAAAAAAAAAAAAAAAAAAAAAA",
                                            "3-AAAAAAAAAAAAAAAAAAAAAAAAAA",
                                            "02-AAAAAAAAAAAAAAAAAAAAAAAAAA",
                                            "0-AAAAAAAAAAAAAAAAAAAAAAAAAA",
                                            "secret",
                                            "99999999999-AAAAAAAAAAAAAAAAAAAAAAAAAA",
                                            "-2-AAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < MC_COUNT(passwords); i++) {
        assert_int_equal(check(&unit, &holder.account, "x", passwords[i]), MC_WRONG);
    }
    for (size_t i = 2; i < 28; i++) {
        char changed[32];
        memcpy(changed, holder.password.data, 29);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_equal(check(&unit, &holder.account, "x", changed), MC_WRONG);
    }
    char longer[32];
    snprintf(longer, sizeof longer, "%sA", holder.password.data);
    assert_int_equal(check(&unit, &holder.account, "x", longer), MC_WRONG);
}

// Changes one part of a good value; the password that belongs to it is then refused.
static enum mc_result check_changed(const struct unit *unit, const struct holder *holder,
                                    const char *uuid, const char *value)
{
    struct mc_account account = {0};
    struct mc_entry *entry =
        unit_entry((const char *const[]){"mycredApiPassword", value, "entryUUID", uuid, NULL});
    assert_int_equal(mc_account_init(&unit->context, entry, &account), MC_OK);
    enum mc_result result = check(unit, &account, "x", holder->password.data);
    mc_account_release(&account);
    return result;
}

// MC-SEC-46, MC-SEC-158: scope and expiry are sealed in; nothing damaged is taken for another kind
static void changed_and_foreign_values_are_damage(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(holder_release) struct holder holder = holder_of(&unit, UNIT_TIME + DAY, "imap");
    const char *sealed = strstr(holder.value.data, "k1:");
    static const char *const heads[] = {
        "2 20261121201533Z 20261122201533Z - ",
        "2 20261121201533Z - imap ",
        "2 20261121201533Z 20361122201533Z imap ",
        "2 20261121201534Z 20261122201533Z imap ",
        "2 20261121201533Z 20261122201533Z imap,x ",
        "2 20261121201533Z 20261122201533Z  ",
        "2 20261121201533Z x imap ",
        "2 x 20261122201533Z imap ",
        "2 ",
        "2  ",
    };
    for (size_t i = 0; i < MC_COUNT(heads); i++) {
        MC_AUTO_BUFFER struct mc_buffer value;
        mc_buffer_init(&value, 1024);
        mc_buffer_format(&value, "%s%s", heads[i], sealed);
        assert_int_equal(check_changed(&unit, &holder, UNIT_UUID, value.data), MC_BAD_DATA);
    }
    assert_int_equal(check_changed(&unit, &holder, UNIT_OTHER_UUID, holder.value.data),
                     MC_BAD_DATA);
    assert_int_equal(check_changed(&unit, &holder, UNIT_UUID, "2"), MC_BAD_DATA);
    assert_int_equal(check_changed(&unit, &holder, UNIT_UUID, "x"), MC_WRONG);
    assert_int_equal(check_changed(&unit, &holder, UNIT_UUID, ""), MC_WRONG);
}

// MC-SEC-81: a login password opens the doors of programs only where it is allowed to and nothing
// better is there or demanded
static void login_passwords_are_the_exception(void **state)
{
    (void)state;
    static const struct {
        const char *option, *attribute, *value;
        struct mc_rules rules;
        bool taken;
    } rows[] = {
        {"yes", "cn", "Alice", {.require = MC_REQUIRE_OPTIONAL}, true},
        {"yes", "cn", "Alice", {.require = MC_REQUIRE_OFF}, true},
        {"no", "cn", "Alice", {.require = MC_REQUIRE_OPTIONAL}, false},
        {"yes", "cn", "Alice", {.require = MC_REQUIRE_ON}, false},
        {"yes", "cn", "Alice", {.require = MC_REQUIRE_ENROL}, false},
        {"yes", "cn", "Alice", {.require = MC_REQUIRE_OPTIONAL, .locked = true}, false},
        {"yes", "mycredLoginMethod", "sms", {.require = MC_REQUIRE_OPTIONAL}, false},
        {"yes", "mycredApiPassword", "damaged", {.require = MC_REQUIRE_OPTIONAL}, false},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        char option[64];
        snprintf(option, sizeof option, "api_accepts_login_password = %s\n", rows[i].option);
        UNIT unit = unit_new(option);
        const char *const pairs[] = {rows[i].attribute, rows[i].value, NULL};
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        unit_account(&unit.context, pairs, &account);
        assert_int_equal(mc_api_takes_login_password(&unit.context, &account, &rows[i].rules),
                         rows[i].taken);
    }
}

static void what_is_too_long_to_be_sealed_in_is_not_made(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    static char scope[600];
    memset(scope, 'a', sizeof scope - 1);
    const struct mc_api_password about = {2, UNIT_TIME, 0, mc_span_of(scope), mc_span_of("x")};
    MC_AUTO_SECRET struct mc_secret password = {0};
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, 4096);
    assert_int_equal(mc_api_password_make(&unit.context, UNIT_UUID, &about, &password, &value),
                     MC_MALFORMED);
    assert_null(password.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_its_id_and_26_characters),
        cmocka_unit_test(the_right_password_tells_what_it_is),
        cmocka_unit_test(a_password_opens_the_doors_of_its_scope),
        cmocka_unit_test(a_password_ends_at_its_expiry),
        cmocka_unit_test(wrong_passwords_are_wrong),
        cmocka_unit_test(changed_and_foreign_values_are_damage),
        cmocka_unit_test(login_passwords_are_the_exception),
        cmocka_unit_test(what_is_too_long_to_be_sealed_in_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
