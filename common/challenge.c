// SPDX-License-Identifier: Apache-2.0
#include "common/challenge_private.h"
#include "common/limit.h"

#include <stdio.h>

// The clear fields of one stored value.
struct fields {
    mc_time created, expiry;
    unsigned writer;
    struct mc_span detail, hash; // detail: all before the hash
};

void mc_challenge_kind(const struct mc_challenge *challenge, char kind[MC_CHALLENGE_KIND_SIZE])
{
    bool of_flow = challenge->flow[0] != '\0';
    snprintf(kind, MC_CHALLENGE_KIND_SIZE, "%s%s%.*s/%s", challenge->purpose, of_flow ? "." : "",
             MC_CHALLENGE_TAG_SIZE, challenge->flow, mc_method_word(challenge->channel));
}

bool mc_challenge_is_of_kind(struct mc_span value, const struct mc_challenge *challenge)
{
    char kind[MC_CHALLENGE_KIND_SIZE];
    mc_challenge_kind(challenge, kind);
    return mc_span_equals(mc_field_next(&value, ' '), kind);
}

bool mc_challenge_is_voided_by(struct mc_span value, const struct mc_challenge *challenge)
{
    struct mc_span channel = mc_field_next(&value, ' ');
    struct mc_span purpose = mc_field_next(&channel, '/');
    if (mc_challenge_is_reset(challenge)) {
        return false;
    }
    purpose = mc_field_next(&purpose, '.');
    return mc_span_equals(purpose, challenge->purpose) &&
           mc_span_equals(channel, mc_method_word(challenge->channel));
}

bool mc_challenge_is_reset(const struct mc_challenge *challenge)
{
    return strcmp(challenge->purpose, "reset") == 0;
}

static enum mc_result read_fields(struct mc_span value, struct fields *ret_fields)
{
    struct fields fields = {0};
    struct mc_span rest = value;
    (void)mc_field_next(&rest, ' ');
    struct mc_span created = mc_field_next(&rest, ' ');
    struct mc_span expiry = mc_field_next(&rest, ' ');
    struct mc_span writer = mc_field_next(&rest, ' ');
    fields.hash = rest;
    fields.detail = (struct mc_span){value.data, value.size - rest.size};
    if (mc_time_parse(created, &fields.created) != MC_OK ||
        mc_time_parse(expiry, &fields.expiry) != MC_OK || writer.size < 2 ||
        writer.data[0] != 'w' ||
        !mc_field_number((struct mc_span){writer.data + 1, writer.size - 1}, 1, 99,
                         &fields.writer)) {
        return MC_BAD_DATA;
    }
    *ret_fields = fields;
    return MC_OK;
}

// Live: not expired, of this server, and with fewer wrong tries since it was made than a code may
// have. `own`: the charge of the attempt that asks.
static enum mc_result is_live(const struct mc_context *context, const struct mc_account *account,
                              const struct mc_challenge *challenge, const struct fields *fields,
                              struct mc_span own, bool *ret_live)
{
    unsigned wrong = 0;
    mc_time now = context->now();
    struct mc_values failures = mc_entry_values(account->entry, "mycredCodeFailure");
    enum mc_result result = MC_OK;
    // those count their tries by themselves, and an invitation's code is too long to be guessed
    if (!mc_challenge_is_reset(challenge) && strcmp(challenge->purpose, MC_CHALLENGE_INVITE) != 0) {
        result = mc_limit_count_since(failures, own, fields->created, &wrong);
    }
    // one server after another may be the writer; a code belongs to the one that made it, since the
    // rest may lag
    unsigned writer = mc_directory_writer(context->directory);
    *ret_live = fields->expiry > now && fields->created <= now + MC_CLOCKS_APART &&
                (writer == 0 || fields->writer == writer) && wrong < context->config->code_tries;
    return result;
}

enum mc_result mc_challenge_look(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_challenge *challenge,
                                 struct mc_pending *ret_pending)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredChallenge");
    struct mc_pending pending = {0};
    for (size_t i = 0; i < values.count; i++) {
        struct fields fields;
        bool live = false;
        if (!mc_challenge_is_of_kind(values.items[i], challenge)) {
            continue;
        }
        enum mc_result result = read_fields(values.items[i], &fields);
        if (result == MC_OK) {
            result =
                is_live(context, account, challenge, &fields, (struct mc_span){NULL, 0}, &live);
        }
        if (result != MC_OK) {
            return result;
        }
        if (live) {
            pending = (struct mc_pending){true, fields.expiry, values.items[i]};
        }
    }
    *ret_pending = pending;
    return MC_OK;
}

const struct mc_keys *mc_challenge_keys(const struct mc_context *context,
                                        const struct mc_challenge *challenge)
{
    return strcmp(challenge->purpose, "login") == 0 ? context->keys : context->site_keys;
}

const char *mc_challenge_address(const struct mc_account *account,
                                 const struct mc_challenge *challenge)
{
    return challenge->address ? challenge->address
                              : mc_account_address(account, challenge->channel);
}

enum mc_result mc_challenge_hashed_text(const struct mc_account *account,
                                        const struct mc_challenge *challenge, struct mc_span code,
                                        struct mc_buffer *out)
{
    const char *address = mc_challenge_address(account, challenge);
    mc_buffer_format(out, "%zu:%s%zu:%s", strlen(address), address, strlen(challenge->flow),
                     challenge->flow);
    mc_buffer_add_span(out, code);
    return mc_buffer_result(out);
}

// Whether one stored value is live and of the hashed text.
static enum mc_result match_value(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_challenge *challenge, struct mc_span value,
                                  struct mc_span text, struct mc_span own)
{
    struct fields fields;
    bool live = false;
    if (!mc_challenge_is_of_kind(value, challenge)) {
        return MC_WRONG;
    }
    enum mc_result result = read_fields(value, &fields);
    if (result == MC_OK) {
        result = is_live(context, account, challenge, &fields, own, &live);
    }
    if (result != MC_OK) {
        return result;
    }
    const struct mc_seal_context about = {"mycredChallenge", account->uuid, fields.detail};
    result = mc_keyed_hash_check(mc_challenge_keys(context, challenge), &about, text, fields.hash);
    return result == MC_OK && !live ? MC_WRONG : result;
}

// The live value this code belongs to. A damaged one hides no other that is right.
enum mc_result mc_challenge_match(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct mc_challenge *challenge, struct mc_span code,
                                  struct mc_span own, struct mc_span *ret_value)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredChallenge");
    enum mc_result found = MC_WRONG;
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, MC_CHALLENGE_VALUE_MAX);
    enum mc_result result = mc_challenge_hashed_text(account, challenge, code, &text);
    for (size_t i = 0; result == MC_OK && i < values.count; i++) {
        enum mc_result match =
            match_value(context, account, challenge, values.items[i], mc_buffer_span(&text), own);
        if (match == MC_OK) {
            *ret_value = values.items[i];
            found = MC_OK;
        } else if (match == MC_BAD_DATA) {
            found = found == MC_OK ? MC_OK : MC_BAD_DATA;
        } else if (match != MC_WRONG) {
            result = match; // could not be compared, which is no wrong code
        }
    }
    return result == MC_OK ? found : result;
}

enum mc_result mc_attempt_challenge(const struct mc_context *context, struct mc_account *account,
                                    const struct mc_challenge *challenge, struct mc_span typed,
                                    struct mc_attempt *ret_attempt)
{
    struct mc_span value = {NULL, 0};
    enum mc_result result = mc_attempt_charge(context, MC_FACTOR_CODE, account, ret_attempt);
    if (result == MC_OK) {
        result = mc_challenge_match(context, account, challenge, typed,
                                    mc_span_of(ret_attempt->charge), &value);
    }
    if (result == MC_BAD_DATA && !ret_attempt->damaged) {
        ret_attempt->damaged = "mycredChallenge";
    }
    if (result != MC_OK) {
        return result;
    }
    const struct mc_change change = {MC_CHANGE_DELETE, "mycredChallenge", value};
    result = mc_attempt_spend(context, MC_FACTOR_CODE, account, &change, 1, ret_attempt);
    if (result == MC_OK) {
        mc_attempt_note_use(context, account, mc_method_word(challenge->channel));
    }
    return result;
}

enum mc_result mc_challenge_find_mark(const struct mc_context *context,
                                      const struct mc_account *account,
                                      const struct mc_challenge *challenge,
                                      struct mc_span *ret_value)
{
    return mc_challenge_match(context, account, challenge, mc_span_of(MC_CHALLENGE_MARK),
                              (struct mc_span){NULL, 0}, ret_value);
}
