// SPDX-License-Identifier: Apache-2.0
// What values must be beyond their type, and what options must be together: all but delivery.
#include "common/config_check.h"

#include "common/message.h"
#include "common/url.h"

#include <ctype.h>

static const char *check_ldap_uri(const char *text)
{
    struct mc_url url;
    bool fine = mc_url_split(text, &url) && (url.path.size == 0 || mc_span_equals(url.path, "/"));
    if (fine && mc_span_equals(url.scheme, "ldapi")) {
        return NULL;
    }
    fine = fine && url.host.size &&
           (mc_span_equals(url.scheme, "ldaps") || mc_span_equals(url.scheme, "ldap"));
    return fine ? NULL
                : "must hold addresses like ldapi:///, ldaps://ldap.example.org or "
                  "ldap://ldap.example.org, with nothing after host and port";
}

// RFC 4512, 2.5: a name or a numeric OID.
static const char *check_attribute(const char *text)
{
    bool fine = isalnum((unsigned char)text[0]) && strlen(text) <= 128;
    for (const char *at = text; *at; at++) {
        fine = fine && (isalnum((unsigned char)*at) || *at == '-' || *at == '.');
    }
    return fine ? NULL : "must be the name of one attribute";
}

static const char *check_filter(const char *text)
{
    int depth = 0;
    for (const char *at = text; *at; at++) {
        depth += (*at == '(') - (*at == ')');
        if (depth <= 0 && at[1]) {
            return "must be one filter in parentheses, like (objectClass=person)";
        }
    }
    return depth == 0 ? NULL : "must close every parenthesis it opens, like (objectClass=person)";
}

static const char *check_language(const char *text)
{
    bool fine = isalpha((unsigned char)text[0]) && strlen(text) <= 35;
    for (const char *at = text; *at; at++) {
        fine = fine && (isalnum((unsigned char)*at) || *at == '-');
    }
    return fine && mc_language_is_known(text) ? NULL
                                              : "must be a language there are texts in: en or "
                                                "zh-CN";
}

static const char *check_country(const char *text)
{
    size_t digits = text[0] == '+' ? strspn(text + 1, "0123456789") : 0;
    bool fine = digits >= 1 && digits <= 15 && text[digits + 1] == '\0' && text[1] != '0';
    return fine ? NULL : "must be a country code or the beginning of numbers, like +86";
}

static const char *check_service_name(const char *text)
{
    return strlen(text) <= 64 && !strchr(text, '\t') ? NULL
                                                     : "must be at most 64 bytes, without tabs";
}

static const char *check_site_url(const char *text)
{
    struct mc_url url;
    bool fine = mc_url_split(text, &url) && url.host.size &&
                (mc_span_equals(url.scheme, "https") ||
                 (mc_span_equals(url.scheme, "http") && mc_url_is_loopback(&url)));
    return fine ? NULL : "must be an https:// address (http:// only on this machine)";
}

static const char *check_trusted_uid(const char *text)
{
    const char *colon = strchr(text, ':');
    bool fine = colon && colon != text && colon[1] && !strchr(colon + 1, ':');
    return fine ? NULL : "must hold words like radiusd:freerad, a PAM service and a local user";
}

static const struct mc_value_check directory_value_checks[] = {
    {"default_country", check_country, true},
    {"default_language", check_language, true},
    {"language_attribute", check_attribute, true},
    {"ldap_group_attribute", check_attribute, true},
    {"ldap_person_filter", check_filter, true},
    {"ldap_uri", check_ldap_uri, true},
    {"login_attribute", check_attribute, true},
    {"mail_attribute", check_attribute, true},
    {"mobile_attribute", check_attribute, true},
    {"service_name", check_service_name, true},
    {"site_url", check_site_url, true},
    {"sms_countries", check_country, true},
    {"trusted_uid", check_trusted_uid, true},
    {NULL, NULL, false},
};

// Passwords and codes' hashes cross this connection.
static enum mc_result check_ldap_privacy(struct mc_config_reader *reader)
{
    const struct mc_texts *uris = &reader->config->ldap_uri;
    for (size_t i = 0; i < uris->count && !reader->config->ldap_starttls; i++) {
        struct mc_url url;
        if (!mc_url_split(uris->items[i], &url) ||
            (mc_span_equals(url.scheme, "ldap") && !mc_url_is_loopback(&url))) {
            return mc_config_refuse_option(
                reader, "ldap_uri",
                "'%s' in ldap_uri would send passwords unprotected; write ldaps://, "
                "or set ldap_starttls = yes",
                mc_config_quoted(mc_span_of(uris->items[i])).text);
        }
    }
    return MC_OK;
}

static enum mc_result check_ldap_bind(struct mc_config_reader *reader)
{
    const struct mc_config *config = reader->config;
    bool with_dn = config->ldap_bind_dn[0] != '\0';
    bool with_password = config->ldap_bind_password_file[0] != '\0';
    if (config->ldap_bind == MC_BIND_SIMPLE && !(with_dn && with_password)) {
        return mc_config_refuse_option(reader, "ldap_bind", "ldap_bind = simple needs '%s' as well",
                                       with_dn ? "ldap_bind_password_file" : "ldap_bind_dn");
    }
    if (config->ldap_bind == MC_BIND_EXTERNAL && (with_dn || with_password)) {
        const char *option = with_dn ? "ldap_bind_dn" : "ldap_bind_password_file";
        return mc_config_refuse_option(
            reader, option,
            "'%s' has no use with ldap_bind = external; set ldap_bind = simple, or "
            "remove it",
            option);
    }
    return MC_OK;
}

static enum mc_result check_ldap_setter(struct mc_config_reader *reader)
{
    bool with_dn = reader->config->ldap_setter_dn[0] != '\0';
    bool with_password = reader->config->ldap_setter_password_file[0] != '\0';
    if (with_dn != with_password) {
        return mc_config_refuse_option(
            reader, with_dn ? "ldap_setter_dn" : "ldap_setter_password_file",
            "ldap_setter_dn and ldap_setter_password_file belong together; set '%s' as well",
            with_dn ? "ldap_setter_password_file" : "ldap_setter_dn");
    }
    return MC_OK;
}

static enum mc_result check_ldap_certificate(struct mc_config_reader *reader)
{
    const struct mc_config *config = reader->config;
    bool with_certificate = config->ldap_certificate_file[0] != '\0';
    bool with_key = config->ldap_key_file[0] != '\0';
    if (with_certificate != with_key) {
        return mc_config_refuse_option(
            reader, with_key ? "ldap_key_file" : "ldap_certificate_file",
            "ldap_certificate_file and ldap_key_file belong together; set '%s' as well",
            with_key ? "ldap_certificate_file" : "ldap_key_file");
    }
    return MC_OK;
}

static mc_config_check_function *const checks[] = {
    check_ldap_privacy,     check_ldap_bind,     check_ldap_setter,
    check_ldap_certificate, mc_config_check_sms, mc_config_check_smtp,
};

enum mc_result mc_config_check(struct mc_config_reader *reader)
{
    for (size_t i = 0; i < MC_COUNT(checks); i++) {
        enum mc_result result = checks[i](reader);
        if (result != MC_OK) {
            return result;
        }
    }
    return MC_OK;
}

static const struct mc_value_check *find_check(const struct mc_value_check *table,
                                               const char *option)
{
    while (table->option && strcmp(table->option, option) != 0) {
        table++;
    }
    return table->option ? table : NULL;
}

static enum mc_result check_text(struct mc_config_reader *reader,
                                 const struct mc_value_check *check, const char *text)
{
    const char *complaint = text[0] ? check->complain(text) : NULL;
    if (!complaint) {
        return MC_OK;
    }
    if (!check->may_be_shown) {
        return mc_config_refuse(reader, "'%s' %s", check->option, complaint);
    }
    return mc_config_refuse(reader, "'%s' %s; it holds '%s'", check->option, complaint,
                            mc_config_quoted(mc_span_of(text)).text);
}

enum mc_result mc_config_check_value(struct mc_config_reader *reader,
                                     const struct mc_option *option)
{
    const struct mc_value_check *check = find_check(directory_value_checks, option->name);
    check = check ? check : find_check(mc_delivery_value_checks, option->name);
    if (!check) {
        return MC_OK;
    }
    void *place = (char *)reader->config + option->offset;
    if (option->type == MC_OPTION_TEXT) {
        return check_text(reader, check, *(char **)place);
    }
    const struct mc_texts *texts = place;
    // of an option that may stand several times, the earlier lines were checked when they came
    size_t first = option->type == MC_OPTION_LINES && texts->count ? texts->count - 1 : 0;
    for (size_t i = first; i < texts->count; i++) {
        enum mc_result result = check_text(reader, check, texts->items[i]);
        if (result != MC_OK) {
            return result;
        }
    }
    return MC_OK;
}
