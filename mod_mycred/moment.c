// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/moment.h"

#include <apr_strings.h>

const char *moment_day(struct visit *visit, mc_time time)
{
    char text[MC_TIME_TEXT];
    if (time == 0) {
        return "";
    }
    mc_time_format(time, text);
    return apr_psprintf(visit->pool, "%.4s-%.2s-%.2s", text, text + 4, text + 6);
}

static int64_t seconds_until(const struct visit *visit, mc_time then)
{
    return (then - visit->context.now() + MC_SECOND - 1) / MC_SECOND;
}

const char *moment_left(struct visit *visit, mc_time then)
{
    return moment_duration(visit, seconds_until(visit, then));
}

void moment_show_wait(struct visit *visit, mc_time from)
{
    view_text(visit->pool, visit->view, "wait", moment_left(visit, from));
    view_text(visit->pool, visit->view, "wait_seconds",
              apr_psprintf(visit->pool, "%lld", (long long)seconds_until(visit, from)));
}

const char *moment_duration(struct visit *visit, int64_t seconds)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, 64);
    mc_text_duration(visit->language, seconds, &text);
    return apr_pstrdup(visit->pool, mc_buffer_text(&text));
}
