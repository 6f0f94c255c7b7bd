// SPDX-License-Identifier: Apache-2.0
#include "common/send/encode.h"

#include "common/utf8.h"

#include <ctype.h>
#include <strings.h>

static bool is_unreserved(uint8_t byte)
{
    return byte < 0x80 && (isalnum(byte) || (byte && strchr("-._~", byte)));
}

static void encode_percent(struct mc_buffer *out, struct mc_span text, bool form)
{
    for (size_t i = 0; i < text.size; i++) {
        if (is_unreserved(text.data[i])) {
            mc_buffer_add_byte(out, text.data[i]);
        } else if (form && text.data[i] == ' ') {
            mc_buffer_add_byte(out, '+');
        } else {
            mc_buffer_format(out, "%%%02X", text.data[i]);
        }
    }
}

void mc_encode_url(struct mc_buffer *out, struct mc_span text)
{
    encode_percent(out, text, false);
}

void mc_encode_form(struct mc_buffer *out, struct mc_span text)
{
    encode_percent(out, text, true);
}

void mc_encode_json(struct mc_buffer *out, struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '"' || byte == '\\') {
            mc_buffer_add_byte(out, '\\');
            mc_buffer_add_byte(out, byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            mc_buffer_format(out, "\\u%04x", byte);
        } else {
            mc_buffer_add_byte(out, byte);
        }
    }
}

static const char *xml_form(uint8_t byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return byte < 0x20 ? " " : NULL;
    }
}

void mc_encode_xml(struct mc_buffer *out, struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        const char *form = xml_form(text.data[i]);
        if (form) {
            mc_buffer_add_text(out, form);
        } else {
            mc_buffer_add_byte(out, text.data[i]);
        }
    }
}

void mc_encode_header(struct mc_buffer *out, struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] == 0x7f) {
            out->failure = MC_MALFORMED;
        }
    }
    mc_buffer_add_span(out, text);
}

void mc_encode_raw(struct mc_buffer *out, struct mc_span text)
{
    mc_buffer_add_span(out, text);
}

void mc_encode_base64(struct mc_buffer *out, struct mc_span text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < text.size; i += 3) {
        size_t left = text.size - i;
        uint32_t group = (uint32_t)text.data[i] << 16;
        group |= left > 1 ? (uint32_t)text.data[i + 1] << 8 : 0;
        group |= left > 2 ? text.data[i + 2] : 0;
        char quad[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
                        digits[group & 63]};
        quad[2] = left > 1 ? quad[2] : '=';
        quad[3] = left > 2 ? quad[3] : '=';
        mc_buffer_append(out, quad, sizeof(quad));
    }
}

static bool ends_with(struct mc_span text, const char *end)
{
    size_t size = strlen(end);
    return text.size >= size &&
           strncasecmp((const char *)text.data + text.size - size, end, size) == 0;
}

mc_encode_function *mc_encode_for_type(struct mc_span content_type)
{
    static const struct {
        const char *end;
        mc_encode_function *encode;
    } types[] = {
        {"application/x-www-form-urlencoded", mc_encode_form},
        {"application/json", mc_encode_json},
        {"+json", mc_encode_json},
        {"text/xml", mc_encode_xml},
        {"application/xml", mc_encode_xml},
        {"+xml", mc_encode_xml},
    };
    if (content_type.size == 0) {
        return mc_encode_form;
    }
    const uint8_t *end = memchr(content_type.data, ';', content_type.size);
    struct mc_span type = {content_type.data,
                           end ? (size_t)(end - content_type.data) : content_type.size};
    while (type.size && isspace(type.data[type.size - 1])) {
        type.size--;
    }
    for (size_t i = 0; i < MC_COUNT(types); i++) {
        if (ends_with(type, types[i].end)) {
            return types[i].encode;
        }
    }
    return mc_encode_raw;
}

static bool is_gsm(uint32_t code_point)
{
    // What the alphabet has beyond ASCII, and what it lacks of ASCII. The extension gives it
    // []{}\~^| and the euro sign.
    static const uint32_t beyond[] = {0xa1,  0xa3,  0xa4,  0xa5,  0xa7,  0xbf,  0xc4,  0xc5,
                                      0xc6,  0xc7,  0xc9,  0xd1,  0xd6,  0xd8,  0xdc,  0xdf,
                                      0xe0,  0xe4,  0xe5,  0xe6,  0xe8,  0xe9,  0xec,  0xf1,
                                      0xf2,  0xf6,  0xf8,  0xf9,  0xfc,  0x393, 0x394, 0x398,
                                      0x39b, 0x39e, 0x3a0, 0x3a3, 0x3a6, 0x3a8, 0x3a9, 0x20ac};
    if (code_point < 0x80) {
        bool printable = code_point >= 0x20 && code_point < 0x7f && code_point != '`';
        return printable || code_point == '\n' || code_point == '\r';
    }
    for (size_t i = 0; i < MC_COUNT(beyond); i++) {
        if (beyond[i] == code_point) {
            return true;
        }
    }
    return false;
}

bool mc_text_is_gsm(struct mc_span text)
{
    uint32_t code_point = 0;
    while (text.size) {
        if (!mc_utf8_take(&text, &code_point) || !is_gsm(code_point)) {
            return false;
        }
    }
    return true;
}
