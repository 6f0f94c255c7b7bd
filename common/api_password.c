// SPDX-License-Identifier: Apache-2.0
#include "common/api_password.h"

#include "common/field.h"
#include "common/random.h"
#include "common/seal.h"

#define DETAIL_MAX 512 // bytes

// The clear fields of a value, `detail` being all of them as text.
struct value_fields {
    struct mc_api_password about;
    struct mc_span detail, sealed;
};

static enum mc_result read_value(struct mc_span value, struct value_fields *ret_fields)
{
    struct value_fields fields = {0};
    struct mc_span rest = value;
    struct mc_span id = mc_field_next(&rest, ' ');
    struct mc_span created = mc_field_next(&rest, ' ');
    struct mc_span expiry = mc_field_next(&rest, ' ');
    fields.about.scope = mc_field_next(&rest, ' ');
    fields.detail = (struct mc_span){
        value.data, (size_t)(fields.about.scope.data + fields.about.scope.size - value.data)};
    fields.sealed = mc_field_next(&rest, ' ');
    fields.about.label = rest;
    if (!mc_field_number(id, 1, UINT32_MAX, &fields.about.id) || fields.about.scope.size == 0 ||
        mc_time_parse(created, &fields.about.created) != MC_OK ||
        (!mc_span_equals(expiry, "-") && mc_time_parse(expiry, &fields.about.expiry) != MC_OK)) {
        return MC_BAD_DATA;
    }
    *ret_fields = fields;
    return MC_OK;
}

enum mc_result mc_api_password_read(struct mc_span value, struct mc_api_password *ret_about)
{
    struct value_fields fields;
    enum mc_result result = read_value(value, &fields);
    if (result == MC_OK) {
        *ret_about = fields.about;
    }
    return result;
}

static bool is_in_scope(struct mc_span scope, struct mc_span service)
{
    bool found = mc_span_equals(scope, "-");
    while (scope.size && !found) {
        struct mc_span item = mc_field_next(&scope, ',');
        found = mc_secret_matches(item, service);
    }
    return found;
}

// "<id> <created> <expiry or -> <scope>"
static enum mc_result write_detail(const struct mc_api_password *about, struct mc_buffer *detail)
{
    char created[MC_TIME_TEXT], expiry[MC_TIME_TEXT] = "-";
    mc_time_format(about->created, created);
    if (about->expiry) {
        mc_time_format(about->expiry, expiry);
    }
    mc_buffer_format(detail, "%u %s %s ", about->id, created, expiry);
    mc_buffer_add_span(detail, about->scope);
    return mc_buffer_result(detail);
}

enum mc_result mc_api_password_make(const struct mc_context *context, const char *entry_uuid,
                                    const struct mc_api_password *about,
                                    struct mc_secret *ret_password, struct mc_buffer *value)
{
    MC_AUTO_SECRET struct mc_secret random = {0};
    MC_AUTO_BUFFER struct mc_buffer shown, detail;
    uint8_t digest[MC_DIGEST_SIZE];
    mc_buffer_init(&shown, 64);
    mc_buffer_init(&detail, DETAIL_MAX);
    enum mc_result result = write_detail(about, &detail);
    if (result == MC_OK) {
        result = mc_random_base32(MC_API_PASSWORD_SIZE, &random);
    }
    if (result != MC_OK) {
        return result;
    }
    mc_buffer_add_span(value, mc_buffer_span(&detail));
    mc_buffer_add_text(value, " ");
    mc_digest(mc_secret_span(&random), digest);
    const struct mc_seal_context seal = {"mycredApiPassword", entry_uuid, mc_buffer_span(&detail)};
    result = mc_seal(context->keys, &seal, (struct mc_span){digest, sizeof digest}, value);
    mc_buffer_add_text(value, " ");
    mc_buffer_add_span(value, about->label);
    mc_buffer_format(&shown, "%u-%s", about->id, random.data);
    result = result == MC_OK ? mc_buffer_result(value) : result;
    result = result == MC_OK ? mc_buffer_result(&shown) : result;
    return result == MC_OK ? mc_secret_set(ret_password, mc_buffer_span(&shown)) : result;
}

static enum mc_result check_value(const struct mc_context *context,
                                  const struct mc_account *account,
                                  const struct value_fields *fields, struct mc_span random)
{
    MC_AUTO_SECRET struct mc_secret stored = {0};
    uint8_t digest[MC_DIGEST_SIZE];
    const struct mc_seal_context seal = {"mycredApiPassword", account->uuid, fields->detail};
    enum mc_result result = mc_unseal(context->keys, &seal, fields->sealed, &stored);
    if (result != MC_OK) {
        return result;
    }
    mc_digest(random, digest);
    return mc_secret_matches(mc_secret_span(&stored), (struct mc_span){digest, sizeof digest})
               ? MC_OK
               : MC_WRONG;
}

enum mc_result mc_api_password_check(const struct mc_context *context,
                                     const struct mc_account *account, struct mc_span service,
                                     struct mc_span password, struct mc_api_password *ret_found)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredApiPassword");
    struct mc_span random = password;
    struct mc_span id = mc_field_next(&random, '-');
    unsigned wanted = 0;
    if (!mc_field_number(id, 1, UINT32_MAX, &wanted) || random.size != MC_API_PASSWORD_SIZE) {
        return MC_WRONG;
    }
    for (size_t i = 0; i < values.count; i++) {
        struct value_fields fields;
        struct mc_span rest = values.items[i];
        struct mc_span stored_id = mc_field_next(&rest, ' ');
        if (!mc_secret_matches(stored_id, id)) {
            continue;
        }
        if (read_value(values.items[i], &fields) != MC_OK) {
            return MC_BAD_DATA;
        }
        enum mc_result result = check_value(context, account, &fields, random);
        bool expired = fields.about.expiry && fields.about.expiry <= context->now();
        if (result == MC_OK && (expired || !is_in_scope(fields.about.scope, service))) {
            result = MC_WRONG;
        }
        if (result == MC_OK) {
            *ret_found = fields.about;
        }
        return result;
    }
    return MC_WRONG;
}

bool mc_api_takes_login_password(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_rules *rules)
{
    bool required = rules->require == MC_REQUIRE_ON || rules->require == MC_REQUIRE_ENROL;
    return context->config->api_accepts_login_password && !required && !rules->locked &&
           account->chosen == MC_METHOD_NONE &&
           mc_entry_values(account->entry, "mycredApiPassword").count == 0;
}

enum mc_result mc_api_allow_login_password(const struct mc_context *context,
                                           const struct mc_account *account,
                                           const struct mc_rules *rules)
{
    static const char *const own[] = {"mycredApiPassword", NULL};
    if (!mc_api_takes_login_password(context, account, rules)) {
        return MC_WRONG;
    }
    enum mc_result result = mc_account_check_sight(context, account);
    return result == MC_OK ? mc_directory_check_sight(context->directory, account->dn, own)
                           : result;
}
