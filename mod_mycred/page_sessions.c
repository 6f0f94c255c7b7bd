// SPDX-License-Identifier: Apache-2.0
// Where one is signed in, with Sign out for each; and signing out itself.
#include "mod_mycred/page.h"

#include <apr_strings.h>

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

static const char *minute_of(struct visit *visit, mc_time time)
{
    char text[MC_TIME_TEXT];
    mc_time_format(time, text);
    return apr_psprintf(visit->pool, "%.4s-%.2s-%.2s %.2s:%.2s UTC", text, text + 4, text + 6,
                        text + 8, text + 10);
}

static int show(struct visit *visit)
{
    struct mc_session session;
    struct view *list = view_list(visit->pool, visit->view, "sessions");
    enum mc_result result = MC_OK;
    for (size_t i = 0; (result = mc_session_at(&visit->account, i, &session)) != MC_NOT_FOUND;
         i++) {
        if (result != MC_OK || !mc_session_is_live(&visit->context, &visit->account, &session)) {
            continue;
        }
        struct view *item = view_item(visit->pool, list);
        view_span(visit->pool, item, "id", session.hash);
        view_span(visit->pool, item, "client", session.client);
        view_text(visit->pool, item, "since", minute_of(visit, session.created));
        view_text(visit->pool, item, "seen", minute_of(visit, session.seen));
        view_flag(visit->pool, item, "this_one",
                  mc_secret_matches(session.hash, visit->session.hash));
    }
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
        if (result == MC_OK && mc_secret_matches(session.hash, wanted)) {
            result = mc_session_end(&visit->context, &visit->account, session.value);
            (void)visit_note(visit, MC_EVENT_SIGNED_OUT);
            break;
        }
    }
    return result == MC_OK || result == MC_NOT_FOUND ? answer_redirect(visit, "sessions")
                                                     : answer_failure(visit, result, NULL);
}
