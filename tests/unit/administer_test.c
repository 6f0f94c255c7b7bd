// SPDX-License-Identifier: Apache-2.0
// MC-SEC-92, MC-SEC-102: an administrator's acts, invitations and requests for help, each one
// modify with its notice.
#include "common/administer.h"

#include "common/help.h"
#include "common/invite.h"
#include "common/job.h"
#include "common/notice.h"
#include "common/seal.h"
#include "tests/unit/fake_directory.h"

#include <stdio.h>

#define DEVICE_1 "1 sha1/6/30 20261121201533Z k1:c2VhbGVk phone"
#define DEVICE_2 "2 sha1/6/30 20261121201533Z k1:c2VhbGVl tablet"
#define OPTIONS                                                                                    \
    "mail_from = mycred@example.org\nsite_url = https://login.example.org/mycred/\n"               \
    "invite_life = 2d\n"
#define SETUP FAKE_DIRECTORY_UNIT(OPTIONS, NULL)

static enum mc_result administer(const struct unit *unit, const struct mc_order *order)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    bool told = false;
    unsigned before = fake_directory.modifies;
    fake_directory_account(unit, &account);
    enum mc_result result = mc_administer(&unit->context, &account, order, &told);
    assert_int_equal(fake_directory.modifies - before, result == MC_OK ? 1 : 0);
    assert_int_equal(told, result == MC_OK && unit->context.site_keys);
    return result;
}

// The jobs of the one notice that waits.
static void read_notice(const struct unit *unit, struct mc_buffer *jobs)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_time from = 0;
    mc_buffer_init(&value, 4096);
    mc_buffer_init(jobs, 65536);
    fake_directory_account(unit, &account);
    assert_int_equal(mc_notice_claim(&unit->context, &account, &value, jobs, &from), MC_OK);
    fake_directory_remove("mycredNotice");
    fake_directory_remove("mycredSendTime"); // of the message: the next is not too soon
}

static void every_act_is_told_in_its_own_modify(void **state)
{
    (void)state;
    SETUP;
    fake_directory_put("mail", "alice@example.org");
    for (int act = MC_ACT_NONE + 1; act < MC_ACT_COUNT; act++) {
        MC_AUTO_BUFFER struct mc_buffer jobs;
        const struct mc_order order = {.act = (enum mc_act)act,
                                       .until = unit_clock + MC_SECOND,
                                       .require = MC_REQUIRE_ON,
                                       .methods = MC_METHOD_BIT(MC_METHOD_TOTP),
                                       .source = "192.0.2.7"};
        assert_int_equal(administer(&unit, &order), MC_OK);
        read_notice(&unit, &jobs);
        assert_non_null(strstr(mc_buffer_text(&jobs), "to alice@example.org\n"));
        assert_non_null(strstr(mc_buffer_text(&jobs), "From: 192.0.2.7\n"));
        assert_string_not_equal(mc_act_word((enum mc_act)act), "none");
    }
}

static void without_the_sites_key_the_act_is_done_and_nobody_told(void **state)
{
    (void)state;
    SETUP;
    unit.context.site_keys = NULL;
    const struct mc_order order = {.act = MC_ACT_LOCK, .until = MC_UNTIL_FOREVER};
    assert_int_equal(administer(&unit, &order), MC_OK);
    assert_string_equal(fake_directory_value("mycredLockedUntil", 0), "99991231235959Z");
    assert_int_equal(fake_directory_count("mycredNotice"), 0);
}

static void times_have_limits(void **state)
{
    (void)state;
    SETUP;
    struct mc_order order = {.act = MC_ACT_EXEMPT, .until = unit_clock};
    assert_int_equal(administer(&unit, &order), MC_MALFORMED);
    order.until = unit_clock + unit.config->exempt_max * MC_SECOND + 1;
    assert_int_equal(administer(&unit, &order), MC_MALFORMED);
    order.until -= 1;
    assert_int_equal(administer(&unit, &order), MC_OK);
    order = (struct mc_order){.act = MC_ACT_LOCK, .until = unit_clock};
    assert_int_equal(administer(&unit, &order), MC_MALFORMED);
}

static void one_device_of_several_goes(void **state)
{
    (void)state;
    SETUP;
    fake_directory_put("mycredTotp", DEVICE_1);
    fake_directory_put("mycredTotp", DEVICE_2);
    fake_directory_put("mycredTotpUsed", "20261121201500Z");
    struct mc_order order = {.act = MC_ACT_REMOVE_DEVICE, .number = 3};
    assert_int_equal(administer(&unit, &order), MC_NOT_FOUND);
    order.number = 1;
    assert_int_equal(administer(&unit, &order), MC_OK);
    assert_string_equal(fake_directory_value("mycredTotp", 0), DEVICE_2);
    assert_int_equal(fake_directory_count("mycredTotpUsed"), 1); // the other's codes stay used
    order.number = 2;
    assert_int_equal(administer(&unit, &order), MC_OK);
    assert_int_equal(fake_directory_count("mycredTotp"), 0);
    assert_int_equal(fake_directory_count("mycredTotpUsed"), 0);
}

static void off_is_not_for_the_site(void **state)
{
    (void)state;
    SETUP;
    struct mc_order order = {.act = MC_ACT_REQUIRE, .require = MC_REQUIRE_OFF};
    assert_int_equal(administer(&unit, &order), MC_MALFORMED);
    order.with_off = true;
    assert_int_equal(administer(&unit, &order), MC_OK);
    assert_string_equal(fake_directory_value("mycredRequire", 0), "off");
    order.require = 0;
    assert_int_equal(administer(&unit, &order), MC_OK);
    assert_int_equal(fake_directory_count("mycredRequire"), 0);
    order.require = MC_REQUIRE_OFF + 1;
    assert_int_equal(administer(&unit, &order), MC_MALFORMED);
}

static void nobody_weakens_the_own_logins(void **state)
{
    (void)state;
    SETUP;
    static const enum mc_act harmless[] = {MC_ACT_LOCK, MC_ACT_END_EXEMPTION,
                                           MC_ACT_REMOVE_API_PASSWORD, MC_ACT_REMOVE_RECOVERY,
                                           MC_ACT_SIGN_OUT};
    for (int act = MC_ACT_NONE + 1; act < MC_ACT_COUNT; act++) {
        enum mc_result expected = MC_DENIED_PEER;
        for (size_t i = 0; i < MC_COUNT(harmless); i++) {
            expected = harmless[i] == (enum mc_act)act ? MC_OK : expected;
        }
        const struct mc_order order = {
            .act = (enum mc_act)act, .until = unit_clock + MC_SECOND, .actor_uuid = UNIT_UUID};
        assert_int_equal(administer(&unit, &order), expected);
    }
}

static void reset_leaves_rules_and_tells_the_address_before(void **state)
{
    (void)state;
    FAKE_DIRECTORY_UNIT(OPTIONS "contacts = verified\n", NULL);
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer jobs, mark;
    const struct mc_seal_context about = {"mycredVerified", UNIT_UUID, mc_span_of("mail")};
    mc_buffer_init(&mark, 256);
    mc_buffer_add_text(&mark, "mail 20261121201533Z ");
    assert_int_equal(mc_keyed_hash(unit.keys, &about, mc_span_of("alice@example.org"), &mark),
                     MC_OK);
    fake_directory_put("mail", "alice@example.org");
    fake_directory_put("mycredVerified", mc_buffer_text(&mark));
    fake_directory_put("mycredTotp", DEVICE_1);
    fake_directory_put("mycredRequire", "on");
    fake_directory_put("mycredHelpAsked", "20261121201533Z device-lost");
    const struct mc_order order = {.act = MC_ACT_RESET};
    assert_int_equal(administer(&unit, &order), MC_OK);
    assert_int_equal(fake_directory_count("mycredTotp"), 0);
    assert_int_equal(fake_directory_count("mycredVerified"), 0);
    assert_int_equal(fake_directory_count("mycredHelpAsked"), 0);
    assert_int_equal(fake_directory_count("mycredRequire"), 1);
    fake_directory_account(&unit, &account);
    assert_string_equal(account.email, "");
    read_notice(&unit, &jobs);
    assert_non_null(strstr(mc_buffer_text(&jobs), "to alice@example.org\n"));
}

static void help_is_asked_once_a_day(void **state)
{
    (void)state;
    SETUP;
    for (int i = 0; i < 3; i++) {
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        struct mc_help help;
        fake_directory_account(&unit, &account);
        assert_int_equal(mc_help_ask(&unit.context, &account, MC_HELP_DEVICE_LOST),
                         i == 1 ? MC_THROTTLED : MC_OK);
        mc_account_release(&account);
        fake_directory_account(&unit, &account);
        assert_int_equal(mc_help_look(&account, &help), MC_OK);
        assert_int_equal(help.reason, MC_HELP_DEVICE_LOST);
        assert_int_equal(fake_directory_count("mycredHelpAsked"), 1);
        unit_clock += i == 0 ? 86399 * MC_SECOND : 2 * MC_SECOND;
    }
}

// The answer takes it out of the queue, not out of the day.
static void help_that_is_answered_counts_for_its_day(void **state)
{
    (void)state;
    SETUP;
    const struct mc_order order = {.act = MC_ACT_CLOSE_HELP};
    static const enum mc_result expected[] = {MC_OK, MC_THROTTLED, MC_OK, MC_THROTTLED};
    fake_directory_put("mycredReminded", "password 20261121201533Z");
    for (size_t i = 0; i < MC_COUNT(expected); i++) {
        MC_CLEANUP(mc_account_release) struct mc_account account = {0};
        fake_directory_account(&unit, &account);
        assert_int_equal(mc_help_ask(&unit.context, &account, MC_HELP_OTHER), expected[i]);
        assert_int_equal(fake_directory_count("mycredHelpAsked"), expected[i] == MC_OK);
        assert_int_equal(fake_directory_count("mycredReminded"), 2);
        assert_int_equal(administer(&unit, &order), MC_OK);
        assert_int_equal(fake_directory_count("mycredHelpAsked"), 0);
        unit_clock += i == 1 ? 86400 * MC_SECOND : 1 * MC_SECOND;
    }
}

static void a_damaged_memory_of_a_request_bars_nobody(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    fake_directory_put("mycredReminded", "help yesterday");
    fake_directory_account(&unit, &account);
    assert_int_equal(mc_help_ask(&unit.context, &account, MC_HELP_OTHER), MC_OK);
    assert_int_equal(fake_directory_count("mycredReminded"), 1);
}

// ---- invitations

static enum mc_result invite(const struct unit *unit, const char *address, char *token, size_t room)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer link, bytes;
    struct mc_job job;
    const struct mc_invite_order order = {
        .address = address, .source = "192.0.2.7", .id = mc_span_of("0123456789abcdef")};
    mc_buffer_init(&link, 4096);
    mc_buffer_init(&bytes, MC_JOB_MAX);
    fake_directory_account(unit, &account);
    enum mc_result result = mc_invite_issue(&unit->context, &account, &order, &link, &bytes);
    if (result != MC_OK) {
        return result;
    }
    assert_int_equal(mc_job_read(mc_buffer_span(&bytes), &job), MC_OK);
    assert_true(mc_span_equals(job.to, address));
    assert_non_null(strstr((const char *)job.text.data, mc_buffer_text(&link)));
    const char *at =
        strstr(mc_buffer_text(&link), "https://login.example.org/mycred/invitation?t=");
    assert_non_null(at);
    snprintf(token, room, "%s", strchr(at, '=') + 1);
    return MC_OK;
}

static enum mc_result use(const struct unit *unit, const char *token, const char *password)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_CLEANUP(mc_invitation_release) struct mc_invitation invitation = {0};
    struct mc_group_rules groups = {0};
    struct mc_rules rules;
    struct mc_password_state policy;
    fake_directory_account(unit, &account);
    mc_rules_apply(&unit->context, &account, &groups, &rules);
    enum mc_result result = mc_invite_open(&unit->context, mc_span_of(token), &invitation);
    if (result == MC_OK) {
        assert_string_equal(mc_secret_span(&invitation.dn).data, UNIT_DN);
        result = mc_invite_check(&unit->context, &account, &invitation);
    }
    const struct mc_acceptance acceptance = {mc_span_of(password), "192.0.2.8", &rules};
    return result == MC_OK && password
               ? mc_invite_accept(&unit->context, &account, &invitation, &acceptance, &policy)
               : result;
}

static void an_invitation_sets_the_address_once(void **state)
{
    (void)state;
    SETUP;
    char token[MC_INVITE_TOKEN_MAX];
    fake_directory_put("mycredVerified", "mail 20200101000000Z k1:c2VhbGVk");
    fake_directory_put("mycredVerified", "mobile 20200101000000Z k1:c2VhbGVk");
    assert_int_equal(invite(&unit, "new@example.org", token, sizeof token), MC_OK);
    assert_int_equal(fake_directory_count("mycredInviteUntil"), 1);
    for (int i = 0; i < 3; i++) { // looking spends nothing
        assert_int_equal(use(&unit, token, NULL), MC_OK);
    }
    assert_int_equal(use(&unit, token, "short"), MC_PASSWORD_REFUSED);
    assert_int_equal(fake_directory_count("mail"), 0); // nothing is taken
    assert_int_equal(fake_directory_count("mycredInviteUntil"), 1);
    assert_int_equal(use(&unit, token, "long enough"), MC_OK);
    assert_string_equal(fake_directory_value("mail", 0), "new@example.org");
    // the mark of the address before is gone with it
    assert_int_equal(fake_directory_count("mycredVerified"), 2);
    assert_string_equal(fake_directory_value("mycredVerified", 0),
                        "mobile 20200101000000Z k1:c2VhbGVk");
    assert_int_equal(fake_directory_count("mycredInviteUntil"), 0);
    assert_int_equal(fake_directory_count("mycredChallenge"), 0);
    assert_int_equal(use(&unit, token, "long enough"), MC_WRONG);
}

static void who_may_not_use_email_keeps_the_time_to_bind(void **state)
{
    (void)state;
    FAKE_DIRECTORY_UNIT(OPTIONS "methods = totp\nrequire = on\n", NULL);
    char token[MC_INVITE_TOKEN_MAX];
    assert_int_equal(invite(&unit, "new@example.org", token, sizeof token), MC_OK);
    assert_int_equal(use(&unit, token, "long enough"), MC_OK);
    assert_int_equal(fake_directory_count("mycredInviteUntil"), 1);
}

static void an_invitation_ends(void **state)
{
    (void)state;
    SETUP;
    char first[MC_INVITE_TOKEN_MAX], second[MC_INVITE_TOKEN_MAX];
    assert_int_equal(invite(&unit, "new@example.org", first, sizeof first), MC_OK);
    unit_clock += MC_SECOND;
    assert_int_equal(invite(&unit, "other@example.org", second, sizeof second), MC_OK);
    assert_int_equal(use(&unit, first, NULL), MC_WRONG); // a new one voids the one before
    for (int i = 0; i < 8; i++) {                        // wrong codes at logins do not touch it
        char time[MC_TIME_TEXT];
        mc_time_format_exact(unit_clock + i + 1, time);
        fake_directory_put("mycredCodeFailure", time);
    }
    assert_int_equal(use(&unit, second, NULL), MC_OK);
    unit_clock += 2 * 86400 * MC_SECOND - 1;
    assert_int_equal(use(&unit, second, NULL), MC_OK);
    unit_clock += MC_SECOND;
    assert_int_equal(use(&unit, second, NULL), MC_WRONG);
}

static void an_invitation_is_withdrawn(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    char token[MC_INVITE_TOKEN_MAX];
    mc_time until = 0;
    assert_int_equal(invite(&unit, "new@example.org", token, sizeof token), MC_OK);
    fake_directory_account(&unit, &account);
    assert_true(mc_invite_is_open(&unit.context, &account, &until));
    assert_true(until == unit_clock + 2 * 86400 * MC_SECOND);
    assert_int_equal(mc_invite_withdraw(&unit.context, &account, "192.0.2.7"), MC_OK);
    assert_int_equal(fake_directory_count("mycredInviteUntil"), 0);
    assert_int_equal(use(&unit, token, "long enough"), MC_WRONG);
    mc_account_release(&account);
    fake_directory_account(&unit, &account);
    assert_false(mc_invite_is_open(&unit.context, &account, &until));
    assert_int_equal(mc_invite_withdraw(&unit.context, &account, "192.0.2.7"), MC_NOT_FOUND);
}

static void nobody_else_is_invited(void **state)
{
    (void)state;
    SETUP;
    char token[MC_INVITE_TOKEN_MAX], address[] = "held@example.org";
    assert_int_equal(invite(&unit, "no address", token, sizeof token), MC_MALFORMED);
    fake_directory.held = address;
    assert_int_equal(invite(&unit, address, token, sizeof token), MC_WRONG);
    fake_directory.held = NULL;
    assert_int_equal(invite(&unit, address, token, sizeof token), MC_OK);
    fake_directory.held = address; // somebody got it meanwhile
    assert_int_equal(use(&unit, token, "long enough"), MC_WRONG);
    fake_directory.held = NULL;
    fake_directory_put("mycredLockedUntil", "99991231235959Z");
    assert_int_equal(use(&unit, token, "long enough"), MC_LOCKED);
    assert_int_equal(invite(&unit, address, token, sizeof token), MC_LOCKED);
}

// An address for themselves would be a way around every proof.
static void nobody_invites_themselves(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_BUFFER struct mc_buffer link, job;
    const struct mc_invite_order order = {.address = "new@example.org",
                                          .source = "192.0.2.7",
                                          .actor_uuid = UNIT_UUID,
                                          .id = mc_span_of("0123456789abcdef")};
    mc_buffer_init(&link, 4096);
    mc_buffer_init(&job, MC_JOB_MAX);
    fake_directory_account(&unit, &account);
    assert_int_equal(mc_invite_issue(&unit.context, &account, &order, &link, &job), MC_DENIED_PEER);
    assert_int_equal(fake_directory.modifies, 0);
}

static void a_token_is_sealed(void **state)
{
    (void)state;
    SETUP;
    char token[MC_INVITE_TOKEN_MAX];
    assert_int_equal(invite(&unit, "new@example.org", token, sizeof token), MC_OK);
    assert_null(strstr(token, "new"));
    for (size_t i = 0; token[i]; i++) {
        char before = token[i];
        token[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(use(&unit, token, NULL), MC_WRONG);
        token[i] = before;
    }
    assert_int_equal(use(&unit, token, NULL), MC_OK);
    fake_directory_remove("entryUUID");
    fake_directory_put("entryUUID", UNIT_OTHER_UUID);
    assert_int_equal(use(&unit, token, NULL), MC_WRONG);
}

// ---- one-time passwords

static enum mc_result refuse_first_modify(unsigned number)
{
    (void)number;
    return MC_UNAVAILABLE;
}

static void a_one_time_password_forces_a_change(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_SECRET struct mc_secret password = {0};
    const struct mc_order order = {.source = "192.0.2.7"};
    bool told = false;
    fake_directory_put("mycredSession", "x");
    fake_directory_account(&unit, &account);
    assert_int_equal(mc_administer_password(&unit.context, &account, &order, &password, &told),
                     MC_OK);
    assert_int_equal(password.size, 23);
    assert_string_equal(fake_directory_value("pwdReset", 0), "TRUE");
    assert_int_equal(fake_directory_count("mycredSession"), 0);
    assert_int_equal(fake_directory_count("mycredNotice"), 1);
    assert_string_equal(fake_directory.password, password.data);
}

static void a_password_that_need_not_be_changed_is_not_left(void **state)
{
    (void)state;
    SETUP;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_AUTO_SECRET struct mc_secret password = {0};
    const struct mc_order order = {.source = "192.0.2.7"};
    bool told = false;
    fake_directory_account(&unit, &account);
    fake_directory.before_modify = refuse_first_modify;
    assert_int_equal(mc_administer_password(&unit.context, &account, &order, &password, &told),
                     MC_UNAVAILABLE);
    assert_int_equal(fake_directory.resets, 2); // another took its place
    assert_null(password.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_act_is_told_in_its_own_modify),
        cmocka_unit_test(without_the_sites_key_the_act_is_done_and_nobody_told),
        cmocka_unit_test(times_have_limits),
        cmocka_unit_test(one_device_of_several_goes),
        cmocka_unit_test(off_is_not_for_the_site),
        cmocka_unit_test(nobody_weakens_the_own_logins),
        cmocka_unit_test(reset_leaves_rules_and_tells_the_address_before),
        cmocka_unit_test(help_is_asked_once_a_day),
        cmocka_unit_test(help_that_is_answered_counts_for_its_day),
        cmocka_unit_test(a_damaged_memory_of_a_request_bars_nobody),
        cmocka_unit_test(an_invitation_sets_the_address_once),
        cmocka_unit_test(who_may_not_use_email_keeps_the_time_to_bind),
        cmocka_unit_test(an_invitation_ends),
        cmocka_unit_test(an_invitation_is_withdrawn),
        cmocka_unit_test(nobody_else_is_invited),
        cmocka_unit_test(nobody_invites_themselves),
        cmocka_unit_test(a_token_is_sealed),
        cmocka_unit_test(a_one_time_password_forces_a_change),
        cmocka_unit_test(a_password_that_need_not_be_changed_is_not_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
