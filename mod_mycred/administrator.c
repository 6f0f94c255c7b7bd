// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/administrator.h"

#include "common/people.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>
#include <ctype.h>

#define LINK_LIFE (60 * MC_SECOND)

enum mc_result administrator_check(struct visit *visit)
{
    return visit->signed_in ? mc_people_is_administrator(&visit->context, &visit->account)
                            : MC_NOT_FOUND;
}

// When this session last saw more than a password.
static mc_time last_proof(const struct visit *visit)
{
    bool by_password = mc_span_equals(visit->session.method, "password");
    mc_time entered = by_password ? 0 : visit->session.created;
    return visit->session.proved > entered ? visit->session.proved : entered;
}

bool administrator_is_fresh(struct visit *visit, int *ret_status)
{
    enum mc_method chosen = visit->account.chosen;
    if (!chosen || !(visit->rules.usable & MC_METHOD_BIT(chosen))) {
        *ret_status = answer_page(visit, HTTP_FORBIDDEN, "admin-verification");
        return false;
    }
    if (mc_time_is_recent(last_proof(visit), ADMINISTRATOR_FRESH, visit->context.now())) {
        return true;
    }
    // what a form would have done is not kept: only the page it stands on is
    const char *query = !visit->is_post && visit->r->args ? visit->r->args : "";
    const char *to = apr_pstrcat(visit->pool, visit->path, query[0] ? "?" : "", query, NULL);
    *ret_status = answer_redirect(visit, apr_pstrcat(visit->pool, "administration/verify?to=",
                                                     ap_escape_urlencoded(visit->pool, to), NULL));
    return false;
}

// ---- the way there

struct administrators {
    apr_thread_mutex_t *mutex;
    mc_time read;           // when the group was read last
    struct mc_entry *group; // NULL: never, or it is not there
};

static apr_status_t forget(void *data)
{
    struct administrators *administrators = data;
    mc_entry_free_pointer(&administrators->group);
    return APR_SUCCESS;
}

apr_status_t administrators_start(apr_pool_t *pool, struct administrators **ret_administrators)
{
    struct administrators *administrators = apr_pcalloc(pool, sizeof *administrators);
    apr_pool_cleanup_register(pool, administrators, forget, apr_pool_cleanup_null);
    *ret_administrators = administrators;
    return apr_thread_mutex_create(&administrators->mutex, APR_THREAD_MUTEX_DEFAULT, pool);
}

static void read_group(struct visit *visit, struct administrators *administrators)
{
    const struct mc_config *config = visit->site->config;
    const char *const attributes[] = {config->ldap_group_attribute, NULL};
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result = mc_directory_search(visit->context.directory, config->security_group,
                                                true, "(objectClass=*)", attributes, &found);
    if (result == MC_OK || result == MC_NOT_FOUND) {
        struct mc_entry *fresh = found.count ? found.items[0] : NULL;
        found.count = 0;
        apr_thread_mutex_lock(administrators->mutex);
        struct mc_entry *old = administrators->group;
        administrators->group = fresh;
        apr_thread_mutex_unlock(administrators->mutex);
        mc_entry_free(old);
    }
}

static char next_of_dn(const char **text, const char *end)
{
    while (*text < end && **text == ' ') {
        (*text)++;
    }
    return *text < end ? (char)tolower((unsigned char)*(*text)++) : '\0';
}

// Near enough for a link: letters in either case, and blanks wherever they stand.
static bool is_alike(struct mc_span value, const char *name)
{
    const char *one = (const char *)value.data, *other = name;
    const char *one_end = one + value.size, *other_end = other + strlen(other);
    char letter = ' ';
    while (letter) {
        letter = next_of_dn(&one, one_end);
        if (letter != next_of_dn(&other, other_end)) {
            return false;
        }
    }
    return true;
}

static bool holds(const struct visit *visit, const struct mc_entry *group)
{
    const struct mc_config *config = visit->site->config;
    struct mc_values members = mc_entry_values_of(group, config->ldap_group_attribute);
    const char *name = config->ldap_group_member == MC_MEMBER_DN
                           ? visit->account.dn
                           : mc_entry_text(visit->account.entry, config->login_attribute);
    for (size_t i = 0; i < members.count; i++) {
        if (is_alike(members.items[i], name)) {
            return true;
        }
    }
    return false;
}

bool administrator_sees_link(struct visit *visit)
{
    struct administrators *administrators = visit->site->administrators;
    if (!visit->signed_in || !visit->site->config->security_group[0]) {
        return false;
    }
    apr_thread_mutex_lock(administrators->mutex);
    bool stale = visit->context.now() - administrators->read > LINK_LIFE;
    if (stale && visit->context.directory) {
        administrators->read = visit->context.now();
    }
    apr_thread_mutex_unlock(administrators->mutex);
    if (stale && visit->context.directory) {
        read_group(visit, administrators);
    }
    apr_thread_mutex_lock(administrators->mutex);
    bool seen = holds(visit, administrators->group);
    apr_thread_mutex_unlock(administrators->mutex);
    return seen;
}
