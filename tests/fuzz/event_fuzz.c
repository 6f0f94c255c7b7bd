// SPDX-License-Identifier: Apache-2.0
// Log lines with any bytes in them, values parted by newlines: one printable line of whole pairs.
#include "common/event.h"
#include "common/field.h"
#include "tests/fuzz/fuzz.h"

// Past ` k=value`.
static const char *skip_pair(const char *at)
{
    MUST(strncmp(at, " k=", 3) == 0);
    at += 3;
    if (*at != '"') {
        return at + strcspn(at, " ");
    }
    const char *end = strchr(at + 1, '"');
    MUST(end);
    return end + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    struct mc_span rest = {data, size};
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin((enum mc_event)(size % MC_EVENT_COUNT), &line);
    size_t begun = line.size;
    while (rest.size) {
        mc_event_add(&line, "k", mc_field_next(&rest, size % 2 ? '\n' : ' '));
    }
    MUST(mc_buffer_result(&line) == MC_OK);
    for (size_t i = 0; i < line.size; i++) {
        MUST(line.data[i] >= ' ' && line.data[i] <= '~');
    }
    for (const char *at = line.data + begun; *at;) {
        at = skip_pair(at);
    }
    return 0;
}
