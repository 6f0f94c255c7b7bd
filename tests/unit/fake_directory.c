// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/fake_directory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define VALUES_MAX 512
#define GROUPS_MAX 4

struct value {
    const char *attribute; // outlives the test
    char *bytes;
    size_t size;
};

struct store {
    struct value items[VALUES_MAX];
    size_t count;
};

struct fake_directory_settings fake_directory;

static struct store person;
static const char *const *groups[GROUPS_MAX];
static size_t group_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// ---- the entry ----

static bool is_value(const struct value *value, const char *attribute, struct mc_span bytes)
{
    return strcmp(value->attribute, attribute) == 0 && value->size == bytes.size &&
           (bytes.size == 0 || memcmp(value->bytes, bytes.data, bytes.size) == 0);
}

static struct value *find(const struct store *store, const char *attribute, struct mc_span bytes)
{
    for (size_t i = 0; i < store->count; i++) {
        if (is_value(&store->items[i], attribute, bytes)) {
            return (struct value *)(uintptr_t)&store->items[i];
        }
    }
    return NULL;
}

static bool add(struct store *store, const char *attribute, struct mc_span bytes)
{
    char *copy = store->count < VALUES_MAX ? mc_copy_text(bytes) : NULL;
    if (copy) {
        store->items[store->count++] = (struct value){attribute, copy, bytes.size};
    }
    return copy != NULL;
}

static void drop(struct store *store, struct value *value)
{
    free(value->bytes);
    *value = store->items[--store->count];
}

static void clear(struct store *store, const char *attribute)
{
    for (size_t i = 0; i < store->count;) {
        if (!attribute || strcmp(store->items[i].attribute, attribute) == 0) {
            drop(store, &store->items[i]);
        } else {
            i++;
        }
    }
}

static bool copy_store(const struct store *store, struct store *copy)
{
    bool done = true;
    copy->count = 0;
    for (size_t i = 0; done && i < store->count; i++) {
        const struct value *value = &store->items[i];
        done = add(copy, value->attribute,
                   (struct mc_span){(const uint8_t *)value->bytes, value->size});
    }
    return done;
}

static enum mc_result read_entry(const struct store *store, struct mc_entry **ret_entry)
{
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    enum mc_result result = mc_entry_new(mc_span_of(UNIT_DN), &entry);
    for (size_t i = 0; result == MC_OK && i < store->count; i++) {
        const struct value *value = &store->items[i];
        result = mc_entry_add(entry, mc_span_of(value->attribute),
                              (struct mc_span){(const uint8_t *)value->bytes, value->size});
    }
    if (result == MC_OK) {
        *ret_entry = entry;
        entry = NULL;
    }
    return result;
}

// ---- what tests do ----

void fake_directory_start(struct unit *unit)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 256);
    clear(&person, NULL);
    group_count = 0;
    fake_directory = (struct fake_directory_settings){.writer = 1};
    assert_int_equal(mc_directory_new(unit->config, &error, &unit->context.directory), MC_OK);
    fake_directory_put("entryUUID", UNIT_UUID);
}

void fake_directory_stop(struct unit *unit)
{
    mc_directory_free_pointer(&unit->context.directory);
    clear(&person, NULL);
}

struct unit *fake_directory_enter(struct unit *unit, fake_directory_fill *fill_or_null)
{
    fake_directory_start(unit);
    if (fill_or_null) {
        fill_or_null(unit);
    }
    return unit;
}

void fake_directory_leave(struct unit **unit)
{
    fake_directory_stop(*unit);
}

void fake_directory_put_contacts(const struct unit *unit)
{
    (void)unit;
    fake_directory_put("objectClass", "mycredAccount");
    fake_directory_put("mobile", "+8613800138042");
    fake_directory_put("mail", "alice@example.org");
}

void fake_directory_put(const char *attribute, const char *value)
{
    assert_true(add(&person, attribute, mc_span_of(value)));
}

void fake_directory_remove(const char *attribute)
{
    clear(&person, attribute);
}

size_t fake_directory_count(const char *attribute)
{
    size_t count = 0;
    for (size_t i = 0; i < person.count; i++) {
        count += strcmp(person.items[i].attribute, attribute) == 0;
    }
    return count;
}

const char *fake_directory_value(const char *attribute, size_t index)
{
    for (size_t i = 0; i < person.count; i++) {
        if (strcmp(person.items[i].attribute, attribute) == 0 && index-- == 0) {
            return person.items[i].bytes;
        }
    }
    fail_msg("no such value of %s", attribute);
    return NULL;
}

void fake_directory_add_group(const char *const *rules)
{
    assert_true(group_count < GROUPS_MAX);
    groups[group_count++] = rules;
}

void fake_directory_account(const struct unit *unit, struct mc_account *account)
{
    assert_int_equal(mc_account_find(&unit->context, mc_span_of("alice"), account), MC_OK);
}

// ---- in place of directory.h ----

enum mc_result __wrap_mc_directory_connect(struct mc_directory *directory);
unsigned __wrap_mc_directory_writer(const struct mc_directory *directory);
mc_time __wrap_mc_directory_switched(const struct mc_directory *directory);
enum mc_result __wrap_mc_directory_find_person(struct mc_directory *directory,
                                               struct mc_span login_name,
                                               struct mc_entry **ret_entry);
enum mc_result __wrap_mc_directory_find_groups(struct mc_directory *directory,
                                               const char *person_dn, struct mc_span login_name,
                                               struct mc_entries *ret_groups);
enum mc_result __wrap_mc_directory_modify(struct mc_directory *directory, const char *dn,
                                          const struct mc_change *changes, size_t count,
                                          struct mc_entry **ret_after);
enum mc_result __wrap_mc_directory_modify_surely(struct mc_directory *directory, const char *dn,
                                                 const struct mc_change *changes, size_t count,
                                                 const struct mc_change *sign);
enum mc_result __wrap_mc_directory_check_sight(struct mc_directory *directory, const char *dn,
                                               const char *const *attributes);
enum mc_result __wrap_mc_directory_check_password(struct mc_directory *directory, const char *dn,
                                                  struct mc_span password,
                                                  struct mc_password_state *ret_state);
enum mc_result __wrap_mc_directory_change_password(struct mc_directory *directory, const char *dn,
                                                   struct mc_span old_password,
                                                   struct mc_span new_password,
                                                   struct mc_password_state *ret_state);

enum mc_result __wrap_mc_directory_read_person(struct mc_directory *directory, const char *dn,
                                               struct mc_entry **ret_entry);
enum mc_result __wrap_mc_directory_check_free(struct mc_directory *directory, const char *attribute,
                                              struct mc_span contact, const char *own_uuid);
enum mc_result __wrap_mc_directory_reset_password(struct mc_directory *directory, const char *dn,
                                                  struct mc_span new_password,
                                                  struct mc_password_state *ret_state);

enum mc_result __wrap_mc_directory_connect(struct mc_directory *directory)
{
    (void)directory;
    return MC_OK;
}

unsigned __wrap_mc_directory_writer(const struct mc_directory *directory)
{
    (void)directory;
    return fake_directory.writer;
}

mc_time __wrap_mc_directory_switched(const struct mc_directory *directory)
{
    (void)directory;
    return fake_directory.switched;
}

enum mc_result __wrap_mc_directory_find_person(struct mc_directory *directory,
                                               struct mc_span login_name,
                                               struct mc_entry **ret_entry)
{
    (void)directory;
    if (!mc_span_equals(login_name, "alice")) {
        return fake_directory.person == MC_UNDECIDED ? MC_UNKNOWN_USER : fake_directory.person;
    }
    pthread_mutex_lock(&lock);
    enum mc_result result = read_entry(&person, ret_entry);
    pthread_mutex_unlock(&lock);
    return result;
}

enum mc_result __wrap_mc_directory_read_person(struct mc_directory *directory, const char *dn,
                                               struct mc_entry **ret_entry)
{
    assert_string_equal(dn, UNIT_DN);
    return __wrap_mc_directory_find_person(directory, mc_span_of("alice"), ret_entry);
}

enum mc_result __wrap_mc_directory_find_groups(struct mc_directory *directory,
                                               const char *person_dn, struct mc_span login_name,
                                               struct mc_entries *ret_groups)
{
    (void)directory, (void)person_dn;
    size_t used = strlen(fake_directory.group_names);
    snprintf(fake_directory.group_names + used, sizeof fake_directory.group_names - used, "%.*s,",
             (int)login_name.size, (const char *)login_name.data);
    struct mc_entries found = {mc_allocate(GROUPS_MAX * sizeof *found.items), 0};
    enum mc_result result = found.items ? MC_OK : MC_NO_MEMORY;
    if (fake_directory.groups != MC_UNDECIDED) {
        result = fake_directory.groups;
    }
    for (size_t i = 0; result == MC_OK && i < group_count; i++) {
        result = mc_entry_new(mc_span_of("cn=g"), &found.items[i]);
        found.count += result == MC_OK;
        for (const char *const *rule = groups[i]; result == MC_OK && rule[0]; rule += 2) {
            result = mc_entry_add(found.items[i], mc_span_of(rule[0]), mc_span_of(rule[1]));
        }
    }
    if (result == MC_OK) {
        *ret_groups = found;
    } else {
        mc_entries_release(&found);
    }
    return result;
}

enum mc_result __wrap_mc_directory_check_sight(struct mc_directory *directory, const char *dn,
                                               const char *const *attributes)
{
    (void)directory, (void)dn, (void)attributes;
    return MC_OK;
}

static bool is_single(const char *attribute)
{
    static const char *const single[] = {
        "mycredTotpUsed",    "mycredLoginMethod", "mycredRequire",   "mycredExemptUntil",
        "mycredLockedUntil", "mycredInviteUntil", "mycredHelpAsked", "pwdReset"};
    bool found = false;
    for (size_t i = 0; i < MC_COUNT(single); i++) {
        found = found || strcmp(attribute, single[i]) == 0;
    }
    return found;
}

static enum mc_result apply(struct store *store, const struct mc_change *change)
{
    struct value *value = NULL;
    switch (change->kind) {
    case MC_CHANGE_CLEAR:
        clear(store, change->attribute);
        return MC_OK;
    case MC_CHANGE_DELETE:
        value = find(store, change->attribute, change->value);
        if (value) {
            drop(store, value);
        }
        return value ? MC_OK : MC_LOST_RACE;
    case MC_CHANGE_ADD:
        if (find(store, change->attribute, change->value)) {
            return MC_LOST_RACE;
        }
        for (size_t i = 0; is_single(change->attribute) && i < store->count; i++) {
            if (strcmp(store->items[i].attribute, change->attribute) == 0) {
                return MC_LOST_RACE;
            }
        }
        return add(store, change->attribute, change->value) ? MC_OK : MC_NO_MEMORY;
    }
    return MC_INTERNAL;
}

static enum mc_result modify(const struct mc_change *changes, size_t count,
                             struct mc_entry **ret_after)
{
    struct store *after = mc_allocate(sizeof *after);
    if (!after) {
        return MC_NO_MEMORY;
    }
    enum mc_result result = copy_store(&person, after) ? MC_OK : MC_NO_MEMORY;
    for (size_t i = 0; result == MC_OK && i < count; i++) {
        result = apply(after, &changes[i]);
    }
    if (result == MC_OK && ret_after) {
        result = read_entry(after, ret_after);
    }
    if (result == MC_OK) {
        struct store before = person;
        person = *after;
        *after = before;
    }
    clear(after, NULL);
    free(after);
    return result;
}

enum mc_result __wrap_mc_directory_modify(struct mc_directory *directory, const char *dn,
                                          const struct mc_change *changes, size_t count,
                                          struct mc_entry **ret_after)
{
    (void)directory;
    assert_string_equal(dn, UNIT_DN);
    assert_in_range(count, 1, MC_CHANGES_MAX);
    pthread_mutex_lock(&lock);
    unsigned number = ++fake_directory.modifies;
    enum mc_result result =
        fake_directory.before_modify ? fake_directory.before_modify(number) : MC_UNDECIDED;
    if (result == MC_UNDECIDED) {
        result = modify(changes, count, ret_after);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

// Answers are never lost here.
enum mc_result __wrap_mc_directory_modify_surely(struct mc_directory *directory, const char *dn,
                                                 const struct mc_change *changes, size_t count,
                                                 const struct mc_change *sign)
{
    assert_true(sign->value.size > 0);
    return __wrap_mc_directory_modify(directory, dn, changes, count, NULL);
}

enum mc_result __wrap_mc_directory_check_password(struct mc_directory *directory, const char *dn,
                                                  struct mc_span password,
                                                  struct mc_password_state *ret_state)
{
    (void)directory, (void)dn;
    bool right = mc_span_equals(password, FAKE_PASSWORD);
    fake_directory.binds++;
    *ret_state = (struct mc_password_state){.must_change = right && fake_directory.must_change,
                                            .policy_error = -1};
    return right ? MC_OK : MC_WRONG;
}

enum mc_result __wrap_mc_directory_change_password(struct mc_directory *directory, const char *dn,
                                                   struct mc_span old_password,
                                                   struct mc_span new_password,
                                                   struct mc_password_state *ret_state)
{
    enum mc_result result =
        __wrap_mc_directory_check_password(directory, dn, old_password, ret_state);
    return result == MC_OK && new_password.size < 8 ? MC_PASSWORD_REFUSED : result;
}

enum mc_result __wrap_mc_directory_check_free(struct mc_directory *directory, const char *attribute,
                                              struct mc_span contact, const char *own_uuid)
{
    (void)directory, (void)attribute, (void)own_uuid;
    return fake_directory.held && mc_span_equals(contact, fake_directory.held) ? MC_WRONG : MC_OK;
}

enum mc_result __wrap_mc_directory_reset_password(struct mc_directory *directory, const char *dn,
                                                  struct mc_span new_password,
                                                  struct mc_password_state *ret_state)
{
    (void)directory, (void)dn;
    *ret_state = (struct mc_password_state){.policy_error = -1};
    if (new_password.size < 8 || new_password.size >= sizeof fake_directory.password) {
        return MC_PASSWORD_REFUSED;
    }
    fake_directory.resets++;
    memcpy(fake_directory.password, new_password.data, new_password.size);
    fake_directory.password[new_password.size] = '\0';
    return MC_OK;
}

// ---- races ----

#define RACERS 100

struct race {
    const struct unit *unit;
    fake_directory_racer *racer;
    const char *typed;
    struct mc_account account;
    enum mc_result result;
};

static void *run(void *argument)
{
    struct race *race = argument;
    race->result = race->racer(race->unit, &race->account, race->typed);
    return NULL;
}

unsigned fake_directory_race(const struct unit *unit, fake_directory_racer *racer,
                             const char *typed, enum mc_result result)
{
    static struct race races[RACERS];
    pthread_t threads[RACERS];
    unsigned count = 0;
    for (size_t i = 0; i < RACERS; i++) {
        races[i] = (struct race){unit, racer, typed, {0}, MC_UNDECIDED};
        fake_directory_account(unit, &races[i].account);
    }
    for (size_t i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run, &races[i]), 0);
    }
    for (size_t i = 0; i < RACERS; i++) {
        pthread_join(threads[i], NULL);
        count += races[i].result == result;
        mc_account_release(&races[i].account);
    }
    return count;
}
