// SPDX-License-Identifier: Apache-2.0
#include "common/send/transfer.h"

#include "common/send/deadline.h"

#include <stdio.h>
#include <sys/random.h>

#define CONNECT_MILLISECONDS 5000
// An answer that has begun comes at 16 bytes a second at least, looked at after three seconds.
#define SLOW_BYTES_A_SECOND 16
#define SLOW_MILLISECONDS 3000

static bool take(struct mc_transfer *transfer, size_t size, size_t already)
{
    if (transfer->first_byte == 0) {
        transfer->first_byte = mc_deadline_now();
    }
    transfer->too_long = transfer->too_long || size > MC_REPLY_MAX - already;
    return !transfer->too_long;
}

static size_t take_head(char *data, size_t unit, size_t count, void *user)
{
    (void)data;
    (void)unit;
    struct mc_transfer *transfer = user;
    if (!take(transfer, count, transfer->head_size)) {
        return 0;
    }
    transfer->head_size += count;
    return count;
}

static size_t take_body(char *data, size_t unit, size_t count, void *user)
{
    (void)unit;
    struct mc_transfer *transfer = user;
    if (!take(transfer, count, transfer->body.size)) {
        return 0;
    }
    mc_buffer_append(&transfer->body, data, count);
    return mc_buffer_result(&transfer->body) == MC_OK ? count : 0;
}

static int watch_speed(void *user, curl_off_t expected, curl_off_t got, curl_off_t to_send,
                       curl_off_t sent)
{
    (void)expected;
    (void)got;
    (void)to_send;
    (void)sent;
    struct mc_transfer *transfer = user;
    if (transfer->first_byte == 0) {
        return 0;
    }
    int64_t elapsed = mc_deadline_now() - transfer->first_byte;
    int64_t bytes = (int64_t)(transfer->head_size + transfer->body.size);
    transfer->too_slow =
        elapsed > SLOW_MILLISECONDS && bytes * 1000 < elapsed * SLOW_BYTES_A_SECOND;
    return transfer->too_slow;
}

struct number {
    CURLoption option;
    long value;
};

struct text {
    CURLoption option;
    const char *value; // libcurl keeps a copy
};

static enum mc_result set_numbers(CURL *handle, const struct number *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (curl_easy_setopt(handle, numbers[i].option, numbers[i].value) != CURLE_OK) {
            return MC_INTERNAL;
        }
    }
    return MC_OK;
}

static enum mc_result set_texts(CURL *handle, const struct text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (curl_easy_setopt(handle, texts[i].option, texts[i].value) != CURLE_OK) {
            return MC_INTERNAL;
        }
    }
    return MC_OK;
}

static enum mc_result set_limits(CURL *handle, int64_t end)
{
    int64_t left = end - mc_deadline_now();
    left = left > 0 ? left : 1; // 0 would mean no limit
    const struct number numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_TIMEOUT_MS, (long)left},
        {CURLOPT_CONNECTTIMEOUT_MS,
         (long)(left < CONNECT_MILLISECONDS ? left : CONNECT_MILLISECONDS)},
        {CURLOPT_MAXFILESIZE, MC_REPLY_MAX},
        // without it, letting the handle go waits for a name server that does not answer
        {CURLOPT_QUICK_EXIT, 1},
    };
    return set_numbers(handle, numbers, MC_COUNT(numbers));
}

static enum mc_result set_privacy(CURL *handle, const struct mc_transfer_target *target)
{
    const struct number numbers[] = {
        {CURLOPT_CERTINFO, target->probe},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
        {CURLOPT_NETRC, CURL_NETRC_IGNORED},
        {CURLOPT_FORBID_REUSE, 1},
        {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
        {CURLOPT_SSL_VERIFYPEER, 1},
        {CURLOPT_SSL_VERIFYHOST, 2},
    };
    const struct text texts[] = {
        {CURLOPT_URL, target->url},
        {CURLOPT_PROTOCOLS_STR, target->protocols},
        {CURLOPT_PROXY, ""},
        {CURLOPT_NOPROXY, "*"},
    };
    // the path is cleared so that the file alone is trusted, and not the system's folder as well
    const struct text trust[] = {{CURLOPT_CAINFO, target->ca_file}, {CURLOPT_CAPATH, NULL}};
    enum mc_result result = set_numbers(handle, numbers, MC_COUNT(numbers));
    if (result == MC_OK) {
        result = set_texts(handle, texts, MC_COUNT(texts));
    }
    if (result == MC_OK && target->ca_file[0]) {
        result = set_texts(handle, trust, MC_COUNT(trust));
    }
    return result;
}

static enum mc_result set_callbacks(struct mc_transfer *transfer)
{
    CURL *handle = transfer->handle;
    bool set = curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_head) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watch_speed) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_XFERINFODATA, transfer) == CURLE_OK &&
               curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
    return set ? MC_OK : MC_INTERNAL;
}

enum mc_result mc_transfer_init(struct mc_transfer *transfer,
                                const struct mc_transfer_target *target)
{
    *transfer = (struct mc_transfer){.handle = curl_easy_init()};
    mc_buffer_init(&transfer->body, MC_REPLY_MAX);
    if (!transfer->handle) {
        return MC_NO_MEMORY;
    }
    enum mc_result result = set_limits(transfer->handle, target->end);
    if (result == MC_OK) {
        result = set_privacy(transfer->handle, target);
    }
    return result == MC_OK ? set_callbacks(transfer) : result;
}

void mc_transfer_release(struct mc_transfer *transfer)
{
    curl_easy_cleanup(transfer->handle);
    transfer->handle = NULL;
    mc_buffer_release(&transfer->body);
}

CURLcode mc_transfer_perform(struct mc_transfer *transfer)
{
    return curl_easy_perform(transfer->handle);
}

// libcurl's "2026-11-21 20:15:33 GMT".
static enum mc_result read_end(const char *text, mc_time *ret_end)
{
    char digits[MC_TIME_TEXT] = "";
    size_t count = 0;
    for (; *text && count < sizeof digits - 2; text++) {
        if (*text >= '0' && *text <= '9') {
            digits[count++] = *text;
        }
    }
    digits[count] = 'Z';
    return mc_time_parse(mc_span_of(digits), ret_end);
}

// libcurl gives each certificate of the chain as lines "Name:value", the server's own first.
void mc_transfer_note_certificate(const struct mc_transfer *transfer,
                                  struct mc_send_outcome *outcome)
{
    struct curl_certinfo *chain = NULL;
    bool shown = curl_easy_getinfo(transfer->handle, CURLINFO_CERTINFO, &chain) == CURLE_OK &&
                 chain && chain->num_of_certs > 0;
    for (struct curl_slist *line = shown ? chain->certinfo[0] : NULL; line; line = line->next) {
        if (strncasecmp(line->data, "Expire date:", 12) == 0 &&
            read_end(line->data + 12, &outcome->certificate_end) != MC_OK) {
            outcome->certificate_end = 0;
        }
    }
}

static const struct {
    CURLcode code;
    enum mc_send_cause cause;
    const char *reason;
} explanations[] = {
    {CURLE_COULDNT_RESOLVE_HOST, MC_SEND_UNREACHABLE, "the name of the gateway does not resolve"},
    {CURLE_COULDNT_CONNECT, MC_SEND_UNREACHABLE, "connection refused or host unreachable"},
    {CURLE_PEER_FAILED_VERIFICATION, MC_SEND_UNTRUSTED, "certificate refused"},
    {CURLE_SSL_CACERT_BADFILE, MC_SEND_CONFIGURATION, "the CA file cannot be used"},
    {CURLE_SSL_ISSUER_ERROR, MC_SEND_UNTRUSTED, "certificate refused"},
    {CURLE_USE_SSL_FAILED, MC_SEND_UNTRUSTED, "the server does not offer STARTTLS"},
    {CURLE_LOGIN_DENIED, MC_SEND_CREDENTIALS, "sign-in refused"},
    {CURLE_FILESIZE_EXCEEDED, MC_SEND_ANSWER, "the answer is longer than 64 KiB"},
    {CURLE_UNSUPPORTED_PROTOCOL, MC_SEND_ANSWER, "the answer is of another protocol"},
    {CURLE_OUT_OF_MEMORY, MC_SEND_INTERNAL, "out of memory"},
};

static void explain(struct mc_send_outcome *outcome, enum mc_send_cause cause, const char *reason)
{
    outcome->cause = cause;
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
}

// Until something was sent, whatever went wrong was on the way there.
static void explain_other(CURLcode code, bool sent, struct mc_send_outcome *outcome)
{
    if (code == CURLE_OPERATION_TIMEDOUT) {
        explain(outcome, sent ? MC_SEND_TIMEOUT : MC_SEND_UNREACHABLE,
                sent ? "no answer in time" : "no answer in time, before anything was sent");
    } else if (code == CURLE_SSL_CONNECT_ERROR && !sent) {
        explain(outcome, MC_SEND_UNTRUSTED, "TLS handshake failed");
    } else {
        explain(outcome, sent ? MC_SEND_LOST : MC_SEND_UNREACHABLE,
                sent ? "the connection ended before the answer" : "the connection ended early");
    }
}

void mc_transfer_explain(const struct mc_transfer *transfer, CURLcode code, bool sent,
                         struct mc_send_outcome *outcome)
{
    size_t row = 0;
    while (row < MC_COUNT(explanations) && explanations[row].code != code) {
        row++;
    }
    if (transfer->too_long) {
        explain(outcome, MC_SEND_ANSWER, "the answer is longer than 64 KiB");
    } else if (transfer->too_slow) {
        explain(outcome, MC_SEND_TIMEOUT, "the answer comes too slowly");
    } else if (row < MC_COUNT(explanations)) {
        explain(outcome, explanations[row].cause, explanations[row].reason);
    } else {
        explain_other(code, sent, outcome);
    }
    if (outcome->cause == MC_SEND_UNTRUSTED && transfer->error[0]) {
        size_t used = strlen(outcome->reason);
        (void)snprintf(outcome->reason + used, sizeof(outcome->reason) - used, ": %s",
                       transfer->error);
    }
}

unsigned mc_transfer_pause(unsigned tries)
{
    uint16_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
        random = (uint16_t)mc_deadline_now();
    }
    unsigned base = 100u << (tries > 3 ? 3 : tries);
    return base / 2 + random % base;
}
