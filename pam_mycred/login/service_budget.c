// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/service.h"

#include <stdio.h>

#define HOUR 3600
#define NEIGHBOURS 8 // places where one address may stand

static int64_t seconds(const struct service *service)
{
    return service->now / 1000;
}

// FNV-1a. Two addresses of one name share a count; nothing else comes of it.
static uint64_t name_of(const char *prefix)
{
    uint64_t name = 14695981039346656037u;
    for (; *prefix; prefix++) {
        name = (name ^ (uint8_t)*prefix) * 1099511628211u;
    }
    return name;
}

// Its place, or that of the one which began longest ago.
static struct mc_window *window_of(struct service *service, const char *prefix)
{
    uint64_t name = name_of(prefix);
    size_t first = name % (SERVICE_SOURCES / NEIGHBOURS) * NEIGHBOURS, oldest = first;
    for (size_t i = first; i < first + NEIGHBOURS; i++) {
        if (service->sources[i].name == name) {
            return &service->sources[i].window;
        }
        if (service->sources[i].window.start < service->sources[oldest].window.start) {
            oldest = i;
        }
    }
    service->sources[oldest].name = name;
    service->sources[oldest].window = (struct mc_window){0};
    return &service->sources[oldest].window;
}

// It may be a host's name, which anybody chose.
static void log_source(struct service *service, const char *prefix)
{
    char line[MC_SOURCE_MAX + 64];
    int size = snprintf(line, sizeof line, "event=sms_budget_spent source=%s", prefix);
    for (int i = 0; i < size; i++) {
        bool plain = line[i] > ' ' && line[i] <= '~' && line[i] != '"' && line[i] != '\\';
        line[i] = plain || i < (int)strlen("event=sms_budget_spent ") ? line[i] : '?';
    }
    service_log_limited(service, line);
}

// At the machine itself there is no address: only the host's own count holds.
static const char *take_source(struct service *service, const struct wire_send *send,
                               struct mc_window **ret_window)
{
    const struct mc_window_rule rule = {send->source_limit, HOUR};
    struct wire_request request = {0};
    char prefix[MC_SOURCE_MAX];
    int64_t from = 0;
    *ret_window = NULL;
    if (wire_request_decode(send->otherwise, &request) != MC_OK || request.rhost.size == 0) {
        return NULL;
    }
    mc_source_prefix(request.rhost, prefix);
    struct mc_window *window = window_of(service, prefix);
    if (mc_window_take(window, &rule, seconds(service), &from) == MC_OK) {
        *ret_window = window;
        return NULL;
    }
    if (mc_window_alert(window)) {
        log_source(service, prefix);
    }
    return "reason=source_budget";
}

static const char *take_sms(struct service *service, const struct wire_send *send,
                            struct mc_window **ret_source)
{
    const struct mc_window_rule rule = {send->site_limit, HOUR};
    int64_t from = 0;
    const char *cause = take_source(service, send, ret_source);
    if (cause || mc_window_take(&service->sms, &rule, seconds(service), &from) == MC_OK) {
        return cause;
    }
    if (mc_window_alert(&service->sms)) {
        service_log_limited(service, "event=sms_budget_spent of=host");
    }
    return "reason=site_budget";
}

static void give_back(struct service *service, const struct wire_send *send,
                      struct mc_window *source, bool site)
{
    const struct mc_window_rule source_rule = {send->source_limit, HOUR};
    const struct mc_window_rule site_rule = {send->site_limit, HOUR};
    if (source) {
        mc_window_return(source, &source_rule, seconds(service));
    }
    if (site) {
        mc_window_return(&service->sms, &site_rule, seconds(service));
    }
}

const char *budget_take(struct service *service, const struct wire_send *send)
{
    struct mc_window *source = NULL;
    const char *cause = NULL;
    bool sms = send->channel == MC_METHOD_SMS;
    if (sms) {
        cause = take_sms(service, send, &source);
    }
    bool allowed =
        cause || send->channel == MC_METHOD_NONE || send->pause == 0 ||
        mc_breaker_allows(&service->breakers[send->channel], seconds(service), send->pause);
    if (cause || !allowed) {
        give_back(service, send, source, sms && !cause);
    }
    return allowed ? cause : "reason=paused";
}

static void note_breaker(struct service *service, const struct wire_send *send, bool sent,
                         const char *cause)
{
    bool good = sent || !mc_breaker_counts(cause);
    if (send->pause &&
        mc_breaker_note(&service->breakers[send->channel], good, seconds(service), send->pause)) {
        service_log("event=%s method=%s", good ? "gateway_back" : "gateway_paused",
                    mc_method_word((enum mc_method)send->channel));
    }
}

void budget_note(struct service *service, const struct mc_buffer *frame, bool sent,
                 const char *cause)
{
    struct wire_send send = {0};
    if (wire_send_decode(mc_buffer_span(frame), &send) != MC_OK || send.channel == MC_METHOD_NONE) {
        return;
    }
    note_breaker(service, &send, sent, cause);
    if (sent && send.channel == MC_METHOD_SMS) {
        enum mc_alarm alarm = mc_traffic_note_sent(&service->traffic, NULL, seconds(service));
        if (alarm != MC_ALARM_NONE) {
            service_log("event=sms_unusual reason=%s", mc_alarm_word(alarm));
        }
    }
}

void budget_note_reply(struct service *service, const struct client *client)
{
    struct wire_request request = {0};
    struct wire_reply reply = {0};
    if (service->traffic.sent.count &&
        wire_request_decode(mc_buffer_span(&client->request), &request) == MC_OK &&
        request.kind == WIRE_ANSWER &&
        wire_reply_decode(mc_buffer_span(&client->reply.bytes), &reply) == MC_OK &&
        reply.result == MC_OK) {
        mc_traffic_note_verified(&service->traffic);
    }
}

int64_t budget_end(const struct service *service)
{
    return service->sms.count ? (service->sms.start + HOUR) * 1000 : 0;
}
