// SPDX-License-Identifier: Apache-2.0
// Where one is signed in, with Sign out for each; and signing out itself.
#include "mod_mycred/activity.h"
#include "mod_mycred/client.h"
#include "mod_mycred/page.h"

#include <stdlib.h>

int page_sign_out(struct visit *visit)
{
    if (!visit->is_post) {
        return answer_redirect(visit, ""); // opening a link changes nothing
    }
    enum mc_result result = mc_session_end(&visit->context, &visit->account, visit->session.value);
    if (result != MC_OK && result != MC_NOT_FOUND) {
        return answer_failure(visit, result, NULL);
    }
    (void)visit_note(visit, MC_EVENT_SIGNED_OUT);
    answer_clear_session(visit);
    // the Back button must show nothing of this person
    apr_table_setn(visit->r->err_headers_out, "Clear-Site-Data", "\"cache\", \"cookies\"");
    return answer_redirect(visit, "sign-in");
}

// This browser's first, then what was used last.
static int by_use(const void *one, const void *other)
{
    const struct mc_session *first = one, *second = other;
    return (first->seen < second->seen) - (first->seen > second->seen);
}

static size_t list_live(struct visit *visit, struct mc_session *sessions, size_t room)
{
    size_t count = 0;
    enum mc_result result = MC_OK;
    for (size_t i = 0; count < room; i++) {
        result = mc_session_at(&visit->account, i, &sessions[count]);
        if (result == MC_NOT_FOUND) {
            break;
        }
        bool live = result == MC_OK &&
                    mc_session_is_live(&visit->context, &visit->account, &sessions[count]);
        bool own = live && mc_secret_matches(sessions[count].name, visit->session.name);
        sessions[count].seen = own ? INT64_MAX : sessions[count].seen;
        count += live;
    }
    qsort(sessions, count, sizeof *sessions, by_use);
    return count;
}

static int show(struct visit *visit)
{
    struct mc_session sessions[2 * MC_SESSIONS_MAX];
    size_t count = list_live(visit, sessions, MC_COUNT(sessions));
    struct view *list = view_list(visit->pool, visit->view, "sessions");
    for (size_t i = 0; i < count; i++) {
        const struct mc_session *session = &sessions[i];
        bool own = session->seen == INT64_MAX;
        struct view *item = view_item(visit->pool, list);
        view_span(visit->pool, item, "id", session->name);
        view_text(visit->pool, item, "client", client_name(visit->pool, session->client));
        view_text(visit->pool, item, "since", activity_minute(visit, session->created));
        view_flag(visit->pool, item, "this_one", own);
        if (!own) {
            view_text(visit->pool, item, "seen", activity_minute(visit, session->seen));
        }
    }
    if (form_find(&visit->query, "done")) {
        view_text(visit->pool, visit->view, "done_text",
                  visit_text(visit, "That browser was signed out."));
    }
    activity_list(visit, &visit->account);
    return answer_page(visit, HTTP_OK, "sessions");
}

int page_sessions(struct visit *visit)
{
    struct mc_span wanted = mc_span_of(visit_field(visit, "session"));
    struct mc_session session;
    enum mc_result result = MC_OK;
    if (!visit->is_post) {
        return show(visit);
    }
    for (size_t i = 0; (result = mc_session_at(&visit->account, i, &session)) != MC_NOT_FOUND;
         i++) {
        if (result == MC_OK && mc_secret_matches(session.name, wanted)) {
            result = mc_session_end(&visit->context, &visit->account, session.value);
            (void)visit_note(visit, MC_EVENT_SIGNED_OUT);
            break;
        }
    }
    return result == MC_OK || result == MC_NOT_FOUND ? answer_redirect(visit, "sessions?done=1")
                                                     : answer_failure(visit, result, NULL);
}
