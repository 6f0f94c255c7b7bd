// SPDX-License-Identifier: Apache-2.0
#include "common/directory_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Looking what became of a change whose answer was lost: the server may still be at it.
#define LOOKS 3
#define PAUSE_MS 100
#define LOOK_AGAIN_MS 2000

// The pieces of one LDAPMod list; they point into the changes.
struct modification {
    LDAPMod items[MC_CHANGES_MAX];
    LDAPMod *list[MC_CHANGES_MAX + 1];
    struct berval values[MC_CHANGES_MAX];
    struct berval *value_lists[MC_CHANGES_MAX][2];
};

static void fill(struct modification *modification, const struct mc_change *changes, size_t count)
{
    static const int operations[] = {[MC_CHANGE_ADD] = LDAP_MOD_ADD,
                                     [MC_CHANGE_DELETE] = LDAP_MOD_DELETE,
                                     [MC_CHANGE_CLEAR] = LDAP_MOD_REPLACE};
    for (size_t i = 0; i < count; i++) {
        const struct mc_change *change = &changes[i];
        LDAPMod *item = &modification->items[i];
        modification->values[i] = (struct berval){change->value.size, (char *)change->value.data};
        modification->value_lists[i][0] = &modification->values[i];
        modification->value_lists[i][1] = NULL;
        item->mod_op = operations[change->kind] | LDAP_MOD_BVALUES;
        item->mod_type = (char *)change->attribute;
        item->mod_bvalues = change->kind == MC_CHANGE_CLEAR ? NULL : modification->value_lists[i];
        modification->list[i] = item;
    }
    modification->list[count] = NULL;
}

// Post-Read (RFC 4527) of what is read of a person; NULL when memory is short.
static LDAPControl *make_post_read(struct mc_directory *directory)
{
    LDAPControl *control = NULL;
    struct berval value;
    BerElement *ber = ber_alloc_t(LBER_USE_DER);
    if (ber && ber_printf(ber, "{v}", directory->attributes) != -1 &&
        ber_flatten2(ber, &value, 0) == 0 &&
        ldap_control_create(LDAP_CONTROL_POST_READ, 1, &value, 1, &control) != LDAP_SUCCESS) {
        control = NULL;
    }
    ber_free(ber, 1);
    return control;
}

static enum mc_result read_attribute(BerElement *ber, struct mc_entry *entry)
{
    struct berval name;
    BerVarray values = NULL;
    if (ber_scanf(ber, "{mW}", &name, &values) == LBER_ERROR) {
        return MC_UNAVAILABLE;
    }
    enum mc_result result = MC_OK;
    const struct mc_span name_span = {(const uint8_t *)name.bv_val, name.bv_len};
    for (size_t i = 0; result == MC_OK && values && values[i].bv_val; i++) {
        const struct mc_span value = {(const uint8_t *)values[i].bv_val, values[i].bv_len};
        result = mc_entry_add(entry, name_span, value);
    }
    ber_bvarray_free(values);
    return result;
}

// The control's value is a SearchResultEntry.
static enum mc_result read_entry(BerElement *ber, struct mc_entry **ret_entry)
{
    struct berval dn;
    ber_len_t size = 0;
    char *last = NULL;
    if (ber_scanf(ber, "{m", &dn) == LBER_ERROR) {
        return MC_UNAVAILABLE;
    }
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    enum mc_result result =
        mc_entry_new((struct mc_span){(const uint8_t *)dn.bv_val, dn.bv_len}, &entry);
    for (ber_tag_t tag = ber_first_element(ber, &size, &last);
         result == MC_OK && tag != LBER_DEFAULT; tag = ber_next_element(ber, &size, last)) {
        result = read_attribute(ber, entry);
    }
    if (result == MC_OK) {
        *ret_entry = entry;
        entry = NULL;
    }
    return result;
}

// liblber reads beyond an empty value, so that none is given to it.
static enum mc_result read_value(const struct berval *value, struct mc_entry **ret_entry)
{
    BerElement *ber = value->bv_len ? ber_init((struct berval *)(uintptr_t)value) : NULL;
    enum mc_result result = ber ? read_entry(ber, ret_entry) : MC_UNAVAILABLE;
    ber_free(ber, 1);
    return result;
}

static enum mc_result parse_post_read(struct mc_directory *directory, LDAPControl **controls,
                                      struct mc_entry **ret_after)
{
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_POST_READ, controls, NULL);
    enum mc_result result = control ? read_value(&control->ldctl_value, ret_after) : MC_UNAVAILABLE;
    if (result == MC_UNAVAILABLE) {
        snprintf(directory->cause, sizeof directory->cause, "cause=ldap_post_read_missing");
    }
    return result;
}

static enum mc_result judge_modify(struct mc_directory *directory, int code)
{
    switch (code) {
    case LDAP_SUCCESS:
        return MC_OK;
    case LDAP_NO_SUCH_ATTRIBUTE:
    case LDAP_TYPE_OR_VALUE_EXISTS:
    case LDAP_CONSTRAINT_VIOLATION:
    case LDAP_OBJECT_CLASS_VIOLATION:
        (void)mc_directory_fail(directory, directory->handle, "ldap_lost_race", code);
        return MC_LOST_RACE;
    case LDAP_NO_SUCH_OBJECT:
        (void)mc_directory_fail(directory, directory->handle, "ldap_no_such_object", code);
        return MC_NOT_FOUND;
    case LDAP_REFERRAL:
    case LDAP_UNWILLING_TO_PERFORM:
        return mc_directory_fail(directory, directory->handle, "writer_readonly", code);
    case LDAP_INSUFFICIENT_ACCESS:
        return mc_directory_fail(directory, directory->handle, "ldap_rights_missing", code);
    case LDAP_UNDEFINED_TYPE:
        return mc_directory_fail(directory, directory->handle, "schema_missing", code);
    default:
        return mc_directory_fail(directory, directory->handle, "ldap_modify", code);
    }
}

static enum mc_result finish_modify(struct mc_directory *directory, int message,
                                    struct mc_entry **ret_after)
{
    LDAPMessage *answer = NULL;
    LDAPControl **controls = NULL;
    enum mc_result result = mc_directory_wait(directory, directory->handle, message, &answer);
    if (result != MC_OK) {
        mc_directory_drop(directory);
        return result;
    }
    int code = LDAP_OTHER;
    int parsed =
        ldap_parse_result(directory->handle, answer, &code, NULL, NULL, NULL, &controls, 1);
    result = judge_modify(directory, parsed == LDAP_SUCCESS ? code : parsed);
    if (result == MC_OK && ret_after) {
        result = parse_post_read(directory, controls, ret_after);
    }
    ldap_controls_free(controls);
    return result;
}

static bool shows(const struct mc_entry *entry, const struct mc_change *change)
{
    struct mc_values values = mc_entry_values(entry, change->attribute);
    for (size_t i = 0; i < values.count; i++) {
        if (values.items[i].size == change->value.size &&
            memcmp(values.items[i].data, change->value.data, change->value.size) == 0) {
            return true;
        }
    }
    return false;
}

// What was added must be seen in the entry: a count of which we may read nothing would let anybody
// guess for ever.
static enum mc_result check_additions(struct mc_directory *directory, const struct mc_entry *after,
                                      const struct mc_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (changes[i].kind == MC_CHANGE_ADD && !shows(after, &changes[i])) {
            snprintf(directory->cause, sizeof directory->cause,
                     "cause=ldap_rights_missing attribute=%s detail=\"cannot be read\"",
                     changes[i].attribute);
            return MC_UNAVAILABLE;
        }
    }
    return MC_OK;
}

static enum mc_result send_modify(struct mc_directory *directory, const char *dn,
                                  struct modification *modification, LDAPControl *post_read,
                                  int *ret_message)
{
    LDAPControl *controls[] = {post_read, NULL};
    directory->phase = "writing";
    int code =
        ldap_modify_ext(directory->handle, dn, modification->list, controls, NULL, ret_message);
    if (code == LDAP_SUCCESS) {
        return MC_OK;
    }
    enum mc_result result = mc_directory_fail(directory, directory->handle, "ldap_lost", code);
    mc_directory_drop(directory);
    return result;
}

// A write without Post-Read ends what an earlier one began, so it must not go to another server:
// that one may know nothing of what was just decided here.
static enum mc_result reach_writer(struct mc_directory *directory, bool begins)
{
    unsigned server = directory->server;
    bool was_connected = directory->handle != NULL;
    if (was_connected && mc_directory_is_stale(directory)) {
        mc_directory_drop(directory);
    }
    enum mc_result result = mc_directory_connect(directory);
    if (result == MC_OK && !begins && was_connected && directory->server != server) {
        mc_directory_fail_changed(directory);
        return MC_UNAVAILABLE;
    }
    return result;
}

enum mc_result mc_directory_modify(struct mc_directory *directory, const char *dn,
                                   const struct mc_change *changes, size_t count,
                                   struct mc_entry **ret_after)
{
    struct modification modification;
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *after = NULL;
    if (count > MC_CHANGES_MAX) {
        return MC_INTERNAL;
    }
    enum mc_result result = reach_writer(directory, ret_after != NULL);
    if (result != MC_OK) {
        return result;
    }
    fill(&modification, changes, count);
    LDAPControl *post_read = ret_after ? make_post_read(directory) : NULL;
    if (ret_after && !post_read) {
        return MC_NO_MEMORY;
    }
    int message = 0;
    result = send_modify(directory, dn, &modification, post_read, &message);
    ldap_control_free(post_read);
    if (result == MC_OK) {
        result = finish_modify(directory, message, ret_after ? &after : NULL);
    }
    if (result == MC_OK && ret_after) {
        result = check_additions(directory, after, changes, count);
    }
    if (result == MC_OK && ret_after) {
        *ret_after = after;
        after = NULL;
    }
    return result;
}

static bool shows_sign(const struct mc_entry *entry, const struct mc_change *sign)
{
    struct mc_values values = mc_entry_values(entry, sign->attribute);
    for (size_t i = 0; i < values.count; i++) {
        if (values.items[i].size >= sign->value.size &&
            memcmp(values.items[i].data, sign->value.data, sign->value.size) == 0) {
            return true;
        }
    }
    return false;
}

enum mc_result mc_directory_modify_surely(struct mc_directory *directory, const char *dn,
                                          const struct mc_change *changes, size_t count,
                                          const struct mc_change *sign)
{
    enum mc_result result = mc_directory_modify(directory, dn, changes, count, NULL);
    // refused for sure while the connection is still there
    bool lost = result == MC_UNAVAILABLE && !directory->handle;
    for (int look = 0; lost && look < LOOKS; look++) {
        MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
        mc_directory_pause(directory);
        if (mc_directory_read_person(directory, dn, &entry) == MC_OK && shows_sign(entry, sign)) {
            return MC_OK;
        }
    }
    return result;
}

void mc_directory_pause(struct mc_directory *directory)
{
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    nanosleep(&pause, NULL);
    directory->deadline = mc_monotonic_ms() + LOOK_AGAIN_MS; // the cause stays
}
