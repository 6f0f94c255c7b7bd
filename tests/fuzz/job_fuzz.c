// SPDX-License-Identifier: Apache-2.0
// A sender's job from any bytes: what is read can be written, and is read as the same again.
#include "common/job.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_same(struct mc_span one, struct mc_span other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mc_job job;
    struct mc_job again;
    if (mc_job_read((struct mc_span){data, size}, &job) != MC_OK) {
        return 0;
    }
    MC_AUTO_BUFFER struct mc_buffer bytes;
    mc_buffer_init(&bytes, MC_JOB_MAX);
    if (mc_job_write(&job, &bytes) != MC_OK ||
        mc_job_read(mc_buffer_span(&bytes), &again) != MC_OK) {
        abort();
    }
    if (again.channel != job.channel || !is_same(again.to, job.to) ||
        !is_same(again.subject, job.subject) || !is_same(again.message_id, job.message_id) ||
        !is_same(again.id, job.id) || !is_same(again.text, job.text)) {
        abort();
    }
    return 0;
}
