// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/login/login.h"

// A name nobody has may be a password typed in the wrong place.
static bool is_known(const struct exchange *exchange)
{
    const char *uuid = exchange->state.uuid;
    return exchange->account.entry || (uuid[0] && strcmp(uuid, "-") != 0);
}

struct mc_buffer *note(struct exchange *exchange, enum mc_event event)
{
    const struct wire_request *request = exchange->request;
    size_t at = exchange->noted_count < WIRE_LOGS_MAX ? exchange->noted_count++ : WIRE_LOGS_MAX - 1;
    struct noted *noted = &exchange->noted[at];
    mc_buffer_init(&noted->line, MC_EVENT_LINE_MAX);
    noted->priority = mc_event_priority(event);
    mc_event_begin(event, &noted->line);
    mc_event_add(&noted->line, "id", request->id);
    if (is_known(exchange) || (request->flags & WIRE_DEBUG)) {
        mc_event_add(&noted->line, "user", request->user);
    }
    mc_event_add(&noted->line, "service", request->service);
    return &noted->line;
}

static void note_fault(struct exchange *exchange, enum mc_event event, enum mc_result result)
{
    struct login *login = exchange->login;
    struct mc_buffer *line = note(exchange, event);
    mc_event_add_text(line, "reason", mc_result_word(result));
    if (event == MC_EVENT_CONFIGURATION_BAD) {
        mc_event_add_text(line, "detail", mc_buffer_text(&login->error));
    } else if (login->directory && mc_directory_cause(login->directory)[0]) {
        mc_buffer_format(line, " %s", mc_directory_cause(login->directory));
    }
}

void note_failure(struct exchange *exchange, enum mc_result result, const char *attribute)
{
    switch (result) {
    case MC_BAD_DATA:
        if (attribute) {
            mc_event_add_text(note(exchange, MC_EVENT_VALUE_DAMAGED), "attribute", attribute);
        } else {
            note_fault(exchange, MC_EVENT_VALUE_DAMAGED, result);
        }
        break;
    case MC_UNAVAILABLE:
    case MC_UNTRUSTED:
        note_fault(exchange, MC_EVENT_DIRECTORY_FAULT, result);
        break;
    case MC_BAD_CONFIG:
        note_fault(exchange, MC_EVENT_CONFIGURATION_BAD, result);
        break;
    case MC_NO_MEMORY:
    case MC_INTERNAL:
    case MC_MALFORMED:
    case MC_NOT_FOUND:
    case MC_LOST_RACE:
    case MC_UNDECIDED:
    case MC_RESULT_COUNT:
        note_fault(exchange, MC_EVENT_FAULT, result);
        break;
    case MC_OK:
    case MC_ASK:
    case MC_WRONG: // what people do is noted where it is decided
    case MC_EXEMPT:
    case MC_OFF:
    case MC_THROTTLED:
    case MC_LOCKED:
    case MC_UNKNOWN_USER:
    case MC_NO_METHOD:
    case MC_UNDELIVERED:
    case MC_DENIED_PEER:
    case MC_PASSWORD_REFUSED:
        break;
    }
}
