// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/route.h"

#include "mod_mycred/page.h"

#include <apr_strings.h>
#include <http_core.h>

struct route {
    const char *path;
    int (*page)(struct visit *visit);
    bool needs_session;
    bool posts; // takes POST at all
    bool rules; // decides by the rules of who is signed in
};

static const struct route routes[] = {
    {"", page_home, true, false, false},
    {"api-password", page_api_password, true, true, false},
    {"avatar", page_avatar, true, true, false},
    {"device", page_device, true, true, false},
    {"email", page_contact, true, true, false},
    {"forgot", page_forgot, false, true, false},
    {"method", page_method, true, true, true},
    {"mobile", page_contact, true, true, false},
    {"password", page_password, true, true, true},
    {"picture", page_picture, true, false, false},
    {"recovery", page_recovery, true, true, false},
    {"script.js", page_file, false, false, false},
    {"sessions", page_sessions, true, true, false},
    {"sign-in", page_sign_in, false, true, false},
    {"sign-out", page_sign_out, true, true, false},
    {"style.css", page_file, false, false, false},
    {"unbind", page_unbind, true, true, false},
    {"verify", page_verify, false, true, false},
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
    enum mc_result result = is_same_origin(visit) ? token_check(visit) : MC_WRONG;
    if (result == MC_WRONG) {
        mc_event_add_text(visit_note(visit, MC_EVENT_FORM_REFUSED), "page", visit->path);
        *ret_status = answer_status(visit, HTTP_FORBIDDEN);
    } else if (result != MC_OK) {
        *ret_status = answer_failure(visit, result, NULL);
    }
    return result == MC_OK;
}

int route(struct visit *visit)
{
    const struct route *found = find_route(visit->path);
    if (!found) {
        return answer_status(visit, HTTP_NOT_FOUND);
    }
    if ((visit->r->method_number != M_GET && visit->r->method_number != M_POST) ||
        (visit->is_post && !found->posts)) {
        apr_table_setn(visit->r->headers_out, "Allow",
                       found->posts ? "GET, HEAD, POST" : "GET, HEAD");
        return answer_status(visit, HTTP_METHOD_NOT_ALLOWED);
    }
    if (found->needs_session && !visit->signed_in) {
        return answer_redirect(visit, "sign-in");
    }
    int refused = OK;
    if (visit->is_post && !may_post(visit, &refused)) {
        return refused;
    }
    enum mc_result result = found->rules ? visit_read_rules(visit) : MC_OK;
    return result == MC_OK ? found->page(visit) : answer_failure(visit, result, NULL);
}
