// SPDX-License-Identifier: Apache-2.0
#include "common/notice_private.h"

#include "common/random.h"
#include "common/seal.h"

#include <stdio.h>

#define ID_SIZE 13              // characters of base32: 65 bits
#define HOST_MARK "h-"          // before an id: sealed by a host
#define LEASE (120 * MC_SECOND) // of the process that sends; past it another one tries
#define LEASE_MAX (15 * 60 * MC_SECOND)
#define PLAIN_MAX 1024   // bytes of a sealed event
#define VALUE_MAX 4096   // bytes of a stored one
#define IN_ONE_MODIFY 10 // notices, each of which takes two changes

static struct mc_seal_context seal_context(const struct mc_account *account, struct mc_span id)
{
    return (struct mc_seal_context){"mycredNotice", account->uuid, id};
}

static bool is_host_id(struct mc_span id)
{
    return id.size > strlen(HOST_MARK) && memcmp(id.data, HOST_MARK, strlen(HOST_MARK)) == 0;
}

static bool hosts_may_tell(unsigned event)
{
    return event == MC_NOTICE_WRONG_CODES || event == MC_NOTICE_DISABLED;
}

enum mc_result mc_notice_write(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_notice *notice, struct mc_buffer *value)
{
    MC_AUTO_SECRET struct mc_secret random = {0};
    MC_AUTO_BUFFER struct mc_buffer plain, id;
    char created[MC_TIME_TEXT], when[MC_TIME_TEXT];
    mc_buffer_init(&plain, PLAIN_MAX);
    mc_buffer_init(&id, 64);
    mc_time_format(context->now(), created);
    mc_time_format(notice->when, when);
    mc_buffer_format(&plain, "%d %s %s %s", notice->event, when, notice->source,
                     notice->parameter ? notice->parameter : "");
    enum mc_result result = mc_buffer_result(&plain);
    if (result == MC_OK) {
        result = mc_random_base32(ID_SIZE, &random);
    }
    if (result != MC_OK) {
        return result;
    }
    mc_buffer_format(&id, "%s%s", context->site_keys ? "" : HOST_MARK, random.data);
    const struct mc_seal_context about = seal_context(account, mc_buffer_span(&id));
    mc_buffer_format(value, "%s %s - ", mc_buffer_text(&id), created);
    return mc_seal(context->site_keys ? context->site_keys : context->keys, &about,
                   mc_buffer_span(&plain), value);
}

// Hosts have the keys they seal with, so what they sealed is theirs to choose: what becomes part of
// a message is one word of an address's letters.
static bool is_place(struct mc_span source)
{
    bool plain = source.size > 0 && source.size <= MC_NOTICE_SOURCE_MAX;
    for (size_t i = 0; plain && i < source.size; i++) {
        plain = source.data[i] && strchr(MC_NOTICE_SOURCE_LETTERS, source.data[i]);
    }
    return plain;
}

static bool is_sound(const struct mc_notice_opened *opened, bool by_host)
{
    mc_time when = 0;
    bool host_may =
        hosts_may_tell(opened->event) && is_place(opened->source) && opened->parameter.size == 0;
    return mc_time_parse(opened->when, &when) == MC_OK && (!by_host || host_may);
}

static enum mc_result open_value(const struct mc_context *context, const struct mc_account *account,
                                 struct mc_span id, struct mc_span sealed,
                                 struct mc_notice_opened *opened)
{
    const struct mc_seal_context about = seal_context(account, id);
    bool by_host = is_host_id(id);
    enum mc_result result =
        mc_unseal(by_host ? context->keys : context->site_keys, &about, sealed, &opened->text);
    if (result != MC_OK) {
        return result;
    }
    struct mc_span rest = mc_secret_span(&opened->text);
    bool known =
        mc_field_number(mc_field_next(&rest, ' '), 1, MC_NOTICE_EVENT_COUNT - 1, &opened->event);
    opened->id = id;
    opened->when = mc_field_next(&rest, ' ');
    opened->source = mc_field_next(&rest, ' ');
    opened->parameter = rest;
    return known && is_sound(opened, by_host) ? MC_OK : MC_BAD_DATA;
}

struct waiting {
    struct mc_span value, id, created, sealed;
};

static struct waiting read_value(struct mc_span value, struct mc_span *ret_held)
{
    struct mc_span rest = value;
    struct waiting waiting = {.value = value, .id = mc_field_next(&rest, ' ')};
    waiting.created = mc_field_next(&rest, ' ');
    *ret_held = mc_field_next(&rest, ' ');
    waiting.sealed = rest;
    return waiting;
}

static bool is_waiting(const struct mc_context *context, struct mc_span value,
                       struct waiting *ret_waiting)
{
    struct mc_span held = {NULL, 0};
    mc_time lease = 0;
    *ret_waiting = read_value(value, &held);
    return mc_span_equals(held, "-") ||
           (mc_time_parse(held, &lease) == MC_OK && lease < context->now());
}

// What could not be sent for long is tried less often.
static mc_time lease_of(const struct mc_context *context, struct mc_span created)
{
    mc_time made = 0;
    mc_time lease = mc_time_parse(created, &made) == MC_OK ? (context->now() - made) / 8 : LEASE;
    return lease < LEASE ? LEASE : lease > LEASE_MAX ? LEASE_MAX : lease;
}

// The moment of this message takes the place of that of the one before: of two processes that would
// both send, one is too late.
static size_t add_send_time(const struct mc_account *account, const char *now,
                            struct mc_change *changes)
{
    struct mc_values sends = mc_entry_values(account->entry, "mycredSendTime");
    size_t count = 0;
    for (size_t i = 0; i < sends.count && count == 0; i++) {
        struct mc_span rest = sends.items[i];
        (void)mc_field_next(&rest, ' ');
        if (mc_span_equals(rest, "notice")) {
            changes[count++] =
                (struct mc_change){MC_CHANGE_DELETE, "mycredSendTime", sends.items[i]};
        }
    }
    changes[count++] = (struct mc_change){MC_CHANGE_ADD, "mycredSendTime", mc_span_of(now)};
    return count;
}

// One modify for some of them, the first with the moment of the message; their new values are added
// to `values`, a line each.
static enum mc_result take_leases(const struct mc_context *context,
                                  const struct mc_account *account, const struct waiting *waiting,
                                  size_t count, struct mc_buffer *values)
{
    struct mc_change changes[MC_CHANGES_MAX];
    struct mc_buffer leased[IN_ONE_MODIFY];
    char until[MC_TIME_TEXT], time[MC_TIME_TEXT], now[MC_TIME_TEXT + 16];
    enum mc_result result = MC_OK;
    mc_time_format_exact(context->now(), time);
    snprintf(now, sizeof now, "%s notice", time);
    for (size_t i = 0; i < count; i++) {
        mc_buffer_init(&leased[i], VALUE_MAX);
        mc_time_format(context->now() + lease_of(context, waiting[i].created), until);
        mc_buffer_add_span(&leased[i], waiting[i].id);
        mc_buffer_add_text(&leased[i], " ");
        mc_buffer_add_span(&leased[i], waiting[i].created);
        mc_buffer_format(&leased[i], " %s ", until);
        mc_buffer_add_span(&leased[i], waiting[i].sealed);
        result = result == MC_OK ? mc_buffer_result(&leased[i]) : result;
        changes[2 * i] = (struct mc_change){MC_CHANGE_DELETE, "mycredNotice", waiting[i].value};
        changes[2 * i + 1] =
            (struct mc_change){MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&leased[i])};
    }
    if (result == MC_OK) {
        size_t more = values->size == 0 ? add_send_time(account, now, changes + 2 * count) : 0;
        result =
            mc_directory_modify(context->directory, account->dn, changes, 2 * count + more, NULL);
    }
    for (size_t i = 0; i < count; i++) {
        if (result == MC_OK) {
            mc_buffer_add_span(values, mc_buffer_span(&leased[i]));
            mc_buffer_add_text(values, "\n");
        }
        mc_buffer_release(&leased[i]);
    }
    return result;
}

// When the last message left; 0: none is remembered.
static mc_time last_message(const struct mc_account *account)
{
    struct mc_values sends = mc_entry_values(account->entry, "mycredSendTime");
    mc_time last = 0;
    for (size_t i = 0; i < sends.count; i++) {
        struct mc_span rest = sends.items[i];
        mc_time time = 0;
        if (mc_time_parse(mc_field_next(&rest, ' '), &time) == MC_OK &&
            mc_span_equals(rest, "notice") && time > last) {
            last = time;
        }
    }
    return last;
}

static void batch_release(struct mc_notice_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        mc_secret_release(&batch->items[i].text);
    }
}

// What waits and opens. One that does not open is nobody's to tell: it stays where it is, and
// `ret_damaged` says that there is one.
static void gather(const struct mc_context *context, const struct mc_account *account,
                   struct waiting waiting[MC_NOTICES_AT_ONCE], struct mc_notice_batch *batch,
                   bool *ret_damaged)
{
    struct mc_values values = mc_entry_values(account->entry, "mycredNotice");
    *ret_damaged = false;
    for (size_t i = 0; i < values.count && batch->count < MC_NOTICES_AT_ONCE; i++) {
        struct waiting *one = &waiting[batch->count];
        struct mc_notice_opened *opened = &batch->items[batch->count];
        if (!is_waiting(context, values.items[i], one)) {
            continue;
        }
        if (open_value(context, account, one->id, one->sealed, opened) == MC_OK) {
            batch->count++;
        } else {
            mc_secret_release(&opened->text);
            *ret_damaged = true;
        }
    }
}

enum mc_result mc_notice_claim(const struct mc_context *context, struct mc_account *account,
                               struct mc_buffer *values, struct mc_buffer *jobs, mc_time *ret_from)
{
    MC_CLEANUP(batch_release) struct mc_notice_batch batch = {.count = 0};
    struct waiting waiting[MC_NOTICES_AT_ONCE];
    mc_time now = context->now(), from = last_message(account) + MC_NOTICE_GAP;
    size_t taken = 0;
    bool damaged = false;
    enum mc_result result = MC_OK;
    gather(context, account, waiting, &batch, &damaged);
    if (batch.count == 0) {
        return damaged ? MC_BAD_DATA : MC_NOT_FOUND;
    }
    if (from > now && from <= now + MC_NOTICE_GAP) { // not by a clock that ran ahead
        *ret_from = from;
        return MC_THROTTLED;
    }
    while (result == MC_OK && taken < batch.count) {
        size_t left = batch.count - taken, some = left < IN_ONE_MODIFY ? left : IN_ONE_MODIFY;
        result = take_leases(context, account, waiting + taken, some, values);
        taken += result == MC_OK ? some : 0;
    }
    if (taken == 0) {
        return result;
    }
    while (batch.count > taken) { // another process has the rest
        mc_secret_release(&batch.items[--batch.count].text);
    }
    result = mc_buffer_result(values);
    return result == MC_OK ? mc_notice_add_jobs(context, account, &batch, jobs) : result;
}

enum mc_result mc_notice_done(const struct mc_context *context, const struct mc_account *account,
                              struct mc_span values)
{
    struct mc_change changes[2 * IN_ONE_MODIFY];
    enum mc_result result = MC_OK;
    while (values.size && result == MC_OK) {
        size_t count = 0;
        while (values.size && count < 2 * IN_ONE_MODIFY) {
            struct mc_span value = mc_field_next(&values, '\n');
            changes[count++] = (struct mc_change){MC_CHANGE_DELETE, "mycredNotice", value};
        }
        result = mc_directory_modify(context->directory, account->dn, changes, count, NULL);
    }
    return result;
}

bool mc_notice_is_too_old(const struct mc_context *context, struct mc_span values)
{
    bool too_old = values.size > 0;
    while (values.size) {
        struct mc_span held = {NULL, 0};
        struct waiting waiting = read_value(mc_field_next(&values, '\n'), &held);
        mc_time created = 0;
        too_old = too_old && mc_time_parse(waiting.created, &created) == MC_OK &&
                  created + MC_NOTICE_LIFE < context->now();
    }
    return too_old;
}

bool mc_notice_waits(const struct mc_account *account)
{
    return mc_entry_values_of(account->entry, "mycredNotice").count > 0;
}
