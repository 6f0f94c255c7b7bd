// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/operations.h"

#include <sasl/sasl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// The same attributes as pam_mycred's helper reads.
static char *attributes[] = {"objectClass",
                             "entryUUID",
                             "mycredLoginMethod",
                             "mycredRequire",
                             "mycredMethodAllowed",
                             "mycredExemptUntil",
                             "mycredLockedUntil",
                             "mycredInviteUntil",
                             "mycredTotp",
                             "mycredRecovery",
                             "mycredApiPassword",
                             "mycredVerified",
                             "mycredTotpUsed",
                             "mycredTotpFailure",
                             "mycredCodeFailure",
                             "mycredRecoveryFailure",
                             "mycredChallenge",
                             "mycredSendTime",
                             "mycredLastUse",
                             "uid",
                             "mail",
                             "mobile",
                             "preferredLanguage",
                             NULL};

static void need(int code, const char *step)
{
    if (code != LDAP_SUCCESS) {
        fprintf(stderr, "%s: %s\n", step, ldap_err2string(code));
        exit(1);
    }
}

void floor_connect(struct floor *floor, const char *uri)
{
    static char no_plugins[] = "/proc/self/task";
    const int version = LDAP_VERSION3;
    struct berval nothing = {0, ""};
    struct berval *answer = NULL;
    setenv("LDAPNOINIT", "1", 1);
    sasl_set_path(SASL_PATH_TYPE_PLUGIN, no_plugins);
    need(ldap_initialize(&floor->handle, uri), "initialize");
    ldap_set_option(floor->handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    need(ldap_sasl_bind_s(floor->handle, NULL, "EXTERNAL", &nothing, NULL, NULL, &answer), "bind");
}

void floor_connect_as(struct floor *floor, const char *uri, const char *dn, const char *password)
{
    const int version = LDAP_VERSION3;
    struct berval secret = {strlen(password), (char *)password};
    need(ldap_initialize(&floor->handle, uri), "initialize");
    ldap_set_option(floor->handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    need(ldap_sasl_bind_s(floor->handle, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL), "bind");
}

void floor_bind(const char *uri, const char *dn, const char *password)
{
    struct floor floor = {0};
    floor_connect_as(&floor, uri, dn, password);
    floor_disconnect(&floor);
}

void floor_disconnect(struct floor *floor)
{
    ldap_unbind_ext(floor->handle, NULL, NULL);
}

static void search(struct floor *floor, const char *base, const char *filter, char **wanted)
{
    LDAPMessage *found = NULL;
    need(ldap_search_ext_s(floor->handle, base, LDAP_SCOPE_SUBTREE, filter, wanted, 0, NULL, NULL,
                           NULL, 2, &found),
         "search");
    ldap_msgfree(found);
}

void floor_read(struct floor *floor, const char *dn)
{
    LDAPMessage *found = NULL;
    need(ldap_search_ext_s(floor->handle, dn, LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 0,
                           NULL, NULL, NULL, 2, &found),
         "read");
    ldap_msgfree(found);
}

static void search_groups(struct floor *floor, const char *dn)
{
    static char *wanted[] = {"mycredRequire", "mycredMethodAllowed", NULL};
    char filter[512];
    if (floor->group_base[0]) {
        snprintf(filter, sizeof filter, "(&(objectClass=mycredPolicy)(member=%s))", dn);
        search(floor, floor->group_base, filter, wanted);
    }
}

static LDAPMod change(int operation, char *name, char **values)
{
    return (LDAPMod){.mod_op = operation, .mod_type = name, .mod_values = values};
}

void floor_charge(struct floor *floor, const char *dn)
{
    struct timespec now;
    struct tm parts;
    char time[32], text[64];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(time, sizeof time, "%Y%m%d%H%M%S", &parts);
    snprintf(text, sizeof text, "%s.%06ldZ", time, now.tv_nsec / 1000);
    char *values[] = {text, NULL};
    LDAPMod failure = change(LDAP_MOD_ADD, "mycredTotpFailure", values);
    LDAPMod *all[] = {&failure, NULL};
    struct berval wanted;
    BerElement *ber = ber_alloc_t(LBER_USE_DER);
    ber_printf(ber, "{v}", attributes);
    ber_flatten2(ber, &wanted, 0);
    LDAPControl post_read = {LDAP_CONTROL_POST_READ, wanted, 1};
    LDAPControl *controls[] = {&post_read, NULL};
    need(ldap_modify_ext_s(floor->handle, dn, all, controls, NULL), "charge");
    ber_free(ber, 1);
}

void floor_spend(struct floor *floor, const char *dn, const char *used, const char *next)
{
    char *old_values[] = {(char *)used, NULL}, *new_values[] = {(char *)next, NULL};
    LDAPMod old = change(LDAP_MOD_DELETE, "mycredTotpUsed", old_values);
    LDAPMod new = change(LDAP_MOD_ADD, "mycredTotpUsed", new_values);
    LDAPMod failures = change(LDAP_MOD_REPLACE, "mycredTotpFailure", NULL);
    LDAPMod *all[] = {&old, &new, &failures, NULL};
    need(ldap_modify_ext_s(floor->handle, dn, all, NULL, NULL), "spend");
}

void floor_modify(struct floor *floor, const char *dn, const struct floor_change *changes,
                  unsigned count)
{
    LDAPMod items[FLOOR_CHANGES_MAX], *all[FLOOR_CHANGES_MAX + 1];
    char *values[FLOOR_CHANGES_MAX][2];
    for (unsigned i = 0; i < count; i++) {
        values[i][0] = (char *)changes[i].value;
        values[i][1] = NULL;
        items[i] = change(changes[i].operation, (char *)changes[i].attribute, values[i]);
        all[i] = &items[i];
    }
    all[count] = NULL;
    need(ldap_modify_ext_s(floor->handle, dn, all, NULL, NULL), "modify");
}

void floor_login(struct floor *floor, const char *uid, const char *used, const char *next)
{
    char dn[256], filter[256];
    snprintf(dn, sizeof dn, "uid=%s,ou=people,%s", uid, floor->base);
    snprintf(filter, sizeof filter, "(&(objectClass=*)(uid=%s))", uid);
    search(floor, floor->base, filter, attributes);
    search_groups(floor, dn);
    floor_charge(floor, dn);
    search_groups(floor, dn);
    floor_spend(floor, dn, used, next);
}
