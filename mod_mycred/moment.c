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

const char *moment_duration(struct visit *visit, int64_t seconds)
{
    MC_AUTO_BUFFER struct mc_buffer text;
    mc_buffer_init(&text, 64);
    mc_text_duration(visit->language, seconds, &text);
    return apr_pstrdup(visit->pool, mc_buffer_text(&text));
}
