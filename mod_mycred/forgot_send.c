// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/forgot.h"

#include "common/reset.h"
#include "mod_mycred/sending.h"
#include "mod_mycred/shared.h"

#include <stdio.h>
#include <stdlib.h>

// What outlives the request.
struct ask {
    char typed[FLOW_TEXT_MAX], flow[FLOW_ID_SIZE + 1], id[32], source[64];
    enum mc_method channel;
    enum mc_language language;
};

static enum mc_result find_by_contact(const struct mc_context *context, const char *typed,
                                      struct mc_account *account)
{
    const struct mc_config *config = context->config;
    char contact[MC_CONTACT_MAX];
    struct mc_entry *entry = NULL;
    const char *attribute = config->mail_attribute;
    if (mc_email_parse(mc_span_of(typed), contact) != MC_OK) {
        attribute = config->mobile_attribute;
        if (mc_mobile_parse(mc_span_of(typed), config->default_country, contact) != MC_OK) {
            return MC_UNKNOWN_USER;
        }
    }
    enum mc_result result =
        mc_directory_find_contact(context->directory, attribute, mc_span_of(contact), &entry);
    return result == MC_OK ? mc_account_init(context, entry, account) : result;
}

static void log_line(const struct site *site, const struct ask *ask,
                     const struct mc_account *account, enum mc_event event, const char *reason)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(event, &line);
    mc_event_add_text(&line, "id", ask->id);
    if (account->entry) {
        mc_event_add_text(&line, "user",
                          mc_entry_text(account->entry, site->config->login_attribute));
    }
    mc_event_add_text(&line, "source", ask->source);
    mc_event_add_text(&line, "method", mc_method_word(ask->channel));
    mc_event_add_text(&line, "reason", reason);
    site_log(site, event, &line);
}

// What strangers may cost the site in all; their address was looked at before the answer, this is
// only now known to be a message.
static enum mc_result reserve(const struct site *site, enum mc_method channel)
{
    mc_time from = 0;
    return channel == MC_METHOD_SMS ? shared_take_sms(site, true, &from) : MC_OK;
}

static enum mc_result issue(struct site *site, const struct mc_context *context,
                            const struct ask *ask, struct mc_account *account)
{
    const struct mc_challenge challenge = {
        .purpose = "reset", .channel = ask->channel, .flow = ask->flow};
    const enum mc_language language =
        account->language[0] ? mc_language_choose(account->language, "en") : ask->language;
    const struct mc_issue about = {language, mc_span_of(ask->id)};
    MC_AUTO_BUFFER struct mc_buffer job;
    mc_time from = 0;
    mc_buffer_init(&job, 8192);
    enum mc_result result = reserve(site, ask->channel);
    if (result != MC_OK) {
        return result;
    }
    result = mc_challenge_issue(context, account, &challenge, &about, &job, &from);
    if (result != MC_OK) {
        if (ask->channel == MC_METHOD_SMS) {
            shared_give_back_sms(site, true);
        }
        return result;
    }
    const struct sending_task task = {.id = ask->id,
                                      .job = mc_buffer_span(&job),
                                      .dn = account->dn,
                                      .purpose = challenge.purpose,
                                      .channel = challenge.channel,
                                      .flow = challenge.flow};
    result = sending_add(site->sending, &task);
    if (result != MC_OK) {
        mc_challenge_void(context, account, &challenge);
    }
    return result;
}

static enum mc_result send_to(struct site *site, const struct mc_context *context,
                              const struct ask *ask, struct mc_account *account)
{
    enum mc_result result = mc_account_find(context, mc_span_of(ask->typed), account);
    if (result == MC_UNKNOWN_USER) {
        mc_account_release(account);
        result = find_by_contact(context, ask->typed, account);
    }
    if (result == MC_OK && account->locked_until > context->now()) {
        result = MC_LOCKED;
    }
    if (result == MC_OK && !(mc_account_proofs(context, account) & MC_METHOD_BIT(ask->channel))) {
        result = MC_NO_METHOD;
    }
    return result == MC_OK ? issue(site, context, ask, account) : result;
}

static void run(struct site *site, const struct mc_context *context, void *data)
{
    const struct ask *ask = data;
    struct mc_account account = {0};
    enum mc_result result = send_to(site, context, ask, &account);
    if (result == MC_THROTTLED) {
        log_line(site, ask, &account, MC_EVENT_SEND_LIMITED, "reset");
    } else if (result != MC_OK) {
        log_line(site, ask, &account, MC_EVENT_RESET_REFUSED, mc_result_word(result));
    }
    mc_account_release(&account);
}

enum mc_result forgot_send(struct visit *visit, const struct flow *flow)
{
    struct ask *ask = mc_allocate(sizeof *ask);
    if (!ask) {
        return MC_NO_MEMORY;
    }
    snprintf(ask->typed, sizeof ask->typed, "%s", flow->user);
    snprintf(ask->flow, sizeof ask->flow, "%s", flow->id);
    snprintf(ask->id, sizeof ask->id, "%s", visit->id);
    snprintf(ask->source, sizeof ask->source, "%s", visit->r->useragent_ip);
    ask->channel = flow->channel;
    ask->language = visit->language;
    const struct sending_work work = {.run = run, .release = free, .data = ask};
    return sending_run(visit->site->sending, &work);
}
