// SPDX-License-Identifier: Apache-2.0
#include "common/send/outcome.h"

#define GATEWAY_MAX 100 // bytes of its name in the line

static const struct {
    const char *word, *outcome;
    int status;
    unsigned again;
    const char *meaning;
} causes[MC_SEND_CAUSE_COUNT] = {
#define MC_SEND_CAUSE_ROW(name, word, outcome, status, again, meaning)                             \
    [MC_SEND_##name] = {word, outcome, status, again, meaning},
    MC_SEND_CAUSES(MC_SEND_CAUSE_ROW)
#undef MC_SEND_CAUSE_ROW
};

static void add_quoted(struct mc_buffer *line, const char *text)
{
    mc_buffer_add_byte(line, '"');
    for (; *text; text++) {
        bool plain = *text >= ' ' && *text <= '~' && *text != '"' && *text != '\\';
        mc_buffer_add_byte(line, plain ? (uint8_t)*text : '?');
    }
    mc_buffer_add_byte(line, '"');
}

void mc_send_outcome_format(const struct mc_send_outcome *outcome, struct mc_buffer *line)
{
    mc_buffer_format(line, "outcome=%s cause=%s", causes[outcome->cause].outcome,
                     causes[outcome->cause].word);
    if (outcome->gateway.size) {
        size_t size = outcome->gateway.size;
        mc_buffer_add_text(line, " gateway=");
        mc_buffer_append(line, outcome->gateway.data, size < GATEWAY_MAX ? size : GATEWAY_MAX);
    }
    if (outcome->status) {
        mc_buffer_format(line, " status=%ld", outcome->status);
    }
    if (outcome->certificate_end) {
        char end[MC_TIME_TEXT];
        mc_time_format(outcome->certificate_end, end);
        mc_buffer_format(line, " certificate_end=%s", end);
    }
    mc_buffer_format(line, " tries=%u reason=", outcome->tries);
    add_quoted(line, outcome->reason[0] ? outcome->reason : causes[outcome->cause].meaning);
}

int mc_send_exit_status(enum mc_send_cause cause)
{
    return causes[cause].status;
}

bool mc_send_may_repeat(enum mc_send_cause cause, unsigned tries, bool idempotent)
{
    bool may_be_taken = cause == MC_SEND_LOST || cause == MC_SEND_TIMEOUT;
    unsigned again = may_be_taken && idempotent ? 2 : causes[cause].again;
    return tries <= again;
}
