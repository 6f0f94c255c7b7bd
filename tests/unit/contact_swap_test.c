// SPDX-License-Identifier: Apache-2.0
// MC-SEC-84: of the addresses of a person the one in use goes, and nothing else.
#include "common/contact_swap.h"

#include "common/seal.h"
#include "tests/unit/unit.h"

#define NEW "new@example.org"

// The changes as `-attribute value` and `+attribute value`, a line each, but what vouches for NEW.
static void swap_of(const struct unit *unit, const struct mc_account *account,
                    struct mc_buffer *lines)
{
    MC_CLEANUP(mc_contact_swap_release) struct mc_contact_swap swap = {0};
    assert_int_equal(mc_contact_swap_make(&unit->context, account, MC_METHOD_EMAIL, NEW, &swap),
                     MC_OK);
    const struct mc_change *last = &swap.changes.items[swap.changes.count - 1];
    assert_string_equal(last->attribute, "mycredVerified");
    assert_int_equal(strncmp((const char *)last->value.data, "mail 20261121201533Z k1:", 24), 0);
    for (size_t i = 0; i + 1 < swap.changes.count; i++) {
        const struct mc_change *change = &swap.changes.items[i];
        mc_buffer_format(lines, "%c%s ", change->kind == MC_CHANGE_ADD ? '+' : '-',
                         change->attribute);
        mc_buffer_add_span(lines, change->value);
        mc_buffer_add_text(lines, "\n");
    }
}

static void the_one_in_use_goes_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *options, *pairs[8], *lines;
    } rows[] = {
        {"", {NULL}, "+mail " NEW "\n"},
        {"", {"mail", "Old@Example.org"}, "-mail Old@Example.org\n+mail " NEW "\n"},
        {"", {"mail", NEW}, ""},
        // nothing was ever sent there, but it is what the person has
        {"contacts = verified\n",
         {"mail", "a@example.org"},
         "-mail a@example.org\n+mail " NEW "\n"},
        // none of several is in use where none is proved
        {"", {"mail", "a@example.org", "mail", "b@example.org"}, "+mail " NEW "\n"},
        {"", {"mail", "a@example.org", "mail", NEW}, ""},
        {"",
         {"mycredVerified", "mail 2020 k1:x", "mycredVerified", "mobile 2020 k1:x"},
         "+mail " NEW "\n-mycredVerified mail 2020 k1:x\n"},
    };
    for (size_t i = 0; i < MC_COUNT(rows); i++) {
        UNIT unit = unit_new(rows[i].options);
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        MC_AUTO_BUFFER struct mc_buffer lines;
        mc_buffer_init(&lines, 1024);
        unit_account(&unit.context, rows[i].pairs, &account);
        swap_of(&unit, &account, &lines);
        assert_string_equal(mc_buffer_text(&lines), rows[i].lines);
    }
}

static void of_several_the_proved_one_goes(void **state)
{
    (void)state;
    UNIT unit = unit_new("");
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer mark, lines, expected;
    const struct mc_seal_context about = {"mycredVerified", UNIT_UUID, mc_span_of("mail")};
    mc_buffer_init(&mark, 256);
    mc_buffer_init(&lines, 1024);
    mc_buffer_init(&expected, 1024);
    mc_buffer_add_text(&mark, "mail 20200101000000Z ");
    assert_int_equal(mc_keyed_hash(unit.keys, &about, mc_span_of("b@example.org"), &mark), MC_OK);
    const char *const pairs[] = {"mail", "a@example.org", "mail",           "b@example.org",
                                 "mail", "c@example.org", "mycredVerified", mc_buffer_text(&mark),
                                 NULL};
    unit_account(&unit.context, pairs, &account);
    swap_of(&unit, &account, &lines);
    mc_buffer_format(&expected, "-mail b@example.org\n+mail " NEW "\n-mycredVerified %s\n",
                     mc_buffer_text(&mark));
    assert_string_equal(mc_buffer_text(&lines), mc_buffer_text(&expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_in_use_goes_and_nothing_else),
        cmocka_unit_test(of_several_the_proved_one_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
