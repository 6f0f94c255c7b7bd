// SPDX-License-Identifier: Apache-2.0
#include "common/send/request.h"

#include "common/send/encode.h"
#include "common/sms_template.h"

#include <regex.h>
#include <stdio.h>
#include <strings.h>

#define URL_MAX 8192
#define HEADERS_MAX 16384
#define BODY_MAX 65536

struct values {
    struct mc_span of[MC_SMS_PLACEHOLDER_COUNT];
};

void mc_sms_request_init(struct mc_sms_request *request)
{
    mc_buffer_init(&request->url, URL_MAX);
    mc_buffer_init(&request->headers, HEADERS_MAX);
    mc_buffer_init(&request->body, BODY_MAX);
    request->idempotent = false;
}

void mc_sms_request_release(struct mc_sms_request *request)
{
    mc_buffer_release(&request->url);
    mc_buffer_release(&request->headers);
    mc_buffer_release(&request->body);
}

// Returns the placeholders found, as MC_SMS_BITs.
static unsigned expand(struct mc_buffer *out, const char *template, const struct values *values,
                       mc_encode_function *encode)
{
    unsigned found = 0;
    struct mc_span rest = mc_span_of(template);
    struct mc_sms_piece piece;
    while (mc_sms_piece_take(&rest, &piece)) {
        found |= MC_SMS_BIT(piece.what);
        if (piece.what == MC_SMS_LITERAL) {
            mc_buffer_add_span(out, piece.text);
        } else if (piece.what < MC_SMS_PLACEHOLDER_COUNT) {
            encode(out, values->of[piece.what]);
        } else {
            out->failure =
                MC_MALFORMED; // the configuration was checked; this is not one of its templates
        }
    }
    return found;
}

static struct mc_span content_type_of(const struct mc_config *config)
{
    static const char name[] = "Content-Type:";
    for (size_t i = 0; i < config->sms_header.count; i++) {
        const char *header = config->sms_header.items[i];
        if (strncasecmp(header, name, strlen(name)) == 0) {
            header += strlen(name);
            return mc_span_of(header + strspn(header, " \t"));
        }
    }
    return (struct mc_span){0};
}

static enum mc_result first_failure(const struct mc_sms_request *request)
{
    const struct mc_buffer *parts[] = {&request->url, &request->headers, &request->body};
    for (size_t i = 0; i < MC_COUNT(parts); i++) {
        enum mc_result result = mc_buffer_result(parts[i]);
        if (result != MC_OK) {
            return result;
        }
    }
    return MC_OK;
}

static enum mc_result make_basic(const struct mc_config *config, const struct mc_secret *password,
                                 struct mc_buffer *basic)
{
    MC_AUTO_BUFFER struct mc_buffer plain;
    mc_buffer_init(&plain, HEADERS_MAX);
    mc_buffer_add_text(&plain, config->sms_user);
    mc_buffer_add_byte(&plain, ':');
    mc_buffer_add_span(&plain, mc_secret_span(password));
    mc_encode_base64(basic, mc_buffer_span(&plain));
    return mc_buffer_result(&plain) == MC_OK ? mc_buffer_result(basic) : mc_buffer_result(&plain);
}

enum mc_result mc_sms_request_build(const struct mc_config *config, const struct mc_job *job,
                                    const struct mc_secret *password,
                                    struct mc_sms_request *request)
{
    MC_AUTO_BUFFER struct mc_buffer basic;
    mc_buffer_init(&basic, HEADERS_MAX);
    enum mc_result result = make_basic(config, password, &basic);
    const struct values values = {{
        [MC_SMS_TO] = job->to,
        [MC_SMS_TO_DIGITS] = {job->to.data + 1, job->to.size - 1},
        [MC_SMS_TEXT] = job->text,
        [MC_SMS_CODING] = mc_span_of(mc_text_is_gsm(job->text) ? "0" : "2"),
        [MC_SMS_ID] = job->id,
        [MC_SMS_SERVICE] = mc_span_of(config->service_name),
        [MC_SMS_USER] = mc_span_of(config->sms_user),
        [MC_SMS_PASSWORD] = mc_secret_span(password),
        [MC_SMS_BASIC] = mc_buffer_span(&basic),
    }};
    (void)expand(&request->url, config->sms_url, &values, mc_encode_url);
    (void)expand(&request->body, config->sms_body, &values,
                 mc_encode_for_type(content_type_of(config)));
    for (size_t i = 0; i < config->sms_header.count; i++) {
        unsigned found =
            expand(&request->headers, config->sms_header.items[i], &values, mc_encode_header);
        mc_buffer_add_byte(&request->headers, '\0');
        request->idempotent = request->idempotent || (found & MC_SMS_BIT(MC_SMS_ID));
    }
    return result == MC_OK ? first_failure(request) : result;
}

static bool status_matches(const char *pattern, long status)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%03ld", status);
    return strcmp(pattern, text) == 0 || (strcmp(pattern + 1, "xx") == 0 && pattern[0] == text[0]);
}

static bool body_matches(const char *pattern, const char *body)
{
    regex_t expression;
    if (regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }
    bool matches = regexec(&expression, body, 0, NULL, 0) == 0;
    regfree(&expression);
    return matches;
}

bool mc_sms_is_accepted(const struct mc_config *config, long status, const char *body)
{
    bool accepted = false;
    for (size_t i = 0; i < config->sms_accept_status.count; i++) {
        accepted = accepted || status_matches(config->sms_accept_status.items[i], status);
    }
    return accepted && (!config->sms_accept_body[0] || body_matches(config->sms_accept_body, body));
}
