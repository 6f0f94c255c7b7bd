// SPDX-License-Identifier: Apache-2.0
#include "common/command/record.h"

#include "common/field.h"
#include "common/help.h"
#include "common/utf8.h"

#include <stdio.h>

#define ITEM_MAX 1024 // bytes of one column

void mc_record_init(struct mc_record *record, const struct mc_context *context,
                    const struct mc_account *account, const struct mc_rules *rules)
{
    *record = (struct mc_record){.context = context, .account = account, .rules = rules};
    mc_reseal_count(context, account, &record->sealed);
}

static size_t count_of(const struct mc_record *record, const char *attribute)
{
    return mc_entry_values(record->account->entry, attribute).count;
}

// ---- columns; each writes its text, or nothing for "none"

typedef void write_column(const struct mc_record *record, struct mc_buffer *out);

static void write_user(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_add_text(
        out, mc_entry_text(record->account->entry, record->context->config->login_attribute));
}

static void write_dn(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_add_text(out, record->account->dn);
}

static void write_damaged(const struct mc_record *record, struct mc_buffer *out)
{
    if (!record->rules) {
        mc_buffer_add_text(out, record->account->damaged ? record->account->damaged : "group");
    }
}

static void write_method(const struct mc_record *record, struct mc_buffer *out)
{
    if (record->account->chosen != MC_METHOD_NONE) {
        mc_buffer_add_text(out, mc_method_word(record->account->chosen));
    }
}

static void write_require(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_add_text(out, record->rules ? mc_require_word(record->rules->require) : "");
}

static void write_set(mc_method_set methods, struct mc_buffer *out)
{
    const char *between = "";
    for (int method = MC_METHOD_NONE + 1; method < MC_METHOD_COUNT; method++) {
        if (methods & MC_METHOD_BIT(method)) {
            mc_buffer_format(out, "%s%s", between, mc_method_word(method));
            between = " ";
        }
    }
}

static void write_usable(const struct mc_record *record, struct mc_buffer *out)
{
    write_set(record->rules ? record->rules->usable : 0, out);
}

static void write_bare(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_add_text(out, mc_record_is_bare(record) ? "true" : "false");
}

static void write_devices(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_format(out, "%zu", record->account->devices.count);
}

static void write_recovery(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_format(out, "%zu", count_of(record, "mycredRecovery"));
}

static void write_api_passwords(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_format(out, "%zu", count_of(record, "mycredApiPassword"));
}

static void write_email(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_add_text(out, record->account->email);
}

static void write_mobile(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_add_text(out, record->account->mobile);
}

static void write_time(mc_time time, struct mc_buffer *out)
{
    char text[MC_TIME_TEXT];
    if (time) {
        mc_time_format(time, text);
        mc_buffer_format(out, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text, text + 4, text + 6, text + 8,
                         text + 10, text + 12);
    }
}

static mc_time password_changed(const struct mc_record *record)
{
    struct mc_values values = mc_entry_values(record->account->entry, "pwdChangedTime");
    mc_time time = 0;
    return values.count && mc_time_parse(values.items[0], &time) == MC_OK ? time : 0;
}

static void write_locked(const struct mc_record *record, struct mc_buffer *out)
{
    write_time(record->rules && record->rules->locked ? record->account->locked_until : 0, out);
}

static void write_exempt(const struct mc_record *record, struct mc_buffer *out)
{
    write_time(record->rules && record->rules->exempt ? record->account->exempt_until : 0, out);
}

static void write_invited(const struct mc_record *record, struct mc_buffer *out)
{
    write_time(record->rules && record->rules->invited ? record->account->invited_until : 0, out);
}

static void write_asked(const struct mc_record *record, struct mc_buffer *out)
{
    struct mc_help help;
    if (mc_help_look(record->account, &help) == MC_OK) {
        mc_buffer_add_text(out, mc_help_word(help.reason));
    }
}

static void write_password_changed(const struct mc_record *record, struct mc_buffer *out)
{
    write_time(password_changed(record), out);
}

static void write_last_use(const struct mc_record *record, struct mc_buffer *out)
{
    struct mc_values values = mc_entry_values(record->account->entry, "mycredLastUse");
    mc_time last = 0;
    for (size_t i = 0; i < values.count; i++) {
        struct mc_span rest = values.items[i];
        mc_time day = 0;
        (void)mc_field_next(&rest, ' ');
        last = mc_time_parse(rest, &day) == MC_OK && day > last ? day : last;
    }
    write_time(last, out);
}

static size_t old_values(const struct mc_record *record)
{
    size_t old = 0;
    for (int kind = 0; kind < MC_SEALED_COUNT; kind++) {
        old += mc_sealed_passes((enum mc_sealed)kind) ? 0 : record->sealed.old[kind];
    }
    return old - record->sealed.stale;
}

static void write_old_keys(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_format(out, "%zu", old_values(record));
}

// ---- the table

enum form { TEXT, NUMBER, LIST, TRUTH };

static const struct {
    const char *name;
    enum form form;
    write_column *write;
} columns[] = {
    {"user", TEXT, write_user},
    {"dn", TEXT, write_dn},
    {"method", TEXT, write_method},
    {"require", TEXT, write_require},
    {"usable", LIST, write_usable},
    {"must_and_has_none", TRUTH, write_bare},
    {"devices", NUMBER, write_devices},
    {"recovery_codes", NUMBER, write_recovery},
    {"api_passwords", NUMBER, write_api_passwords},
    {"email", TEXT, write_email},
    {"mobile", TEXT, write_mobile},
    {"locked_until", TEXT, write_locked},
    {"exempt_until", TEXT, write_exempt},
    {"invited_until", TEXT, write_invited},
    {"asked_for_help", TEXT, write_asked},
    {"password_changed", TEXT, write_password_changed},
    {"last_use", TEXT, write_last_use},
    {"sealed_with_old_key", NUMBER, write_old_keys},
    {"damaged", TEXT, write_damaged},
};

bool mc_record_is_bare(const struct mc_record *record)
{
    return record->rules && mc_rules_lack_method(record->account, record->rules);
}

bool mc_record_has_old_password(const struct mc_record *record)
{
    mc_time changed = password_changed(record);
    int64_t advice = record->context->config->password_age_advice;
    return changed && advice && changed + advice * MC_SECOND < record->context->now();
}

bool mc_record_has_old_key(const struct mc_record *record)
{
    return old_values(record) > 0;
}

// ---- the forms

// With its quotes (RFC 8259); bytes that are no UTF-8 become U+FFFD.
static void add_json_text(struct mc_buffer *out, struct mc_span text)
{
    mc_buffer_add_text(out, "\"");
    while (text.size) {
        struct mc_span before = text;
        uint32_t point = 0;
        if (!mc_utf8_take(&text, &point)) {
            text = (struct mc_span){before.data + 1, before.size - 1};
            mc_buffer_add_text(out, "\\ufffd");
        } else if (point < ' ' || point == '"' || point == '\\' || point == 0x7f) {
            mc_buffer_format(out, "\\u%04x", point);
        } else {
            mc_buffer_append(out, before.data, before.size - text.size);
        }
    }
    mc_buffer_add_text(out, "\"");
}

static void add_list(struct mc_buffer *out, struct mc_span words)
{
    const char *between = "";
    mc_buffer_add_text(out, "[");
    while (words.size) {
        mc_buffer_add_text(out, between);
        add_json_text(out, mc_field_next(&words, ' '));
        between = ", ";
    }
    mc_buffer_add_text(out, "]");
}

static void add_json(struct mc_buffer *out, enum form form, struct mc_span text)
{
    switch (form) {
    case LIST:
        add_list(out, text);
        break;
    case NUMBER:
    case TRUTH:
        mc_buffer_add_span(out, text);
        break;
    case TEXT:
        if (text.size) {
            add_json_text(out, text);
        } else {
            mc_buffer_add_text(out, "null");
        }
        break;
    }
}

void mc_record_write_json(const struct mc_record *record, struct mc_buffer *out)
{
    mc_buffer_add_text(out, "{");
    for (size_t i = 0; i < MC_COUNT(columns); i++) {
        MC_AUTO_BUFFER struct mc_buffer text;
        mc_buffer_init(&text, ITEM_MAX);
        columns[i].write(record, &text);
        mc_buffer_format(out, "%s\"%s\": ", i ? ", " : "", columns[i].name);
        add_json(out, columns[i].form, mc_buffer_span(&text));
    }
    mc_buffer_add_text(out, "}");
}

// Quoted where it must be; what a spreadsheet would take for a formula gets an apostrophe.
static void add_csv(struct mc_buffer *out, struct mc_span text)
{
    bool quoted = false;
    const char *formula = text.size && strchr("=+-@\t\r", text.data[0]) ? "'" : "";
    for (size_t i = 0; i < text.size; i++) {
        quoted = quoted || text.data[i] == 0 || strchr(",\"\r\n", text.data[i]);
    }
    mc_buffer_format(out, "%s%s", quoted ? "\"" : "", formula);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"') {
            mc_buffer_add_text(out, "\"");
        }
        mc_buffer_add_byte(out, text.data[i]);
    }
    mc_buffer_add_text(out, quoted ? "\"" : "");
}

void mc_record_write_csv_names(struct mc_buffer *out)
{
    for (size_t i = 0; i < MC_COUNT(columns); i++) {
        mc_buffer_format(out, "%s%s", i ? "," : "", columns[i].name);
    }
    mc_buffer_add_text(out, "\r\n");
}

void mc_record_write_csv(const struct mc_record *record, struct mc_buffer *out)
{
    for (size_t i = 0; i < MC_COUNT(columns); i++) {
        MC_AUTO_BUFFER struct mc_buffer text;
        mc_buffer_init(&text, ITEM_MAX);
        columns[i].write(record, &text);
        mc_buffer_add_text(out, i ? "," : "");
        add_csv(out, mc_buffer_span(&text));
    }
    mc_buffer_add_text(out, "\r\n");
}
