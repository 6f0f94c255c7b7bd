// SPDX-License-Identifier: Apache-2.0
#include "common/event.h"

#define VALUE_MAX 200 // bytes that one value may take in the line

static const struct {
    const char *word;
    int priority;
} events[] = {
#define MC_EVENT_ROW(name, word, priority, meaning) {word, priority},
    MC_EVENTS(MC_EVENT_ROW)
#undef MC_EVENT_ROW
};

int mc_event_priority(enum mc_event event)
{
    return events[event].priority;
}

const char *mc_event_word(enum mc_event event)
{
    return events[event].word;
}

void mc_event_begin(enum mc_event event, struct mc_buffer *line)
{
    mc_buffer_format(line, "event=%s", events[event].word);
}

static bool is_plain(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte && strchr("._-@+/:,", byte));
}

// Everything outside ASCII is written by its bytes: no look-alikes, no direction changes, no broken
// UTF-8.
static bool is_escaped(uint8_t byte)
{
    return byte < ' ' || byte > '~' || byte == '"' || byte == '\\';
}

static void add_byte(struct mc_buffer *line, uint8_t byte)
{
    if (is_escaped(byte)) {
        mc_buffer_format(line, "\\x%02x", byte);
    } else {
        mc_buffer_add_byte(line, byte);
    }
}

// What of the value can be written in `room` bytes.
static struct mc_span cut(struct mc_span value, size_t room)
{
    size_t size = 0, used = 0;
    while (size < value.size) {
        used += is_escaped(value.data[size]) ? 4 : 1;
        if (used > room) {
            break;
        }
        size++;
    }
    return (struct mc_span){value.data, size};
}

// A pair is written whole or not at all: an open quote would swallow what follows.
void mc_event_add(struct mc_buffer *line, const char *key, struct mc_span value)
{
    size_t frame = strlen(key) + strlen(" =\"\""), room = line->maximum - line->size;
    if (room < frame) {
        return;
    }
    value = cut(value, room - frame < VALUE_MAX ? room - frame : VALUE_MAX);
    bool plain = value.size > 0;
    for (size_t i = 0; i < value.size; i++) {
        plain = plain && is_plain(value.data[i]);
    }
    mc_buffer_format(line, " %s=%s", key, plain ? "" : "\"");
    for (size_t i = 0; i < value.size; i++) {
        add_byte(line, value.data[i]);
    }
    mc_buffer_add_text(line, plain ? "" : "\"");
}

void mc_event_add_text(struct mc_buffer *line, const char *key, const char *value)
{
    mc_event_add(line, key, mc_span_of(value));
}
