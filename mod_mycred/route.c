// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/route.h"

#include "common/invite.h"
#include "mod_mycred/administrator.h"
#include "mod_mycred/enter.h"
#include "mod_mycred/page.h"

#include <apr_strings.h>
#include <http_core.h>

// For whom a page is.
enum who {
    ANYBODY,
    SIGNED_IN,
    MEMBERS,       // of the security administrators; for others there is no such page
    ADMINISTRATORS // such a member, verified lately
};

struct route {
    const char *path;
    int (*page)(struct visit *visit);
    enum who who;
    bool posts; // takes POST at all
    bool rules; // decides by the rules of who is signed in
    // the page of this table that one comes to who had to sign in for it: not where a GET shows no
    // page, nor where it says nothing without its query, which is not kept
    const char *back;
};

static const struct route routes[] = {
    {"", page_home, SIGNED_IN, false, false, ""},
    {"administration", page_admin, ADMINISTRATORS, false, true, "administration"},
    {"administration/act", page_admin_act, ADMINISTRATORS, true, true, "administration"},
    {"administration/credential", page_admin_credential, ADMINISTRATORS, true, true,
     "administration"},
    {"administration/group", page_admin_group, ADMINISTRATORS, true, true, "administration/group"},
    {"administration/list", page_admin_list, ADMINISTRATORS, false, true, "administration"},
    {"administration/person", page_admin_person, ADMINISTRATORS, false, true, "administration"},
    {"administration/verify", page_admin_verify, MEMBERS, true, true, "administration"},
    {"api-password", page_api_password, SIGNED_IN, true, true, "api-password"},
    {"avatar", page_avatar, SIGNED_IN, true, false, "avatar"},
    {"device", page_device, SIGNED_IN, true, true, "device"},
    {"email", page_contact, SIGNED_IN, true, true, "email"},
    {"forgot", page_forgot, ANYBODY, true, false, ""},
    {"help", page_help, ANYBODY, true, false, ""},
    {MC_INVITE_PATH, page_invitation, ANYBODY, true, false, ""},
    {"method", page_method, SIGNED_IN, true, true, "method"},
    {"mobile", page_contact, SIGNED_IN, true, true, "mobile"},
    {"password", page_password, SIGNED_IN, true, true, "password"},
    {"picture", page_picture, SIGNED_IN, false, false, ""},
    {"recovery", page_recovery, SIGNED_IN, true, true, "recovery"},
    {"renew", page_renew, ANYBODY, true, false, ""},
    {"script.js", page_file, ANYBODY, false, false, ""},
    {"sessions", page_sessions, SIGNED_IN, true, false, "sessions"},
    {"sign-in", page_sign_in, ANYBODY, true, false, ""},
    {"sign-out", page_sign_out, SIGNED_IN, true, false, ""},
    {"style.css", page_file, ANYBODY, false, false, ""},
    {"unbind", page_unbind, SIGNED_IN, true, false, ""},
    {"verify", page_verify, ANYBODY, true, false, ""},
};

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < MC_COUNT(routes); i++) {
        if (strcmp(routes[i].path, path) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

// What browsers say of where a form comes from. Under our Referrer-Policy they send the origin
// `null`, which Sec-Fetch-Site then vouches for.
static bool is_same_origin(const struct visit *visit)
{
    const char *origin = apr_table_get(visit->r->headers_in, "Origin");
    const char *site = apr_table_get(visit->r->headers_in, "Sec-Fetch-Site");
    bool vouched = site && (strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0);
    bool unnamed = !origin || (vouched && strcmp(origin, "null") == 0);
    return (unnamed || strcmp(origin, visit->site->origin) == 0) && (!site || vouched);
}

// False: the request is answered, with *ret_status.
static bool may_post(struct visit *visit, int *ret_status)
{
    enum mc_result result = is_same_origin(visit) ? MC_OK : MC_WRONG;
    if (result == MC_OK && !visit->too_large) { // then there are no fields, and nothing is changed
        result = token_check(visit);
    }
    if (result == MC_WRONG) {
        mc_event_add_text(visit_note(visit, MC_EVENT_FORM_REFUSED), "page", visit->path);
        *ret_status = answer_status(visit, HTTP_FORBIDDEN);
    } else if (result != MC_OK) {
        *ret_status = answer_failure(visit, result, NULL);
    }
    return result == MC_OK;
}

// Whether this visitor may know of the page. MC_NOT_FOUND: to him there is none. A stranger
// learns nothing: he is sent to sign in as by every other page, be there administrators or none.
static enum mc_result check_route(struct visit *visit, const struct route *found)
{
    if (!found) {
        return MC_NOT_FOUND;
    }
    return found->who >= MEMBERS && visit->signed_in ? administrator_check(visit) : MC_OK;
}

// What must hold before the page itself decides. False: the request is answered, with *ret_status.
static bool may_enter(struct visit *visit, const struct route *found, int *ret_status)
{
    if (found->who != ANYBODY && !visit->signed_in) {
        *ret_status = enter_first(visit, found->back);
        return false;
    }
    if (visit->is_post && !may_post(visit, ret_status)) {
        return false;
    }
    enum mc_result result = found->rules ? visit_read_rules(visit) : MC_OK;
    if (result != MC_OK) {
        *ret_status = answer_failure(visit, result, NULL);
        return false;
    }
    return found->who != ADMINISTRATORS || administrator_is_fresh(visit, ret_status);
}

int route(struct visit *visit)
{
    const struct route *found = find_route(visit->path);
    enum mc_result result = check_route(visit, found);
    int refused = OK;
    if (result != MC_OK) {
        return result == MC_NOT_FOUND ? answer_status(visit, HTTP_NOT_FOUND)
                                      : answer_failure(visit, result, NULL);
    }
    if ((visit->r->method_number != M_GET && visit->r->method_number != M_POST) ||
        (visit->is_post && !found->posts)) {
        apr_table_setn(visit->r->headers_out, "Allow",
                       found->posts ? "GET, HEAD, POST" : "GET, HEAD");
        return answer_status(visit, HTTP_METHOD_NOT_ALLOWED);
    }
    return may_enter(visit, found, &refused) ? found->page(visit) : refused;
}
