// SPDX-License-Identifier: Apache-2.0
// mycred.conf: one file for PAM, httpd, the sender and the command. Lines `name = value`; a line
// that begins with
// `#` is a comment; a value runs to the end of its line and may be of any length up to 4096 bytes.
// common/config_table.c lists every option once; parsing, the manual's check and the tests walk
// that table.
#ifndef MYCRED_COMMON_CONFIG_H
#define MYCRED_COMMON_CONFIG_H

#include "common/buffer.h"
#include "common/method.h"

enum mc_ldap_bind { MC_BIND_EXTERNAL = 1, MC_BIND_SIMPLE };
enum mc_require { MC_REQUIRE_OPTIONAL = 1, MC_REQUIRE_ENROL, MC_REQUIRE_ON, MC_REQUIRE_OFF };
enum mc_contacts { MC_CONTACTS_DIRECTORY = 1, MC_CONTACTS_VERIFIED };
enum mc_smtp_tls { MC_SMTP_STARTTLS = 1, MC_SMTP_TLS, MC_SMTP_PLAIN };
enum mc_http_method { MC_HTTP_POST = 1, MC_HTTP_GET, MC_HTTP_PUT };
enum mc_member_form { MC_MEMBER_DN = 1, MC_MEMBER_NAME };

// A list of texts, for options that may stand several times or hold several words.
struct mc_texts {
    char **items;
    size_t count;
};

// Read-only after mc_config_load. Texts are never NULL; "" means not set. Durations are in seconds.
struct mc_config {
    // directory
    struct mc_texts ldap_uri; // the designated writer, then its stand-bys
    char *ldap_base;
    int ldap_bind; // enum mc_ldap_bind
    char *ldap_bind_dn;
    char *ldap_bind_password_file;
    char *ldap_ca_file;
    char *ldap_certificate_file;
    char *ldap_key_file;
    char *ldap_setter_dn; // who sets forgotten passwords; "": we ourselves
    char *ldap_setter_password_file;
    bool ldap_starttls;
    int64_t ldap_connect_timeout;
    int64_t ldap_timeout;
    char *ldap_person_filter; // RFC 4515 filter every person matches
    char *ldap_group_base;    // "": groups carry no rules
    char *ldap_group_attribute;
    int ldap_group_member; // enum mc_member_form: what ldap_group_attribute holds
    char *login_attribute;
    char *mail_attribute;
    char *mobile_attribute;
    char *language_attribute;
    // rules
    mc_method_set methods;
    int require; // enum mc_require, where neither person nor group says
    int contacts;
    int64_t exempt_max;
    char *default_language;
    char *default_country; // "+86": put before numbers without a country code
    struct mc_texts sms_countries;
    // codes and limits
    int64_t code_digits;
    int64_t code_tries;
    int64_t sms_code_life;
    int64_t email_code_life;
    int64_t failures_max;
    int64_t totp_earlier_steps;
    int64_t send_interval;
    int64_t sends_per_hour;
    int64_t sends_per_day;
    int64_t sms_per_source;             // in an hour, from one address; 0: no limit
    int64_t sms_per_site;               // in an hour, from one server; 0: no limit
    int64_t gateway_pause;              // after failures in a row; 0: none
    int64_t wrong_passwords_per_source; // in ten minutes, from one address; 0: no limit
    int64_t log_lines_per_source;       // of one event that anybody can cause, likewise
    int64_t contact_hold;               // of a changed number, while there is another proof
    // keys
    char *login_key_file;
    char *site_key_file;
    // what messages say
    char *service_name;
    char *site_url;
    // delivery
    char *sms_url;
    int sms_http_method; // enum mc_http_method
    struct mc_texts sms_header;
    char *sms_body;
    char *sms_user;
    char *sms_password_file;
    struct mc_texts sms_accept_status; // each "2xx" or a number
    char *sms_accept_body;             // POSIX extended regular expression; "": any body
    char *sms_ca_file;
    char *smtp_url;
    int smtp_tls; // enum mc_smtp_tls
    char *smtp_user;
    char *smtp_password_file;
    char *smtp_ca_file;
    char *mail_from;
    int64_t send_timeout;
    // site
    char *security_group; // DN; its members are the site's security administrators; "": nobody is
    int64_t invite_life;
    int64_t one_time_password_life; // 0: no end
    char *site_bind_dn;             // the site's own identity; "": that of ldap_bind
    char *site_bind_password_file;
    int64_t session_idle;
    int64_t session_life;
    bool sms_requires_email;
    bool api_accepts_login_password;
    char *program_dir;             // of mycred-send and mycred-avatar
    char *template_dir;            // "": the program's own templates
    char *breached_passwords_file; // "": none
    int64_t remind_every;          // of the same thing
    int64_t remind_before;         // the end of an API password or invitation
    int64_t notice_interval;       // between two looks at what could not be sent
    int64_t password_age_advice;   // after which a change is advised; 0: never
    int64_t password_min;          // characters, where login verification is off
    int64_t password_min_verified; // the same where it is on
    // doors
    struct mc_texts trusted_uid; // "service:user"
    // where it stands, for sentences about what it names
    char *name;      // of the file
    unsigned *lines; // by option: where it was set first, 0 where its preset stands
};

enum mc_option_type {
    MC_OPTION_TEXT,
    MC_OPTION_WORDS, // one line, words separated by spaces
    MC_OPTION_LINES, // may stand several times, a line each
    MC_OPTION_BOOL,  // yes, no
    MC_OPTION_NUMBER,
    MC_OPTION_DURATION, // 90, 90s, 5m, 8h, 7d
    MC_OPTION_CHOICE,   // one of `choices`, stored as its position from 1
    MC_OPTION_METHODS,  // words of method.h
    MC_OPTION_PATH      // absolute
};

struct mc_option {
    const char *name;
    enum mc_option_type type;
    size_t offset;            // into struct mc_config
    const char *preset;       // as it would be written in the file; NULL: must be set
    int64_t minimum, maximum; // NUMBER and DURATION
    const char *choices;      // CHOICE: words separated by spaces
};

// Every option, sorted by name.
extern const struct mc_option mc_options[];
extern const size_t mc_option_count;

// Reads and checks the file. It must be a plain file, no link, owned by root (or by `owner`, the
// caller's own uid in tests) and not writable by others. On MC_BAD_CONFIG `error` says in one
// sentence, with file and line, what is wrong.
enum mc_result mc_config_load(const char *path, struct mc_buffer *error,
                              struct mc_config **ret_config) MC_MUST_USE;

// The same from text in memory; `name` stands for the file in errors. For tests and fuzzing.
enum mc_result mc_config_parse(const char *name, struct mc_span text, struct mc_buffer *error,
                               struct mc_config **ret_config) MC_MUST_USE;

// What it names must be there, for whoever uses it: each of the files of `options` (a
// NULL-terminated list of names) that is set can be opened for reading, and each user of
// `trusted_uid` exists. Checked when a process loads its configuration, not when it is parsed.
// MC_BAD_CONFIG with a sentence as above.
enum mc_result mc_config_check_files(const struct mc_config *config, const char *const *options,
                                     struct mc_buffer *error) MC_MUST_USE;
enum mc_result mc_config_check_users(const struct mc_config *config,
                                     struct mc_buffer *error) MC_MUST_USE;

// The files of everybody who uses the directory.
extern const char *const mc_config_directory_files[];

// Makes the site's own identity, where there is one, that of the configuration; for programs of the
// site.
enum mc_result mc_config_be_site(struct mc_config *config) MC_MUST_USE;

void mc_config_free(struct mc_config *config);
void mc_config_free_pointer(struct mc_config **config); // for MC_CLEANUP

// Who may read a file besides root and its owner.
enum mc_file_readers {
    MC_FILE_ANYBODY,
    MC_FILE_NOBODY, // keys and our own passwords
    MC_FILE_GROUP   // a gateway's password: httpd's children send as a user of their own
};

// Reads a small file that only root (or the caller) may change. No links are followed. At most
// `maximum` bytes. On failure `error` names the path and the reason.
enum mc_result mc_file_read_trusted(const char *path, enum mc_file_readers readers, size_t maximum,
                                    struct mc_buffer *error, struct mc_buffer *content) MC_MUST_USE;

#endif
