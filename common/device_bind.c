// SPDX-License-Identifier: Apache-2.0
#include "common/device_bind.h"

#include "common/attempt.h"
#include "common/field.h"
#include "common/random.h"
#include "common/utf8.h"

#define VALUE_MAX 1024 // bytes of one stored value

// The changes of one modify and the texts they point to.
struct draft {
    struct mc_changes changes;
    struct mc_buffer device;
    struct mc_buffer recovery[MC_RECOVERY_CODES];
    char used[MC_TIME_TEXT];
    struct mc_recovery_codes codes;
};

void mc_recovery_codes_release(struct mc_recovery_codes *codes)
{
    for (size_t i = 0; i < MC_COUNT(codes->items); i++) {
        mc_secret_release(&codes->items[i]);
    }
}

static void draft_init(struct draft *draft)
{
    *draft = (struct draft){0};
    mc_buffer_init(&draft->device, VALUE_MAX);
    for (size_t i = 0; i < MC_COUNT(draft->recovery); i++) {
        mc_buffer_init(&draft->recovery[i], VALUE_MAX);
    }
}

static void draft_release(struct draft *draft)
{
    mc_buffer_release(&draft->device);
    for (size_t i = 0; i < MC_COUNT(draft->recovery); i++) {
        mc_buffer_release(&draft->recovery[i]);
    }
    mc_recovery_codes_release(&draft->codes);
}

enum mc_result mc_device_make(struct mc_device *ret_device)
{
    uint8_t bytes[MC_DEVICE_SECRET_SIZE];
    enum mc_result result = mc_random_bytes(bytes, sizeof bytes);
    struct mc_device device = {.algorithm = MC_SHA1, .digits = 6, .period = 30};
    if (result == MC_OK) {
        result = mc_secret_set(&device.secret, (struct mc_span){bytes, sizeof bytes});
    }
    mc_wipe(bytes, sizeof bytes);
    if (result == MC_OK) {
        *ret_device = device;
    }
    return result;
}

const char *mc_device_label_complaint(struct mc_span label)
{
    if (label.size == 0 || label.size > MC_DEVICE_LABEL_MAX) {
        return "must have 1 to 64 bytes";
    }
    if (!mc_utf8_is_valid(label)) {
        return "must be UTF-8";
    }
    for (size_t i = 0; i < label.size; i++) {
        if (label.data[i] < ' ' || label.data[i] == 0x7f) {
            return "must not hold control characters";
        }
    }
    return NULL;
}

// An id is never given again while a device with a higher one is there.
static unsigned next_id(const struct mc_account *account)
{
    unsigned highest = 0;
    for (size_t i = 0; i < account->devices.count; i++) {
        struct mc_span rest = account->devices.items[i];
        unsigned id = 0;
        if (mc_field_number(mc_field_next(&rest, ' '), 1, UINT32_MAX - 1, &id) && id > highest) {
            highest = id;
        }
    }
    return highest + 1;
}

static enum mc_result draft_device(const struct mc_context *context,
                                   const struct mc_account *account, struct mc_device *device,
                                   struct draft *draft)
{
    device->id = next_id(account);
    device->created = context->now();
    if (device->secret.size < MC_DEVICE_SECRET_MIN || device->secret.size > MC_DEVICE_SECRET_MAX ||
        mc_device_label_complaint(device->label)) {
        return MC_MALFORMED;
    }
    enum mc_result result = mc_device_write(context, account->uuid, device, &draft->device);
    mc_changes_add(&draft->changes, MC_CHANGE_ADD, "mycredTotp", mc_buffer_span(&draft->device));
    return result;
}

// The newest step ever spent stays the newest: no device's old codes come back.
static enum mc_result draft_step(const struct mc_account *account, mc_time proved,
                                 struct draft *draft)
{
    struct mc_values used = mc_entry_values(account->entry, "mycredTotpUsed");
    mc_time before = 0;
    if (proved == 0) {
        return MC_OK;
    }
    mc_changes_clear(&draft->changes, mc_attempt_attribute(MC_FACTOR_TOTP));
    if (used.count && mc_time_parse(used.items[0], &before) != MC_OK) {
        return MC_BAD_DATA;
    }
    if (before >= proved) {
        return MC_OK;
    }
    if (used.count) {
        mc_changes_add(&draft->changes, MC_CHANGE_DELETE, "mycredTotpUsed", used.items[0]);
    }
    mc_time_format(proved, draft->used);
    mc_changes_add(&draft->changes, MC_CHANGE_ADD, "mycredTotpUsed", mc_span_of(draft->used));
    return MC_OK;
}

static enum mc_result draft_recovery(const struct mc_context *context,
                                     const struct mc_account *account, struct draft *draft)
{
    enum mc_result result = MC_OK;
    mc_changes_clear(&draft->changes, "mycredRecovery");
    for (unsigned i = 0; result == MC_OK && i < MC_RECOVERY_CODES; i++) {
        result = mc_recovery_make(context, account->uuid, i + 1, &draft->codes.items[i],
                                  &draft->recovery[i]);
        mc_changes_add(&draft->changes, MC_CHANGE_ADD, "mycredRecovery",
                       mc_buffer_span(&draft->recovery[i]));
    }
    return result;
}

static void draft_method(const struct mc_account *account, struct draft *draft)
{
    static const char attribute[] = "mycredLoginMethod";
    const char *word = mc_method_word(MC_METHOD_TOTP);
    struct mc_values chosen = mc_entry_values(account->entry, attribute);
    if (chosen.count && mc_span_equals(chosen.items[0], word)) {
        return;
    }
    if (chosen.count) {
        mc_changes_add(&draft->changes, MC_CHANGE_DELETE, attribute, chosen.items[0]);
    }
    mc_changes_add(&draft->changes, MC_CHANGE_ADD, attribute, mc_span_of(word));
}

static void draft_also(const struct mc_changes *also, struct draft *draft)
{
    if (also) {
        mc_changes_join(&draft->changes, also);
    }
}

static enum mc_result write_draft(const struct mc_context *context,
                                  const struct mc_account *account, struct draft *draft,
                                  struct mc_recovery_codes *ret_codes)
{
    // sealed anew each time, so that no other write has it
    const struct mc_change *sign = NULL;
    for (size_t i = 0; i < draft->changes.count && !sign; i++) {
        const struct mc_change *change = &draft->changes.items[i];
        bool sealed =
            change->kind == MC_CHANGE_ADD && (strcmp(change->attribute, "mycredTotp") == 0 ||
                                              strcmp(change->attribute, "mycredRecovery") == 0);
        sign = sealed ? change : NULL;
    }
    enum mc_result result =
        sign ? mc_changes_write_surely(context->directory, account->dn, &draft->changes, sign)
             : MC_INTERNAL;
    if (result == MC_OK) {
        mc_recovery_codes_release(ret_codes);
        *ret_codes = draft->codes;
        draft->codes = (struct mc_recovery_codes){0};
    }
    return result;
}

static bool has_recovery(const struct mc_account *account)
{
    return mc_entry_values(account->entry, "mycredRecovery").count > 0;
}

enum mc_result mc_device_bind(const struct mc_context *context, const struct mc_account *account,
                              const struct mc_binding *binding, struct mc_recovery_codes *ret_codes)
{
    MC_CLEANUP(draft_release) struct draft draft;
    draft_init(&draft);
    mc_changes_add_class(&draft.changes, account->entry);
    enum mc_result result = draft_device(context, account, binding->device, &draft);
    if (result == MC_OK) {
        result = draft_step(account, binding->proved, &draft);
    }
    if (result == MC_OK && !(binding->keep_codes && has_recovery(account))) {
        result = draft_recovery(context, account, &draft);
    }
    if (result != MC_OK) {
        return result;
    }
    if (binding->choose) {
        draft_method(account, &draft);
    }
    draft_also(binding->also, &draft);
    return write_draft(context, account, &draft, ret_codes);
}

enum mc_result mc_recovery_renew(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_changes *also, struct mc_recovery_codes *ret_codes)
{
    MC_CLEANUP(draft_release) struct draft draft;
    draft_init(&draft);
    mc_changes_add_class(&draft.changes, account->entry);
    enum mc_result result = draft_recovery(context, account, &draft);
    draft_also(also, &draft);
    return result == MC_OK ? write_draft(context, account, &draft, ret_codes) : result;
}
