// SPDX-License-Identifier: Apache-2.0
#include "common/command/admin.h"

#include "common/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

const char *mc_admin_conf(const struct mc_arguments *arguments)
{
    const char *given = arguments->values[MC_ARGUMENT_CONF];
    return given ? given : MC_SYSCONFDIR "/mycred/mycred.conf";
}

static bool replace_text(char **place, const char *text)
{
    char *copy = mc_copy_text(mc_span_of(text));
    if (copy) {
        free(*place);
        *place = copy;
    }
    return copy != NULL;
}

// -D and -y: the administrator's own rights instead of the host's.
static enum mc_exit take_identity(const struct mc_arguments *arguments, struct mc_config *config)
{
    const char *dn = arguments->values[MC_ARGUMENT_BIND_DN];
    const char *file = arguments->values[MC_ARGUMENT_PASSWORD_FILE];
    if (!dn && !file) {
        return MC_EXIT_OK;
    }
    if (!dn || !file) {
        mc_complain("-D DN and -y PATH belong together; the option %s is missing.",
                    dn ? "-y" : "-D");
        return MC_EXIT_TROUBLE;
    }
    config->ldap_bind = MC_BIND_SIMPLE;
    if (!replace_text(&config->ldap_bind_dn, dn) ||
        !replace_text(&config->ldap_bind_password_file, file)) {
        mc_complain("out of memory.");
        return MC_EXIT_TROUBLE;
    }
    return MC_EXIT_OK;
}

// Parsers write their own sentence; where they could not, the result's word must do.
static enum mc_exit complain(enum mc_result result, const struct mc_buffer *error)
{
    mc_complain("%s", error->size ? error->data : mc_result_word(result));
    return MC_EXIT_TROUBLE;
}

enum mc_exit mc_admin_open_config(const struct mc_arguments *arguments, struct mc_admin *admin)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    enum mc_result result = mc_config_load(mc_admin_conf(arguments), &error, &admin->config);
    return result == MC_OK ? MC_EXIT_OK : complain(result, &error);
}

// What is read of people beyond what logins need.
static const char *const more_attributes[] = {"mycredSession",   "mycredNotice",   "pwdChangedTime",
                                              "pwdReset",        "displayName",    "cn",
                                              "mycredHelpAsked", "mycredReminded", NULL};

// Where the site's key file is, this is a web server; elsewhere nobody is told what is done.
static enum mc_result open_keys(struct mc_admin *admin, struct mc_buffer *error)
{
    const char *site = admin->config->site_key_file;
    enum mc_result result = mc_keys_load(admin->config->login_key_file, error, &admin->keys);
    return result == MC_OK && access(site, F_OK) == 0 ? mc_keys_load(site, error, &admin->site_keys)
                                                      : result;
}

enum mc_exit mc_admin_open(const struct mc_arguments *arguments, struct mc_admin *admin)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    enum mc_exit status = mc_admin_open_config(arguments, admin);
    // root may be whoever this machine may be: where the site is, the site
    if (status == MC_EXIT_OK && access(admin->config->site_key_file, F_OK) == 0 &&
        mc_config_be_site(admin->config) != MC_OK) {
        status = complain(MC_NO_MEMORY, &error);
    }
    if (status == MC_EXIT_OK) {
        status = take_identity(arguments, admin->config);
    }
    if (status != MC_EXIT_OK) {
        return status;
    }
    enum mc_result result = open_keys(admin, &error);
    if (result == MC_OK) {
        result = mc_directory_new(admin->config, &error, &admin->directory);
    }
    if (result != MC_OK) {
        return complain(result, &error);
    }
    mc_directory_want(admin->directory, more_attributes);
    mc_directory_set_deadline(admin->directory, MC_ADMIN_DEADLINE_MS);
    admin->context = (struct mc_context){.config = admin->config,
                                         .keys = admin->keys,
                                         .site_keys = admin->site_keys,
                                         .directory = admin->directory,
                                         .now = mc_now};
    return MC_EXIT_OK;
}

enum mc_exit mc_admin_find(const struct mc_admin *admin, const char *user,
                           struct mc_account *account)
{
    enum mc_result result = mc_account_find(&admin->context, mc_span_of(user), account);
    if (result == MC_OK) {
        return MC_EXIT_OK;
    }
    if (result == MC_UNKNOWN_USER) {
        mc_complain("there is no account '%s' below %s.", user, admin->config->ldap_base);
        return MC_EXIT_NO;
    }
    if (result == MC_BAD_DATA && account->damaged) {
        mc_complain("the value of %s is damaged; correct or delete it first (mycred status %s).",
                    account->damaged, user);
        return MC_EXIT_NO;
    }
    mc_admin_complain_directory(admin, result);
    return MC_EXIT_TROUBLE;
}

void mc_admin_close(struct mc_admin *admin)
{
    mc_directory_free(admin->directory);
    mc_keys_free(admin->keys);
    mc_keys_free(admin->site_keys);
    mc_config_free(admin->config);
    *admin = (struct mc_admin){0};
}

static const struct {
    const char *word; // of mc_directory_cause
    const char *meaning, *cure;
} causes[] = {
    {"ldap_down", "the directory does not answer", "See that it runs and that ldap_uri names it."},
    {"ldap_timeout", "the directory did not answer in time",
     "See that it is not overloaded and that no firewall swallows its packets."},
    {"ldap_lost", "the directory ended the connection", "See the directory's log."},
    {"ldap_certificate", "the directory's certificate is refused",
     "See that ldap_ca_file holds its authority, that ldap_uri has the name in the certificate and "
     "that it is not expired."},
    {"ldap_starttls", "the directory does not do StartTLS",
     "Give it a certificate, or use ldaps:// or ldapi:// in ldap_uri."},
    {"ldap_tls_version", "the directory's TLS is older than 1.2",
     "Let it use TLS 1.2 or 1.3; see olcTLSProtocolMin."},
    {"ldap_options", "TLS cannot be set up for the directory",
     "See that ldap_ca_file, ldap_certificate_file and ldap_key_file can be read and belong "
     "together."},
    {"ldap_bind_refused", "the directory refuses this identity",
     "See that the bind DN exists and that its password or certificate is right."},
    {"ldap_setter_refused", "the directory refuses ldap_setter_dn",
     "See that the entry exists and that ldap_setter_password_file is right."},
    {"ldap_rights_missing", "this identity may not do that in the directory",
     "Use -D and -y with an identity that may, such as a security administrator; see "
     "ldap-schema/README.md."},
    {"schema_missing", "the directory does not know mycred's schema",
     "Load it with ldap-schema/load."},
    {"writer_readonly", "the directory refuses to be written to",
     "Put the server that takes writes first in ldap_uri."},
    {"ldap_no_such_object", "the directory has no such entry", "See ldap_base."},
    {"ldap_post_read_missing", "the directory does not do Post-Read (RFC 4527)",
     "Use a server that does, such as OpenLDAP or 389-DS."},
    {"two_entries", "more than one entry has this login name",
     "Make login names unique below ldap_base, or narrow ldap_person_filter."},
};

static bool is_about(const char *cause, const char *word)
{
    size_t size = strlen(word);
    const char *at = strncmp(cause, "cause=", 6) == 0 ? cause + 6 : "";
    return strncmp(at, word, size) == 0 && (at[size] == ' ' || at[size] == '\0');
}

void mc_admin_explain(const char *cause, enum mc_result result, struct mc_buffer *out)
{
    for (size_t i = 0; i < MC_COUNT(causes); i++) {
        if (is_about(cause, causes[i].word)) {
            mc_buffer_format(out, "%s (%s). Cure: %s", causes[i].meaning, cause, causes[i].cure);
            return;
        }
    }
    mc_buffer_format(out, "the directory failed (%s). Cure: See the directory's log.",
                     cause[0] ? cause : mc_result_word(result));
}

void mc_admin_complain_directory(const struct mc_admin *admin, enum mc_result result)
{
    MC_AUTO_BUFFER struct mc_buffer sentence;
    mc_buffer_init(&sentence, MC_ADMIN_ERROR_MAX);
    mc_admin_explain(mc_directory_cause(admin->directory), result, &sentence);
    mc_complain("%s", mc_buffer_text(&sentence));
}

// Who signed in, whatever sudo made of it since; "" where the kernel does not keep it.
static void read_login_uid(char text[16])
{
    MC_AUTO_CLOSE int file = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
    ssize_t size = file >= 0 ? read(file, text, 15) : 0;
    text[size > 0 ? size : 0] = '\0';
    if (strcmp(text, "4294967295") == 0) { // not set
        text[0] = '\0';
    }
}

void mc_admin_log(enum mc_event event, const struct mc_arguments *arguments, struct mc_buffer *line)
{
    char login_uid[16];
    const char *dn = arguments->values[MC_ARGUMENT_BIND_DN];
    read_login_uid(login_uid);
    mc_event_add_text(line, "by", dn ? dn : "host");
    mc_buffer_format(line, " uid=%u", (unsigned)getuid());
    if (login_uid[0]) {
        mc_event_add_text(line, "login_uid", login_uid);
    }
    if (!mc_journal_write(mc_event_priority(event), "", mc_buffer_text(line))) {
        openlog("mycred", LOG_PID, LOG_AUTHPRIV);
        syslog(mc_event_priority(event), "%s", mc_buffer_text(line));
        closelog();
    }
}
