// SPDX-License-Identifier: Apache-2.0
// mycred invite: "set credential" for somebody who has no contact yet.
#include "common/command/act.h"

#include "common/invite.h"
#include "common/job.h"
#include "common/outbox.h"

#include <stdio.h>

#define LINK_MAX 4096 // bytes

static enum mc_exit complain(const struct mc_act_desk *desk, enum mc_result result)
{
    const char *address = desk->arguments->second;
    switch (result) {
    case MC_BAD_CONFIG:
        mc_complain("invitations are made where the site is: its key file (site_key_file) and its "
                    "address (site_url) are needed here.");
        return MC_EXIT_TROUBLE;
    case MC_MALFORMED:
        mc_complain("'%s' is no plain e-mail address.", address);
        return MC_EXIT_NO;
    case MC_WRONG:
        mc_complain("somebody else has the address '%s'.", address);
        return MC_EXIT_NO;
    default:
        return mc_act_complain(desk, result);
    }
}

static enum mc_exit deliver(struct mc_act_desk *desk, const struct mc_buffer *link,
                            const struct mc_buffer *job)
{
    const struct mc_outbox outbox = {.conf = mc_admin_conf(desk->arguments)};
    char cause[MC_OUTBOX_CAUSE_MAX] = "";
    if (desk->arguments->values[MC_ARGUMENT_PRINT]) {
        (void)printf("%s\n", mc_buffer_text(link));
        return MC_EXIT_OK;
    }
    if (!mc_outbox_send(desk->admin.config, &outbox, mc_buffer_span(job), cause)) {
        mc_complain("the mail could not be sent (%s); the invitation stands. Invite again, which "
                    "voids it, or use --print.",
                    cause);
        return MC_EXIT_TROUBLE;
    }
    (void)printf("%s: invited; the link was mailed to %s.\n", desk->arguments->operand,
                 desk->arguments->second);
    return MC_EXIT_OK;
}

static enum mc_exit issue(struct mc_act_desk *desk)
{
    MC_AUTO_BUFFER struct mc_buffer link, job;
    char id[24];
    mc_buffer_init(&link, LINK_MAX);
    mc_buffer_init(&job, MC_JOB_MAX);
    (void)snprintf(id, sizeof id, "%016llx", (unsigned long long)mc_now());
    const struct mc_invite_order order = {
        .address = desk->arguments->second, .source = desk->host, .id = mc_span_of(id)};
    enum mc_result result =
        mc_invite_issue(&desk->admin.context, &desk->account, &order, &link, &job);
    mc_act_log_refused(desk, "invite", result);
    if (result != MC_OK) {
        return complain(desk, result);
    }
    mc_act_log_word(desk, "invite");
    enum mc_exit status = deliver(desk, &link, &job);
    mc_act_tell(desk, true);
    return status;
}

static enum mc_exit withdraw(struct mc_act_desk *desk)
{
    enum mc_result result = mc_invite_withdraw(&desk->admin.context, &desk->account, desk->host);
    mc_act_log_refused(desk, "withdraw-invitation", result);
    if (result == MC_NOT_FOUND) {
        mc_complain("no invitation of %s is open.", desk->arguments->operand);
        return MC_EXIT_NO;
    }
    if (result != MC_OK) {
        return mc_act_complain(desk, result);
    }
    mc_act_log_word(desk, "withdraw-invitation");
    (void)printf("%s: the invitation is withdrawn.\n", desk->arguments->operand);
    mc_act_tell(desk, desk->admin.site_keys != NULL);
    return MC_EXIT_OK;
}

enum mc_exit mc_invite_run(const struct mc_arguments *arguments)
{
    MC_CLEANUP(mc_act_release) struct mc_act_desk desk = {0};
    bool ends = arguments->values[MC_ARGUMENT_WITHDRAW] != NULL;
    if (ends == (arguments->second != NULL)) {
        mc_complain("give the e-mail ADDRESS to invite at, or --withdraw without one.");
        return MC_EXIT_TROUBLE;
    }
    if (ends && arguments->values[MC_ARGUMENT_PRINT]) {
        mc_complain("of --print and --withdraw only one may be given.");
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = mc_act_open(arguments, &desk);
    if (status == MC_EXIT_OK) {
        status = mc_act_find(&desk);
    }
    return status != MC_EXIT_OK ? status : ends ? withdraw(&desk) : issue(&desk);
}
