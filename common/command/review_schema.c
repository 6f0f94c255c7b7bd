// SPDX-License-Identifier: Apache-2.0
// Whether the directory knows mycred's schema and the attributes of the configuration, and finds
// them fast.
#include "common/command/review.h"

#include <stdio.h>
#include <strings.h>

#define OID "2.25.42071428893191506463594983714283773923"
#define LIST_MAX 4096 // bytes

// In the order of their numbers, from 1.
static const char *const attributes[] = {
    "mycredLoginMethod", "mycredRequire",         "mycredMethodAllowed", "mycredExemptUntil",
    "mycredLockedUntil", "mycredInviteUntil",     "mycredTotp",          "mycredRecovery",
    "mycredApiPassword", "mycredVerified",        "mycredTotpUsed",      "mycredTotpFailure",
    "mycredCodeFailure", "mycredRecoveryFailure", "mycredChallenge",     "mycredSendTime",
    "mycredSession",     "mycredNotice",          "mycredLastUse",       "mycredHelpAsked",
    "mycredReminded",
};
static const char *const classes[] = {"mycredState", "mycredAccount", "mycredPolicy"};

// Definitions of RFC 4512: "( 1.2.3 NAME 'cn' ... )" or "( 1.2.3 NAME ( 'cn' 'commonName' ) ...".
static const char *find_definition(struct mc_values definitions, const char *name)
{
    char quoted[160];
    (void)snprintf(quoted, sizeof quoted, "'%s'", name);
    for (size_t i = 0; i < definitions.count; i++) {
        const char *text = (const char *)definitions.items[i].data;
        const char *names = strstr(text, "NAME");
        const char *end = names ? strpbrk(names, names[5] == '(' ? ")" : "'") : NULL;
        if (end && *end == '\'') {
            end = strchr(end + 1, '\'');
        }
        const char *found = names ? strcasestr(names, quoted) : NULL;
        if (found && end && found <= end) {
            return text;
        }
    }
    return NULL;
}

static bool has_oid(const char *definition, unsigned branch, size_t number)
{
    char oid[80];
    (void)snprintf(oid, sizeof oid, "%s.%u.%zu", OID, branch, number);
    const char *at = definition + strspn(definition, "( ");
    return strncmp(at, oid, strlen(oid)) == 0 && at[strlen(oid)] == ' ';
}

static void check_own(struct mc_review *review, struct mc_values definitions, unsigned branch,
                      const char *const *names, size_t count)
{
    MC_AUTO_BUFFER struct mc_buffer missing, foreign;
    mc_buffer_init(&missing, LIST_MAX);
    mc_buffer_init(&foreign, LIST_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *definition = find_definition(definitions, names[i]);
        if (!definition) {
            mc_buffer_format(&missing, " %s", names[i]);
        } else if (!has_oid(definition, branch, i + 1)) {
            mc_buffer_format(&foreign, " %s", names[i]);
        }
    }
    if (missing.size) {
        mc_review_error(review, "Load or update the schema with ldap-schema/load.",
                        "the directory does not know%s", mc_buffer_text(&missing));
    }
    if (foreign.size) {
        mc_review_error(review, "Take that definition out and run ldap-schema/load.",
                        "the directory has definitions of its own for%s", mc_buffer_text(&foreign));
    }
}

static void check_mapped(struct mc_review *review, struct mc_values definitions)
{
    const struct mc_config *config = review->admin.config;
    const struct {
        const char *option, *name;
    } mapped[] = {
        {"login_attribute", config->login_attribute},
        {"mail_attribute", config->mail_attribute},
        {"mobile_attribute", config->mobile_attribute},
        {"language_attribute", config->language_attribute},
        {"ldap_group_attribute", config->ldap_group_base[0] ? config->ldap_group_attribute : ""}};
    for (size_t i = 0; i < MC_COUNT(mapped); i++) {
        if (mapped[i].name[0] && !find_definition(definitions, mapped[i].name)) {
            mc_review_error(review, "Correct the option, or load the schema that defines it.",
                            "%s: the directory knows no attribute '%s'", mapped[i].option,
                            mapped[i].name);
        }
    }
}

// Where the root DSE says that the schema is.
static void read_place(struct mc_review *review, struct mc_buffer *place)
{
    static const char *const wanted[] = {"subschemaSubentry", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries root = {0};
    const char *found = "";
    if (mc_directory_search(review->admin.directory, "", true, "(objectClass=*)", wanted, &root) ==
            MC_OK &&
        root.count) {
        found = mc_entry_text(root.items[0], wanted[0]);
    }
    mc_buffer_add_text(place, found[0] ? found : "cn=Subschema");
}

void mc_review_schema(struct mc_review *review)
{
    static const char *const wanted[] = {"attributeTypes", "objectClasses", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries schema = {0};
    MC_AUTO_BUFFER struct mc_buffer place;
    mc_buffer_init(&place, LIST_MAX);
    read_place(review, &place);
    enum mc_result result = mc_directory_search(review->admin.directory, mc_buffer_text(&place),
                                                true, "(objectClass=*)", wanted, &schema);
    if (result != MC_OK || schema.count == 0 ||
        mc_entry_values(schema.items[0], wanted[0]).count == 0) {
        mc_review_warn(review, "Let this identity read it.",
                       "the directory does not show its schema (%s)", mc_buffer_text(&place));
        return;
    }
    struct mc_values types = mc_entry_values(schema.items[0], wanted[0]);
    check_own(review, types, 1, attributes, MC_COUNT(attributes));
    check_own(review, mc_entry_values(schema.items[0], wanted[1]), 2, classes, MC_COUNT(classes));
    check_mapped(review, types);
}

// Whether "uid,mail eq,pres" has this attribute with the kind eq.
static bool is_indexed(struct mc_span index, const char *name)
{
    char words[512];
    (void)snprintf(words, sizeof words, "%.*s", (int)index.size, (const char *)index.data);
    char *kinds = strchr(words, ' ');
    bool found = false;
    if (!kinds) {
        return false;
    }
    *kinds++ = '\0';
    bool by_equality = false;
    for (char *rest = kinds, *kind; (kind = strsep(&rest, ", "));) {
        by_equality = by_equality || strcasecmp(kind, "eq") == 0;
    }
    for (char *rest = words, *word; (word = strsep(&rest, ","));) {
        found = found || strcasecmp(word, name) == 0;
    }
    return found && by_equality;
}

static void check_index(struct mc_review *review, const struct mc_entry *database, const char *name)
{
    struct mc_values indexes = mc_entry_values(database, "olcDbIndex");
    bool found = false;
    for (size_t i = 0; i < indexes.count; i++) {
        found = found || is_indexed(indexes.items[i], name);
    }
    if (!found) {
        mc_review_warn(review,
                       "Add it: olcDbIndex: ATTRIBUTE eq (ldap-schema/load adds the usual).",
                       "the database has no index for %s, so every login reads all entries", name);
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return end_size && size >= end_size && strcasecmp(text + size - end_size, end) == 0;
}

// OpenLDAP alone shows its indexes, and to root alone.
void mc_review_indexes(struct mc_review *review)
{
    static const char *const wanted[] = {"olcSuffix", "olcDbIndex", NULL};
    const struct mc_config *config = review->admin.config;
    MC_CLEANUP(mc_entries_release) struct mc_entries databases = {0};
    if (mc_directory_search(review->admin.directory, "cn=config", false,
                            "(objectClass=olcMdbConfig)", wanted, &databases) != MC_OK) {
        return;
    }
    for (size_t i = 0; i < databases.count; i++) {
        const struct mc_entry *database = databases.items[i];
        if (!ends_with(config->ldap_base, mc_entry_text(database, "olcSuffix"))) {
            continue;
        }
        check_index(review, database, config->login_attribute);
        if (config->ldap_group_base[0]) {
            check_index(review, database, config->ldap_group_attribute);
        }
    }
}
