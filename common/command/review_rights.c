// SPDX-License-Identifier: Apache-2.0
// What the host's identity may do, tried on somebody's entry by operations that cannot succeed.
#include "common/command/review.h"

#include "common/command/say.h"
#include "common/directory_check.h"

#define LIST_MAX 4096 // bytes
#define TIME "20000101000000Z"

enum need {
    MUST,          // without it logins fail
    MUST_SITE,     // without it the site fails; a host must not
    MUST_NOT_HOST, // the site may, a host must not
    MUST_NOT       // administrators alone
};

enum way { COMPARE, ADD, DELETE };

// Values have the attribute's syntax and are nobody's.
static const struct {
    enum need need;
    enum way way;
    const char *attribute, *value;
} rights[] = {
    {MUST, DELETE, "mycredLastUse", "check 20000101000000Z"},
    {MUST, ADD, "mycredLastUse", "check 20000101000000Z"},
    {MUST, COMPARE, "mycredLoginMethod", "check"},
    {MUST, COMPARE, "mycredRequire", "check"},
    {MUST, COMPARE, "mycredMethodAllowed", "check"},
    {MUST, COMPARE, "mycredExemptUntil", TIME},
    {MUST, COMPARE, "mycredLockedUntil", TIME},
    {MUST, COMPARE, "mycredTotp", "check"},
    {MUST, COMPARE, "mycredApiPassword", "check"},
    {MUST, COMPARE, "mycredVerified", "check"},
    {MUST, COMPARE, "mycredRecovery", "check"},
    {MUST, DELETE, "mycredRecovery", "check"},
    {MUST, ADD, "mycredTotpUsed", TIME},
    {MUST, DELETE, "mycredTotpUsed", TIME},
    {MUST, ADD, "mycredTotpFailure", TIME},
    {MUST, DELETE, "mycredTotpFailure", TIME},
    {MUST, ADD, "mycredCodeFailure", TIME},
    {MUST, DELETE, "mycredCodeFailure", TIME},
    {MUST, ADD, "mycredRecoveryFailure", TIME},
    {MUST, DELETE, "mycredRecoveryFailure", TIME},
    {MUST, ADD, "mycredChallenge", "login/check"},
    {MUST, DELETE, "mycredChallenge", "login/check"},
    {MUST, ADD, "mycredSendTime", TIME " check"},
    {MUST, DELETE, "mycredSendTime", TIME " check"},
    {MUST, ADD, "objectClass", "mycredState"},
    {MUST_SITE, ADD, "mycredTotp", "check"},
    {MUST_SITE, DELETE, "mycredTotp", "check"},
    {MUST_SITE, ADD, "mycredRecovery", "check"},
    {MUST_SITE, ADD, "mycredApiPassword", "check"},
    {MUST_SITE, ADD, "mycredVerified", "check"},
    {MUST_SITE, ADD, "mycredLoginMethod", "totp"},
    {MUST_SITE, ADD, "mycredChallenge", "reset/check"},
    {MUST_SITE, COMPARE, "mycredSession", "check"},
    {MUST_SITE, ADD, "mycredSession", "check"},
    {MUST_SITE, ADD, "mycredHelpAsked", TIME " other"},
    {MUST_SITE, ADD, "mycredReminded", "check " TIME},
    {MUST_SITE, ADD, "mycredLockedUntil", TIME},
    {MUST_SITE, ADD, "mycredExemptUntil", TIME},
    {MUST_NOT_HOST, ADD, "mycredRequire", "on"},
    {MUST_NOT_HOST, ADD, "pwdReset", "TRUE"},
    {MUST_NOT, ADD, "mycredRequire", "off"},
    {MUST_NOT, COMPARE, "userPassword", "check"},
    {MUST_NOT, COMPARE, "pwdHistory", "check"},
};

static const char *const way_words[] = {[COMPARE] = "read", [ADD] = "add", [DELETE] = "delete"};

// As whom, on whom.
struct trial {
    struct mc_review *review;
    struct mc_directory *directory;
    bool is_site;
};

static enum mc_result try_right(const struct trial *trial, size_t number, enum mc_right *ret_right)
{
    struct mc_directory *directory = trial->directory;
    const char *person = mc_buffer_text(&trial->review->person);
    if (rights[number].way == COMPARE) {
        return mc_directory_try_compare(directory, person, rights[number].attribute,
                                        rights[number].value, ret_right);
    }
    const struct mc_change change = {rights[number].way == ADD ? MC_CHANGE_ADD : MC_CHANGE_DELETE,
                                     rights[number].attribute, mc_span_of(rights[number].value)};
    return mc_directory_try_change(directory, person, &change, ret_right);
}

static void note(struct mc_buffer *list, size_t number)
{
    mc_buffer_format(list, "%s%s %s", list->size ? ", " : "", way_words[rights[number].way],
                     rights[number].attribute);
}

struct findings {
    struct mc_buffer missing, site, excess, unclear;
};

static enum mc_result try_all(const struct trial *trial, struct findings *findings)
{
    for (size_t i = 0; i < MC_COUNT(rights); i++) {
        enum mc_right right = MC_RIGHT_UNKNOWN;
        enum mc_result result = try_right(trial, i, &right);
        if (result != MC_OK) {
            return result;
        }
        enum need need = rights[i].need;
        bool site = need == MUST_SITE && trial->is_site;
        bool needed = need == MUST || site;
        bool harmless = need == MUST_NOT_HOST && trial->is_site;
        if (right == MC_RIGHT_UNKNOWN && needed) {
            note(&findings->unclear, i);
        } else if (right == MC_RIGHT_REFUSED && needed) {
            note(site ? &findings->site : &findings->missing, i);
        } else if (right == MC_RIGHT_GRANTED && !needed && !harmless) {
            note(&findings->excess, i);
        }
    }
    return MC_OK;
}

static void report(const struct trial *trial, const struct findings *findings)
{
    struct mc_review *review = trial->review;
    MC_AUTO_BUFFER struct mc_buffer identity, shown, shown_person;
    mc_buffer_init(&identity, LIST_MAX);
    mc_buffer_init(&shown, LIST_MAX);
    mc_buffer_init(&shown_person, LIST_MAX);
    mc_say_add(&shown_person, mc_buffer_span(&review->person));
    const char *person = mc_buffer_text(&shown_person);
    if (mc_directory_who(trial->directory, &identity) != MC_OK) {
        mc_buffer_clear(&identity);
    }
    mc_say_add(&shown, mc_buffer_span(&identity));
    const char *who = shown.size ? shown.data : "this identity";
    if (findings->missing.size) {
        mc_review_error(review,
                        "Load the access rules with ldap-schema/load, naming where hosts live, "
                        "before the site's own rules.",
                        "%s may not: %s (tried on %s)", who, findings->missing.data, person);
    }
    if (findings->site.size) {
        mc_review_error(review,
                        "Let this machine use the site's own identity (site_bind_dn), as named to "
                        "ldap-schema/load by --web, and load the access rules anew.",
                        "the site's key is here, but %s may not: %s (tried on %s)", who,
                        findings->site.data, person);
    }
    if (findings->excess.size) {
        mc_review_error(review,
                        "Use an identity of its own for each host, no administrator, and load the "
                        "access rules with ldap-schema/load.",
                        "%s may do what no host should: %s (tried on %s); whoever breaks into "
                        "this machine could sign in as anybody",
                        who, findings->excess.data, person);
    }
    if (findings->unclear.size) {
        mc_review_warn(review, "Look into the directory's log.",
                       "whether %s may %s was not to be found out (%s)", who,
                       findings->unclear.data, mc_directory_cause(trial->directory));
    }
}

static void try_identity(const struct trial *trial)
{
    struct findings findings = {0};
    mc_buffer_init(&findings.missing, LIST_MAX);
    mc_buffer_init(&findings.site, LIST_MAX);
    mc_buffer_init(&findings.excess, LIST_MAX);
    mc_buffer_init(&findings.unclear, LIST_MAX);
    mc_directory_set_deadline(trial->directory, MC_ADMIN_DEADLINE_MS);
    enum mc_result result = try_all(trial, &findings);
    if (result == MC_OK) {
        report(trial, &findings);
    } else {
        mc_review_error_directory(trial->review, trial->directory, result);
    }
    mc_buffer_release(&findings.missing);
    mc_buffer_release(&findings.site);
    mc_buffer_release(&findings.excess);
    mc_buffer_release(&findings.unclear);
}

// One more identity of the configuration, which signs in by password.
struct other {
    struct mc_config config;
    struct mc_directory *directory;
};

static void other_release(struct other *other)
{
    mc_directory_free(other->directory);
}

static bool sign_in(struct mc_review *review, const char *option, char *dn, char *password_file,
                    struct other *other)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    other->config = *review->admin.config;
    other->config.ldap_bind = MC_BIND_SIMPLE;
    other->config.ldap_bind_dn = dn;
    other->config.ldap_bind_password_file = password_file;
    if (mc_directory_new(&other->config, &error, &other->directory) != MC_OK) {
        return false; // the password file is reported elsewhere
    }
    mc_directory_set_deadline(other->directory, MC_ADMIN_DEADLINE_MS);
    bool fine = mc_directory_connect(other->directory) == MC_OK;
    if (!fine) {
        mc_review_error(review, "See that the entry exists and that its password file is right.",
                        "%s: %s cannot sign in (%s)", option, dn,
                        mc_directory_cause(other->directory));
    }
    return fine;
}

// The site's own identity, on a machine where hosts' logins and the site share a configuration.
static void try_site(struct mc_review *review)
{
    const struct mc_config *config = review->admin.config;
    MC_CLEANUP(other_release) struct other site = {.directory = NULL};
    if (sign_in(review, "site_bind_dn", config->site_bind_dn, config->site_bind_password_file,
                &site)) {
        const struct trial trial = {review, site.directory, true};
        try_identity(&trial);
    }
}

// What it may do cannot be tried without doing it.
static void try_setter(struct mc_review *review)
{
    const struct mc_config *config = review->admin.config;
    MC_CLEANUP(other_release) struct other setter = {.directory = NULL};
    if (config->ldap_setter_dn[0]) {
        (void)sign_in(review, "ldap_setter_dn", config->ldap_setter_dn,
                      config->ldap_setter_password_file, &setter);
    }
}

void mc_review_rights(struct mc_review *review)
{
    const struct trial trial = {review, review->admin.directory, review->is_web_server};
    try_setter(review);
    if (review->person.size == 0) {
        return;
    }
    try_identity(&trial);
    if (review->has_site && review->admin.config->site_bind_dn[0]) {
        try_site(review);
    }
}
