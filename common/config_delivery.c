// SPDX-License-Identifier: Apache-2.0
// What the options of delivery must be beyond their type, and together.
#include "common/config_check.h"

#include "common/contact.h"
#include "common/sms_template.h"
#include "common/url.h"

#include <regex.h>
#include <strings.h>

static const char token_marks[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "!#$%&'*+-.^_`|~"; // RFC 9110, 5.6.2

// Which placeholders the template holds, as MC_SMS_BITs.
static unsigned placeholders_of(const char *template)
{
    unsigned found = 0;
    struct mc_span rest = mc_span_of(template);
    struct mc_sms_piece piece;
    while (mc_sms_piece_take(&rest, &piece)) {
        found |= MC_SMS_BIT(piece.what);
    }
    return found;
}

static const char *complain_of_template(const char *text)
{
    return placeholders_of(text) & MC_SMS_BIT(MC_SMS_UNKNOWN)
               ? "holds an unknown placeholder; there are %{to}, %{to_digits}, %{text}, %{coding}, "
                 "%{id}, "
                 "%{service}, %{user}, %{password} and %{basic}"
               : NULL;
}

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

static const char *check_sms_url(const char *text)
{
    struct mc_url url;
    if (!mc_url_split(text, &url) || url.host.size == 0 || !is_printable(text)) {
        return "must be an address like https://sms.example.org/send, without user and password";
    }
    if (!mc_span_equals(url.scheme, "https") &&
        !(mc_span_equals(url.scheme, "http") && mc_url_is_loopback(&url))) {
        return "must begin with https:// (http:// only on this machine)";
    }
    // the host comes from this file alone, never from what is put into a template
    if (memmem(url.authority.data, url.authority.size, "%{", 2) ||
        (url.path.size && url.path.data[0] != '/')) {
        return "must have a path after its host, and placeholders only there";
    }
    if (strchr(text, '#')) {
        return "must not hold a #; write %23 for the character";
    }
    if (placeholders_of(text) & MC_SMS_CREDENTIALS) {
        return "must not hold credentials, since addresses are logged; put %{user}, %{password} or "
               "%{basic} "
               "into sms_header or sms_body";
    }
    return complain_of_template(text);
}

static const char *check_sms_header(const char *text)
{
    static const char *const ours[] = {
        "Host",    "Content-Length", "Transfer-Encoding", "Connection",
        "Upgrade", "Expect",         "Trailer",           "TE"};
    size_t size = strspn(text, token_marks);
    if (size == 0 || text[size] != ':' || text[size + 1 + strspn(text + size + 1, " \t")] == '\0') {
        return "must be a header like 'Content-Type: application/json'";
    }
    for (size_t i = 0; i < MC_COUNT(ours); i++) {
        if (strlen(ours[i]) == size && strncasecmp(text, ours[i], size) == 0) {
            return "must not hold a header that mycred-send sets by itself";
        }
    }
    return complain_of_template(text);
}

static const char *check_accept_status(const char *text)
{
    bool fine = strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' &&
                (strcmp(text + 1, "xx") == 0 || strspn(text + 1, "0123456789") == 2);
    return fine ? NULL : "must hold statuses like 2xx or 202, separated by spaces";
}

static const char *check_accept_body(const char *text)
{
    regex_t expression;
    if (regcomp(&expression, text, REG_EXTENDED | REG_NOSUB) != 0) {
        return "must be a POSIX extended regular expression";
    }
    regfree(&expression);
    return NULL;
}

static const char *check_smtp_url(const char *text)
{
    struct mc_url url;
    bool fine = mc_url_split(text, &url) && url.host.size && is_printable(text) &&
                (url.path.size == 0 || mc_span_equals(url.path, "/")) &&
                (mc_span_equals(url.scheme, "smtp") || mc_span_equals(url.scheme, "smtps"));
    return fine ? NULL
                : "must be an address like smtp://mail.example.org:587 or "
                  "smtps://mail.example.org, without user, "
                  "password or path";
}

static const char *check_mail_from(const char *text)
{
    char parsed[MC_CONTACT_MAX];
    bool fine = mc_email_parse(mc_span_of(text), parsed) == MC_OK;
    return fine ? NULL : "must be one plain address, like mycred@example.org";
}

const struct mc_value_check mc_delivery_value_checks[] = {
    {"mail_from", check_mail_from, true},
    {"smtp_url", check_smtp_url, false},
    {"sms_accept_body", check_accept_body, true},
    {"sms_accept_status", check_accept_status, true},
    {"sms_body", complain_of_template, false},
    {"sms_header", check_sms_header, false},
    {"sms_url", check_sms_url, false},
    {NULL, NULL, false},
};

static unsigned placeholders_anywhere(const struct mc_config *config)
{
    unsigned found = placeholders_of(config->sms_url) | placeholders_of(config->sms_body);
    for (size_t i = 0; i < config->sms_header.count; i++) {
        found |= placeholders_of(config->sms_header.items[i]);
    }
    return found;
}

// A credential that is asked for must be there, and one that is there must be asked for.
static enum mc_result check_credential(struct mc_config_reader *reader, const char *option,
                                       const char *value, unsigned used)
{
    if (used && !value[0]) {
        return mc_config_refuse_option(
            reader, "sms_url",
            "the request to the SMS gateway holds a credential that '%s' must name; "
            "set it",
            option);
    }
    if (!used && value[0]) {
        return mc_config_refuse_option(
            reader, option,
            "'%s' is set, but neither sms_header nor sms_body holds %%{%s} or "
            "%%{basic}",
            option, strcmp(option, "sms_user") == 0 ? "user" : "password");
    }
    return MC_OK;
}

enum mc_result mc_config_check_sms(struct mc_config_reader *reader)
{
    const struct mc_config *config = reader->config;
    if (!config->sms_url[0]) {
        return MC_OK;
    }
    unsigned found = placeholders_anywhere(config);
    if (!(found & (MC_SMS_BIT(MC_SMS_TO) | MC_SMS_BIT(MC_SMS_TO_DIGITS))) ||
        !(found & MC_SMS_BIT(MC_SMS_TEXT))) {
        return mc_config_refuse_option(
            reader, "sms_url",
            "the request to the SMS gateway has no %s; put it into sms_body, "
            "sms_header or sms_url",
            found & MC_SMS_BIT(MC_SMS_TEXT) ? "%{to}" : "%{text}");
    }
    if (config->sms_http_method == MC_HTTP_GET && config->sms_body[0]) {
        return mc_config_refuse_option(
            reader, "sms_body",
            "'sms_body' has no use with sms_http_method = GET; choose POST, or put all "
            "into sms_url");
    }
    enum mc_result result =
        check_credential(reader, "sms_user", config->sms_user,
                         found & (MC_SMS_BIT(MC_SMS_USER) | MC_SMS_BIT(MC_SMS_BASIC)));
    if (result != MC_OK) {
        return result;
    }
    return check_credential(reader, "sms_password_file", config->sms_password_file,
                            found & (MC_SMS_BIT(MC_SMS_PASSWORD) | MC_SMS_BIT(MC_SMS_BASIC)));
}

static enum mc_result check_smtp_privacy(struct mc_config_reader *reader)
{
    const struct mc_config *config = reader->config;
    struct mc_url url;
    if (!mc_url_split(config->smtp_url, &url)) {
        return MC_INTERNAL;
    }
    bool tls_at_once = mc_span_equals(url.scheme, "smtps");
    if (tls_at_once != (config->smtp_tls == MC_SMTP_TLS)) {
        return mc_config_refuse_option(reader, "smtp_url",
                                       tls_at_once ? "smtps:// in smtp_url needs smtp_tls = tls"
                                                   : "smtp_tls = tls needs smtps:// in smtp_url");
    }
    if (config->smtp_tls == MC_SMTP_PLAIN && !mc_url_is_loopback(&url)) {
        return mc_config_refuse_option(
            reader, "smtp_tls",
            "smtp_tls = plain would send codes unprotected and is for this machine's own "
            "mail server alone; use starttls or tls");
    }
    return MC_OK;
}

enum mc_result mc_config_check_smtp(struct mc_config_reader *reader)
{
    const struct mc_config *config = reader->config;
    if (!config->smtp_url[0]) {
        return MC_OK;
    }
    if (!config->mail_from[0]) {
        return mc_config_refuse_option(reader, "smtp_url",
                                       "smtp_url is set, but not 'mail_from', the "
                                       "sender of codes; set it");
    }
    bool with_user = config->smtp_user[0] != '\0';
    if (with_user != (config->smtp_password_file[0] != '\0')) {
        return mc_config_refuse_option(
            reader, with_user ? "smtp_user" : "smtp_password_file",
            "smtp_user and smtp_password_file belong together; set '%s' as well",
            with_user ? "smtp_password_file" : "smtp_user");
    }
    return check_smtp_privacy(reader);
}
