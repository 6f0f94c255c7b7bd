// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/multipart.h"

#include <strings.h>

struct reader {
    struct mc_span rest;
    char delimiter[4 + MULTIPART_BOUNDARY_MAX]; // with the line break before it
    size_t delimiter_size;
    struct mc_buffer plain; // the plain fields as an urlencoded body
    struct mc_span file, file_name;
    size_t parts;
};

struct part {
    struct mc_span name, content;
    bool has_disposition, has_type, is_file;
};

static bool starts_with(struct mc_span text, const char *start)
{
    size_t size = strlen(start);
    return text.size >= size && memcmp(text.data, start, size) == 0;
}

static struct mc_span skip(struct mc_span text, size_t size)
{
    return (struct mc_span){text.data + size, text.size - size};
}

static bool take(struct mc_span *text, const char *start)
{
    bool there = starts_with(*text, start);
    *text = there ? skip(*text, strlen(start)) : *text;
    return there;
}

// Header names, types and dispositions have no case.
static bool take_word(struct mc_span *text, const char *start)
{
    size_t size = strlen(start);
    bool there = text->size >= size && strncasecmp((const char *)text->data, start, size) == 0;
    *text = there ? skip(*text, size) : *text;
    return there;
}

// Takes what is before the next `mark`, and the mark.
static bool take_until(struct mc_span *text, const void *mark, size_t mark_size,
                       struct mc_span *ret_before)
{
    const uint8_t *at = text->size ? memmem(text->data, text->size, mark, mark_size) : NULL;
    if (!at) {
        return false;
    }
    *ret_before = (struct mc_span){text->data, (size_t)(at - text->data)};
    *text = skip(*text, ret_before->size + mark_size);
    return true;
}

static bool is_boundary(struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
              (byte >= '0' && byte <= '9') || (byte && strchr("'+-._", byte)))) {
            return false;
        }
    }
    return text.size > 0 && text.size <= MULTIPART_BOUNDARY_MAX;
}

// "multipart/form-data; boundary=..." and nothing more.
static bool read_boundary(struct reader *reader, struct mc_span type)
{
    if (!take_word(&type, "multipart/form-data;")) {
        return false;
    }
    (void)take(&type, " ");
    if (!take_word(&type, "boundary=") || !is_boundary(type)) {
        return false;
    }
    memcpy(reader->delimiter, "\r\n--", 4);
    memcpy(reader->delimiter + 4, type.data, type.size);
    reader->delimiter_size = 4 + type.size;
    return true;
}

// ---- the headers of a part

static bool is_printable(struct mc_span line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] < ' ' || line.data[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

// A name goes into an urlencoded body as it is, so it must hold nothing that means something there.
static bool is_name(struct mc_span name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t byte = name.data[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_')) {
            return false;
        }
    }
    return name.size > 0 && name.size <= FORM_NAME_MAX;
}

// form-data; name="..."; filename="..."
static bool read_disposition(struct mc_span value, struct part *part)
{
    struct mc_span ignored;
    if (part->has_disposition || !take_word(&value, "form-data; name=\"") ||
        !take_until(&value, "\"", 1, &part->name) || !is_name(part->name)) {
        return false;
    }
    part->has_disposition = true;
    part->is_file = take(&value, "; filename=\"");
    return (!part->is_file || take_until(&value, "\"", 1, &ignored)) && value.size == 0;
}

static bool read_header(struct mc_span line, struct part *part)
{
    if (!is_printable(line)) {
        return false;
    }
    if (take_word(&line, "Content-Disposition: ")) {
        return read_disposition(line, part);
    }
    bool again = part->has_type;
    part->has_type = take_word(&line, "Content-Type: ");
    return part->has_type && !again && line.size > 0;
}

static bool read_headers(struct reader *reader, struct part *part)
{
    struct mc_span headers = {reader->rest.data, reader->rest.size < MULTIPART_HEADERS_MAX
                                                     ? reader->rest.size
                                                     : MULTIPART_HEADERS_MAX};
    struct mc_span line;
    while (take_until(&headers, "\r\n", 2, &line)) {
        if (line.size == 0) {
            reader->rest = skip(reader->rest, (size_t)(headers.data - reader->rest.data));
            return part->has_disposition;
        }
        if (!read_header(line, part)) {
            return false;
        }
    }
    return false;
}

// ---- parts

static void add_plain(struct mc_buffer *plain, const struct part *part)
{
    if (plain->size) {
        mc_buffer_add_byte(plain, '&');
    }
    mc_buffer_add_span(plain, part->name);
    mc_buffer_add_byte(plain, '=');
    for (size_t i = 0; i < part->content.size; i++) {
        uint8_t byte = part->content.data[i];
        if (byte <= ' ' || byte >= 0x7f || strchr("%&+", byte)) {
            mc_buffer_format(plain, "%%%02x", byte);
        } else {
            mc_buffer_add_byte(plain, byte);
        }
    }
}

static bool add_file(struct reader *reader, const struct part *part)
{
    if (reader->file_name.size) {
        return false;
    }
    reader->file = part->content;
    reader->file_name = part->name;
    return true;
}

static bool read_part(struct reader *reader)
{
    struct part part = {0};
    if (++reader->parts > MULTIPART_PARTS_MAX || !take(&reader->rest, "\r\n")) {
        return false;
    }
    if (!read_headers(reader, &part) ||
        !take_until(&reader->rest, reader->delimiter, reader->delimiter_size, &part.content)) {
        return false;
    }
    if (part.is_file) {
        return add_file(reader, &part);
    }
    if (part.content.size > FORM_VALUE_MAX) {
        return false;
    }
    add_plain(&reader->plain, &part);
    return true;
}

static bool read_body(struct reader *reader)
{
    // the first delimiter begins the body, without a line break
    struct mc_span first = {(const uint8_t *)reader->delimiter + 2, reader->delimiter_size - 2};
    if (reader->rest.size < first.size || memcmp(reader->rest.data, first.data, first.size) != 0) {
        return false;
    }
    reader->rest = skip(reader->rest, first.size);
    while (!take(&reader->rest, "--")) {
        if (!read_part(reader)) {
            return false;
        }
    }
    (void)take(&reader->rest, "\r\n");
    return reader->rest.size == 0;
}

static enum mc_result finish(const struct reader *reader, struct form *ret_form,
                             struct mc_span *ret_file)
{
    char name[FORM_NAME_MAX + 1] = "";
    struct form form = {0};
    enum mc_result result = mc_buffer_result(&reader->plain);
    if (result == MC_OK) {
        result = form_parse(mc_buffer_span(&reader->plain), &form);
    }
    if (result != MC_OK) {
        return result;
    }
    memcpy(name, reader->file_name.data ? (const char *)reader->file_name.data : "",
           reader->file_name.size);
    if (form_find(&form, name)) {
        form_release(&form);
        return MC_MALFORMED;
    }
    *ret_form = form;
    *ret_file = reader->file.size ? reader->file : (struct mc_span){0};
    return MC_OK;
}

enum mc_result multipart_parse(struct mc_span type, struct mc_span body, struct form *ret_form,
                               struct mc_span *ret_file)
{
    struct reader reader = {.rest = body};
    mc_buffer_init(&reader.plain, FORM_BODY_MAX);
    bool good = read_boundary(&reader, type) && read_body(&reader);
    enum mc_result result = good ? finish(&reader, ret_form, ret_file) : MC_MALFORMED;
    mc_buffer_release(&reader.plain);
    return result;
}
