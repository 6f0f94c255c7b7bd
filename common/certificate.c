// SPDX-License-Identifier: Apache-2.0
#include "common/certificate.h"

#include "common/base64url.h"
#include "common/buffer.h"

#define DER_MAX (64 * 1024) // bytes; chains and keys are not in it

enum { INTEGER = 0x02, UTC_TIME = 0x17, GENERALIZED_TIME = 0x18, SEQUENCE = 0x30, VERSION = 0xa0 };

struct element {
    uint8_t tag;
    struct mc_span content;
};

// The first element of `rest`, which then begins behind it.
static bool take(struct mc_span *rest, struct element *ret_element)
{
    if (rest->size < 2) {
        return false;
    }
    size_t head = 2, size = rest->data[1];
    if (size & 0x80) { // so many bytes hold the size
        size_t bytes = size & 0x7f;
        size = 0;
        if (bytes == 0 || bytes > 3 || rest->size - head < bytes) {
            return false;
        }
        for (; bytes; bytes--) {
            size = size << 8 | rest->data[head++];
        }
    }
    if (size > rest->size - head) {
        return false;
    }
    *ret_element = (struct element){rest->data[0], {rest->data + head, size}};
    *rest = (struct mc_span){rest->data + head + size, rest->size - head - size};
    return true;
}

// From the beginning to the two times.
static const struct {
    uint8_t tag;
    enum { ENTER, PASS, PASS_IF_THERE } how;
} way[] = {
    {SEQUENCE, ENTER},        // Certificate
    {SEQUENCE, ENTER},        // TBSCertificate
    {VERSION, PASS_IF_THERE}, // version
    {INTEGER, PASS},          // serialNumber
    {SEQUENCE, PASS},         // signature
    {SEQUENCE, PASS},         // issuer
    {SEQUENCE, ENTER},        // validity
};

static bool find_times(struct mc_span *at)
{
    for (size_t i = 0; i < MC_COUNT(way); i++) {
        struct mc_span before = *at;
        struct element element;
        bool is_it = take(at, &element) && element.tag == way[i].tag;
        if (!is_it && way[i].how != PASS_IF_THERE) {
            return false;
        }
        if (!is_it) {
            *at = before;
        } else if (way[i].how == ENTER) {
            *at = element.content;
        }
    }
    return true;
}

// UTCTime has two digits of the year: 1950 to 2049.
static enum mc_result read_time(const struct element *element, mc_time *ret_time)
{
    char text[2 + MC_TIME_TEXT] = "";
    size_t size = element->content.size;
    bool is_short = element->tag == UTC_TIME;
    if (size == 0 || size > MC_TIME_TEXT || (!is_short && element->tag != GENERALIZED_TIME)) {
        return MC_MALFORMED;
    }
    if (is_short) {
        memcpy(text, element->content.data[0] >= '5' ? "19" : "20", 2);
    }
    memcpy(text + 2 * is_short, element->content.data, size);
    return mc_time_parse((struct mc_span){(const uint8_t *)text, size + 2 * is_short}, ret_time);
}

enum mc_result mc_certificate_end(struct mc_span der, mc_time *ret_end)
{
    struct element begin, end;
    if (!find_times(&der) || !take(&der, &begin) || !take(&der, &end)) {
        return MC_MALFORMED;
    }
    return read_time(&end, ret_end);
}

static struct mc_span find(struct mc_span text, const char *word)
{
    const uint8_t *at = text.size ? memmem(text.data, text.size, word, strlen(word)) : NULL;
    return at ? (struct mc_span){at, text.size - (size_t)(at - text.data)} : (struct mc_span){0};
}

enum mc_result mc_certificate_end_in(struct mc_span text, mc_time *ret_end)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    MC_AUTO_BUFFER struct mc_buffer letters;
    mc_buffer_init(&letters, DER_MAX);
    struct mc_span rest = find(text, begin);
    if (rest.size == 0) {
        return MC_NOT_FOUND;
    }
    for (size_t i = sizeof begin - 1; i < rest.size && !strchr("-=", rest.data[i]); i++) {
        uint8_t letter = rest.data[i];
        if (!strchr(" \t\r\n", letter)) {
            mc_buffer_add_byte(&letters, letter == '+' ? '-' : letter == '/' ? '_' : letter);
        }
    }
    enum mc_result result = mc_buffer_result(&letters);
    if (result != MC_OK || letters.size == 0) {
        return result == MC_OK ? MC_MALFORMED : result;
    }
    // in place: what is decoded is shorter than what is read
    struct mc_span der = {(const uint8_t *)letters.data, 0};
    result =
        mc_base64url_decode(mc_buffer_span(&letters), DER_MAX, (uint8_t *)letters.data, &der.size);
    return result == MC_OK ? mc_certificate_end(der, ret_end) : result;
}
