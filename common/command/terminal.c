// SPDX-License-Identifier: Apache-2.0
#include "common/command/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_MAX_SIZE 512
#define USUAL_WIDTH 80

enum mc_result mc_terminal_write(struct mc_span text)
{
    if (fflush(stdout) != 0) {
        return MC_INTERNAL;
    }
    while (text.size) {
        ssize_t done = write(STDOUT_FILENO, text.data, text.size);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0) {
            return MC_INTERNAL;
        }
        text = (struct mc_span){text.data + done, text.size - (size_t)done};
    }
    return MC_OK;
}

// Byte by byte, so that nothing of the next line is taken.
static enum mc_result read_line(char line[LINE_MAX_SIZE], size_t *ret_size)
{
    for (size_t size = 0; size < LINE_MAX_SIZE;) {
        ssize_t got = read(STDIN_FILENO, line + size, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 && size == 0) {
            return MC_NOT_FOUND;
        }
        if (got <= 0 || line[size] == '\n') {
            *ret_size = size;
            return MC_OK;
        }
        size++;
    }
    return MC_MALFORMED;
}

enum mc_result mc_terminal_ask(const char *prompt, struct mc_secret *ret_line)
{
    char line[LINE_MAX_SIZE];
    size_t size = 0;
    enum mc_result result = mc_terminal_write(mc_span_of(prompt));
    if (result == MC_OK) {
        result = read_line(line, &size);
    }
    if (result == MC_OK) {
        result = mc_secret_set(ret_line, (struct mc_span){(const uint8_t *)line, size});
    }
    mc_wipe(line, sizeof line);
    return result;
}

bool mc_terminal_is_shown(void)
{
    return isatty(STDOUT_FILENO) == 1;
}

bool mc_terminal_is_utf8(void)
{
    return setlocale(LC_CTYPE, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

unsigned mc_terminal_width(void)
{
    struct winsize size = {0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col;
    return known ? size.ws_col : USUAL_WIDTH;
}
