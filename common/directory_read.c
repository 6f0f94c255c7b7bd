// SPDX-License-Identifier: Apache-2.0
#include "common/directory_private.h"

#include <stdio.h>
#include <stdlib.h>

#define FILTER_MAX 4096 // bytes
#define PERSON_LIMIT 2  // entries: one more than is right, so that two are seen
#define SEARCH_LIMIT 0  // entries: the server's own limit

struct search {
    const char *base;
    int scope;
    const char *filter;
    char **attributes;
    int size_limit;
    bool whole; // what lies at another server, which is never asked, must not be left out
};

// RFC 4515: user text in a filter is always literal. Not libldap's function, which gives an empty
// text without a word when memory is short.
void mc_directory_add_escaped(struct mc_buffer *filter, struct mc_span text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        const char escaped[] = {'\\', digits[byte >> 4], digits[byte & 15]};
        if (byte < ' ' || byte > '~' || strchr("*()\\", byte)) {
            mc_buffer_append(filter, escaped, sizeof escaped);
        } else {
            mc_buffer_add_byte(filter, byte);
        }
    }
}

static enum mc_result copy_values(struct berval name, const struct berval *values,
                                  struct mc_entry *entry)
{
    const struct mc_span name_span = {(const uint8_t *)name.bv_val, name.bv_len};
    enum mc_result result = MC_OK;
    for (size_t i = 0; result == MC_OK && values && values[i].bv_val; i++) {
        const struct mc_span value = {(const uint8_t *)values[i].bv_val, values[i].bv_len};
        result = mc_entry_add(entry, name_span, value);
    }
    return result;
}

// An attribute that cannot be decoded, for want of memory or whatever, must not read as absent.
static enum mc_result copy_attributes(struct mc_directory *directory, LDAPMessage *message,
                                      BerElement *cursor, struct mc_entry *entry)
{
    for (;;) {
        struct berval name = {0, NULL};
        BerVarray values = NULL;
        int code = ldap_get_attribute_ber(directory->handle, message, cursor, &name, &values);
        if (code != LDAP_SUCCESS) {
            return mc_directory_fail(directory, directory->handle, "ldap_answer", code);
        }
        if (!name.bv_val) {
            return MC_OK;
        }
        enum mc_result result = copy_values(name, values, entry);
        ber_memfree(values);
        if (result != MC_OK) {
            return result;
        }
    }
}

static enum mc_result copy_entry(struct mc_directory *directory, LDAPMessage *message,
                                 struct mc_entry **ret_entry)
{
    BerElement *cursor = NULL;
    struct berval dn = {0, NULL};
    int code = ldap_get_dn_ber(directory->handle, message, &cursor, &dn);
    if (code != LDAP_SUCCESS) {
        return mc_directory_fail(directory, directory->handle, "ldap_answer", code);
    }
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    enum mc_result result =
        mc_entry_new((struct mc_span){(const uint8_t *)dn.bv_val, dn.bv_len}, &entry);
    if (result == MC_OK) {
        result = copy_attributes(directory, message, cursor, entry);
    }
    ber_free(cursor, 0);
    if (result == MC_OK) {
        *ret_entry = entry;
        entry = NULL;
    }
    return result;
}

enum mc_result mc_directory_copy_entries(struct mc_directory *directory, LDAPMessage *answer,
                                         struct mc_entries *entries)
{
    LDAP *handle = directory->handle;
    int count = ldap_count_entries(handle, answer);
    entries->items = mc_allocate(sizeof *entries->items * (size_t)(count > 0 ? count : 0));
    if (!entries->items) {
        return MC_NO_MEMORY;
    }
    for (LDAPMessage *message = ldap_first_entry(handle, answer); message;
         message = ldap_next_entry(handle, message)) {
        enum mc_result result = copy_entry(directory, message, &entries->items[entries->count]);
        if (result != MC_OK) {
            return result;
        }
        entries->count++;
    }
    return MC_OK;
}

// Only where our own limit was reached does the caller see enough to judge: what a server with a
// limit of its own leaves out may be the one rule that counts, or a second person.
static bool is_cut_by_us(LDAP *handle, const struct search *search, LDAPMessage *answer)
{
    return search->size_limit && ldap_count_entries(handle, answer) >= search->size_limit;
}

static enum mc_result judge_search(struct mc_directory *directory, const struct search *search,
                                   LDAPMessage *answer)
{
    int code = LDAP_OTHER;
    int parsed = ldap_parse_result(directory->handle, answer, &code, NULL, NULL, NULL, NULL, 0);
    code = parsed == LDAP_SUCCESS ? code : parsed;
    if (code == LDAP_SIZELIMIT_EXCEEDED && is_cut_by_us(directory->handle, search, answer)) {
        return MC_OK;
    }
    if (code == LDAP_SUCCESS && search->whole &&
        ldap_count_references(directory->handle, answer) > 0) {
        return mc_directory_fail(directory, directory->handle, "ldap_referral", LDAP_REFERRAL);
    }
    switch (code) {
    case LDAP_SUCCESS:
        return MC_OK;
    case LDAP_NO_SUCH_OBJECT:
        (void)mc_directory_fail(directory, directory->handle, "ldap_no_such_object", code);
        return MC_NOT_FOUND;
    default:
        return mc_directory_fail(directory, directory->handle, "ldap_search", code);
    }
}

// `ret_lost`: the connection broke, so that asking again on a new one makes sense.
static enum mc_result search_once(struct mc_directory *directory, const struct search *search,
                                  struct mc_entries *ret_entries, bool *ret_lost)
{
    int message = 0;
    int code =
        ldap_search_ext(directory->handle, search->base, search->scope, search->filter,
                        search->attributes, 0, NULL, NULL, NULL, search->size_limit, &message);
    if (code != LDAP_SUCCESS) {
        *ret_lost = code == LDAP_SERVER_DOWN;
        return mc_directory_fail(directory, directory->handle, "ldap_lost", code);
    }
    LDAPMessage *answer = NULL;
    enum mc_result result = mc_directory_wait(directory, directory->handle, message, &answer);
    if (result != MC_OK) {
        int last = 0;
        ldap_get_option(directory->handle, LDAP_OPT_RESULT_CODE, &last);
        *ret_lost = last == LDAP_SERVER_DOWN;
        return result;
    }
    struct mc_entries entries = {0};
    result = judge_search(directory, search, answer);
    if (result == MC_OK) {
        result = mc_directory_copy_entries(directory, answer, &entries);
    }
    ldap_msgfree(answer);
    if (result != MC_OK) {
        mc_entries_release(&entries);
        return result;
    }
    *ret_entries = entries;
    return MC_OK;
}

static enum mc_result run_search(struct mc_directory *directory, const struct search *search,
                                 struct mc_entries *ret_entries)
{
    bool lost = false;
    if (directory->handle && mc_directory_is_stale(directory)) {
        mc_directory_drop(directory);
    }
    for (int attempt = 0; attempt < 2; attempt++) {
        enum mc_result result = mc_directory_connect(directory);
        if (result != MC_OK) {
            return result;
        }
        lost = false;
        directory->phase = "searching";
        result = search_once(directory, search, ret_entries, &lost);
        if (result == MC_UNAVAILABLE) {
            mc_directory_drop(directory);
        }
        if (!lost || attempt == 1) {
            return result;
        }
    }
    return MC_UNAVAILABLE;
}

static bool has_login_name(const struct mc_directory *directory, const struct mc_entry *entry,
                           struct mc_span login_name)
{
    struct mc_values names = mc_entry_values(entry, directory->config->login_attribute);
    for (size_t i = 0; i < names.count; i++) {
        if (mc_secret_matches(names.items[i], login_name)) {
            return true;
        }
    }
    return false;
}

static char **wanted(struct mc_directory *directory)
{
    return directory->narrow ? (char **)directory->narrow : directory->attributes;
}

// Those with this value in this attribute, at most two: the caller wants to see that there is one.
static enum mc_result search_person(struct mc_directory *directory, const char *attribute,
                                    struct mc_span value, struct mc_entries *ret_found)
{
    MC_AUTO_BUFFER struct mc_buffer filter;
    mc_buffer_init(&filter, FILTER_MAX);
    // everything has a class: the preset would be one more condition for the server to look at
    const char *person = directory->config->ldap_person_filter;
    bool any = strcmp(person, "(objectClass=*)") == 0;
    mc_buffer_format(&filter, "%s%s(%s=", any ? "" : "(&", any ? "" : person, attribute);
    mc_directory_add_escaped(&filter, value);
    mc_buffer_add_text(&filter, any ? ")" : "))");
    enum mc_result result = mc_buffer_result(&filter);
    if (result != MC_OK) {
        return result;
    }
    const struct search search = {directory->config->ldap_base,
                                  LDAP_SCOPE_SUBTREE,
                                  mc_buffer_text(&filter),
                                  wanted(directory),
                                  PERSON_LIMIT,
                                  false};
    result = run_search(directory, &search, ret_found);
    return result == MC_NOT_FOUND ? MC_UNAVAILABLE : result;
}

enum mc_result mc_directory_find_person(struct mc_directory *directory, struct mc_span login_name,
                                        struct mc_entry **ret_entry)
{
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result =
        search_person(directory, directory->config->login_attribute, login_name, &found);
    if (result != MC_OK) {
        return result;
    }
    if (found.count > 1) {
        snprintf(directory->cause, sizeof directory->cause, "cause=two_entries");
        return MC_BAD_DATA;
    }
    if (found.count == 0) {
        return MC_UNKNOWN_USER;
    }
    if (!has_login_name(directory, found.items[0], login_name)) {
        return MC_WRONG;
    }
    if (mc_entry_has(found.items[0], "objectClass", "alias") ||
        mc_entry_has(found.items[0], "objectClass", "referral")) {
        snprintf(directory->cause, sizeof directory->cause, "cause=alias_or_referral");
        return MC_BAD_DATA;
    }
    *ret_entry = found.items[0];
    found.count = 0;
    return MC_OK;
}

enum mc_result mc_directory_find_contact(struct mc_directory *directory, const char *attribute,
                                         struct mc_span contact, struct mc_entry **ret_entry)
{
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result = search_person(directory, attribute, contact, &found);
    if (result != MC_OK || found.count != 1) {
        return result != MC_OK ? result : MC_UNKNOWN_USER;
    }
    *ret_entry = found.items[0];
    found.count = 0;
    return MC_OK;
}

enum mc_result mc_directory_check_free(struct mc_directory *directory, const char *attribute,
                                       struct mc_span contact, const char *own_uuid)
{
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result = search_person(directory, attribute, contact, &found);
    for (size_t i = 0; result == MC_OK && i < found.count; i++) {
        if (strcmp(mc_entry_text(found.items[i], "entryUUID"), own_uuid) != 0) {
            result = MC_WRONG;
        }
    }
    return result;
}

enum mc_result mc_directory_query(struct mc_directory *directory, const struct mc_query *query,
                                  struct mc_entries *ret_entries)
{
    const struct search search = {query->base,       LDAP_SCOPE_SUBTREE,
                                  query->filter,     (char **)query->attributes,
                                  (int)query->limit, false};
    return run_search(directory, &search, ret_entries);
}

enum mc_result mc_directory_read_person(struct mc_directory *directory, const char *dn,
                                        struct mc_entry **ret_entry)
{
    const struct search search = {dn,
                                  LDAP_SCOPE_BASE,
                                  directory->config->ldap_person_filter,
                                  wanted(directory),
                                  PERSON_LIMIT,
                                  false};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result = run_search(directory, &search, &found);
    if (result != MC_OK || found.count != 1) {
        return result != MC_OK ? result : MC_NOT_FOUND;
    }
    *ret_entry = found.items[0];
    found.count = 0;
    return MC_OK;
}

// What is hidden or unknown makes a filter Undefined, and its negation too (RFC 4511 4.5.1.7), so
// that one of these two is true exactly when the attribute can be seen.
static void add_sight_filter(struct mc_buffer *filter, const char *attribute)
{
    mc_buffer_format(filter, "(|(%s=*)(!(%s=*)))", attribute, attribute);
}

static enum mc_result see_entry(struct mc_directory *directory, const char *dn, const char *filter,
                                bool *ret_seen)
{
    char *nothing[] = {LDAP_NO_ATTRS, NULL};
    const struct search search = {dn, LDAP_SCOPE_BASE, filter, nothing, PERSON_LIMIT, false};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result = run_search(directory, &search, &found);
    *ret_seen = found.count == 1;
    return result == MC_NOT_FOUND ? MC_UNAVAILABLE : result;
}

enum mc_result mc_directory_check_sight(struct mc_directory *directory, const char *dn,
                                        const char *const *attributes)
{
    MC_AUTO_BUFFER struct mc_buffer filter;
    bool seen = false;
    mc_buffer_init(&filter, FILTER_MAX);
    mc_buffer_add_text(&filter, "(&");
    for (const char *const *attribute = attributes; *attribute; attribute++) {
        add_sight_filter(&filter, *attribute);
    }
    mc_buffer_add_text(&filter, ")");
    enum mc_result result = mc_buffer_result(&filter);
    if (result == MC_OK) {
        result = see_entry(directory, dn, mc_buffer_text(&filter), &seen);
    }
    // all at once is the usual case; only what is wrong is looked at closely
    for (const char *const *attribute = attributes; result == MC_OK && !seen && *attribute;
         attribute++) {
        bool this_seen = false;
        mc_buffer_clear(&filter);
        add_sight_filter(&filter, *attribute);
        result = see_entry(directory, dn, mc_buffer_text(&filter), &this_seen);
        if (result == MC_OK && !this_seen) {
            snprintf(
                directory->cause, sizeof directory->cause,
                "cause=ldap_rights_missing attribute=%s detail=\"hidden from this identity, or "
                "not in the schema\"",
                *attribute);
            return MC_UNAVAILABLE;
        }
    }
    return result == MC_OK && !seen ? MC_UNAVAILABLE : result;
}

enum mc_result mc_directory_find_groups(struct mc_directory *directory, const char *person_dn,
                                        struct mc_span login_name, struct mc_entries *ret_groups)
{
    static const char *const wanted[] = {"mycredRequire", "mycredMethodAllowed", NULL};
    const struct mc_config *config = directory->config;
    if (!config->ldap_group_base[0]) {
        *ret_groups = (struct mc_entries){0};
        return MC_OK;
    }
    MC_AUTO_BUFFER struct mc_buffer filter;
    mc_buffer_init(&filter, FILTER_MAX);
    mc_buffer_format(&filter, "(&(objectClass=mycredPolicy)(%s=", config->ldap_group_attribute);
    mc_directory_add_escaped(
        &filter, config->ldap_group_member == MC_MEMBER_DN ? mc_span_of(person_dn) : login_name);
    mc_buffer_add_text(&filter, "))");
    enum mc_result result = mc_buffer_result(&filter);
    if (result != MC_OK) {
        return result;
    }
    const struct search search = {
        config->ldap_group_base, LDAP_SCOPE_SUBTREE, mc_buffer_text(&filter),
        (char **)wanted,         SEARCH_LIMIT,       true};
    result = run_search(directory, &search, ret_groups);
    // a missing group base must not read as "no rules"
    return result == MC_NOT_FOUND ? MC_UNAVAILABLE : result;
}

enum mc_result mc_directory_search(struct mc_directory *directory, const char *base,
                                   bool scope_one_entry, const char *filter,
                                   const char *const *attributes, struct mc_entries *ret_entries)
{
    const struct search search = {
        base,         scope_one_entry ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
        filter,       (char **)attributes,
        SEARCH_LIMIT, false};
    return run_search(directory, &search, ret_entries);
}
