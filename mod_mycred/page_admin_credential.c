// SPDX-License-Identifier: Apache-2.0
// Set credential, for somebody who has no contact bound: an invitation to an e-mail address, or a
// password that is good once. The administrator learns neither the lasting password nor the link.
#include "mod_mycred/admin_target.h"
#include "mod_mycred/moment.h"
#include "mod_mycred/person.h"
#include "mod_mycred/sending.h"

#include "common/administer.h"
#include "common/invite.h"
#include "common/job.h"

#include <apr_strings.h>

#define BARE_LIFE (24 * 3600) // seconds to come in with a one-time password and bind a method

static int show(struct visit *visit, const struct admin_target *target)
{
    mc_time until = 0;
    admin_show_name(visit, visit->view, target->account.entry);
    view_text(visit->pool, visit->view, "address", visit_typed(visit, "address"));
    view_text(visit->pool, visit->view, "life",
              moment_duration(visit, visit->site->config->invite_life));
    view_flag(visit->pool, visit->view, "invited",
              mc_invite_is_open(&visit->context, &target->account, &until));
    view_flag(visit->pool, visit->view, "has_email", target->account.email[0]);
    return answer_page(visit, HTTP_OK, "admin-credential");
}

static int back(struct visit *visit, const struct admin_target *target, const char *done)
{
    return answer_redirect(visit, apr_pstrcat(visit->pool, admin_person_path(visit, target->login),
                                              "&done=", done, NULL));
}

static void log_act(struct visit *visit, const struct admin_target *target, const char *act)
{
    struct mc_buffer *line = visit_note(visit, MC_EVENT_ADMINISTERED);
    mc_event_add_text(line, "act", act);
    mc_event_add_text(line, "target", target->login);
}

// What went wrong in words, or the answer for what no words of this page are for.
static int refuse(struct visit *visit, const struct admin_target *target, enum mc_result result)
{
    static const struct {
        enum mc_result result;
        const char *text;
    } texts[] = {
        {MC_MALFORMED, N_("Type one e-mail address, such as name@example.org.")},
        {MC_WRONG, N_("Somebody else has this e-mail address.")},
        {MC_LOCKED, N_("The account is locked: unlock it first.")},
        {MC_PASSWORD_REFUSED, N_("The directory's password policy refuses a one-time password.")},
    };
    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        if (texts[i].result == result) {
            person_error(visit, "address", mc_text(visit->language, texts[i].text));
            return show(visit, target);
        }
    }
    return result == MC_LOST_RACE ? back(visit, target, "overtaken")
                                  : answer_failure(visit, result, target->account.damaged);
}

static int invite(struct visit *visit, const struct admin_target *target)
{
    const struct mc_invite_order order = {.address = visit_typed(visit, "address"),
                                          .source = visit->r->useragent_ip,
                                          .actor_uuid = visit->account.uuid,
                                          .id = mc_span_of(visit->id)};
    MC_AUTO_BUFFER struct mc_buffer link, job;
    mc_buffer_init(&link, MC_INVITE_TOKEN_MAX + 512);
    mc_buffer_init(&job, MC_JOB_MAX);
    enum mc_result result = mc_invite_issue(&visit->context, &target->account, &order, &link, &job);
    admin_log_refused(visit, "invite", target->login, result);
    if (result != MC_OK) {
        return refuse(visit, target, result);
    }
    log_act(visit, target, "invite");
    const struct sending_task task = {.id = visit->id, .job = mc_buffer_span(&job)};
    result = sending_add(visit->site->sending, &task);
    sending_drain(visit->site->sending, target->account.dn);
    return result == MC_OK ? back(visit, target, "invited") : answer_failure(visit, result, NULL);
}

static int withdraw(struct visit *visit, const struct admin_target *target)
{
    enum mc_result result =
        mc_invite_withdraw(&visit->context, &target->account, visit->r->useragent_ip);
    admin_log_refused(visit, "withdraw-invitation", target->login, result);
    if (result == MC_OK) {
        log_act(visit, target, "withdraw-invitation");
        sending_drain(visit->site->sending, target->account.dn);
    }
    return result == MC_OK          ? back(visit, target, "withdrawn")
           : result == MC_NOT_FOUND ? back(visit, target, "overtaken")
                                    : refuse(visit, target, result);
}

// Shown by the answer to this form and nowhere else.
static int one_time_password(struct visit *visit, const struct admin_target *target)
{
    // who must verify and has nothing bound could not come in with it
    bool bare = admin_is_bare(target);
    const struct mc_order order = {.source = visit->r->useragent_ip,
                                   .actor_uuid = visit->account.uuid,
                                   .until =
                                       bare ? visit->context.now() + BARE_LIFE * MC_SECOND : 0};
    MC_AUTO_SECRET struct mc_secret password = {0};
    bool told = false;
    enum mc_result result =
        mc_administer_password(&visit->context, &target->account, &order, &password, &told);
    admin_log_refused(visit, "one-time-password", target->login, result);
    if (result != MC_OK) {
        return refuse(visit, target, result);
    }
    log_act(visit, target, "one-time-password");
    sending_drain(visit->site->sending, target->account.dn);
    view_secret(visit->pool, visit->view, "secret", password.data);
    view_text(visit->pool, visit->view, "bind_life", bare ? moment_duration(visit, BARE_LIFE) : "");
    return show(visit, target);
}

int page_admin_credential(struct visit *visit)
{
    static const struct {
        const char *what, *act; // in the form, in the log
        int (*run)(struct visit *visit, const struct admin_target *target);
    } ways[] = {{"invite", "invite", invite},
                {"withdraw", "withdraw-invitation", withdraw},
                {"password", "one-time-password", one_time_password}};
    int status = OK;
    const struct admin_target *target = admin_target_read(visit, &status);
    if (!target) {
        return status;
    }
    for (size_t i = 0; visit->is_post && i < MC_COUNT(ways); i++) {
        if (strcmp(visit_field(visit, "what"), ways[i].what) != 0) {
            continue;
        }
        if (!target->is_self) {
            return ways[i].run(visit, target);
        }
        admin_log_refused(visit, ways[i].act, target->login, MC_DENIED_PEER);
    }
    return target->is_self ? back(visit, target, "self") : show(visit, target);
}
