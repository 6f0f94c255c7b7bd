// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/budget.h"

#include "mod_mycred/moment.h"
#include "mod_mycred/person.h"
#include "mod_mycred/shared.h"

#include <apr_strings.h>

enum mc_result budget_may_try(struct visit *visit, const char *field)
{
    mc_time from = 0;
    enum mc_result result = shared_look(visit, SHARED_PASSWORDS, &from);
    if (result == MC_THROTTLED) {
        int64_t left = (from - visit->context.now() + MC_SECOND - 1) / MC_SECOND;
        person_error(visit, field,
                     apr_psprintf(visit->pool,
                                  visit_text(visit, "Too many wrong passwords came from your "
                                                    "network address. Try again in %s."),
                                  moment_left(visit, from)));
        apr_table_setn(visit->r->err_headers_out, "Retry-After",
                       apr_psprintf(visit->pool, "%d", (int)left));
    }
    return result;
}

void budget_note_wrong_password(struct visit *visit)
{
    mc_time from = 0;
    enum mc_result result = shared_take(visit, SHARED_PASSWORDS, &from);
    (void)result; // this one has been looked at; the next is refused
}

static const char *refuse_sms(struct visit *visit, mc_time from)
{
    mc_event_add_text(visit_note(visit, MC_EVENT_SEND_LIMITED), "reason", "budget");
    return apr_psprintf(visit->pool,
                        visit_text(visit, "No more codes can be sent by SMS for now. Use another "
                                          "way, or try again in %s."),
                        moment_left(visit, from));
}

enum mc_result budget_take_reset(struct visit *visit, const char *field)
{
    mc_time from = 0;
    enum mc_result result = shared_take(visit, SHARED_RESET_SMS, &from);
    if (result == MC_THROTTLED) {
        person_error(visit, field, refuse_sms(visit, from));
    }
    return result;
}

static bool is_reset(const struct mc_challenge *challenge)
{
    return strcmp(challenge->purpose, "reset") == 0;
}

static enum mc_result take_sms(struct visit *visit, bool reset)
{
    enum shared_count count = reset ? SHARED_RESET_SMS : SHARED_SMS;
    mc_time from = 0;
    enum mc_result result = shared_take(visit, count, &from);
    if (result == MC_OK) {
        result = shared_take_sms(visit->site, reset, &from);
        if (result != MC_OK) {
            shared_give_back(visit, count);
        }
    }
    if (result == MC_THROTTLED) {
        view_text(visit->pool, visit->view, "refused", refuse_sms(visit, from));
    }
    return result;
}

enum mc_result budget_take(struct visit *visit, const struct mc_challenge *challenge)
{
    bool sms = challenge->channel == MC_METHOD_SMS;
    if (shared_is_paused(visit->site, challenge->channel)) {
        view_text(visit->pool, visit->view, "refused",
                  sms ? visit_text(visit, "No codes can be sent by SMS right now. Use another way, "
                                          "or try again in a minute.")
                      : visit_text(visit, "No codes can be sent by e-mail right now. Use another "
                                          "way, or try again in a minute."));
        return MC_THROTTLED;
    }
    return sms ? take_sms(visit, is_reset(challenge)) : MC_OK;
}

void budget_give_back(const struct visit *visit, const struct mc_challenge *challenge)
{
    if (challenge->channel == MC_METHOD_SMS) {
        bool reset = is_reset(challenge);
        shared_give_back(visit, reset ? SHARED_RESET_SMS : SHARED_SMS);
        shared_give_back_sms(visit->site, reset);
    }
}
