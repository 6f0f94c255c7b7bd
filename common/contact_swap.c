// SPDX-License-Identifier: Apache-2.0
#include "common/contact_swap.h"

#include "common/field.h"
#include "common/seal.h"

#define VERIFIED_MAX 512 // bytes

void mc_contact_swap_release(struct mc_contact_swap *swap)
{
    mc_buffer_release(&swap->verified);
}

// `mail 20261121210000Z k1:<hash>`: vouches for the new value alone.
static enum mc_result write_verified(const struct mc_context *context,
                                     const struct mc_account *account, const char *kind,
                                     const char *address, struct mc_buffer *value)
{
    const struct mc_seal_context about = {"mycredVerified", account->uuid, mc_span_of(kind)};
    char now[MC_TIME_TEXT];
    mc_time_format(context->now(), now);
    mc_buffer_init(value, VERIFIED_MAX);
    mc_buffer_format(value, "%s %s ", kind, now);
    return mc_keyed_hash(context->keys, &about, mc_span_of(address), value);
}

// The stored value the old address was read from, in its own spelling.
static void replace_value(const struct mc_context *context, const struct mc_account *account,
                          enum mc_method channel, const char *address, struct mc_changes *changes)
{
    const struct mc_config *config = context->config;
    const char *attribute =
        channel == MC_METHOD_EMAIL ? config->mail_attribute : config->mobile_attribute;
    struct mc_values values = mc_entry_values(account->entry, attribute);
    bool there = false;
    for (size_t i = 0; i < values.count; i++) {
        if (mc_span_equals(values.items[i], address)) {
            there = true;
        } else if (values.count == 1 ||
                   mc_account_holds(context, account, channel, values.items[i])) {
            mc_changes_add(changes, MC_CHANGE_DELETE, attribute, values.items[i]);
        }
    }
    if (!there) {
        mc_changes_add(changes, MC_CHANGE_ADD, attribute, mc_span_of(address));
    }
}

static void drop_marks(const struct mc_account *account, const char *kind,
                       struct mc_changes *changes)
{
    struct mc_values marks = mc_entry_values(account->entry, "mycredVerified");
    for (size_t i = 0; i < marks.count; i++) {
        struct mc_span rest = marks.items[i];
        if (mc_span_equals(mc_field_next(&rest, ' '), kind)) {
            mc_changes_add(changes, MC_CHANGE_DELETE, "mycredVerified", marks.items[i]);
        }
    }
}

enum mc_result mc_contact_swap_make(const struct mc_context *context,
                                    const struct mc_account *account, enum mc_method channel,
                                    const char *address, struct mc_contact_swap *ret_swap)
{
    const char *kind = channel == MC_METHOD_EMAIL ? "mail" : "mobile";
    replace_value(context, account, channel, address, &ret_swap->changes);
    drop_marks(account, kind, &ret_swap->changes);
    enum mc_result result = write_verified(context, account, kind, address, &ret_swap->verified);
    mc_changes_add(&ret_swap->changes, MC_CHANGE_ADD, "mycredVerified",
                   mc_buffer_span(&ret_swap->verified));
    return result;
}
