// SPDX-License-Identifier: Apache-2.0
// Times from any bytes: what is read is between 1970 and 9999, and can be written and read again.
#include "common/gtime.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mc_time time = -1, again = -1;
    char text[MC_TIME_TEXT];
    if (mc_time_parse((struct mc_span){data, size}, &time) != MC_OK) {
        MUST(time == -1);
        return 0;
    }
    MUST(time >= 0);
    mc_time_format_exact(time, text);
    MUST(mc_time_parse(mc_span_of(text), &again) == MC_OK && again == time);
    mc_time_format(time, text);
    MUST(mc_time_parse(mc_span_of(text), &again) == MC_OK && again == time - time % MC_SECOND);
    return 0;
}
