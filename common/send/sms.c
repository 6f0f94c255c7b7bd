// SPDX-License-Identifier: Apache-2.0
#include "common/send/deliver.h"

#include "common/send/request.h"
#include "common/send/transfer.h"

#include <stdio.h>

static void free_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
    *list = NULL;
}

static enum mc_result add_header(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*list, header);
    if (!longer) {
        return MC_NO_MEMORY;
    }
    *list = longer;
    return MC_OK;
}

static enum mc_result make_list(const struct mc_sms_request *request, struct curl_slist **list)
{
    // libcurl would wait a second for "100 Continue", and call a body without a type a form by
    // itself
    enum mc_result result = add_header(list, "Expect:");
    size_t at = 0;
    while (result == MC_OK && at < request->headers.size) {
        const char *header = request->headers.data + at;
        result = add_header(list, header);
        at += strlen(header) + 1;
    }
    return result;
}

static enum mc_result set_request(CURL *handle, const struct mc_delivery *delivery,
                                  const struct mc_sms_request *request, struct curl_slist *list)
{
    const struct mc_config *config = delivery->config;
    if (delivery->probe) {
        return curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK ? MC_OK : MC_INTERNAL;
    }
    bool set =
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list) == CURLE_OK &&
        curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
    if (set && config->sms_http_method != MC_HTTP_GET) {
        set =
            curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, (long)request->body.size) == CURLE_OK &&
            curl_easy_setopt(handle, CURLOPT_POSTFIELDS, mc_buffer_text(&request->body)) ==
                CURLE_OK;
    }
    if (set && config->sms_http_method == MC_HTTP_PUT) {
        set = curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "PUT") == CURLE_OK;
    }
    return set ? MC_OK : MC_INTERNAL;
}

static const struct {
    long first, last;
    enum mc_send_cause cause;
} statuses[] = {
    {401, 401, MC_SEND_CREDENTIALS}, {403, 403, MC_SEND_CREDENTIALS}, {429, 429, MC_SEND_BUSY},
    {400, 499, MC_SEND_REFUSED},     {502, 502, MC_SEND_LOST},        {504, 504, MC_SEND_LOST},
    {500, 599, MC_SEND_BUSY},        {0, 999, MC_SEND_ANSWER},
};

static void judge_answer(const struct mc_config *config, const struct mc_transfer *transfer,
                         struct mc_send_outcome *outcome)
{
    if (mc_sms_is_accepted(config, outcome->status, mc_buffer_text(&transfer->body))) {
        outcome->cause = MC_SEND_ACCEPTED;
        return;
    }
    size_t row = 0;
    while (outcome->status < statuses[row].first || outcome->status > statuses[row].last) {
        row++;
    }
    outcome->cause = statuses[row].cause;
}

static void send_request(const struct mc_delivery *delivery, const struct mc_sms_request *request,
                         struct mc_send_outcome *outcome)
{
    MC_AUTO_TRANSFER struct mc_transfer transfer;
    MC_CLEANUP(free_list) struct curl_slist *list = NULL;
    const struct mc_transfer_target target = {mc_buffer_text(&request->url), "http,https",
                                              delivery->config->sms_ca_file, delivery->end,
                                              delivery->probe};
    enum mc_result result = mc_transfer_init(&transfer, &target);
    if (result == MC_OK) {
        result = make_list(request, &list);
    }
    if (result == MC_OK) {
        result = set_request(transfer.handle, delivery, request, list);
    }
    if (result != MC_OK) {
        outcome->cause = MC_SEND_INTERNAL;
        return;
    }
    CURLcode code = mc_transfer_perform(&transfer);
    long sent = 0;
    (void)curl_easy_getinfo(transfer.handle, CURLINFO_RESPONSE_CODE, &outcome->status);
    (void)curl_easy_getinfo(transfer.handle, CURLINFO_REQUEST_SIZE, &sent);
    mc_transfer_note_certificate(&transfer, outcome);
    if (code == CURLE_OK && delivery->probe) {
        outcome->cause = MC_SEND_ACCEPTED;
    } else if (code == CURLE_OK) {
        judge_answer(delivery->config, &transfer, outcome);
    } else {
        mc_transfer_explain(&transfer, code, sent > 0, outcome);
    }
}

void mc_sms_try(const struct mc_delivery *delivery, struct mc_send_outcome *outcome,
                bool *ret_idempotent)
{
    MC_AUTO_SMS_REQUEST struct mc_sms_request request;
    mc_sms_request_init(&request);
    enum mc_result result =
        mc_sms_request_build(delivery->config, delivery->job, &delivery->password, &request);
    if (result != MC_OK) {
        outcome->cause = result == MC_MALFORMED ? MC_SEND_CONFIGURATION : MC_SEND_INTERNAL;
        (void)snprintf(outcome->reason, sizeof(outcome->reason),
                       "a value has no form where sms_url, sms_header or sms_body puts it");
        return;
    }
    send_request(delivery, &request, outcome);
    *ret_idempotent = request.idempotent;
}
