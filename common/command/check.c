// SPDX-License-Identifier: Apache-2.0
#include "common/command/review.h"

#include "common/command/say.h"

#include <stdarg.h>
#include <stdio.h>

#define NAME_MAX_BYTES 4096

static void review_release(struct mc_review *review)
{
    mc_buffer_release(&review->person);
    mc_admin_close(&review->admin);
}

MC_PRINTF(3, 0)
static void print(const char *kind, const char *cure, const char *format, va_list arguments)
{
    (void)printf("%s: ", kind);
    (void)vprintf(format, arguments);
    (void)printf(". Cure: %s\n", cure);
}

void mc_review_error(struct mc_review *review, const char *cure, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print("error", cure, format, arguments);
    va_end(arguments);
    review->errors++;
}

void mc_review_warn(struct mc_review *review, const char *cure, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print("warning", cure, format, arguments);
    va_end(arguments);
    review->warnings++;
}

// For a sentence that holds its cure already.
static void add_whole_error(struct mc_review *review, const char *sentence)
{
    (void)printf("error: %s\n", sentence);
    review->errors++;
}

void mc_review_error_directory(struct mc_review *review, const struct mc_directory *directory,
                               enum mc_result result)
{
    MC_AUTO_BUFFER struct mc_buffer sentence;
    mc_buffer_init(&sentence, MC_ADMIN_ERROR_MAX);
    mc_admin_explain(mc_directory_cause(directory), result, &sentence);
    add_whole_error(review, mc_buffer_text(&sentence));
}

static const struct {
    mc_review_part *run;
    bool needs_directory;
} parts[] = {
    {mc_review_keys, false},       {mc_review_files, false},    {mc_review_programs, false},
    {mc_review_module, false},     {mc_review_socket, false},   {mc_review_pam, false},
    {mc_review_httpd, false},      {mc_review_servers, false},  {mc_review_tree, true},
    {mc_review_schema, true},      {mc_review_indexes, true},   {mc_review_rights, true},
    {mc_review_person, true},      {mc_review_policy, true},    {mc_review_clock, true},
    {mc_review_replication, true}, {mc_review_delivery, false},
};

enum mc_exit mc_check_run(const struct mc_arguments *arguments)
{
    MC_CLEANUP(review_release) struct mc_review review = {.arguments = arguments};
    mc_buffer_init(&review.person, NAME_MAX_BYTES);
    mc_review_config(&review);
    for (size_t i = 0; review.admin.config && i < MC_COUNT(parts); i++) {
        if (!parts[i].needs_directory || review.is_connected) {
            parts[i].run(&review);
        }
    }
    if (review.errors + review.warnings == 0) {
        (void)puts("ok");
    }
    return review.errors ? MC_EXIT_NO : MC_EXIT_OK;
}
