// SPDX-License-Identifier: Apache-2.0
#include "common/reseal.h"

#include "common/field.h"
#include "common/seal.h"

#define VALUE_MAX 4096 // bytes
#define TRIES 10       // with others who change the entry
#define AT_ONCE 8      // values in one modify

enum way { RESEALED, REHASHED, PASSING };

// How many fields stand before the sealed one, and how many of these it is bound to.
static const struct {
    unsigned before, bound;
    bool site; // sealed with the site's key
} shapes[MC_SEALED_COUNT] = {
    [MC_SEALED_DEVICE] = {3, 2, false},       [MC_SEALED_RECOVERY] = {1, 1, false},
    [MC_SEALED_API_PASSWORD] = {4, 4, false}, [MC_SEALED_NOTICE] = {3, 1, true},
    [MC_SEALED_VERIFIED] = {2, 1, false},     [MC_SEALED_CHALLENGE] = {4, 4, true},
    [MC_SEALED_SESSION] = {0, 0, true},
};

static const struct {
    const char *attribute;
    enum way way;
} kinds[MC_SEALED_COUNT] = {
#define MC_SEALED_ROW(name, attribute, way) [MC_SEALED_##name] = {attribute, way},
    MC_SEALED(MC_SEALED_ROW)
#undef MC_SEALED_ROW
};

const char *mc_sealed_attribute(enum mc_sealed kind)
{
    return kinds[kind].attribute;
}

bool mc_sealed_passes(enum mc_sealed kind)
{
    return kinds[kind].way == PASSING;
}

// A stored value taken apart; the spans together are all of it.
struct parts {
    struct mc_span head, bound, sealed, tail;
    struct mc_span lease; // of a notice
};

static struct mc_span until(struct mc_span value, const uint8_t *end)
{
    return (struct mc_span){value.data, (size_t)(end - value.data)};
}

static struct parts take_apart(enum mc_sealed kind, struct mc_span value)
{
    struct parts parts = {0};
    struct mc_span rest = value;
    for (unsigned i = 0; i < shapes[kind].before; i++) {
        struct mc_span field = mc_field_next(&rest, ' ');
        if (i + 1 == shapes[kind].bound) {
            parts.bound = until(value, field.data + field.size);
        }
        parts.lease = field;
    }
    parts.sealed = mc_field_next(&rest, ' ');
    const uint8_t *after = parts.sealed.data + parts.sealed.size;
    parts.head = until(value, parts.sealed.data);
    parts.tail = (struct mc_span){after, value.size - (size_t)(after - value.data)};
    return parts;
}

// Login codes are the hosts' affair as well, all other codes the site's; a host's own notices have
// an id that begins with "h-".
static const struct mc_keys *keys_of(const struct mc_context *context, enum mc_sealed kind,
                                     struct mc_span value)
{
    struct mc_span purpose = mc_field_next(&value, '/');
    bool login = kind == MC_SEALED_CHALLENGE && mc_span_equals(purpose, "login");
    bool of_host =
        kind == MC_SEALED_NOTICE && purpose.size > 2 && memcmp(purpose.data, "h-", 2) == 0;
    return shapes[kind].site && !login && !of_host ? context->site_keys : context->keys;
}

static bool is_old(const struct mc_keys *keys, struct mc_span sealed)
{
    const char *newest = NULL;
    (void)mc_keys_newest(keys, &newest);
    return !mc_span_equals(mc_field_next(&sealed, ':'), newest);
}

// The address that the mark vouches for, as it is stored now. MC_NOT_FOUND: none of them.
static enum mc_result find_contact(const struct mc_context *context,
                                   const struct mc_account *account,
                                   const struct mc_seal_context *about, struct mc_span hash,
                                   struct mc_span *ret_contact)
{
    const struct mc_config *config = context->config;
    bool mail = mc_span_equals(about->detail, "mail");
    struct mc_values values =
        mc_entry_values(account->entry, mail ? config->mail_attribute : config->mobile_attribute);
    for (size_t i = 0; i < values.count; i++) {
        if (mc_keyed_hash_check(context->keys, about, values.items[i], hash) == MC_OK) {
            *ret_contact = values.items[i];
            return MC_OK;
        }
    }
    return MC_NOT_FOUND;
}

// The same value by the newest key. MC_NOT_FOUND: vouches for nothing. MC_BAD_DATA: cannot be
// opened. MC_ASK: somebody else is busy with it.
static enum mc_result make_anew(const struct mc_context *context, const struct mc_account *account,
                                enum mc_sealed kind, struct mc_span value, struct mc_buffer *anew)
{
    MC_AUTO_SECRET struct mc_secret plain = {0};
    struct parts parts = take_apart(kind, value);
    const struct mc_keys *keys = keys_of(context, kind, value);
    const struct mc_seal_context about = {kinds[kind].attribute, account->uuid, parts.bound};
    struct mc_span contact = {NULL, 0};
    bool hashed = kinds[kind].way == REHASHED;
    if (kind == MC_SEALED_NOTICE && !mc_span_equals(parts.lease, "-")) {
        return MC_ASK;
    }
    enum mc_result result = hashed ? find_contact(context, account, &about, parts.sealed, &contact)
                                   : mc_unseal(keys, &about, parts.sealed, &plain);
    mc_buffer_add_span(anew, parts.head);
    if (result == MC_OK) {
        result = hashed ? mc_keyed_hash(keys, &about, contact, anew)
                        : mc_seal(keys, &about, mc_secret_span(&plain), anew);
    }
    mc_buffer_add_span(anew, parts.tail);
    return result == MC_OK ? mc_buffer_result(anew) : result;
}

static bool is_work(const struct mc_context *context, enum mc_sealed kind, struct mc_span value)
{
    const struct mc_keys *keys = keys_of(context, kind, value);
    return keys && is_old(keys, take_apart(kind, value).sealed);
}

static void count_value(const struct mc_context *context, const struct mc_account *account,
                        enum mc_sealed kind, struct mc_span value, struct mc_sealed_count *count)
{
    MC_AUTO_BUFFER struct mc_buffer anew;
    mc_buffer_init(&anew, VALUE_MAX);
    count->values[kind]++;
    if (!is_work(context, kind, value)) {
        return;
    }
    count->old[kind]++;
    if (!mc_sealed_passes(kind)) {
        enum mc_result result = make_anew(context, account, kind, value, &anew);
        count->stale += result == MC_NOT_FOUND;
        count->damaged += result == MC_BAD_DATA;
    }
}

void mc_reseal_count(const struct mc_context *context, const struct mc_account *account,
                     struct mc_sealed_count *count)
{
    for (int kind = 0; kind < MC_SEALED_COUNT; kind++) {
        struct mc_values values = mc_entry_values(account->entry, kinds[kind].attribute);
        for (size_t i = 0; i < values.count; i++) {
            count_value(context, account, (enum mc_sealed)kind, values.items[i], count);
        }
    }
}

bool mc_reseal_has_work(const struct mc_sealed_count *count)
{
    size_t old = 0;
    for (int kind = 0; kind < MC_SEALED_COUNT; kind++) {
        old += mc_sealed_passes((enum mc_sealed)kind) ? 0 : count->old[kind];
    }
    return old > count->stale + count->damaged;
}

// The changes of one modify and the values they add.
struct batch {
    struct mc_change changes[2 * AT_ONCE];
    struct mc_buffer values[AT_ONCE];
    size_t count;
    bool more; // than fit in
};

static void batch_init(struct batch *batch)
{
    *batch = (struct batch){0};
    for (size_t i = 0; i < AT_ONCE; i++) {
        mc_buffer_init(&batch->values[i], VALUE_MAX);
    }
}

static void batch_release(struct batch *batch)
{
    for (size_t i = 0; i < AT_ONCE; i++) {
        mc_buffer_release(&batch->values[i]);
    }
}

static enum mc_result add_value(const struct mc_context *context, const struct mc_account *account,
                                enum mc_sealed kind, struct mc_span value, struct batch *batch)
{
    if (!is_work(context, kind, value)) {
        return MC_OK;
    }
    if (batch->count == AT_ONCE) {
        batch->more = true;
        return MC_OK;
    }
    struct mc_buffer *anew = &batch->values[batch->count];
    enum mc_result result = make_anew(context, account, kind, value, anew);
    if (result != MC_OK) {
        mc_buffer_clear(anew);
        return result == MC_NO_MEMORY ? result : MC_OK; // left as it is
    }
    const char *attribute = kinds[kind].attribute;
    batch->changes[2 * batch->count] = (struct mc_change){MC_CHANGE_DELETE, attribute, value};
    batch->changes[2 * batch->count + 1] =
        (struct mc_change){MC_CHANGE_ADD, attribute, mc_buffer_span(anew)};
    batch->count++;
    return MC_OK;
}

static enum mc_result fill_batch(const struct mc_context *context, const struct mc_account *account,
                                 struct batch *batch)
{
    enum mc_result result = MC_OK;
    for (int kind = 0; kind < MC_SEALED_COUNT; kind++) {
        struct mc_values values = mc_entry_values(account->entry, kinds[kind].attribute);
        for (size_t i = 0; result == MC_OK && i < values.count; i++) {
            if (!mc_sealed_passes((enum mc_sealed)kind)) {
                result = add_value(context, account, (enum mc_sealed)kind, values.items[i], batch);
            }
        }
    }
    return result;
}

// One modify with what of the person's fits into it. `ret_more`: not all did.
static enum mc_result do_batch(const struct mc_context *context, const char *dn, size_t *ret_done,
                               bool *ret_more)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    MC_CLEANUP(batch_release) struct batch batch;
    struct mc_entry *entry = NULL;
    batch_init(&batch);
    enum mc_result result = mc_directory_read_person(context->directory, dn, &entry);
    if (result == MC_OK) {
        result = mc_account_init(context, entry, &account);
    }
    if (result == MC_OK || (result == MC_BAD_DATA && account.entry)) { // damage elsewhere may be
        result = fill_batch(context, &account, &batch);
    }
    if (result == MC_OK && batch.count) {
        result = mc_directory_modify(context->directory, dn, batch.changes, 2 * batch.count, NULL);
    }
    if (result == MC_OK) {
        *ret_done += batch.count;
        *ret_more = batch.more;
    }
    return result;
}

enum mc_result mc_reseal_person(const struct mc_context *context, const char *dn, size_t *ret_done)
{
    enum mc_result result = MC_OK;
    bool more = true;
    int lost = 0;
    *ret_done = 0;
    while (more && (result == MC_OK || (result == MC_LOST_RACE && lost < TRIES))) {
        result = do_batch(context, dn, ret_done, &more);
        lost += result == MC_LOST_RACE;
    }
    return result == MC_NOT_FOUND ? MC_OK : result; // gone meanwhile
}
