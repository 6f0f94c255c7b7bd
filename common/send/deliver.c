// SPDX-License-Identifier: Apache-2.0
#include "common/send/deliver.h"

#include "common/send/deadline.h"
#include "common/send/transfer.h"
#include "common/url.h"

#include <stdio.h>
#include <time.h>

#define PASSWORD_MAX 1024

// What the two channels call the same things.
struct channel {
    const char *url_option, *url;
    const char *password_file, *ca_file;
    mc_delivery_try *try;
};

static struct channel channel_of(const struct mc_config *config, enum mc_method method)
{
    if (method == MC_METHOD_SMS) {
        return (struct channel){"sms_url", config->sms_url, config->sms_password_file,
                                config->sms_ca_file, mc_sms_try};
    }
    return (struct channel){"smtp_url", config->smtp_url, config->smtp_password_file,
                            config->smtp_ca_file, mc_smtp_try};
}

static enum mc_result refuse(struct mc_send_outcome *outcome, const char *reason)
{
    outcome->cause = MC_SEND_CONFIGURATION;
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
    return MC_BAD_CONFIG;
}

// The first line of the file, without the break that editors add.
static enum mc_result read_password(const char *path, struct mc_send_outcome *outcome,
                                    struct mc_secret *password)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&content, PASSWORD_MAX);
    enum mc_result result =
        mc_file_read_trusted(path, MC_FILE_GROUP, PASSWORD_MAX, &error, &content);
    if (result != MC_OK) {
        return refuse(outcome, mc_buffer_text(&error));
    }
    struct mc_span line = mc_buffer_span(&content);
    if (line.size && line.data[line.size - 1] == '\n') {
        line.size--;
    }
    if (line.size == 0 || memchr(line.data, '\n', line.size) ||
        memchr(line.data, '\0', line.size)) {
        (void)snprintf(outcome->reason, sizeof(outcome->reason),
                       "%s: must hold one line, the password", path);
        outcome->cause = MC_SEND_CONFIGURATION;
        return MC_BAD_CONFIG;
    }
    return mc_secret_set(password, line);
}

// libcurl reads the file by its name; who could change it could make any server trusted.
static enum mc_result check_ca_file(const char *path, struct mc_send_outcome *outcome)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    MC_AUTO_BUFFER struct mc_buffer content;
    const size_t maximum = 4 << 20;
    mc_buffer_init(&error, 512);
    mc_buffer_init(&content, maximum);
    enum mc_result result = mc_file_read_trusted(path, MC_FILE_ANYBODY, maximum, &error, &content);
    return result == MC_OK ? MC_OK : refuse(outcome, mc_buffer_text(&error));
}

static enum mc_result prepare(struct mc_delivery *delivery, const struct channel *channel,
                              struct mc_send_outcome *outcome)
{
    struct mc_url url;
    if (!mc_url_split(channel->url, &url)) {
        (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s is not set",
                       channel->url_option);
        outcome->cause = MC_SEND_CONFIGURATION;
        return MC_BAD_CONFIG;
    }
    outcome->gateway = url.authority;
    enum mc_result result = MC_OK;
    if (channel->password_file[0]) {
        result = read_password(channel->password_file, outcome, &delivery->password);
    }
    if (result == MC_OK && channel->ca_file[0]) {
        result = check_ca_file(channel->ca_file, outcome);
    }
    return result;
}

static void rest(unsigned milliseconds)
{
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0) {
    }
}

static void announce(const struct mc_send_outcome *outcome)
{
    struct mc_send_outcome late = *outcome;
    late.cause = MC_SEND_TIMEOUT;
    (void)snprintf(late.reason, sizeof(late.reason), "stuck beyond the deadline");
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, 512);
    mc_send_outcome_format(&late, &line);
    mc_deadline_set_line(mc_buffer_text(&line));
}

void mc_deliver(struct mc_delivery *delivery, struct mc_send_outcome *outcome)
{
    struct channel channel = channel_of(delivery->config, delivery->job->channel);
    if (prepare(delivery, &channel, outcome) != MC_OK) {
        return;
    }
    for (;;) {
        bool idempotent = false;
        struct mc_send_outcome last = {.gateway = outcome->gateway, .tries = outcome->tries + 1};
        announce(&last);
        channel.try(delivery, &last, &idempotent);
        *outcome = last;
        unsigned pause = mc_transfer_pause(outcome->tries);
        if (!mc_send_may_repeat(outcome->cause, outcome->tries, idempotent) ||
            mc_deadline_now() + pause >= delivery->end) {
            return;
        }
        rest(pause);
    }
}
