// SPDX-License-Identifier: Apache-2.0
// Whether messages can be delivered: by mycred-send itself, as for a login.
#include "common/command/review.h"

#include "common/command/say.h"
#include "common/command/sender.h"
#include "common/contact.h"
#include "common/job.h"

#include <stdio.h>

#define TEXT_MAX 512 // bytes

// What mycred-send says of its failures (`cause=...`), and what helps.
static const struct {
    const char *cause, *cure;
} cures[] = {
    {"credentials", "Correct user and password file of the gateway."},
    {"refused", "See the gateway's log, and whether it may send to this receiver."},
    {"busy", "Try again later, or ask who runs the gateway."},
    {"answer", "Compare what the gateway answers with sms_accept_status and sms_accept_body."},
    {"unreachable", "Correct the address, or open the way there."},
    {"untrusted", "Name the gateway's authority in sms_ca_file or smtp_ca_file, and its right name "
                  "in the address; see that its certificate is not expired."},
    {"timeout", "See whether the gateway is overloaded or a firewall swallows packets."},
    {"lost", "See the gateway's log."},
    {"configuration", "Correct it; mycred.conf(5) explains every option."},
};

static const char *find_cure(const char *line)
{
    for (size_t i = 0; i < MC_COUNT(cures); i++) {
        char word[40];
        (void)snprintf(word, sizeof word, " cause=%s ", cures[i].cause);
        if (strstr(line, word)) {
            return cures[i].cure;
        }
    }
    return "See whether mycred is installed whole (make install).";
}

static void report(struct mc_review *review, const char *what, const struct mc_sender_end *end)
{
    if (!end->accepted) {
        mc_review_error(review, find_cure(end->line), "%s: %s", what,
                        end->line[0] ? end->line : "mycred-send said nothing");
    }
}

// What mycred-send saw of the certificate; false when nothing else is to be said of the gateway.
static bool check_certificate(struct mc_review *review, const char *option,
                              const struct mc_sender_end *end)
{
    static const char word[] = " certificate_end=";
    const char *at = strstr(end->line, word);
    const char *text = at ? at + sizeof word - 1 : "";
    const struct mc_span span = {(const uint8_t *)text, strcspn(text, " ")};
    mc_time time = 0;
    return mc_time_parse(span, &time) != MC_OK ||
           mc_review_certificate(review, time, "Have who runs that server renew it.", "%s", option);
}

static void probe(struct mc_review *review, enum mc_method channel, const char *option,
                  const char *address)
{
    struct mc_sender_end end;
    MC_AUTO_BUFFER struct mc_buffer program;
    mc_buffer_init(&program, TEXT_MAX);
    const char *word = mc_method_word(channel);
    if (!(review->admin.config->methods & MC_METHOD_BIT(channel))) {
        return;
    }
    if (!address[0]) {
        char cure[TEXT_MAX];
        (void)snprintf(cure, sizeof cure, "Set %s, or take %s out of methods.", option, word);
        mc_review_error(review, cure, "the method %s is offered, but %s is not set", word, option);
        return;
    }
    mc_review_program(review, "mycred-send", &program);
    const char *const words[] = {mc_buffer_text(&program),
                                 "--conf",
                                 mc_admin_conf(review->arguments),
                                 "--check",
                                 word,
                                 NULL};
    mc_sender_run(words, (struct mc_span){NULL, 0}, &end);
    if (check_certificate(review, option, &end)) {
        report(review, option, &end);
    }
}

// MC_METHOD_NONE for an address that is none, or that nothing may be sent to.
static enum mc_method read_address(const struct mc_config *config, const char *text,
                                   char address[MC_CONTACT_MAX])
{
    if (strchr(text, '@')) {
        return mc_email_parse(mc_span_of(text), address) == MC_OK ? MC_METHOD_EMAIL
                                                                  : MC_METHOD_NONE;
    }
    bool fine = mc_mobile_parse(mc_span_of(text), config->default_country, address) == MC_OK &&
                mc_mobile_is_allowed(address, &config->sms_countries);
    return fine ? MC_METHOD_SMS : MC_METHOD_NONE;
}

static enum mc_result write_job(const struct mc_config *config, enum mc_method channel,
                                const char *address, struct mc_buffer *job)
{
    char text[TEXT_MAX], subject[TEXT_MAX], message_id[TEXT_MAX] = "", id[17];
    const char *domain = strchr(config->mail_from, '@');
    bool is_mail = channel == MC_METHOD_EMAIL;
    (void)snprintf(id, sizeof id, "%016llx", (unsigned long long)mc_now());
    (void)snprintf(subject, sizeof subject, "%s: test message", config->service_name);
    (void)snprintf(text, sizeof text,
                   "This is a test message of %s, asked for by 'mycred check'. It needs no answer.",
                   config->service_name);
    if (is_mail) {
        (void)snprintf(message_id, sizeof message_id, "%s%s", id, domain ? domain : "@localhost");
    }
    const struct mc_job details = {
        .channel = channel,
        .to = mc_span_of(address),
        .subject = is_mail ? mc_span_of(subject) : (struct mc_span){NULL, 0},
        .message_id = mc_span_of(message_id),
        .id = mc_span_of(id),
        .text = mc_span_of(text),
    };
    return mc_job_write(&details, job);
}

static void send_test(struct mc_review *review, const char *to)
{
    const struct mc_config *config = review->admin.config;
    char address[MC_CONTACT_MAX];
    struct mc_sender_end end;
    MC_AUTO_BUFFER struct mc_buffer job, program, shown;
    mc_buffer_init(&job, MC_JOB_MAX);
    mc_buffer_init(&shown, MC_ADMIN_ERROR_MAX);
    mc_say_add(&shown, mc_span_of(to));
    mc_buffer_init(&program, TEXT_MAX);
    enum mc_method channel = read_address(config, to, address);
    if (channel == MC_METHOD_NONE) {
        mc_review_error(review,
                        "Give a number with its country code, allowed by sms_countries, or a plain "
                        "e-mail address.",
                        "nothing can be sent to '%s'", mc_buffer_text(&shown));
        return;
    }
    if (write_job(config, channel, address, &job) != MC_OK) {
        mc_review_error(review, "Correct service_name and mail_from.",
                        "no test message could be written");
        return;
    }
    mc_review_program(review, "mycred-send", &program);
    const char *const words[] = {mc_buffer_text(&program), "--conf",
                                 mc_admin_conf(review->arguments), NULL};
    mc_sender_run(words, mc_buffer_span(&job), &end);
    report(review, "test message", &end);
}

void mc_review_delivery(struct mc_review *review)
{
    const struct mc_config *config = review->admin.config;
    const char *to = review->arguments->values[MC_ARGUMENT_SEND];
    probe(review, MC_METHOD_SMS, "sms_url", config->sms_url);
    probe(review, MC_METHOD_EMAIL, "smtp_url", config->smtp_url);
    if (to) {
        send_test(review, to);
    }
}
