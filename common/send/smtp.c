// SPDX-License-Identifier: Apache-2.0
#include "common/send/deliver.h"

#include "common/send/mail.h"
#include "common/send/transfer.h"

#include <stdio.h>

#define MAIL_MAX (32 * 1024)
#define ADDRESS_MAX 260

struct upload {
    struct mc_span left;
};

static size_t give_mail(char *out, size_t unit, size_t count, void *user)
{
    (void)unit;
    struct upload *upload = user;
    size_t size = upload->left.size < count ? upload->left.size : count;
    if (size) {
        memcpy(out, upload->left.data, size);
    }
    upload->left = (struct mc_span){upload->left.data + size, upload->left.size - size};
    return size;
}

static void free_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
    *list = NULL;
}

static enum mc_result set_sign_in(CURL *handle, const struct mc_delivery *delivery)
{
    const struct mc_config *config = delivery->config;
    long tls = config->smtp_tls == MC_SMTP_PLAIN ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL;
    bool set = curl_easy_setopt(handle, CURLOPT_USE_SSL, tls) == CURLE_OK;
    if (set && config->smtp_user[0]) {
        set = curl_easy_setopt(handle, CURLOPT_USERNAME, config->smtp_user) == CURLE_OK &&
              curl_easy_setopt(handle, CURLOPT_PASSWORD, delivery->password.data) == CURLE_OK;
    }
    return set ? MC_OK : MC_INTERNAL;
}

static enum mc_result set_envelope(CURL *handle, const struct mc_delivery *delivery,
                                   struct curl_slist **recipients)
{
    char from[ADDRESS_MAX];
    char to[ADDRESS_MAX];
    const struct mc_span *address = &delivery->job->to;
    (void)snprintf(from, sizeof(from), "<%s>", delivery->config->mail_from);
    (void)snprintf(to, sizeof(to), "<%.*s>", (int)address->size, (const char *)address->data);
    *recipients = curl_slist_append(NULL, to);
    if (!*recipients) {
        return MC_NO_MEMORY;
    }
    bool set = curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, *recipients) == CURLE_OK;
    return set ? MC_OK : MC_INTERNAL;
}

static enum mc_result set_message(CURL *handle, const struct mc_delivery *delivery,
                                  struct upload *upload, struct curl_slist **recipients)
{
    bool set = curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_mail) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_READDATA, upload) == CURLE_OK;
    return set ? set_envelope(handle, delivery, recipients) : MC_INTERNAL;
}

// Signing in comes first in any case; then a command that changes nothing.
static enum mc_result set_probe(CURL *handle)
{
    bool set = curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "NOOP") == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_NOBODY, 1L) == CURLE_OK;
    return set ? MC_OK : MC_INTERNAL;
}

static const struct {
    long first, last;
    enum mc_send_cause cause;
} replies[] = {
    {530, 530, MC_SEND_CREDENTIALS}, {534, 535, MC_SEND_CREDENTIALS},
    {538, 538, MC_SEND_CREDENTIALS}, {400, 499, MC_SEND_BUSY},
    {500, 599, MC_SEND_REFUSED},
};

// The server's last reply says more than libcurl's code. Its text is not repeated: it may hold the
// address.
static bool judge_reply(struct mc_send_outcome *outcome)
{
    for (size_t i = 0; i < MC_COUNT(replies); i++) {
        if (outcome->status >= replies[i].first && outcome->status <= replies[i].last) {
            outcome->cause = replies[i].cause;
            return true;
        }
    }
    return false;
}

static void send_mail(const struct mc_delivery *delivery, struct mc_transfer *transfer,
                      struct upload *upload, struct mc_send_outcome *outcome)
{
    MC_CLEANUP(free_list) struct curl_slist *recipients = NULL;
    enum mc_result result = set_sign_in(transfer->handle, delivery);
    if (result == MC_OK && delivery->probe) {
        result = set_probe(transfer->handle);
    } else if (result == MC_OK) {
        result = set_message(transfer->handle, delivery, upload, &recipients);
    }
    if (result != MC_OK) {
        outcome->cause = MC_SEND_INTERNAL;
        return;
    }
    size_t whole = upload->left.size;
    CURLcode code = mc_transfer_perform(transfer);
    (void)curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &outcome->status);
    mc_transfer_note_certificate(transfer, outcome);
    if (code == CURLE_OK) {
        outcome->cause = MC_SEND_ACCEPTED;
    } else if (code == CURLE_USE_SSL_FAILED || !judge_reply(outcome)) {
        // the server may have taken the mail only when its end was sent
        mc_transfer_explain(transfer, code, upload->left.size < whole, outcome);
    }
}

void mc_smtp_try(const struct mc_delivery *delivery, struct mc_send_outcome *outcome,
                 bool *ret_idempotent)
{
    *ret_idempotent = false; // two mails with one Message-ID are two mails to many readers
    MC_AUTO_BUFFER struct mc_buffer mail;
    MC_AUTO_TRANSFER struct mc_transfer transfer;
    mc_buffer_init(&mail, MAIL_MAX);
    const struct mc_transfer_target target = {delivery->config->smtp_url, "smtp,smtps",
                                              delivery->config->smtp_ca_file, delivery->end,
                                              delivery->probe};
    enum mc_result result = mc_transfer_init(&transfer, &target);
    if (result == MC_OK && !delivery->probe) {
        result = mc_mail_build(delivery->config, delivery->job, time(NULL), &mail);
    }
    if (result != MC_OK) {
        outcome->cause = MC_SEND_INTERNAL;
        return;
    }
    struct upload upload = {mc_buffer_span(&mail)};
    send_mail(delivery, &transfer, &upload, outcome);
}
