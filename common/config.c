// SPDX-License-Identifier: Apache-2.0
#include "common/config_reader.h"

#include "common/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct mc_config_quoted mc_config_quoted(struct mc_span text)
{
    struct mc_config_quoted quoted = {{0}};
    size_t used = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (used + sizeof("\\x00...") > sizeof(quoted.text)) {
            memcpy(quoted.text + used, "...", sizeof("..."));
            break;
        }
        bool plain = text.data[i] >= 0x20 && text.data[i] < 0x7f;
        size_t room = sizeof(quoted.text) - used;
        used += (size_t)(plain ? snprintf(quoted.text + used, room, "%c", text.data[i])
                               : snprintf(quoted.text + used, room, "\\x%02x", text.data[i]));
    }
    return quoted;
}

MC_PRINTF(3, 0)
static void write_error(struct mc_config_reader *reader, unsigned line, const char *format,
                        va_list arguments)
{
    char *sentence = NULL;
    if (vasprintf(&sentence, format, arguments) < 0) {
        return;
    }
    if (line) {
        mc_buffer_format(reader->error, "%s:%u: %s", reader->name, line, sentence);
    } else {
        mc_buffer_format(reader->error, "%s: %s", reader->name, sentence);
    }
    free(sentence);
}

enum mc_result mc_config_refuse(struct mc_config_reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_error(reader, reader->line, format, arguments);
    va_end(arguments);
    return MC_BAD_CONFIG;
}

enum mc_result mc_config_refuse_option(struct mc_config_reader *reader, const char *option,
                                       const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const struct mc_option *found = mc_option_find(mc_span_of(option));
    write_error(reader, found ? reader->lines[found - mc_options] : 0, format, arguments);
    va_end(arguments);
    return MC_BAD_CONFIG;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static struct mc_span trim(struct mc_span text)
{
    while (text.size && is_blank(text.data[0])) {
        text = (struct mc_span){text.data + 1, text.size - 1};
    }
    while (text.size && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

static enum mc_result check_bytes(struct mc_config_reader *reader, struct mc_span line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] == '\r') {
            return mc_config_refuse(reader,
                                    "a carriage return; lines must end as Unix ends them, with a "
                                    "line feed alone");
        }
        if ((line.data[i] < 0x20 && line.data[i] != '\t') || line.data[i] == 0x7f) {
            return mc_config_refuse(reader, "a control character (byte %u of the line); remove it",
                                    (unsigned)i + 1);
        }
    }
    if (!mc_utf8_is_valid(line)) {
        return mc_config_refuse(reader, "not UTF-8; save the file in that encoding");
    }
    return MC_OK;
}

static enum mc_result refuse_unknown(struct mc_config_reader *reader, struct mc_span name)
{
    if (name.size == 0) {
        return mc_config_refuse(reader, "no name stands before the =; write name = value");
    }
    const struct mc_option *near = mc_option_suggest(name);
    if (near) {
        return mc_config_refuse(reader, "unknown option '%s'; did you mean '%s'?",
                                mc_config_quoted(name).text, near->name);
    }
    return mc_config_refuse(reader, "unknown option '%s'; mycred.conf(5) lists them all",
                            mc_config_quoted(name).text);
}

static enum mc_result set_option(struct mc_config_reader *reader, struct mc_span name,
                                 struct mc_span value)
{
    const struct mc_option *option = mc_option_find(name);
    if (!option) {
        return refuse_unknown(reader, name);
    }
    unsigned *line = &reader->lines[option - mc_options];
    if (*line && option->type != MC_OPTION_LINES) {
        return mc_config_refuse(reader, "'%s' is set a second time (first in line %u); keep one",
                                option->name, *line);
    }
    if (value.size > MC_CONFIG_VALUE_MAX) {
        return mc_config_refuse(reader, "the value of '%s' is longer than %d bytes", option->name,
                                MC_CONFIG_VALUE_MAX);
    }
    bool may_be_empty = option->preset && option->preset[0] == '\0';
    if (value.size == 0 && !may_be_empty) {
        return mc_config_refuse(reader, "'%s' has no value; %s", option->name,
                                option->preset ? "set one or remove the line for its default"
                                               : "set one");
    }
    if (*line == 0) {
        *line = reader->line;
    }
    enum mc_result result = mc_option_store(reader, option, value);
    return result == MC_OK ? mc_config_check_value(reader, option) : result;
}

static enum mc_result read_line(struct mc_config_reader *reader, struct mc_span line)
{
    enum mc_result result = check_bytes(reader, line);
    line = trim(line);
    if (result != MC_OK || line.size == 0 || line.data[0] == '#') {
        return result;
    }
    const uint8_t *sign = memchr(line.data, '=', line.size);
    if (!sign) {
        return mc_config_refuse(reader,
                                "'%s' is no setting; write name = value, or # before a comment",
                                mc_config_quoted(line).text);
    }
    size_t name_size = (size_t)(sign - line.data);
    struct mc_span name = {line.data, name_size};
    struct mc_span value = {sign + 1, line.size - name_size - 1};
    return set_option(reader, trim(name), trim(value));
}

static enum mc_result read_lines(struct mc_config_reader *reader, struct mc_span text)
{
    while (text.size) {
        reader->line++;
        const uint8_t *end = memchr(text.data, '\n', text.size);
        if (!end) {
            // an editor or a copy that stopped half-way leaves this behind
            return mc_config_refuse(reader,
                                    "the last line does not end; the file may be cut off here "
                                    "(if it is whole, add a line break)");
        }
        struct mc_span line = {text.data, (size_t)(end - text.data)};
        enum mc_result result = read_line(reader, line);
        if (result != MC_OK) {
            return result;
        }
        text = (struct mc_span){end + 1, text.size - line.size - 1};
    }
    return MC_OK;
}

static enum mc_result store_presets(struct mc_config_reader *reader)
{
    for (size_t i = 0; i < mc_option_count; i++) {
        const struct mc_option *option = &mc_options[i];
        if (reader->lines[i]) {
            continue;
        }
        reader->line = 0;
        if (!option->preset) {
            return mc_config_refuse(reader,
                                    "'%s' is missing; add a line '%s = ...' (see mycred.conf(5))",
                                    option->name, option->name);
        }
        enum mc_result result = mc_option_store(reader, option, mc_span_of(option->preset));
        if (result != MC_OK) {
            return result;
        }
    }
    return MC_OK;
}

static enum mc_result read_all(struct mc_config_reader *reader, struct mc_span text)
{
    if (text.size > MC_CONFIG_FILE_MAX) {
        return mc_config_refuse(reader, "longer than %d KiB", MC_CONFIG_FILE_MAX / 1024);
    }
    enum mc_result result = read_lines(reader, text);
    if (result == MC_OK) {
        result = store_presets(reader);
    }
    return result == MC_OK ? mc_config_check(reader) : result;
}

enum mc_result mc_config_parse(const char *name, struct mc_span text, struct mc_buffer *error,
                               struct mc_config **ret_config)
{
    MC_CLEANUP(mc_config_free_pointer)
    struct mc_config *config = mc_allocate(sizeof(*config));
    MC_AUTO_FREE unsigned *lines = mc_allocate(mc_option_count * sizeof(*lines));
    if (!config || !lines) {
        return MC_NO_MEMORY;
    }
    struct mc_config_reader reader = {name, error, config, lines, 0};
    enum mc_result result = read_all(&reader, text);
    if (result == MC_OK) {
        config->name = mc_copy_text(mc_span_of(name));
        config->lines = lines;
        lines = NULL;
        result = config->name ? MC_OK : MC_NO_MEMORY;
    }
    if (result == MC_OK) {
        *ret_config = config;
        config = NULL;
    }
    return result;
}

enum mc_result mc_config_load(const char *path, struct mc_buffer *error,
                              struct mc_config **ret_config)
{
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&content, MC_CONFIG_FILE_MAX);
    enum mc_result result =
        mc_file_read_trusted(path, MC_FILE_ANYBODY, MC_CONFIG_FILE_MAX, error, &content);
    if (result != MC_OK) {
        return result;
    }
    return mc_config_parse(path, mc_buffer_span(&content), error, ret_config);
}

enum mc_result mc_config_be_site(struct mc_config *config)
{
    if (!config->site_bind_dn[0]) {
        return MC_OK;
    }
    char *dn = mc_copy_text(mc_span_of(config->site_bind_dn));
    char *file = mc_copy_text(mc_span_of(config->site_bind_password_file));
    if (!dn || !file) {
        free(dn);
        free(file);
        return MC_NO_MEMORY;
    }
    free(config->ldap_bind_dn);
    free(config->ldap_bind_password_file);
    config->ldap_bind_dn = dn;
    config->ldap_bind_password_file = file;
    config->ldap_bind = MC_BIND_SIMPLE;
    return MC_OK;
}

void mc_config_free(struct mc_config *config)
{
    for (size_t i = 0; config && i < mc_option_count; i++) {
        mc_option_release(config, &mc_options[i]);
    }
    if (config) {
        free(config->name);
        free(config->lines);
    }
    free(config);
}

void mc_config_free_pointer(struct mc_config **config)
{
    mc_config_free(*config);
    *config = NULL;
}
