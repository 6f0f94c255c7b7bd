// SPDX-License-Identifier: Apache-2.0
// The directory's servers, what they hold and what time it is there.
#include "common/command/review.h"

#include "common/command/certificate.h"
#include "common/command/say.h"
#include "common/directory_check.h"

#include <stdlib.h>

#define SERVER_MS 8000        // for all that is asked of one server
#define FILTER_MAX 4096       // bytes
#define CERTIFICATE_MAX 65536 // bytes
#define POST_READ "1.3.6.1.1.13.2"
#define CLOCK_SLACK (5 * MC_SECOND)

// Post-Read carries every charged attempt (RFC 4527).
static void check_features(struct mc_review *review, struct mc_directory *directory,
                           const char *uri)
{
    static const char *const wanted[] = {"supportedControl", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries root = {0};
    enum mc_result result =
        mc_directory_search(directory, "", true, "(objectClass=*)", wanted, &root);
    if (result != MC_OK || root.count == 0 ||
        mc_entry_values(root.items[0], wanted[0]).count == 0) {
        mc_review_warn(review, "Let this identity read the root DSE (dn.exact=\"\").",
                       "%s does not say what it can do", uri);
    } else if (!mc_entry_has(root.items[0], wanted[0], POST_READ)) {
        mc_review_error(review, "Use a server that has it, such as OpenLDAP or 389-DS.",
                        "%s has no Post-Read control, without which no code can be checked", uri);
    }
}

static void check_base(struct mc_review *review, struct mc_directory *directory, const char *uri,
                       const char *option, const char *base)
{
    static const char *const nothing[] = {"1.1", NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result =
        mc_directory_search(directory, base, true, "(objectClass=*)", nothing, &found);
    if (result == MC_NOT_FOUND || (result == MC_OK && found.count == 0)) {
        mc_review_error(review, "Correct the option, or let this identity read the entry.",
                        "%s: %s has no entry %s, or hides it", option, uri, base);
    } else if (result != MC_OK) {
        mc_review_error_directory(review, directory, result);
    }
}

static void check_certificate(struct mc_review *review, struct mc_directory *directory,
                              const char *uri)
{
    mc_time end = 0;
    MC_AUTO_BUFFER struct mc_buffer der;
    mc_buffer_init(&der, CERTIFICATE_MAX);
    if (mc_directory_certificate(directory, &der) == MC_OK &&
        mc_certificate_end(mc_buffer_span(&der), &end) == MC_OK) {
        (void)mc_review_certificate(review, end, "Renew it, and restart the directory server.",
                                    "ldap_uri: %s", uri);
    }
}

// Each server by itself: a stand-by that does not work shows only when it is needed.
static bool check_server(struct mc_review *review, size_t number)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    MC_CLEANUP(mc_directory_free_pointer) struct mc_directory *directory = NULL;
    struct mc_config alone = *review->admin.config;
    const char *uri = alone.ldap_uri.items[number];
    alone.ldap_uri.items += number;
    alone.ldap_uri.count = 1;
    if (mc_directory_new(&alone, &error, &directory) != MC_OK) {
        return false; // an unreadable password file, which is reported as such
    }
    mc_directory_set_deadline(directory, SERVER_MS);
    enum mc_result result = mc_directory_connect(directory);
    if (result != MC_OK) {
        mc_review_error_directory(review, directory, result);
        return false;
    }
    check_certificate(review, directory, uri);
    check_features(review, directory, uri);
    check_base(review, directory, uri, "ldap_base", alone.ldap_base);
    if (alone.ldap_group_base[0]) {
        check_base(review, directory, uri, "ldap_group_base", alone.ldap_group_base);
    }
    return true;
}

void mc_review_servers(struct mc_review *review)
{
    struct mc_admin *admin = &review->admin;
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, MC_ADMIN_ERROR_MAX);
    bool any = false;
    for (size_t i = 0; i < admin->config->ldap_uri.count; i++) {
        any = check_server(review, i) || any;
    }
    if (!any || mc_directory_new(admin->config, &error, &admin->directory) != MC_OK) {
        return;
    }
    mc_directory_set_deadline(admin->directory, MC_ADMIN_DEADLINE_MS);
    admin->context = (struct mc_context){
        .config = admin->config, .keys = admin->keys, .directory = admin->directory, .now = mc_now};
    review->is_connected = mc_directory_connect(admin->directory) == MC_OK;
}

// Somebody on whom rights are tried, and a sign that filter and login attribute fit the directory.
void mc_review_tree(struct mc_review *review)
{
    const struct mc_config *config = review->admin.config;
    MC_AUTO_BUFFER struct mc_buffer filter;
    mc_buffer_init(&filter, FILTER_MAX);
    mc_buffer_format(&filter, "(&%s(%s=*))", config->ldap_person_filter, config->login_attribute);
    enum mc_result result =
        mc_directory_find_one(review->admin.directory, mc_buffer_text(&filter), &review->person);
    if (result == MC_NOT_FOUND) {
        mc_review_error(review,
                        "Correct ldap_base, ldap_person_filter and login_attribute, or let this "
                        "identity read the people.",
                        "nobody below %s matches %s", config->ldap_base, mc_buffer_text(&filter));
    } else if (result != MC_OK) {
        mc_review_error_directory(review, review->admin.directory, result);
    }
}

// Where a directory shows its own time, if this identity may see it; else how new its newest change
// is, which tells only of clocks that run ahead.
static const struct {
    const char *base, *attribute;
    bool is_clock;
} times[] = {
    {"cn=Current,cn=Time,cn=Monitor", "monitorTimestamp", true},
    {"cn=monitor", "currentTime", true},
    {NULL, "contextCSN", false}, // at ldap_base
};

static bool read_time(struct mc_review *review, size_t place, mc_time *ret_time)
{
    const char *base = times[place].base;
    const char *const wanted[] = {times[place].attribute, NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    bool has =
        mc_directory_search(review->admin.directory, base ? base : review->admin.config->ldap_base,
                            true, "(objectClass=*)", wanted, &found) == MC_OK &&
        found.count == 1;
    struct mc_values values =
        has ? mc_entry_values(found.items[0], times[place].attribute) : (struct mc_values){NULL, 0};
    *ret_time = 0;
    for (size_t i = 0; i < values.count; i++) {
        const uint8_t *end = memchr(values.items[i].data, '#', values.items[i].size);
        struct mc_span text = values.items[i];
        text.size = end ? (size_t)(end - text.data) : text.size;
        mc_time time = 0;
        if (mc_time_parse(text, &time) == MC_OK && time > *ret_time) {
            *ret_time = time;
        }
    }
    return *ret_time != 0;
}

void mc_review_clock(struct mc_review *review)
{
    mc_time time = 0;
    for (size_t i = 0; i < MC_COUNT(times); i++) {
        if (!read_time(review, i, &time)) {
            continue;
        }
        mc_time ahead = time - mc_now();
        mc_time apart = times[i].is_clock ? (mc_time)llabs((long long)ahead) : ahead;
        if (apart > CLOCK_SLACK) {
            mc_review_error(review,
                            "Set the clocks of all machines by NTP; virtual MFA codes depend on "
                            "them.",
                            "this machine's clock and the directory's are %lld seconds apart",
                            (long long)(apart / MC_SECOND));
        }
        return;
    }
}
