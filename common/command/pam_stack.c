// SPDX-License-Identifier: Apache-2.0
#include "common/command/pam_stack.h"

#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 8 // of files that include others
#define LINE_SIZE 1024

static bool read_file(const char *folder, const char *service, const char *type, int depth,
                      struct mc_pam_stack *stack);

// The next word, or what stands in brackets; "" at the end.
static const char *take_word(const char *text, char word[MC_PAM_WORD])
{
    text += strspn(text, " \t");
    size_t size = text[0] == '[' ? strcspn(text, "]") : strcspn(text, " \t");
    size += text[0] == '[' && text[size] == ']';
    (void)snprintf(word, MC_PAM_WORD, "%.*s", (int)size, text);
    return text + size;
}

// "-session" stands for a module that may be missing.
static void take_line(const char *folder, const char *text, const char *type, int depth,
                      struct mc_pam_stack *stack)
{
    struct mc_pam_line line;
    char path[MC_PAM_WORD];
    text = take_word(text, line.type);
    if (strcmp(line.type, "@include") == 0) {
        (void)take_word(text, path);
        (void)read_file(folder, path, type, depth + 1, stack);
        return;
    }
    memmove(line.type, line.type + (line.type[0] == '-'),
            strlen(line.type) + 1 - (line.type[0] == '-'));
    if (type && strcmp(line.type, type) != 0) {
        return;
    }
    text = take_word(text, line.control);
    text = take_word(text, path);
    if (strcmp(line.control, "include") == 0 || strcmp(line.control, "substack") == 0) {
        (void)read_file(folder, path, line.type, depth + 1, stack);
        return;
    }
    const char *slash = strrchr(path, '/');
    (void)snprintf(line.module, sizeof line.module, "%s", slash ? slash + 1 : path);
    (void)snprintf(line.options, sizeof line.options, "%s ", text);
    if (line.module[0] && stack->count < MC_PAM_LINES_MAX) {
        stack->lines[stack->count++] = line;
    }
}

// Up to a comment; a backslash at the end continues on the next line.
static bool read_file(const char *folder, const char *service, const char *type, int depth,
                      struct mc_pam_stack *stack)
{
    char path[2 * MC_PAM_WORD + 256], text[LINE_SIZE], whole[LINE_SIZE] = "";
    (void)snprintf(path, sizeof path, "%s/%s", folder, service);
    FILE *file = depth < DEPTH_MAX ? fopen(service[0] == '/' ? service : path, "re") : NULL;
    if (!file) {
        return false;
    }
    while (fgets(text, sizeof text, file)) {
        size_t size = strcspn(text, "#\n");
        bool goes_on = size && text[size] == '\n' && text[size - 1] == '\\';
        text[goes_on ? size - 1 : size] = '\0';
        size_t used = strlen(whole);
        (void)snprintf(whole + used, sizeof whole - used, "%s", text);
        if (!goes_on) {
            take_line(folder, whole, type, depth, stack);
            whole[0] = '\0';
        }
    }
    (void)fclose(file);
    return true;
}

bool mc_pam_stack_read(const char *folder, const char *service, struct mc_pam_stack *ret_stack)
{
    *ret_stack = (struct mc_pam_stack){0};
    return read_file(folder, service, NULL, 0, ret_stack);
}

bool mc_pam_line_is(const struct mc_pam_line *line, const char *type, const char *module)
{
    return strcmp(line->type, type) == 0 && strcmp(line->module, module) == 0;
}

bool mc_pam_line_has(const struct mc_pam_line *line, const char *option)
{
    size_t size = strlen(option);
    for (const char *at = strstr(line->options, option); at; at = strstr(at + 1, option)) {
        if ((at == line->options || at[-1] == ' ' || at[-1] == '\t') &&
            (at[size] == ' ' || at[size] == '\t')) {
            return true;
        }
    }
    return false;
}

int mc_pam_line_skips(const struct mc_pam_line *line)
{
    const char *success = strstr(line->control, "success=");
    if (strcmp(line->control, "sufficient") == 0) {
        return -1;
    }
    if (line->control[0] != '[' || !success) {
        return 0;
    }
    success += strlen("success=");
    return strncmp(success, "done", 4) == 0 ? -1 : atoi(success);
}
