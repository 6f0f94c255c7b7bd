// SPDX-License-Identifier: Apache-2.0
#include "common/config.h"

#define AT(member) offsetof(struct mc_config, member)
#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define TEXT(name, preset)                                                                         \
    {                                                                                              \
#name, MC_OPTION_TEXT, AT(name), preset, 0, 0, NULL                                        \
    }
#define PATH(name, preset)                                                                         \
    {                                                                                              \
#name, MC_OPTION_PATH, AT(name), preset, 0, 0, NULL                                        \
    }
#define WORDS(name, preset)                                                                        \
    {                                                                                              \
#name, MC_OPTION_WORDS, AT(name), preset, 0, 0, NULL                                       \
    }
#define NUMBER(name, preset, minimum, maximum)                                                     \
    {                                                                                              \
#name, MC_OPTION_NUMBER, AT(name), preset, minimum, maximum, NULL                          \
    }
#define DURATION(name, preset, minimum, maximum)                                                   \
    {                                                                                              \
#name, MC_OPTION_DURATION, AT(name), preset, minimum, maximum, NULL                        \
    }
#define CHOICE(name, preset, choices)                                                              \
    {                                                                                              \
#name, MC_OPTION_CHOICE, AT(name), preset, 0, 0, choices                                   \
    }

// clang-format off
const struct mc_option mc_options[] = {
    {"api_accepts_login_password", MC_OPTION_BOOL, AT(api_accepts_login_password), "no", 0, 0, NULL},
    PATH(breached_passwords_file, ""),
    NUMBER(code_digits, "6", 6, 10),
    NUMBER(code_tries, "5", 3, 10),
    DURATION(contact_hold, "24h", 0, 30 * DAY),
    CHOICE(contacts, "directory", "directory verified"),
    TEXT(default_country, ""),
    TEXT(default_language, "en"),
    DURATION(email_code_life, "10m", MINUTE, 10 * MINUTE),
    DURATION(exempt_max, "7d", 0, 31 * DAY),
    NUMBER(failures_max, "50", 10, 100),
    DURATION(gateway_pause, "30", 0, HOUR),
    DURATION(invite_life, "7d", HOUR, 7 * DAY),
    TEXT(language_attribute, "preferredLanguage"),
    TEXT(ldap_base, NULL),
    CHOICE(ldap_bind, "external", "external simple"),
    TEXT(ldap_bind_dn, ""),
    PATH(ldap_bind_password_file, ""),
    PATH(ldap_ca_file, ""),
    PATH(ldap_certificate_file, ""),
    DURATION(ldap_connect_timeout, "3", 1, 10),
    TEXT(ldap_group_attribute, "member"),
    TEXT(ldap_group_base, ""),
    CHOICE(ldap_group_member, "dn", "dn name"),
    PATH(ldap_key_file, ""),
    TEXT(ldap_person_filter, "(objectClass=*)"),
    TEXT(ldap_setter_dn, ""),
    PATH(ldap_setter_password_file, ""),
    {"ldap_starttls", MC_OPTION_BOOL, AT(ldap_starttls), "no", 0, 0, NULL},
    DURATION(ldap_timeout, "5", 1, 10),
    WORDS(ldap_uri, "ldapi:///"),
    NUMBER(log_lines_per_source, "1000", 0, 1000000),
    TEXT(login_attribute, "uid"),
    PATH(login_key_file, "/etc/mycred/login.key"),
    TEXT(mail_attribute, "mail"),
    TEXT(mail_from, ""),
    {"methods", MC_OPTION_METHODS, AT(methods), "totp sms email", 0, 0, NULL},
    TEXT(mobile_attribute, "mobile"),
    DURATION(notice_interval, "60", 5, HOUR),
    DURATION(one_time_password_life, "24h", 0, 7 * DAY),
    DURATION(password_age_advice, "365d", 0, 3650 * DAY),
    NUMBER(password_min, "15", 15, 128),
    NUMBER(password_min_verified, "8", 8, 128),
    PATH(program_dir, MC_LIBEXECDIR),
    DURATION(remind_before, "7d", DAY, 60 * DAY),
    DURATION(remind_every, "30d", DAY, 365 * DAY),
    CHOICE(require, "optional", "optional enrol on"),
    TEXT(security_group, ""),
    DURATION(send_interval, "60", 10, HOUR),
    DURATION(send_timeout, "8", 1, 10),
    NUMBER(sends_per_day, "10", 1, 100),
    NUMBER(sends_per_hour, "5", 1, 60),
    TEXT(service_name, "mycred"),
    DURATION(session_idle, "15m", MINUTE, HOUR),
    DURATION(session_life, "8h", 10 * MINUTE, DAY),
    TEXT(site_bind_dn, ""),
    PATH(site_bind_password_file, "/etc/mycred/site.password"),
    PATH(site_key_file, "/etc/mycred/site.key"),
    TEXT(site_url, ""),
    TEXT(sms_accept_body, ""),
    WORDS(sms_accept_status, "2xx"),
    TEXT(sms_body, ""),
    PATH(sms_ca_file, ""),
    DURATION(sms_code_life, "5m", MINUTE, 10 * MINUTE),
    WORDS(sms_countries, ""),
    {"sms_header", MC_OPTION_LINES, AT(sms_header), "", 0, 0, NULL},
    CHOICE(sms_http_method, "POST", "POST GET PUT"),
    PATH(sms_password_file, ""),
    NUMBER(sms_per_site, "1000", 0, 1000000),
    NUMBER(sms_per_source, "20", 0, 1000000),
    {"sms_requires_email", MC_OPTION_BOOL, AT(sms_requires_email), "yes", 0, 0, NULL},
    TEXT(sms_url, ""),
    TEXT(sms_user, ""),
    PATH(smtp_ca_file, ""),
    PATH(smtp_password_file, ""),
    CHOICE(smtp_tls, "starttls", "starttls tls plain"),
    TEXT(smtp_url, ""),
    TEXT(smtp_user, ""),
    PATH(template_dir, ""),
    NUMBER(totp_earlier_steps, "1", 0, 1),
    WORDS(trusted_uid, ""),
    NUMBER(wrong_passwords_per_source, "50", 0, 1000000),
};
// clang-format on

const size_t mc_option_count = MC_COUNT(mc_options);
