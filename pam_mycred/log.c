// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/log.h"

#include "common/journal.h"
#include "pam_mycred/call.h"
#include "pam_mycred/text.h"

#include <security/pam_ext.h>
#include <syslog.h>
#include <unistd.h>

#define VALUE_MAX 256
#define LINE_MAX 2048
#define ESCAPED_MAX (4 * LINE_MAX + 4096) // every byte as \xNN

static struct mc_span cut(struct mc_span text, size_t maximum)
{
    return (struct mc_span){text.data, text.size < maximum ? text.size : maximum};
}

static void add_field(struct mc_buffer *line, const struct mc_log_field *field)
{
    if (!field->key || !field->value) {
        return;
    }
    bool bare = field->value[0] && !strpbrk(field->value, " =");
    const char *quote = bare ? "" : "\"";
    mc_buffer_format(line, " %s=%s", field->key, quote);
    mc_text_add_logged(line, cut(mc_span_of(field->value), VALUE_MAX), "\"\\");
    mc_buffer_add_text(line, quote);
}

static void start_line(struct mc_buffer *line, const char *event, const struct mc_log_field *fields,
                       size_t count)
{
    mc_buffer_init(line, ESCAPED_MAX);
    mc_buffer_format(line, "event=%s", event);
    for (size_t i = 0; i < count; i++) {
        add_field(line, &fields[i]);
    }
}

// The words of pam_syslog(3).
static const char *phase_word(enum mc_phase phase)
{
    return phase == MC_PHASE_AUTH ? "auth" : phase == MC_PHASE_ACCOUNT ? "account" : "chauthtok";
}

// What pam_syslog puts before a line.
static void add_origin(const struct mc_call *call, struct mc_buffer *origin)
{
    const void *service = NULL;
    if (pam_get_item(call->pamh, PAM_SERVICE, &service) != PAM_SUCCESS || !service) {
        service = "<unknown>";
    }
    mc_buffer_add_text(origin, "pam_mycred(");
    mc_text_add_logged(origin, cut(mc_span_of(service), VALUE_MAX), "");
    mc_buffer_format(origin, ":%s): ", phase_word(call->phase));
}

static void write_line(const struct mc_call *call, int priority, const struct mc_buffer *line)
{
    const char *text = mc_buffer_result(line) == MC_OK ? mc_buffer_text(line) : "event=log-failed";
    MC_AUTO_BUFFER struct mc_buffer origin;
    mc_buffer_init(&origin, 5 * VALUE_MAX);
    add_origin(call, &origin);
    if (mc_buffer_result(&origin) != MC_OK ||
        !mc_journal_write(priority, mc_buffer_text(&origin), text)) {
        pam_syslog(call->pamh, priority, "%s", text);
    }
}

void mc_log_event(const struct mc_call *call, int priority, const char *event,
                  const struct mc_log_field *fields, size_t count)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    start_line(&line, event, fields, count);
    write_line(call, priority, &line);
}

// No spaces inside: readers take these up to the next one.
static void add_item(pam_handle_t *pamh, struct mc_buffer *line, const char *key, int item)
{
    const void *value = NULL;
    if (pam_get_item(pamh, item, &value) != PAM_SUCCESS) {
        value = NULL;
    }
    mc_buffer_format(line, " %s=", key);
    mc_text_add_logged(line, cut(mc_span_of(value), VALUE_MAX), " \\");
}

void mc_log_refusal(const struct mc_call *call, const struct mc_log_field *fields, size_t count)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    start_line(&line, "refused", fields, count);
    // logname stays empty: finding it means utmp, which is neither quick nor safe with threads
    mc_buffer_format(&line, " authentication failure; logname= uid=%ju euid=%ju",
                     (uintmax_t)getuid(), (uintmax_t)geteuid());
    add_item(call->pamh, &line, "tty", PAM_TTY);
    add_item(call->pamh, &line, "ruser", PAM_RUSER);
    add_item(call->pamh, &line, "rhost", PAM_RHOST);
    write_line(call, LOG_NOTICE, &line);
}

void mc_log_line(const struct mc_call *call, int priority, struct mc_span text)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, ESCAPED_MAX);
    mc_text_add_logged(&line, cut(text, LINE_MAX), "");
    write_line(call, priority, &line);
}
