// SPDX-License-Identifier: Apache-2.0
#include "common/command/say.h"

#include "common/utf8.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN_MAX 200 // bytes of one text

void mc_say_time(mc_time time, char text[MC_SAY_TIME])
{
    char written[MC_TIME_TEXT];
    mc_time_format(time, written);
    (void)snprintf(text, MC_SAY_TIME, "%.4s-%.2s-%.2s %.2s:%.2s:%.2s UTC", written, written + 4,
                   written + 6, written + 8, written + 10, written + 12);
}

// Not controls, not what changes the direction of writing or cannot be seen.
static bool is_printable(uint32_t point)
{
    return point >= 0x20 && !(point >= 0x7f && point < 0xa0) &&
           !(point >= 0x200b && point <= 0x200f) && !(point >= 0x2028 && point <= 0x202e) &&
           !(point >= 0x2060 && point <= 0x206f) && point != 0xfeff && point != 0x61c &&
           point < 0xe0000;
}

void mc_say_add(struct mc_buffer *line, struct mc_span text)
{
    const uint8_t *end = text.data + (text.size < SHOWN_MAX ? text.size : SHOWN_MAX);
    while (text.size && text.data < end) {
        struct mc_span before = text;
        uint32_t point = 0;
        bool taken = mc_utf8_take(&text, &point);
        if (!taken) {
            text = (struct mc_span){text.data + 1, text.size - 1};
        }
        size_t size = before.size - text.size;
        if (taken && is_printable(point) && point != '\\') {
            mc_buffer_append(line, before.data, size);
            continue;
        }
        for (size_t i = 0; i < size; i++) {
            mc_buffer_format(line, "\\x%02x", before.data[i]);
        }
    }
    if (text.size) {
        mc_buffer_add_text(line, "...");
    }
}

void mc_say(const char *name, const char *format, ...)
{
    va_list arguments;
    (void)printf("%s:%*s", name, (int)(strlen(name) < 16 ? 16 - strlen(name) : 1), "");
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
}
