// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/login.h"

#define SAID_MAX 900 // bytes; PAM_MAX_MSG_SIZE is 512, but applications of today take more

struct mc_buffer *say(struct exchange *exchange, enum wire_style style)
{
    size_t at =
        exchange->said_count < WIRE_MESSAGES_MAX ? exchange->said_count++ : WIRE_MESSAGES_MAX - 1;
    struct said *said = &exchange->said[at];
    mc_buffer_init(&said->text, SAID_MAX);
    said->style = style;
    return &said->text;
}

void say_nothing(struct exchange *exchange)
{
    for (size_t i = 0; i < exchange->said_count; i++) {
        mc_buffer_release(&exchange->said[i].text);
    }
    exchange->said_count = 0;
}

void say_text(struct exchange *exchange, enum wire_style style, const char *text)
{
    mc_buffer_add_text(say(exchange, style), text);
}

void say_code_prompt(struct exchange *exchange, enum mc_method method, bool others)
{
    static const struct {
        const char *alone, *with_others;
    } prompts[MC_METHOD_COUNT] = {
        [MC_METHOD_TOTP] = {N_("Verification code (authenticator app): "),
                            N_("Verification code (authenticator app; ? for other ways): ")},
        [MC_METHOD_SMS] = {N_("Code from SMS (or resend): "), N_("Code from SMS (or resend, ?): ")},
        [MC_METHOD_EMAIL] = {N_("Code from e-mail (or resend): "),
                             N_("Code from e-mail (or resend, ?): ")},
    };
    const char *prompt = others ? prompts[method].with_others : prompts[method].alone;
    say_text(exchange, WIRE_PROMPT, mc_text(exchange->language, prompt));
}

void say_where_sent(struct exchange *exchange, enum mc_method method, const char *hint,
                    bool already, int64_t life)
{
    enum mc_language language = exchange->language;
    MC_AUTO_BUFFER struct mc_buffer duration;
    mc_buffer_init(&duration, 64);
    mc_text_duration(language, life, &duration);
    struct mc_buffer *text = say(exchange, WIRE_INFO);
    if (method == MC_METHOD_SMS && already) {
        mc_buffer_format(text,
                         mc_text(language, "A code was already sent by SMS to a number ending in "
                                           "%s. It is valid for %s more."),
                         hint, mc_buffer_text(&duration));
    } else if (method == MC_METHOD_SMS) {
        mc_buffer_format(text,
                         mc_text(language, "A code was sent by SMS to a number ending in %s. It is "
                                           "valid for %s."),
                         hint, mc_buffer_text(&duration));
    } else if (already) {
        mc_buffer_format(text,
                         mc_text(language, "A code was already sent by e-mail to an address "
                                           "beginning with %s. It is valid for %s more."),
                         hint, mc_buffer_text(&duration));
    } else {
        mc_buffer_format(text,
                         mc_text(language, "A code was sent by e-mail to an address beginning "
                                           "with %s. It is valid for %s."),
                         hint, mc_buffer_text(&duration));
    }
}

static int64_t seconds_until(const struct exchange *exchange, mc_time time)
{
    return (time - exchange->login->context.now() + MC_SECOND - 1) / MC_SECOND;
}

void say_wait(struct exchange *exchange, mc_time from, bool has_code)
{
    enum mc_language language = exchange->language;
    MC_AUTO_BUFFER struct mc_buffer duration;
    mc_buffer_init(&duration, 64);
    mc_text_duration(language, seconds_until(exchange, from), &duration);
    mc_buffer_format(say(exchange, WIRE_INFO),
                     has_code
                         ? mc_text(language, "Please wait %s before asking again.")
                         : mc_text(language, "A new code can be sent in %s: type resend then."),
                     mc_buffer_text(&duration));
}

void say_wrong(struct exchange *exchange, unsigned tries_left)
{
    if (tries_left == 0) {
        say_text(exchange, WIRE_ERROR, mc_text(exchange->language, "That code is not right."));
        return;
    }
    mc_buffer_format(say(exchange, WIRE_ERROR),
                     mc_text_n(exchange->language, "That code is not right. %u try left.",
                               "That code is not right. %u tries left.", tries_left),
                     tries_left);
}

void say_throttled(struct exchange *exchange, mc_time retry_at)
{
    enum mc_language language = exchange->language;
    if (retry_at == INT64_MAX) {
        say_text(exchange, WIRE_ERROR,
                 mc_text(language, "Too many wrong codes. Ask your administrator to unlock login "
                                   "verification."));
        return;
    }
    MC_AUTO_BUFFER struct mc_buffer duration;
    mc_buffer_init(&duration, 64);
    mc_text_duration(language, seconds_until(exchange, retry_at), &duration);
    mc_buffer_format(say(exchange, WIRE_ERROR),
                     mc_text(language, "Too many wrong codes. Try again in %s."),
                     mc_buffer_text(&duration));
}

void say_way(struct exchange *exchange, unsigned number, enum mc_method method)
{
    enum mc_language language = exchange->language;
    struct mc_buffer *text = say(exchange, WIRE_CHOICE);
    char hint[4] = "";
    mc_buffer_format(text, "%u  ", number);
    if (method == MC_METHOD_TOTP) {
        mc_buffer_add_text(text, mc_text(language, "authenticator app"));
        return;
    }
    mc_contact_hint(method, mc_account_address(&exchange->account, method), hint);
    mc_buffer_format(text,
                     method == MC_METHOD_SMS
                         ? mc_text(language, "SMS to a number ending in %s")
                         : mc_text(language, "e-mail to an address beginning with %s"),
                     hint);
}
