// SPDX-License-Identifier: Apache-2.0
// How the directory copies itself, as far as it shows it (root over ldapi on the server may see
// cn=config, most identities may not), and what its password policy says.
#include "common/command/review.h"

#include "common/directory_check.h"

#include <stdio.h>
#include <stdlib.h>

#define LOG_ROOM_MIN ((int64_t)256 << 20) // bytes; the default of 10 MB is full in a day
#define LAG_MAX (60 * MC_SECOND)
#define SERVER_MS 8000
#define PASSWORD_MIN 8

static bool find(struct mc_review *review, const char *base, const char *filter,
                 const char *const *attributes, struct mc_entries *ret_found)
{
    return mc_directory_search(review->admin.directory, base, false, filter, attributes,
                               ret_found) == MC_OK;
}

static bool ends_with(struct mc_span text, struct mc_span end)
{
    return text.size >= end.size && strncasecmp((const char *)text.data + text.size - end.size,
                                                (const char *)end.data, end.size) == 0;
}

// The database that people are in, which their base may lie below; the base where it is not shown.
static void find_suffix(struct mc_directory *directory, const char *base, struct mc_buffer *suffix)
{
    static const char *const wanted[] = {"namingContexts", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    struct mc_span longest = {NULL, 0};
    if (mc_directory_search(directory, "", true, "(objectClass=*)", wanted, &found) == MC_OK &&
        found.count) {
        struct mc_values contexts = mc_entry_values(found.items[0], wanted[0]);
        for (size_t i = 0; i < contexts.count; i++) {
            bool holds = ends_with(mc_span_of(base), contexts.items[i]);
            longest = holds && contexts.items[i].size > longest.size ? contexts.items[i] : longest;
        }
    }
    mc_buffer_init(suffix, 4096);
    mc_buffer_append(suffix, longest.size ? (const char *)longest.data : base,
                     longest.size ? longest.size : strlen(base));
}

static void check_log_room(struct mc_review *review)
{
    static const char *const wanted[] = {"olcDbMaxSize", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    if (!find(review, "cn=config", "(&(objectClass=olcMdbConfig)(olcSuffix=cn=accesslog))", wanted,
              &found) ||
        found.count == 0) {
        return;
    }
    const char *size = mc_entry_text(found.items[0], "olcDbMaxSize");
    if (strtoll(size, NULL, 10) < LOG_ROOM_MIN) {
        mc_review_warn(
            review, "Set olcDbMaxSize: 1073741824 and olcAccessLogPurge: 07+00:00 01+00:00.",
            "the database cn=accesslog has room for %s bytes (olcDbMaxSize); every login "
            "writes to it, and when it is full replication stops without a word",
            size[0] ? size : "10485760");
    }
}

// Several providers that exchange whole entries bring back what was deleted.
static void check_mode(struct mc_review *review)
{
    static const char *const wanted[] = {"olcSyncrepl", "olcMultiProvider", "olcMirrorMode", NULL};
    MC_AUTO_BUFFER struct mc_buffer filter, suffix;
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    find_suffix(review->admin.directory, review->admin.config->ldap_base, &suffix);
    mc_buffer_init(&filter, 4096);
    mc_buffer_add_text(&filter, "(&(olcSyncrepl=*)(olcSuffix=");
    mc_directory_add_escaped(&filter, mc_buffer_span(&suffix));
    mc_buffer_add_text(&filter, "))");
    if (!find(review, "cn=config", mc_buffer_text(&filter), wanted, &found) || found.count == 0) {
        return;
    }
    const struct mc_entry *entry = found.items[0];
    bool several = mc_entry_has(entry, "olcMultiProvider", "TRUE") ||
                   mc_entry_has(entry, "olcMirrorMode", "TRUE");
    if (several && !strcasestr(mc_entry_text(entry, "olcSyncrepl"), "syncdata=accesslog")) {
        mc_review_error(review,
                        "Use delta-syncrepl (syncdata=accesslog); ldap-schema/README.md says why.",
                        "the providers exchange whole entries (plain syncrepl in olcSyncrepl), "
                        "which brings deleted devices and used recovery codes back");
    }
}

// The newest change a server knows of; 0: not shown.
static mc_time newest_change(struct mc_directory *directory, const char *base)
{
    static const char *const wanted[] = {"contextCSN", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    MC_AUTO_BUFFER struct mc_buffer suffix;
    mc_time newest = 0;
    find_suffix(directory, base, &suffix);
    if (mc_directory_search(directory, mc_buffer_text(&suffix), true, "(objectClass=*)", wanted,
                            &found) != MC_OK ||
        found.count == 0) {
        return 0;
    }
    struct mc_values values = mc_entry_values(found.items[0], wanted[0]);
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span text = values.items[i];
        const uint8_t *end = memchr(text.data, '#', text.size);
        mc_time time = 0;
        text.size = end ? (size_t)(end - text.data) : text.size;
        newest = mc_time_parse(text, &time) == MC_OK && time > newest ? time : newest;
    }
    return newest;
}

static mc_time ask_server(const struct mc_config *config, size_t number)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_CLEANUP(mc_directory_free_pointer) struct mc_directory *directory = NULL;
    struct mc_config alone = *config;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    alone.ldap_uri.items += number;
    alone.ldap_uri.count = 1;
    if (mc_directory_new(&alone, &error, &directory) != MC_OK) {
        return 0;
    }
    mc_directory_set_deadline(directory, SERVER_MS);
    return mc_directory_connect(directory) == MC_OK ? newest_change(directory, alone.ldap_base) : 0;
}

static void check_lag(struct mc_review *review)
{
    const struct mc_config *config = review->admin.config;
    mc_time first = config->ldap_uri.count > 1 ? ask_server(config, 0) : 0;
    for (size_t i = 1; first && i < config->ldap_uri.count; i++) {
        mc_time other = ask_server(config, i);
        mc_time apart = other ? first - other : 0;
        if (apart > LAG_MAX || apart < -LAG_MAX) {
            mc_review_error(review,
                            "See the replication's log on both; the first server of ldap_uri must "
                            "be the one that takes all writes.",
                            "the newest change that %s knows is %lld seconds %s that of %s",
                            config->ldap_uri.items[i], llabs((long long)(apart / MC_SECOND)),
                            apart > 0 ? "behind" : "ahead of", config->ldap_uri.items[0]);
        }
    }
}

void mc_review_replication(struct mc_review *review)
{
    mc_directory_set_deadline(review->admin.directory, MC_ADMIN_DEADLINE_MS);
    check_log_room(review);
    check_mode(review);
    check_lag(review);
}

// ---- the password policy

static void check_policy(struct mc_review *review, const struct mc_entry *policy)
{
    const char *dn = mc_entry_dn(policy), *shortest = mc_entry_text(policy, "pwdMinLength");
    if (!mc_entry_has(policy, "pwdMustChange", "TRUE")) {
        mc_review_warn(review, "Set pwdMustChange: TRUE.",
                       "%s does not make people change a password that was reset, so a one-time "
                       "password would stay",
                       dn);
    }
    if (atoi(shortest) < PASSWORD_MIN) {
        mc_review_warn(review, "Set pwdMinLength: 12 and pwdCheckQuality: 2, or more.",
                       "%s takes passwords of fewer than %d characters", dn, PASSWORD_MIN);
    }
    if (mc_entry_has(policy, "pwdCheckQuality", "0") ||
        mc_entry_values(policy, "pwdCheckQuality").count == 0) {
        mc_review_warn(review, "Set pwdCheckQuality: 2.",
                       "%s does not look at new passwords at all (pwdCheckQuality)", dn);
    }
}

// Where there are policies, those that are shown; the site alone sets passwords.
void mc_review_policy(struct mc_review *review)
{
    static const char *const wanted[] = {"pwdMustChange", "pwdMinLength", "pwdCheckQuality", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    MC_AUTO_BUFFER struct mc_buffer suffix;
    find_suffix(review->admin.directory, review->admin.config->ldap_base, &suffix);
    if (!review->has_site ||
        !find(review, mc_buffer_text(&suffix), "(objectClass=pwdPolicy)", wanted, &found)) {
        return;
    }
    if (found.count == 0) {
        mc_review_warn(review, "Load one with ldap-schema/load, or let this identity read it.",
                       "no password policy is to be seen below %s, so the site may take any "
                       "password",
                       mc_buffer_text(&suffix));
    }
    for (size_t i = 0; i < found.count; i++) {
        check_policy(review, found.items[i]);
    }
}
