// SPDX-License-Identifier: Apache-2.0
// Certificates from any bytes, as a server shows them and as files hold them.
#include "common/certificate.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct mc_span input = {data, size};
    mc_time end = -1;
    enum mc_result result = mc_certificate_end(input, &end);
    MUST(result == MC_OK ? end >= 0 : result == MC_MALFORMED && end == -1);
    end = -1;
    result = mc_certificate_end_in(input, &end);
    MUST(result == MC_OK ? end >= 0
                         : (result == MC_MALFORMED || result == MC_NOT_FOUND) && end == -1);
    return 0;
}
