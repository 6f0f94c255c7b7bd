// SPDX-License-Identifier: Apache-2.0
#include "common/session.h"

#include "common/changes.h"
#include "common/field.h"
#include "common/random.h"
#include "common/seal.h"

#include <stdio.h>

#define VALUE_MAX 512   // bytes
#define COOKIE_MAX 3500 // bytes; browsers keep 4096 with name and attributes
#define TOUCH_EVERY (60 * MC_SECOND)
#define RACES_MAX 8 // with other requests of one session

static const struct mc_seal_context cookie_context = {"cookie", "", {NULL, 0}};

void mc_cookie_release(struct mc_cookie *cookie)
{
    mc_secret_release(&cookie->dn);
    mc_secret_release(&cookie->id);
    *cookie = (struct mc_cookie){0};
}

enum mc_result mc_cookie_open(const struct mc_context *context, struct mc_span text,
                              struct mc_cookie *ret_cookie)
{
    MC_AUTO_SECRET struct mc_secret opened = {0};
    if (text.size > COOKIE_MAX) {
        return MC_WRONG;
    }
    enum mc_result result = mc_unseal(context->site_keys, &cookie_context, text, &opened);
    if (result != MC_OK) {
        return result == MC_BAD_DATA ? MC_WRONG : result;
    }
    struct mc_cookie cookie = {0};
    struct mc_span rest = mc_secret_span(&opened);
    struct mc_span uuid = mc_field_next(&rest, ' ');
    struct mc_span id = mc_field_next(&rest, ' ');
    if (uuid.size >= sizeof cookie.uuid || id.size != MC_SESSION_ID_SIZE || rest.size == 0) {
        return MC_WRONG;
    }
    memcpy(cookie.uuid, uuid.data, uuid.size);
    result = mc_secret_set(&cookie.id, id);
    if (result == MC_OK) {
        result = mc_secret_set(&cookie.dn, rest);
    }
    if (result != MC_OK) {
        mc_cookie_release(&cookie);
        return result;
    }
    *ret_cookie = cookie;
    return MC_OK;
}

static struct mc_seal_context hash_context(const struct mc_account *account)
{
    return (struct mc_seal_context){"mycredSession", account->uuid, {NULL, 0}};
}

static enum mc_result read_value(struct mc_span value, struct mc_session *ret_session)
{
    struct mc_session session = {.value = value};
    struct mc_span rest = value;
    session.name = mc_field_next(&rest, ' ');
    session.hash = mc_field_next(&rest, ' ');
    struct mc_span created = mc_field_next(&rest, ' ');
    struct mc_span seen = mc_field_next(&rest, ' ');
    struct mc_span proved = mc_field_next(&rest, ' ');
    session.password = mc_field_next(&rest, ' ');
    session.method = mc_field_next(&rest, ' ');
    session.client = rest;
    // without a method it would pass for one that saw more than the password
    if (session.method.size == 0 || mc_time_parse(created, &session.created) != MC_OK ||
        mc_time_parse(seen, &session.seen) != MC_OK ||
        (!mc_span_equals(proved, "-") && mc_time_parse(proved, &session.proved) != MC_OK)) {
        return MC_BAD_DATA;
    }
    *ret_session = session;
    return MC_OK;
}

enum mc_result mc_session_at(const struct mc_account *account, size_t index,
                             struct mc_session *ret_session)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredSession");
    return index < values.count ? read_value(values.items[index], ret_session) : MC_NOT_FOUND;
}

// When the password was changed last, in the directory's own bytes: it counts in whole seconds, so
// that "before" and "after" say less than "the same".
static struct mc_span password_of(const struct mc_entry *entry)
{
    struct mc_values changed = mc_entry_values_of(entry, "pwdChangedTime");
    return changed.count ? changed.items[0] : mc_span_of("-");
}

bool mc_session_is_live(const struct mc_context *context, const struct mc_account *account,
                        const struct mc_session *session)
{
    mc_time now = context->now();
    return mc_secret_matches(session->password, password_of(account->entry)) &&
           mc_time_is_recent(session->seen, context->config->session_idle * MC_SECOND, now) &&
           mc_time_is_recent(session->created, context->config->session_life * MC_SECOND, now);
}

// The hash of a cookie's id; made once for all sessions that are hashed under one key.
struct id_hash {
    struct mc_buffer text;
    struct mc_span key_id;
};

static void id_hash_release(struct id_hash *hash)
{
    mc_buffer_release(&hash->text);
}

static bool is_hash_of(const struct mc_context *context, const struct mc_account *account,
                       const struct mc_cookie *cookie, struct mc_span stored, struct id_hash *made)
{
    const struct mc_seal_context about = hash_context(account);
    struct mc_span rest = stored;
    struct mc_span key_id = mc_field_next(&rest, ':');
    enum mc_result result = MC_OK;
    if (key_id.size != made->key_id.size || !mc_secret_matches(key_id, made->key_id)) {
        mc_buffer_clear(&made->text);
        made->key_id = key_id;
        result = mc_keyed_hash_like(context->site_keys, &about, mc_secret_span(&cookie->id), key_id,
                                    &made->text);
    }
    return result == MC_OK && mc_secret_matches(mc_buffer_span(&made->text), stored);
}

enum mc_result mc_session_find(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_cookie *cookie, struct mc_session *ret_session)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredSession");
    MC_CLEANUP(id_hash_release) struct id_hash made = {0};
    mc_buffer_init(&made.text, VALUE_MAX);
    if (strcmp(cookie->uuid, account->uuid) != 0) { // another person under the same name
        return MC_WRONG;
    }
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span rest = values.items[i];
        struct mc_session session;
        (void)mc_field_next(&rest, ' '); // the name
        if (is_hash_of(context, account, cookie, mc_field_next(&rest, ' '), &made) &&
            read_value(values.items[i], &session) == MC_OK) {
            *ret_session = session;
            return mc_session_is_live(context, account, &session) ? MC_OK : MC_WRONG;
        }
    }
    return MC_WRONG;
}

// Printable ASCII only, one line: it is shown in lists and to administrators.
static void add_client(struct mc_span client, struct mc_buffer *value)
{
    size_t size = client.size < MC_SESSION_CLIENT_MAX ? client.size : MC_SESSION_CLIENT_MAX;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = client.data[i];
        mc_buffer_add_byte(value, byte >= ' ' && byte <= '~' ? byte : '?');
    }
}

static void add_value(const struct mc_session *session, struct mc_buffer *value)
{
    char created[MC_TIME_TEXT], seen[MC_TIME_TEXT], proved[MC_TIME_TEXT] = "-";
    mc_time_format(session->created, created);
    mc_time_format(session->seen, seen);
    if (session->proved) {
        mc_time_format(session->proved, proved);
    }
    mc_buffer_add_span(value, session->name);
    mc_buffer_add_text(value, " ");
    mc_buffer_add_span(value, session->hash);
    mc_buffer_format(value, " %s %s %s ", created, seen, proved);
    mc_buffer_add_span(value, session->password);
    mc_buffer_add_text(value, " ");
    mc_buffer_add_span(value, session->method);
    mc_buffer_add_text(value, " ");
    add_client(session->client, value);
}

// Sessions that are over, and the oldest of the others when there are too many.
static void drop_old(const struct mc_context *context, const struct mc_account *account,
                     struct mc_changes *changes)
{
    struct mc_session session, oldest = {0};
    size_t live = 0;
    enum mc_result result = MC_OK;
    for (size_t i = 0; (result = mc_session_at(account, i, &session)) != MC_NOT_FOUND; i++) {
        bool is_live = result == MC_OK && mc_session_is_live(context, account, &session);
        // besides it the oldest, the new one and the class
        if (!is_live && mc_changes_has_room(changes, 1 + 3)) {
            struct mc_span value = mc_entry_values(account->entry, "mycredSession").items[i];
            mc_changes_add(changes, MC_CHANGE_DELETE, "mycredSession", value);
        }
        if (is_live && (live++ == 0 || session.seen < oldest.seen)) {
            oldest = session;
        }
    }
    if (live >= MC_SESSIONS_MAX) {
        mc_changes_add(changes, MC_CHANGE_DELETE, "mycredSession", oldest.value);
    }
}

static enum mc_result seal_cookie(const struct mc_context *context,
                                  const struct mc_account *account, const struct mc_secret *id,
                                  struct mc_buffer *cookie)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, COOKIE_MAX / 2);
    mc_buffer_format(&text, "%s %s %s", account->uuid, id->data, account->dn);
    enum mc_result result = mc_buffer_result(&text);
    return result == MC_OK
               ? mc_seal(context->site_keys, &cookie_context, mc_buffer_span(&text), cookie)
               : result;
}

// An id for a session: what the entry and what the browser keeps of it.
static enum mc_result make_id(const struct mc_context *context, const struct mc_account *account,
                              struct mc_buffer *hash, struct mc_buffer *cookie)
{
    const struct mc_seal_context about = hash_context(account);
    MC_AUTO_SECRET struct mc_secret id = {0};
    enum mc_result result = mc_random_base32(MC_SESSION_ID_SIZE, &id);
    if (result == MC_OK) {
        result = mc_keyed_hash(context->site_keys, &about, mc_secret_span(&id), hash);
    }
    return result == MC_OK ? seal_cookie(context, account, &id, cookie) : result;
}

static enum mc_result make_session(const struct mc_context *context,
                                   const struct mc_account *account, struct mc_session session,
                                   struct mc_buffer *value, struct mc_buffer *cookie)
{
    MC_AUTO_SECRET struct mc_secret name = {0};
    MC_AUTO_BUFFER struct mc_buffer hash;
    mc_buffer_init(&hash, VALUE_MAX);
    enum mc_result result = mc_random_base32(MC_SESSION_NAME_SIZE, &name);
    if (result == MC_OK) {
        result = make_id(context, account, &hash, cookie);
    }
    session.name = mc_secret_span(&name);
    session.hash = mc_buffer_span(&hash);
    session.created = session.seen = context->now();
    add_value(&session, value);
    return result == MC_OK ? mc_buffer_result(value) : result;
}

// What a new session is made of, and the changes that go with it.
struct fresh {
    struct mc_session session;
    struct mc_changes changes;
};

static struct fresh fresh_of(const struct mc_session_about *about, const struct mc_entry *entry)
{
    return (struct fresh){.session = {.password = password_of(entry),
                                      .method = mc_span_of(about->method),
                                      .client = about->client}};
}

static enum mc_result write_session(const struct mc_context *context,
                                    const struct mc_account *account, struct fresh *fresh,
                                    struct mc_buffer *ret_cookie)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, VALUE_MAX);
    enum mc_result result = make_session(context, account, fresh->session, &value, ret_cookie);
    if (result != MC_OK) {
        return result;
    }
    struct mc_changes *changes = &fresh->changes;
    mc_changes_add(changes, MC_CHANGE_ADD, "mycredSession", mc_buffer_span(&value));
    size_t own = changes->count; // another sign-in of this moment may add the class
    mc_changes_add_class(changes, account->entry);
    return mc_changes_write_own(context->directory, account->dn, changes, own);
}

enum mc_result mc_session_create(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_session_about *about, struct mc_buffer *ret_cookie)
{
    struct fresh fresh = fresh_of(about, account->entry);
    drop_old(context, account, &fresh.changes);
    return write_session(context, account, &fresh, ret_cookie);
}

enum mc_result mc_session_renew(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_session_about *about, struct mc_buffer *ret_cookie)
{
    MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
    // the account was read before the password was changed
    enum mc_result result = mc_directory_read_person(context->directory, account->dn, &entry);
    if (result != MC_OK) {
        return result;
    }
    struct fresh fresh = fresh_of(about, entry);
    mc_changes_clear(&fresh.changes, "mycredSession");
    mc_changes_clear(&fresh.changes, "mycredChallenge");
    return write_session(context, account, &fresh, ret_cookie);
}

// The session as it is stored now; its spans point into the entry.
static enum mc_result read_again(const struct mc_context *context, const struct mc_account *account,
                                 struct mc_span name, struct mc_entry **ret_entry,
                                 struct mc_session *ret_session)
{
    enum mc_result result = mc_directory_read_person(context->directory, account->dn, ret_entry);
    if (result != MC_OK) {
        return result;
    }
    struct mc_values values = mc_entry_values(*ret_entry, "mycredSession");
    for (size_t i = 0; i < values.count; i++) {
        if (read_value(values.items[i], ret_session) == MC_OK &&
            mc_secret_matches(ret_session->name, name)) {
            return MC_OK;
        }
    }
    return MC_NOT_FOUND;
}

// In place of the value it was read from.
static enum mc_result replace(const struct mc_context *context, const struct mc_account *account,
                              const struct mc_session *session)
{
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, VALUE_MAX);
    add_value(session, &value);
    const struct mc_change changes[] = {
        {MC_CHANGE_DELETE, "mycredSession", session->value},
        {MC_CHANGE_ADD, "mycredSession", mc_buffer_span(&value)},
    };
    enum mc_result result = mc_buffer_result(&value);
    return result == MC_OK ? mc_directory_modify(context->directory, account->dn, changes, 2, NULL)
                           : result;
}

void mc_session_touch(const struct mc_context *context, const struct mc_account *account,
                      const struct mc_session *session)
{
    struct mc_session used = *session;
    used.seen = context->now();
    if (used.seen - session->seen >= TOUCH_EVERY) {
        // what is lost to another request of this session, that one has noted
        (void)replace(context, account, &used);
    }
}

// The session as it is to be stored.
static struct mc_session proved_of(const struct mc_context *context,
                                   const struct mc_session *session, struct mc_span hash,
                                   bool as_login)
{
    struct mc_session proved = *session;
    proved.hash = hash;
    proved.seen = context->now();
    proved.proved = as_login ? proved.seen : session->proved;
    return proved;
}

enum mc_result mc_session_prove(const struct mc_context *context, const struct mc_account *account,
                                const struct mc_session *session, bool as_login,
                                struct mc_buffer *ret_cookie)
{
    MC_AUTO_BUFFER struct mc_buffer hash;
    mc_buffer_init(&hash, VALUE_MAX);
    enum mc_result result = make_id(context, account, &hash, ret_cookie);
    if (result != MC_OK) {
        return result;
    }
    struct mc_session proved = proved_of(context, session, mc_buffer_span(&hash), as_login);
    result = replace(context, account, &proved);
    // another request of this session has noted its use
    for (int i = 0; result == MC_LOST_RACE && i < RACES_MAX; i++) {
        MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
        struct mc_session stored;
        result = read_again(context, account, session->name, &entry, &stored);
        if (result == MC_OK && !mc_secret_matches(stored.hash, session->hash)) {
            result = MC_NOT_FOUND;
        }
        if (result == MC_OK) {
            proved = proved_of(context, &stored, mc_buffer_span(&hash), as_login);
            result = replace(context, account, &proved);
        }
    }
    return result == MC_LOST_RACE ? MC_UNAVAILABLE : result;
}

static enum mc_result delete_value(const struct mc_context *context,
                                   const struct mc_account *account, struct mc_span value)
{
    const struct mc_change change = {MC_CHANGE_DELETE, "mycredSession", value};
    return mc_directory_modify(context->directory, account->dn, &change, 1, NULL);
}

enum mc_result mc_session_end(const struct mc_context *context, const struct mc_account *account,
                              struct mc_span value)
{
    struct mc_span name = value;
    name = mc_field_next(&name, ' ');
    enum mc_result result = delete_value(context, account, value);
    // only what is gone has ended: the value changes whenever its use is noted
    for (int i = 0; result == MC_LOST_RACE && i < RACES_MAX; i++) {
        MC_CLEANUP(mc_entry_free_pointer) struct mc_entry *entry = NULL;
        struct mc_session fresh;
        result = read_again(context, account, name, &entry, &fresh);
        if (result == MC_OK) {
            result = delete_value(context, account, fresh.value);
        }
    }
    return result == MC_LOST_RACE ? MC_UNAVAILABLE : result;
}
