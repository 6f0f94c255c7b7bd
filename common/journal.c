// SPDX-License-Identifier: Apache-2.0
#include "common/journal.h"

#include "common/buffer.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#define ENTRY_MAX 32768   // bytes; the line twice
#define FIELD_NAME_MAX 32 // bytes; the journal takes 64

static bool is_key(char letter)
{
    return (letter >= 'a' && letter <= 'z') || letter == '_';
}

// The first byte behind the value; NULL when an open quote swallows the rest. Quotes within values
// are escaped by who wrote the line.
static const char *end_of_value(const char *value)
{
    if (*value != '"') {
        return value + strcspn(value, " ");
    }
    const char *end = strchr(value + 1, '"');
    return end ? end + 1 : NULL;
}

// Adds the pair that `text` begins with, as it is written there but for its quotes. Returns what
// follows it; NULL when there is no pair.
static const char *add_pair(struct mc_buffer *entry, const char *text)
{
    size_t size = 0;
    while (is_key(text[size])) {
        size++;
    }
    if (size == 0 || size > FIELD_NAME_MAX || text[size] != '=') {
        return NULL;
    }
    const char *value = text + size + 1;
    const char *end = end_of_value(value);
    if (!end) {
        return NULL;
    }
    mc_buffer_add_text(entry, "MYCRED_");
    for (size_t i = 0; i < size; i++) {
        mc_buffer_add_byte(entry, (uint8_t)(text[i] == '_' ? '_' : text[i] - 'a' + 'A'));
    }
    size_t quotes = *value == '"';
    mc_buffer_add_byte(entry, '=');
    mc_buffer_append(entry, value + quotes, (size_t)(end - value) - 2 * quotes);
    mc_buffer_add_byte(entry, '\n');
    return *end == ' ' ? end + 1 : NULL;
}

static bool send_entry(const struct mc_buffer *entry)
{
    const struct sockaddr_un journal = {.sun_family = AF_UNIX, .sun_path = MC_JOURNAL_SOCKET};
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return false;
    }
    ssize_t sent = 0;
    do {
        sent = sendto(descriptor, entry->data, entry->size, MSG_DONTWAIT | MSG_NOSIGNAL,
                      (const struct sockaddr *)&journal, sizeof journal);
    } while (sent < 0 && errno == EINTR);
    (void)close(descriptor);
    return sent == (ssize_t)entry->size;
}

bool mc_journal_write(int priority, const char *origin, const char *line)
{
    MC_AUTO_BUFFER struct mc_buffer entry;
    mc_buffer_init(&entry, ENTRY_MAX);
    mc_buffer_format(&entry, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\n", priority,
                     LOG_FAC(LOG_AUTHPRIV), program_invocation_short_name);
    mc_buffer_format(&entry, "MESSAGE=%s%s\n", origin, line);
    for (const char *rest = line; rest;) {
        rest = add_pair(&entry, rest);
    }
    return mc_buffer_result(&entry) == MC_OK && send_entry(&entry);
}
