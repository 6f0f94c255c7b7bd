// SPDX-License-Identifier: Apache-2.0
#include "common/directory_check.h"

#include "common/directory_private.h"

static char no_value[] = "mycred-check no such value";

static bool is_granted_code(int code)
{
    switch (code) {
    case LDAP_NO_SUCH_ATTRIBUTE:
    case LDAP_COMPARE_FALSE:
    case LDAP_COMPARE_TRUE:
        return true;
    default:
        return false;
    }
}

// Waits for the answer to `message`; its result code in `ret_code`.
static enum mc_result take_code(struct mc_directory *directory, int message, int *ret_code)
{
    LDAPMessage *answer = NULL;
    enum mc_result result = mc_directory_wait(directory, directory->handle, message, &answer);
    if (result != MC_OK) {
        mc_directory_drop(directory);
        return result;
    }
    int code = LDAP_OTHER;
    int parsed = ldap_parse_result(directory->handle, answer, &code, NULL, NULL, NULL, NULL, 1);
    *ret_code = parsed == LDAP_SUCCESS ? code : parsed;
    return MC_OK;
}

static enum mc_result take_right(struct mc_directory *directory, int sent, int message,
                                 enum mc_right *ret_right)
{
    int code = LDAP_OTHER;
    if (sent != LDAP_SUCCESS) {
        return mc_directory_fail(directory, directory->handle, "ldap_lost", sent);
    }
    enum mc_result result = take_code(directory, message, &code);
    if (result != MC_OK) {
        return result;
    }
    if (is_granted_code(code)) {
        *ret_right = MC_RIGHT_GRANTED;
    } else if (code == LDAP_INSUFFICIENT_ACCESS) {
        *ret_right = MC_RIGHT_REFUSED;
    } else {
        *ret_right = MC_RIGHT_UNKNOWN;
        (void)mc_directory_fail(directory, directory->handle, "ldap_right_unclear", code);
    }
    return MC_OK;
}

enum mc_result mc_directory_try_change(struct mc_directory *directory, const char *dn,
                                       const struct mc_change *change, enum mc_right *ret_right)
{
    struct berval value = {change->value.size, (char *)change->value.data};
    struct berval missing = {sizeof no_value - 1, no_value};
    struct berval *values[] = {&value, NULL}, *missing_values[] = {&missing, NULL};
    bool adds = change->kind == MC_CHANGE_ADD;
    LDAPMod tried = {.mod_op = (adds ? LDAP_MOD_ADD : LDAP_MOD_DELETE) | LDAP_MOD_BVALUES,
                     .mod_type = (char *)change->attribute,
                     .mod_bvalues = values};
    LDAPMod failing = {.mod_op = LDAP_MOD_DELETE | LDAP_MOD_BVALUES,
                       .mod_type = MC_TRY_ATTRIBUTE,
                       .mod_bvalues = missing_values};
    LDAPMod *all[] = {&failing, &tried, NULL};
    int message = 0;
    enum mc_result result = mc_directory_connect(directory);
    if (result != MC_OK) {
        return result;
    }
    int sent = ldap_modify_ext(directory->handle, dn, all, NULL, NULL, &message);
    return take_right(directory, sent, message, ret_right);
}

enum mc_result mc_directory_try_compare(struct mc_directory *directory, const char *dn,
                                        const char *attribute, const char *value,
                                        enum mc_right *ret_right)
{
    struct berval asserted = {strlen(value), (char *)value};
    int message = 0;
    enum mc_result result = mc_directory_connect(directory);
    if (result != MC_OK) {
        return result;
    }
    int sent = ldap_compare_ext(directory->handle, dn, attribute, &asserted, NULL, NULL, &message);
    return take_right(directory, sent, message, ret_right);
}

static enum mc_result take_first_dn(struct mc_directory *directory, int message,
                                    struct mc_buffer *dn)
{
    LDAPMessage *answer = NULL;
    enum mc_result result = mc_directory_wait(directory, directory->handle, message, &answer);
    if (result != MC_OK) {
        mc_directory_drop(directory);
        return result;
    }
    LDAPMessage *first = ldap_first_entry(directory->handle, answer);
    char *name = first ? ldap_get_dn(directory->handle, first) : NULL;
    mc_buffer_add_text(dn, name ? name : "");
    ldap_memfree(name);
    ldap_msgfree(answer);
    return name ? mc_buffer_result(dn) : MC_NOT_FOUND;
}

enum mc_result mc_directory_find_one(struct mc_directory *directory, const char *filter,
                                     struct mc_buffer *dn)
{
    char *nothing[] = {LDAP_NO_ATTRS, NULL};
    int message = 0;
    enum mc_result result = mc_directory_connect(directory);
    if (result != MC_OK) {
        return result;
    }
    int sent = ldap_search_ext(directory->handle, directory->config->ldap_base, LDAP_SCOPE_SUBTREE,
                               filter, nothing, 0, NULL, NULL, NULL, 1, &message);
    if (sent != LDAP_SUCCESS) {
        return mc_directory_fail(directory, directory->handle, "ldap_search", sent);
    }
    return take_first_dn(directory, message, dn);
}

enum mc_result mc_directory_who(struct mc_directory *directory, struct mc_buffer *identity)
{
    struct berval *name = NULL;
    enum mc_result result = mc_directory_connect(directory);
    if (result != MC_OK) {
        return result;
    }
    int code = ldap_whoami_s(directory->handle, &name, NULL, NULL);
    if (code != LDAP_SUCCESS) {
        return mc_directory_fail(directory, directory->handle, "ldap_search", code);
    }
    if (name) {
        mc_buffer_append(identity, name->bv_val, name->bv_len);
        ber_bvfree(name);
    }
    return mc_buffer_result(identity);
}
