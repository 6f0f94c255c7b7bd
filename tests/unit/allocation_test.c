// SPDX-License-Identifier: Apache-2.0
// MC-SEC-183, F52: each allocation of each operation of the core fails once in turn. What comes out
// is an error, or what would have come out anyway; never a wrong success, never a leak. Built with
// --wrap for every function the core allocates by.
#include "common/api_password.h"
#include "common/base32.h"
#include "common/challenge.h"
#include "common/device_bind.h"
#include "common/field.h"
#include "common/job.h"
#include "common/otpauth.h"
#include "common/recovery.h"
#include "common/seal.h"
#include "pam_mycred/login/login.h"
#include "tests/unit/fake_directory.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

// ---- the allocators ----

static struct {
    bool armed, tripped;
    unsigned calls, failing; // the call that fails, from 1
    long alive;              // blocks allocated and not freed
} memory;

static bool must_fail(void)
{
    if (!memory.armed || ++memory.calls != memory.failing) {
        return false;
    }
    memory.tripped = true;
    return true;
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_reallocarray(void *items, size_t count, size_t size);
void *__wrap_reallocarray(void *items, size_t count, size_t size);
void *__real_sodium_malloc(size_t size);
void *__wrap_sodium_malloc(size_t size);
int __wrap_vasprintf(char **text, const char *format, va_list arguments);
int __wrap___vasprintf_chk(char **text, int flag, const char *format, va_list arguments);
void __real_free(void *block);
void __wrap_free(void *block);

void *__wrap_calloc(size_t count, size_t size)
{
    void *block = must_fail() ? NULL : __real_calloc(count, size);
    memory.alive += block != NULL;
    return block;
}

void *__wrap_reallocarray(void *items, size_t count, size_t size)
{
    void *grown = must_fail() ? NULL : __real_reallocarray(items, count, size);
    memory.alive += grown && !items;
    return grown;
}

void *__wrap_sodium_malloc(size_t size)
{
    return must_fail() ? NULL : __real_sodium_malloc(size);
}

int __wrap___vasprintf_chk(char **text, int flag, const char *format, va_list arguments)
{
    (void)flag;
    return __wrap_vasprintf(text, format, arguments);
}

__attribute__((format(printf, 2, 0))) int __wrap_vasprintf(char **text, const char *format,
                                                           va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = must_fail() ? -1 : vsnprintf(NULL, 0, format, again);
    va_end(again);
    *text = size < 0 ? NULL : __real_calloc(1, (size_t)size + 1);
    if (!*text) {
        return -1;
    }
    memory.alive++;
    return vsnprintf(*text, (size_t)size + 1, format, arguments);
}

void __wrap_free(void *block)
{
    memory.alive -= block != NULL;
    __real_free(block);
}

// ---- the world each operation begins in ----

struct world {
    struct unit unit;
    struct login login;
    struct mc_account account;
    char totp[16], sms[16], recovery[32];
};

static const struct mc_challenge by_sms = {
    .purpose = "login", .channel = MC_METHOD_SMS, .flow = ""};

static void put_device(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    MC_AUTO_SECRET struct mc_secret code = {0};
    mc_buffer_init(&value, 512);
    assert_int_equal(mc_device_write(&world->unit.context, UNIT_UUID, &unit_phone, &value), MC_OK);
    fake_directory_put("mycredTotp", value.data);
    assert_int_equal(mc_device_code(&unit_phone, unit_clock, &code), MC_OK);
    snprintf(world->totp, sizeof world->totp, "%s", code.data);
}

static void put_recovery(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    MC_AUTO_SECRET struct mc_secret code = {0}, tidy = {0};
    mc_buffer_init(&value, 512);
    assert_int_equal(mc_recovery_make(&world->unit.context, UNIT_UUID, 1, &code, &value), MC_OK);
    fake_directory_put("mycredRecovery", value.data);
    assert_int_equal(mc_field_tidy(mc_secret_span(&code), &tidy), MC_OK);
    snprintf(world->recovery, sizeof world->recovery, "%s", tidy.data);
}

static enum mc_result send_code(struct world *world, char code[16])
{
    MC_AUTO_BUFFER struct mc_buffer bytes;
    struct mc_job job;
    mc_time from = 0;
    const struct mc_issue issue = {MC_CHINESE_SIMPLIFIED, mc_span_of("0123456789abcdef")};
    mc_buffer_init(&bytes, MC_JOB_MAX);
    enum mc_result result =
        mc_challenge_issue(&world->unit.context, &world->account, &by_sms, &issue, &bytes, &from);
    memory.armed = false;
    if (result == MC_OK) {
        assert_int_equal(mc_job_read(mc_buffer_span(&bytes), &job), MC_OK);
        assert_true(mc_span_equals(job.to, "+8613800138042"));
        snprintf(code, 16, "%.6s", (const char *)job.text.data);
        assert_int_equal(fake_directory_count("mycredChallenge"), 1);
    }
    return result;
}

static void begin(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->unit = unit_new("site_url = https://login.example.org/\n");
    world->login.keys = world->unit.keys;
    fake_directory_start(&world->unit);
    fake_directory_put("mobile", "+8613800138042");
    fake_directory_put("mail", "alice@example.org");
    put_device(world);
    put_recovery(world);
    fake_directory_account(&world->unit, &world->account);
    world->login.context = world->unit.context;
}

static void end(struct world *world)
{
    mc_account_release(&world->account);
    fake_directory_stop(&world->unit);
    unit_release(&world->unit);
}

// ---- operations: each does its work armed, disarms, and looks at what came out ----

#define DISARM memory.armed = false

static const struct mc_seal_context place = {"mycredTotp", UNIT_UUID, {NULL, 0}};

static enum mc_result read_configuration(struct world *world)
{
    (void)world;
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_CLEANUP(mc_config_free_pointer) struct mc_config *config = NULL;
    mc_buffer_init(&error, 1024);
    enum mc_result result =
        mc_config_parse("test.conf",
                        mc_span_of("ldap_uri = ldapi:/// ldaps://x\nldap_base = dc=x\n"
                                   "sms_countries = +86 +1\nservice_name = Example\n"),
                        &error, &config);
    DISARM;
    if (result == MC_OK) {
        assert_int_equal(config->ldap_uri.count, 2);
        assert_int_equal(config->sms_countries.count, 2);
        assert_string_equal(config->service_name, "Example");
    }
    return result;
}

static enum mc_result refuse_configuration(struct world *world)
{
    (void)world;
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_CLEANUP(mc_config_free_pointer) struct mc_config *config = NULL;
    mc_buffer_init(&error, 1024);
    enum mc_result result = mc_config_parse(
        "test.conf", mc_span_of("ldap_uri = ldapi:///\nldap_base = x\nrequire = of\n"), &error,
        &config);
    DISARM;
    assert_null(config);
    return result == MC_BAD_CONFIG ? MC_OK : result;
}

static enum mc_result read_keys(struct world *world)
{
    (void)world;
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    mc_buffer_init(&error, 1024);
    enum mc_result result = mc_keys_parse("k", mc_span_of(UNIT_KEY_1 UNIT_KEY_2), &error, &keys);
    DISARM;
    assert_int_equal(keys != NULL, result == MC_OK);
    return result;
}

static enum mc_result seal_and_unseal(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer sealed;
    MC_AUTO_SECRET struct mc_secret plain = {0};
    mc_buffer_init(&sealed, 512);
    enum mc_result result = mc_seal(world->unit.keys, &place, mc_span_of("secret"), &sealed);
    if (result == MC_OK) {
        result = mc_unseal(world->unit.keys, &place, mc_buffer_span(&sealed), &plain);
    }
    DISARM;
    assert_true(result != MC_OK || mc_span_equals(mc_secret_span(&plain), "secret"));
    return result;
}

static enum mc_result hash_and_check(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer hash;
    mc_buffer_init(&hash, 512);
    enum mc_result result = mc_keyed_hash(world->unit.keys, &place, mc_span_of("123456"), &hash);
    return result == MC_OK ? mc_keyed_hash_check(world->unit.keys, &place, mc_span_of("123456"),
                                                 mc_buffer_span(&hash))
                           : result;
}

static enum mc_result refuse_a_wrong_hash(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer hash;
    mc_buffer_init(&hash, 512);
    enum mc_result result = mc_keyed_hash(world->unit.keys, &place, mc_span_of("123456"), &hash);
    if (result == MC_OK) {
        result = mc_keyed_hash_check(world->unit.keys, &place, mc_span_of("123457"),
                                     mc_buffer_span(&hash));
        assert_int_not_equal(result, MC_OK);
    }
    return result == MC_WRONG ? MC_OK : result;
}

static enum mc_result open_a_device(struct world *world)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    enum mc_result result =
        mc_device_open(&world->unit.context, UNIT_UUID, world->account.devices.items[0], &device);
    DISARM;
    assert_true(result != MC_OK ||
                mc_span_equals(mc_secret_span(&device.secret), "12345678901234567890"));
    return result;
}

static enum mc_result write_a_device(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    mc_buffer_init(&value, 512);
    enum mc_result result = mc_device_write(&world->unit.context, UNIT_UUID, &unit_phone, &value);
    DISARM;
    if (result == MC_OK) {
        assert_int_equal(
            mc_device_open(&world->unit.context, UNIT_UUID, mc_buffer_span(&value), &device),
            MC_OK);
        assert_true(mc_span_equals(device.label, "phone"));
    }
    return result;
}

static enum mc_result make_a_recovery_code(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    MC_AUTO_SECRET struct mc_secret code = {0}, tidy = {0};
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_span found = {NULL, 0};
    mc_buffer_init(&value, 512);
    enum mc_result result = mc_recovery_make(&world->unit.context, UNIT_UUID, 1, &code, &value);
    DISARM;
    if (result == MC_OK) {
        unit_account(&world->unit.context,
                     (const char *const[]){"mycredRecovery", value.data, NULL}, &account);
        assert_int_equal(mc_field_tidy(mc_secret_span(&code), &tidy), MC_OK);
        assert_int_equal(
            mc_recovery_find(&world->unit.context, &account, mc_secret_span(&tidy), &found), MC_OK);
    }
    return result;
}

static enum mc_result make_an_api_password(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    MC_AUTO_SECRET struct mc_secret password = {0};
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_api_password about = {1, UNIT_TIME, 0, mc_span_of("imap"), mc_span_of("laptop")};
    mc_buffer_init(&value, 512);
    enum mc_result result =
        mc_api_password_make(&world->unit.context, UNIT_UUID, &about, &password, &value);
    DISARM;
    assert_int_equal(password.data != NULL, result == MC_OK);
    if (result == MC_OK) {
        unit_account(&world->unit.context,
                     (const char *const[]){"mycredApiPassword", value.data, NULL}, &account);
        assert_int_equal(mc_api_password_check(&world->unit.context, &account, mc_span_of("imap"),
                                               mc_secret_span(&password), &about),
                         MC_OK);
        assert_true(mc_span_equals(about.label, "laptop"));
    }
    return result;
}

static enum mc_result find_an_account(struct world *world)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    enum mc_result result = mc_account_find(&world->unit.context, mc_span_of("alice"), &account);
    DISARM;
    if (result == MC_OK) {
        assert_int_equal(account.devices.count, 1);
        assert_string_equal(account.mobile, "+8613800138042");
        assert_string_equal(account.email, "alice@example.org");
    }
    return result;
}

// A mark that could not be checked for want of memory must not become a verified contact.
static enum mc_result choose_a_verified_contact(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer mark;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    const struct mc_seal_context about = {"mycredVerified", UNIT_UUID, mc_span_of("mail")};
    memory.armed = false;
    mc_buffer_init(&mark, 512);
    mc_buffer_add_text(&mark, "mail 20261121000000Z ");
    assert_int_equal(mc_keyed_hash(world->unit.keys, &about, mc_span_of("b@x"), &mark), MC_OK);
    struct mc_entry *entry = unit_entry((const char *const[]){
        "entryUUID", UNIT_UUID, "mail", "a@x", "mail", "b@x", "mycredVerified", mark.data, NULL});
    memory.armed = true;
    enum mc_result result = mc_account_init(&world->unit.context, entry, &account);
    DISARM;
    assert_string_not_equal(account.email, "a@x");
    return result;
}

static enum mc_result read_groups(struct world *world)
{
    static const char *const on[] = {"mycredRequire", "on", "mycredMethodAllowed", "totp", NULL};
    struct mc_group_rules rules = {0};
    memory.armed = false;
    fake_directory_add_group(on);
    fake_directory_add_group(on);
    memory.armed = true;
    enum mc_result result =
        mc_group_rules_read(&world->unit.context, &world->account, mc_span_of("alice"), &rules);
    DISARM;
    assert_int_equal(rules.require, result == MC_OK ? MC_REQUIRE_ON : 0);
    return result;
}

static enum mc_result prove_by_totp(struct world *world)
{
    struct mc_attempt attempt = {0};
    enum mc_result result =
        mc_attempt_totp(&world->unit.context, &world->account, mc_span_of(world->totp), &attempt);
    DISARM;
    assert_int_equal(fake_directory_count("mycredTotpUsed"), result == MC_OK);
    return result;
}

static enum mc_result refuse_by_totp(struct world *world)
{
    struct mc_attempt attempt = {0};
    enum mc_result result =
        mc_attempt_totp(&world->unit.context, &world->account, mc_span_of("-"), &attempt);
    DISARM;
    assert_int_not_equal(result, MC_OK);
    return result == MC_WRONG ? MC_OK : result;
}

static enum mc_result prove_by_recovery(struct world *world)
{
    struct mc_attempt attempt = {0};
    enum mc_result result = mc_attempt_recovery(&world->unit.context, &world->account,
                                                mc_span_of(world->recovery), &attempt);
    DISARM;
    assert_int_equal(fake_directory_count("mycredRecovery"), result != MC_OK);
    return result;
}

static enum mc_result issue_a_code(struct world *world)
{
    return send_code(world, world->sms);
}

static enum mc_result prove_by_code(struct world *world)
{
    struct mc_attempt attempt = {0};
    memory.armed = false;
    assert_int_equal(send_code(world, world->sms), MC_OK);
    memory.armed = true;
    enum mc_result result = mc_attempt_challenge(&world->unit.context, &world->account, &by_sms,
                                                 mc_span_of(world->sms), &attempt);
    DISARM;
    assert_int_equal(fake_directory_count("mycredChallenge"), result != MC_OK);
    return result;
}

static enum mc_result bind_a_device(struct world *world)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    MC_CLEANUP(mc_recovery_codes_release) struct mc_recovery_codes codes = {0};
    const struct mc_binding binding = {.device = &device, .choose = true};
    enum mc_result result = mc_device_make(&device);
    device.label = mc_span_of("tablet");
    if (result == MC_OK) {
        result = mc_device_bind(&world->unit.context, &world->account, &binding, &codes);
    }
    DISARM;
    assert_int_equal(fake_directory_count("mycredTotp"), result == MC_OK ? 2 : 1);
    assert_int_equal(fake_directory_count("mycredRecovery"),
                     result == MC_OK ? MC_RECOVERY_CODES : 1);
    return result;
}

static enum mc_result carry_a_state(struct world *world)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    MC_AUTO_SECRET struct mc_secret opened = {0};
    const struct state sent = {
        .stage = STAGE_CODE, .user = mc_span_of("alice"), .started = UNIT_TIME};
    struct state back = {0};
    mc_buffer_init(&text, WIRE_PAYLOAD_MAX);
    enum mc_result result = state_seal(&world->login, &sent, mc_span_of("id"), &text);
    if (result == MC_OK) {
        result = state_open(&world->login, mc_buffer_span(&text), mc_span_of("id"), &opened, &back);
    }
    DISARM;
    assert_true(result != MC_OK || mc_span_equals(back.user, "alice"));
    return result;
}

static enum mc_result write_an_uri(struct world *world)
{
    (void)world;
    MC_AUTO_BUFFER struct mc_buffer uri;
    MC_AUTO_SECRET struct mc_secret bytes = {0};
    mc_buffer_init(&uri, MC_OTPAUTH_MAX);
    enum mc_result result =
        mc_otpauth_write(&unit_phone, mc_span_of("My Site"), mc_span_of("alice@x"), &uri);
    if (result == MC_OK) {
        result = mc_base32_decode(mc_span_of("GEZDGNBVGY3TQOJQ"), &bytes);
    }
    DISARM;
    assert_true(result != MC_OK ||
                strcmp(uri.data, "otpauth://totp/My%20Site:alice%40x?secret="
                                 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Site") == 0);
    return result;
}

static const struct {
    const char *name;
    enum mc_result (*run)(struct world *world);
} operations[] = {
    {"read a configuration", read_configuration},
    {"refuse a configuration", refuse_configuration},
    {"read keys", read_keys},
    {"seal and unseal", seal_and_unseal},
    {"hash and check", hash_and_check},
    {"refuse a wrong hash", refuse_a_wrong_hash},
    {"open a device", open_a_device},
    {"write a device", write_a_device},
    {"make a recovery code", make_a_recovery_code},
    {"make an API password", make_an_api_password},
    {"find an account", find_an_account},
    {"choose a verified contact", choose_a_verified_contact},
    {"read groups", read_groups},
    {"prove by TOTP", prove_by_totp},
    {"refuse by TOTP", refuse_by_totp},
    {"prove by recovery code", prove_by_recovery},
    {"issue a code", issue_a_code},
    {"prove by code", prove_by_code},
    {"bind a device", bind_a_device},
    {"carry a state", carry_a_state},
    {"write an URI", write_an_uri},
};

// False when the operation makes fewer allocations than `failing`.
static bool fail_one(size_t operation, unsigned failing)
{
    struct world world;
    long alive = memory.alive;
    begin(&world);
    memory.calls = 0;
    memory.failing = failing;
    memory.tripped = false;
    memory.armed = true;
    enum mc_result result = operations[operation].run(&world);
    memory.armed = false;
    end(&world);
    if (memory.alive != alive) {
        fail_msg("%s, allocation %u: %ld blocks leak", operations[operation].name, failing,
                 memory.alive - alive);
    }
    if (result != MC_OK && !(memory.tripped && result == MC_NO_MEMORY)) {
        fail_msg("%s, allocation %u: %s", operations[operation].name, failing,
                 mc_result_word(result));
    }
    return memory.tripped;
}

static void each_allocation_fails_once(void **state)
{
    (void)state;
    unsigned total = 0;
    for (size_t i = 0; i < MC_COUNT(operations); i++) {
        unsigned failing = 1;
        while (fail_one(i, failing)) {
            failing++;
        }
        total += failing - 1;
    }
    print_message("%u failing allocations\n", total);
    assert_true(total > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
