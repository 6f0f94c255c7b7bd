// SPDX-License-Identifier: Apache-2.0
// The first request of a conversation: first factor or API password where asked for, then the
// second step.
#include "common/api_password.h"
#include "common/field.h"
#include "pam_mycred/login/login.h"

enum mc_result login_read_account(struct exchange *exchange)
{
    const struct mc_context *context = &exchange->login->context;
    struct mc_account *account = &exchange->account;
    mc_account_release(account);
    enum mc_result result = mc_account_find(context, exchange->request->user, account);
    if (result == MC_UNKNOWN_USER && account->other_spelling) {
        // the system may let this name in as the other: it must not pass for unknown here
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "other-spelling");
        return MC_WRONG;
    }
    if (result == MC_OK) {
        result = mc_group_rules_read(context, account, exchange->request->user, &exchange->groups);
    }
    if (result != MC_OK) {
        if (result != MC_UNKNOWN_USER) {
            const char *damaged = account->damaged;
            note_failure(exchange, result,
                         result == MC_BAD_DATA && account->entry && !damaged ? "group mycredRequire"
                                                                             : damaged);
        }
        mc_account_release(account);
        return result;
    }
    mc_rules_apply(context, account, &exchange->groups, &exchange->rules);
    if (exchange->request->methods) {
        exchange->rules.usable &= exchange->request->methods;
    }
    exchange->language =
        mc_language_choose(account->language, exchange->login->config->default_language);
    return MC_OK;
}

static bool wants_verification(const struct exchange *exchange)
{
    int require = exchange->rules.require;
    return exchange->account.chosen != MC_METHOD_NONE || require == MC_REQUIRE_ON ||
           require == MC_REQUIRE_ENROL;
}

// Nothing usable, or nothing chosen where a choice is demanded: only the site can help.
static enum mc_result refuse_without_method(struct exchange *exchange)
{
    const char *site = exchange->login->config->site_url;
    enum mc_language language = exchange->language;
    say_text(exchange, WIRE_ERROR,
             mc_text(language, "Login verification is required, but you have no way to verify "
                               "yet."));
    if (site[0]) {
        mc_buffer_format(say(exchange, WIRE_ERROR), mc_text(language, "Set one up at %s"), site);
    } else {
        say_text(exchange, WIRE_ERROR, mc_text(language, "Ask your administrator to set one up."));
    }
    mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason",
                      mc_result_word(MC_NO_METHOD));
    return MC_NO_METHOD;
}

// That nothing is asked follows from what the entry does not have, so that must be certain.
static enum mc_result switched_off(struct exchange *exchange)
{
    enum mc_result result = mc_account_check_sight(&exchange->login->context, &exchange->account);
    if (result != MC_OK) {
        note_failure(exchange, result, NULL);
        return result;
    }
    (void)note(exchange, MC_EVENT_LOGIN_OFF);
    return MC_OFF;
}

enum mc_result login_begin_second_step(struct exchange *exchange)
{
    const struct mc_rules *rules = &exchange->rules;
    if (rules->locked) {
        return login_ask_decoy(exchange, MC_LOCKED);
    }
    if (rules->exempt || rules->require == MC_REQUIRE_OFF) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_EXEMPT), "by",
                          rules->exempt ? "mycredExemptUntil" : "mycredRequire=off");
        return MC_EXEMPT;
    }
    if (!wants_verification(exchange)) {
        bool may_say_so = exchange->request->flags & (WIRE_NULLOK | WIRE_FIRST_FACTOR) ||
                          exchange->state.for_password;
        if (may_say_so) {
            return switched_off(exchange);
        }
        return login_ask_decoy(exchange, MC_WRONG);
    }
    bool must_choose =
        rules->require == MC_REQUIRE_ENROL && exchange->account.chosen == MC_METHOD_NONE;
    enum mc_method method = login_best_method(exchange);
    if (must_choose || method == MC_METHOD_NONE) {
        return refuse_without_method(exchange);
    }
    if (exchange->request->fallback == WIRE_FALLBACK_NONE && exchange->account.chosen &&
        method != exchange->account.chosen) {
        return refuse_without_method(exchange);
    }
    return login_ask_by(exchange, method, false);
}

// `forward_pass`: the code at the end of the password. Where the end cannot be a code, all of it is
// the password.
static bool split_code(const struct exchange *exchange, struct mc_span *password,
                       struct mc_span *ret_code)
{
    size_t digits = (size_t)exchange->login->config->code_digits;
    if (exchange->account.chosen == MC_METHOD_TOTP) {
        digits = 6;
    }
    if (!(exchange->request->flags & WIRE_FORWARD_PASS) || password->size <= digits ||
        !wants_verification(exchange)) {
        return false;
    }
    *ret_code = (struct mc_span){password->data + password->size - digits, digits};
    if (!mc_field_is_digits(*ret_code)) {
        return false;
    }
    password->size -= digits;
    return true;
}

static enum mc_result check_first_factor(struct exchange *exchange, struct mc_span password)
{
    struct mc_password_state policy;
    enum mc_result result = mc_directory_check_password(exchange->login->directory,
                                                        exchange->account.dn, password, &policy);
    exchange->one_time_over =
        exchange->one_time_over || (result == MC_WRONG && policy.one_time_over);
    if (result == MC_OK && policy.must_change) {
        exchange->reply_flags |= WIRE_MUST_CHANGE;
    }
    return result;
}

void login_note_wrong_password(struct exchange *exchange)
{
    if (exchange->one_time_over && !exchange->rules.locked) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason",
                          "one-time-password-over");
        say_text(exchange, WIRE_ERROR,
                 mc_text(exchange->language, "This one-time password has run out. Ask your "
                                             "administrator for a new one."));
    } else {
        (void)note(exchange, MC_EVENT_PASSWORD_WRONG);
    }
}

static enum mc_result refuse_password(struct exchange *exchange, enum mc_result result)
{
    if (result == MC_WRONG) {
        login_note_wrong_password(exchange);
    } else {
        note_failure(exchange, result, NULL);
    }
    return result;
}

// One box for both: the code counts only once the password is proved.
static enum mc_result start_with_both(struct exchange *exchange, struct mc_span password,
                                      struct mc_span code)
{
    enum mc_result result = check_first_factor(exchange, password);
    if (result != MC_OK) {
        return result;
    }
    result = login_begin_second_step(exchange);
    if (result != MC_ASK || exchange->state.stage != STAGE_CODE || exchange->job.size) {
        return result; // over already, or a code is only now on its way
    }
    struct wire_request request = *exchange->request;
    request.answer = code;
    request.prompts_left = 0;
    exchange->request = &request;
    say_nothing(exchange);
    result = login_answer(exchange);
    exchange->request = NULL; // the caller's frame is the request again
    return result;
}

static enum mc_result start_with_password(struct exchange *exchange)
{
    const struct wire_request *request = exchange->request;
    struct mc_span password = request->password, code = {NULL, 0};
    enum mc_result result = MC_WRONG;
    if (split_code(exchange, &password, &code)) {
        result = start_with_both(exchange, password, code);
        exchange->request = request;
        if (result != MC_WRONG || exchange->noted_count) {
            return result; // decided; else the password may itself end in digits
        }
    }
    result = check_first_factor(exchange, request->password);
    return result == MC_OK ? login_begin_second_step(exchange) : refuse_password(exchange, result);
}

static enum mc_result check_login_password_of_api(struct exchange *exchange)
{
    enum mc_result result = check_first_factor(exchange, exchange->request->password);
    if (result == MC_OK && (exchange->reply_flags & WIRE_MUST_CHANGE)) {
        return MC_WRONG; // a program cannot change it
    }
    if (result == MC_OK) {
        mc_event_add_text(note(exchange, MC_EVENT_API_PASSWORD_VERIFIED), "credential", "login");
    }
    return result;
}

static enum mc_result check_own_api_password(struct exchange *exchange)
{
    struct mc_api_password found = {0};
    const struct mc_context *context = &exchange->login->context;
    const struct wire_request *request = exchange->request;
    enum mc_result result = mc_api_password_check(context, &exchange->account, request->service,
                                                  request->password, &found);
    if (result == MC_OK) {
        mc_buffer_format(note(exchange, MC_EVENT_API_PASSWORD_VERIFIED), " credential=%u",
                         found.id);
        mc_attempt_note_use(context, &exchange->account, "api");
    }
    return result;
}

static enum mc_result check_api_password(struct exchange *exchange)
{
    if (exchange->rules.locked) {
        mc_event_add_text(note(exchange, MC_EVENT_API_PASSWORD_REFUSED), "reason", "locked");
        return MC_LOCKED;
    }
    enum mc_result result = mc_api_allow_login_password(&exchange->login->context,
                                                        &exchange->account, &exchange->rules);
    if (result == MC_OK) {
        result = check_login_password_of_api(exchange);
    } else if (result == MC_WRONG) {
        result = check_own_api_password(exchange);
    }
    if (result == MC_WRONG) {
        (void)note(exchange, MC_EVENT_API_PASSWORD_REFUSED);
    } else if (result != MC_OK) {
        note_failure(exchange, result, "mycredApiPassword");
    }
    return result;
}

// `result`, once as much has been asked of the directory as for somebody it knows: the connection
// and the bind take longer than all the rest.
static enum mc_result refuse_nobody(struct exchange *exchange, enum mc_result result)
{
    const struct login *login = exchange->login;
    struct mc_password_state policy;
    MC_AUTO_BUFFER struct mc_buffer dn;
    mc_buffer_init(&dn, 4096);
    if ((exchange->request->flags & (WIRE_FIRST_FACTOR | WIRE_DECOY)) != WIRE_FIRST_FACTOR) {
        return result;
    }
    mc_buffer_format(&dn, "cn=nobody has this name,%s", login->config->ldap_base);
    enum mc_result asked = mc_directory_check_password(login->directory, mc_buffer_text(&dn),
                                                       exchange->request->password, &policy);
    if (asked == MC_OK || asked == MC_WRONG) {
        return result;
    }
    note_failure(exchange, asked, NULL);
    return asked;
}

enum mc_result login_start(struct exchange *exchange)
{
    const uint32_t flags = exchange->request->flags;
    bool password_first = flags & (WIRE_FIRST_FACTOR | WIRE_API_PASSWORD);
    exchange->state.started = exchange->login->context.now();
    if ((flags & WIRE_DECOY) && !password_first) {
        return login_ask_decoy(exchange, MC_WRONG);
    }
    enum mc_result result = login_read_account(exchange);
    bool is_nobody = result == MC_UNKNOWN_USER || result == MC_WRONG;
    if (is_nobody && (password_first || (flags & WIRE_DECOY))) {
        // the name may be a password typed in the wrong place: only with debug
        return refuse_nobody(exchange, result);
    }
    if (is_nobody) {
        return login_ask_decoy(exchange, result);
    }
    if (result != MC_OK) {
        return result;
    }
    if (flags & WIRE_DECOY) {
        return MC_WRONG; // sshd's filler where a password belongs
    }
    if (flags & WIRE_API_PASSWORD) {
        return check_api_password(exchange);
    }
    return flags & WIRE_FIRST_FACTOR ? start_with_password(exchange)
                                     : login_begin_second_step(exchange);
}

enum mc_result login_account_phase(struct exchange *exchange)
{
    enum mc_result result = login_read_account(exchange);
    if (result != MC_OK) {
        return result;
    }
    if (exchange->rules.locked) {
        mc_event_add_text(note(exchange, MC_EVENT_LOGIN_REFUSED), "reason", "locked");
        return MC_LOCKED;
    }
    return MC_OK;
}
