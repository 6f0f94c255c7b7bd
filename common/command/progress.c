// SPDX-License-Identifier: Apache-2.0
#include "common/command/progress.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 40 // of the bar

void mc_progress_begin(struct mc_progress *progress, const char *what, size_t all)
{
    *progress = (struct mc_progress){
        .what = what, .all = all, .shown = -1, .is_on = all && isatty(STDERR_FILENO) == 1};
}

void mc_progress_show(struct mc_progress *progress, size_t done)
{
    static const char bar[] = "########################################";
    if (!progress->is_on) {
        return;
    }
    // others may have come in since they were counted
    size_t all = progress->all > done ? progress->all : done;
    int percent = (int)(100 * done / all);
    if (percent == progress->shown) {
        return;
    }
    progress->shown = percent;
    (void)fprintf(stderr, "\r[%-*.*s] %3d %%  %zu of %zu %s", WIDTH, WIDTH * percent / 100, bar,
                  percent, done, all, progress->what);
    (void)fflush(stderr);
}

void mc_progress_end(struct mc_progress *progress)
{
    if (progress->is_on && progress->shown >= 0) {
        (void)fputc('\n', stderr);
    }
    progress->is_on = false;
}
