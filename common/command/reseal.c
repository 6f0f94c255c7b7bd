// SPDX-License-Identifier: Apache-2.0
// mycred reseal: what older keys sealed is sealed with the newest one. Three walks over the people:
// count, do, count what is left.
#include "common/reseal.h"

#include "common/command/admin.h"
#include "common/command/progress.h"
#include "common/directory_check.h"
#include "common/field.h"

#include <stdio.h>
#include <time.h>

#define RATE_MAX 100000
#define FILTER                                                                                     \
    "(|(mycredTotp=*)(mycredRecovery=*)(mycredApiPassword=*)(mycredNotice=*)(mycredVerified=*)"    \
    "(mycredChallenge=*)(mycredSession=*))"

struct reseal {
    struct mc_admin admin;
    const struct mc_arguments *arguments;
    struct mc_sealed_count count;
    size_t people, work;         // seen; with something to do
    size_t done, values, failed; // people, values, people that stayed as they were
    unsigned rate;               // people a second; 0: as fast as it goes
    bool counting;
    struct mc_progress progress;
};

static void reseal_release(struct reseal *reseal)
{
    mc_admin_close(&reseal->admin);
}

static void wait_turn(const struct reseal *reseal)
{
    if (reseal->rate) {
        const struct timespec pause = {.tv_sec = reseal->rate == 1,
                                       .tv_nsec =
                                           reseal->rate == 1 ? 0 : 1000000000 / reseal->rate};
        (void)nanosleep(&pause, NULL);
    }
}

static enum mc_result do_person(struct reseal *reseal, const char *dn)
{
    size_t values = 0;
    wait_turn(reseal);
    mc_directory_set_deadline(reseal->admin.directory, MC_ADMIN_DEADLINE_MS);
    enum mc_result result = mc_reseal_person(&reseal->admin.context, dn, &values);
    reseal->values += values;
    reseal->done++;
    mc_progress_show(&reseal->progress, reseal->done);
    if (result == MC_LOST_RACE) { // somebody is busy there; the next run takes it
        reseal->failed++;
        return MC_OK;
    }
    return result;
}

static enum mc_result see(void *data, struct mc_entry **entry)
{
    struct reseal *reseal = data;
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_sealed_count count = {0};
    mc_directory_set_deadline(reseal->admin.directory, MC_ADMIN_DEADLINE_MS);
    enum mc_result result = mc_account_init(&reseal->admin.context, *entry, &account);
    *entry = NULL;
    if (result != MC_OK && result != MC_BAD_DATA) {
        return result;
    }
    struct mc_sealed_count *counted = reseal->counting ? &reseal->count : &count;
    mc_reseal_count(&reseal->admin.context, &account, &count);
    for (int kind = 0; reseal->counting && kind < MC_SEALED_COUNT; kind++) {
        counted->values[kind] += count.values[kind];
        counted->old[kind] += count.old[kind];
    }
    if (reseal->counting) {
        counted->stale += count.stale;
        counted->damaged += count.damaged;
        reseal->people++;
        reseal->work += mc_reseal_has_work(&count);
        return MC_OK;
    }
    return mc_reseal_has_work(&count) ? do_person(reseal, account.dn) : MC_OK;
}

static enum mc_exit walk(struct reseal *reseal, bool counting)
{
    const struct mc_walk people = {.filter = FILTER, .see = see, .data = reseal};
    bool cut = false;
    reseal->counting = counting;
    if (counting) {
        reseal->count = (struct mc_sealed_count){0};
        reseal->people = reseal->work = 0;
    }
    mc_directory_set_deadline(reseal->admin.directory, MC_ADMIN_DEADLINE_MS);
    enum mc_result result = mc_directory_walk(reseal->admin.directory, &people, &cut);
    mc_progress_end(&reseal->progress);
    if (result != MC_OK) {
        mc_admin_complain_directory(&reseal->admin, result);
        return MC_EXIT_TROUBLE;
    }
    if (cut) {
        mc_complain("the directory shows this identity no more than %zu people; allow it more "
                    "(olcLimits), or use another with -D and -y.",
                    reseal->people);
        return MC_EXIT_TROUBLE;
    }
    return MC_EXIT_OK;
}

static void print_counts(const struct reseal *reseal)
{
    const struct mc_sealed_count *count = &reseal->count;
    for (int kind = 0; kind < MC_SEALED_COUNT; kind++) {
        (void)printf(
            "%-18s %zu of %zu sealed with an old key%s\n",
            mc_sealed_attribute((enum mc_sealed)kind), count->old[kind], count->values[kind],
            count->old[kind] && mc_sealed_passes((enum mc_sealed)kind) ? ", which end by themselves"
                                                                       : "");
    }
    if (count->stale) {
        (void)printf(
            "%zu of these vouch for an address that is no longer there; they need no key.\n",
            count->stale);
    }
    if (count->damaged) {
        (void)printf("%zu of these cannot be opened by any key of the file; 'mycred report' says "
                     "whose.\n",
                     count->damaged);
    }
    if (!reseal->admin.site_keys) {
        (void)puts("Not counted: values of the site's key, which is not on this machine.");
    }
}

// What hides secrets would make all look done.
static enum mc_exit check_sight(struct reseal *reseal)
{
    static const char *const filter = "(objectClass=mycredAccount)";
    static const char *const wanted[] = {"mycredTotp", "mycredRecovery", "mycredApiPassword", NULL};
    MC_AUTO_BUFFER struct mc_buffer dn;
    enum mc_right right = MC_RIGHT_UNKNOWN;
    mc_buffer_init(&dn, MC_ADMIN_ERROR_MAX);
    enum mc_result result = mc_directory_find_one(reseal->admin.directory, filter, &dn);
    if (result == MC_NOT_FOUND) {
        return MC_EXIT_OK;
    }
    for (size_t i = 0; result == MC_OK && wanted[i]; i++) {
        const struct mc_change change = {MC_CHANGE_ADD, wanted[i], mc_span_of("check")};
        result =
            mc_directory_try_change(reseal->admin.directory, mc_buffer_text(&dn), &change, &right);
        if (result == MC_OK && right == MC_RIGHT_REFUSED) {
            mc_complain("this identity may not seal values anew. Cure: run it where the site is, "
                        "or use -D and -y with a security administrator.");
            return MC_EXIT_TROUBLE;
        }
    }
    if (result != MC_OK) {
        mc_admin_complain_directory(&reseal->admin, result);
        return MC_EXIT_TROUBLE;
    }
    return MC_EXIT_OK;
}

static bool read_rate(struct reseal *reseal)
{
    const char *text = reseal->arguments->values[MC_ARGUMENT_RATE];
    if (!text || mc_field_number(mc_span_of(text), 1, RATE_MAX, &reseal->rate)) {
        return true;
    }
    mc_complain("--rate must be a number from 1 to %d, not '%s'.", RATE_MAX, text);
    return false;
}

static void log_end(const struct reseal *reseal)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    const char *key = NULL;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    (void)mc_keys_newest(reseal->admin.keys, &key);
    mc_event_begin(MC_EVENT_RESEALED, &line);
    mc_event_add_text(&line, "key", key);
    mc_buffer_format(&line, " people=%zu values=%zu left=%zu", reseal->done, reseal->values,
                     reseal->work);
    mc_admin_log(MC_EVENT_RESEALED, reseal->arguments, &line);
}

static enum mc_exit run(struct reseal *reseal)
{
    enum mc_exit status = check_sight(reseal);
    if (status == MC_EXIT_OK) {
        status = walk(reseal, true);
    }
    if (status != MC_EXIT_OK || reseal->arguments->values[MC_ARGUMENT_DRY_RUN]) {
        return status;
    }
    mc_progress_begin(&reseal->progress, "people", reseal->work);
    status = walk(reseal, false);
    if (status == MC_EXIT_OK) {
        status = walk(reseal, true);
    }
    if (status == MC_EXIT_OK) {
        (void)printf("%zu values of %zu people are sealed anew.\n", reseal->values,
                     reseal->done - reseal->failed);
        log_end(reseal);
    }
    return status;
}

enum mc_exit mc_reseal_run(const struct mc_arguments *arguments)
{
    MC_CLEANUP(reseal_release) struct reseal reseal = {.arguments = arguments};
    if (!read_rate(&reseal)) {
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = mc_admin_open(arguments, &reseal.admin);
    if (status == MC_EXIT_OK) {
        status = run(&reseal);
    }
    if (status != MC_EXIT_OK) {
        return status;
    }
    print_counts(&reseal);
    return reseal.work ? MC_EXIT_NO : MC_EXIT_OK;
}
