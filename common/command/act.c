// SPDX-License-Identifier: Apache-2.0
// The acts of common/administer.h as sub-commands.
#include "common/command/act.h"

#include "common/command/moment.h"
#include "common/outbox.h"

#include <stdio.h>
#include <unistd.h>

#define NOTICES_AT_ONCE 8

void mc_act_release(struct mc_act_desk *desk)
{
    mc_account_release(&desk->account);
    mc_admin_close(&desk->admin);
}

// For the notices: the machine it is done on.
static void find_host(struct mc_act_desk *desk)
{
    if (gethostname(desk->host, sizeof desk->host - 1) != 0 || strchr(desk->host, ' ')) {
        (void)snprintf(desk->host, sizeof desk->host, "-");
    }
}

enum mc_exit mc_act_open(const struct mc_arguments *arguments, struct mc_act_desk *desk)
{
    desk->arguments = arguments;
    find_host(desk);
    return mc_admin_open(arguments, &desk->admin);
}

enum mc_exit mc_act_find(struct mc_act_desk *desk)
{
    return mc_admin_find(&desk->admin, desk->arguments->operand, &desk->account);
}

enum mc_exit mc_act_complain(const struct mc_act_desk *desk, enum mc_result result)
{
    const char *user = desk->arguments->operand;
    switch (result) {
    case MC_LOST_RACE:
        mc_complain("the entry of %s has changed meanwhile; nothing was done. Try again.", user);
        return MC_EXIT_NO;
    case MC_LOCKED:
        mc_complain("%s is locked; unlock first.", user);
        return MC_EXIT_NO;
    case MC_PASSWORD_REFUSED:
        mc_complain("the directory's password policy refuses a random password for %s.", user);
        return MC_EXIT_NO;
    case MC_INTERNAL:
        mc_complain("it failed half-way, and %s may have a password that need not be changed: set "
                    "another.",
                    user);
        return MC_EXIT_TROUBLE;
    default:
        mc_admin_complain_directory(&desk->admin, result);
        return MC_EXIT_TROUBLE;
    }
}

static void log_notice(void *data, enum mc_event event, struct mc_buffer *line)
{
    const struct mc_act_desk *desk = data;
    mc_admin_log(event, desk->arguments, line);
}

// Administrators may put notices in and not take them out; this machine's own identity may. Else
// they wait in the directory for the site, or for the next `mycred remind`.
void mc_act_tell(struct mc_act_desk *desk, bool told)
{
    const struct mc_outbox outbox = {
        .conf = mc_admin_conf(desk->arguments), .log = log_notice, .data = desk};
    const struct mc_arguments own = {
        .values = {[MC_ARGUMENT_CONF] = desk->arguments->values[MC_ARGUMENT_CONF]}};
    MC_AUTO_ADMIN struct mc_admin machine = {0};
    size_t sent = 0;
    if (!told) {
        (void)printf("%s is not told: the site's key file is not on this machine.\n",
                     desk->arguments->operand);
    } else if (mc_admin_open(&own, &machine) == MC_EXIT_OK) {
        enum mc_result result =
            mc_outbox_drain(&machine.context, &outbox, desk->account.dn, NOTICES_AT_ONCE, &sent);
        (void)result;
    }
}

void mc_act_log(const struct mc_act_desk *desk, const struct mc_order *order)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(MC_EVENT_ADMINISTERED, &line);
    mc_order_describe(order, desk->arguments->operand, &line);
    mc_admin_log(MC_EVENT_ADMINISTERED, desk->arguments, &line);
}

// For acts that are no order of administer.h's table.
void mc_act_log_word(const struct mc_act_desk *desk, const char *act)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(MC_EVENT_ADMINISTERED, &line);
    mc_event_add_text(&line, "act", act);
    mc_event_add_text(&line, "target", desk->arguments->operand);
    mc_admin_log(MC_EVENT_ADMINISTERED, desk->arguments, &line);
}

// Nothing for what failed otherwise.
void mc_act_log_refused(const struct mc_act_desk *desk, const char *act, enum mc_result result)
{
    const char *reason = mc_administer_refusal(&desk->admin.context, result);
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    if (reason) {
        mc_event_begin(MC_EVENT_ADMINISTER_REFUSED, &line);
        mc_refusal_describe(act, desk->arguments->operand, reason, &line);
        mc_admin_log(MC_EVENT_ADMINISTER_REFUSED, desk->arguments, &line);
    }
}

enum mc_exit mc_act_do(struct mc_act_desk *desk, struct mc_order *order, const char *done)
{
    const char *user = desk->arguments->operand;
    bool told = false;
    order->source = desk->host;
    enum mc_result result = mc_administer(&desk->admin.context, &desk->account, order, &told);
    mc_act_log_refused(desk, mc_act_word(order->act), result);
    if (result == MC_NOT_FOUND && order->number) {
        mc_complain("%s has no such value with the number %u, or %s may not see it.", user,
                    order->number,
                    desk->arguments->values[MC_ARGUMENT_BIND_DN] ? "this identity" : "this host");
        return MC_EXIT_NO;
    }
    if (result != MC_OK) {
        return mc_act_complain(desk, result);
    }
    mc_act_log(desk, order);
    (void)printf("%s: %s.\n", user, done);
    mc_act_tell(desk, told);
    return MC_EXIT_OK;
}

// One act on one person, most of them.
static enum mc_exit run(const struct mc_arguments *arguments, struct mc_order *order,
                        const char *done)
{
    MC_CLEANUP(mc_act_release) struct mc_act_desk desk = {0};
    enum mc_exit status = mc_act_open(arguments, &desk);
    if (status == MC_EXIT_OK) {
        status = mc_act_find(&desk);
    }
    return status == MC_EXIT_OK ? mc_act_do(&desk, order, done) : status;
}

enum mc_exit mc_unlock_run(const struct mc_arguments *arguments)
{
    struct mc_order order = {.act = MC_ACT_UNLOCK};
    return run(arguments, &order, "unlocked, and wrong codes are forgotten");
}

// --until, or what stands for it; false after a complaint.
static bool read_until(const struct mc_arguments *arguments, mc_time *until)
{
    const char *text = arguments->values[MC_ARGUMENT_UNTIL];
    if (text && !mc_moment_parse(text, mc_now(), until)) {
        mc_complain("'%s' is no time: write 2026-11-30, 20261130120000Z, or 12h or 3d from now.",
                    text);
        return false;
    }
    if (*until <= mc_now()) {
        mc_complain("the time '%s' has passed.", text);
        return false;
    }
    return true;
}

enum mc_exit mc_lock_run(const struct mc_arguments *arguments)
{
    struct mc_order order = {.act = MC_ACT_LOCK, .until = MC_UNTIL_FOREVER};
    return read_until(arguments, &order.until)
               ? run(arguments, &order, "locked, and all sessions are ended")
               : MC_EXIT_TROUBLE;
}

static enum mc_exit exempt_until(const struct mc_arguments *arguments)
{
    MC_CLEANUP(mc_act_release) struct mc_act_desk desk = {0};
    struct mc_order order = {.act = MC_ACT_EXEMPT, .until = mc_now() + 86400 * MC_SECOND};
    if (!read_until(arguments, &order.until)) {
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = mc_act_open(arguments, &desk);
    if (status == MC_EXIT_OK) {
        status = mc_act_find(&desk);
    }
    if (status != MC_EXIT_OK) {
        return status;
    }
    int64_t most = desk.admin.config->exempt_max;
    if (order.until > mc_now() + most * MC_SECOND) {
        mc_complain("an exemption may last %lld hours at most (exempt_max).",
                    (long long)most / 3600);
        return MC_EXIT_NO;
    }
    return mc_act_do(&desk, &order, "is asked for no code for a while");
}

enum mc_exit mc_exempt_run(const struct mc_arguments *arguments)
{
    struct mc_order end = {.act = MC_ACT_END_EXEMPTION};
    if (!arguments->values[MC_ARGUMENT_END]) {
        return exempt_until(arguments);
    }
    if (arguments->values[MC_ARGUMENT_UNTIL]) {
        mc_complain("of --until and --end only one may be given.");
        return MC_EXIT_TROUBLE;
    }
    return run(arguments, &end, "is asked for codes again");
}
