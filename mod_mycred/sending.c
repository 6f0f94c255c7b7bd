// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/sending.h"

#include "common/challenge.h"
#include "common/event.h"
#include "common/job.h"
#include "common/notice.h"
#include "mod_mycred/deliver.h"
#include "mod_mycred/shared.h"

#include <apr_atomic.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_thread_pool.h>
#include <stdatomic.h>
#include <stdlib.h>

#define WAITING_MAX 64 // tasks; past that a page says that nothing could be sent
#define DEFERRED_MAX 64
#define STOP_STEP_US 20000
#define STOP_MAX_US (60 * 1000000LL) // for what is waiting when a child ends

struct sending {
    struct site *site;
    apr_thread_pool_t *pool;
    apr_uint32_t open;                       // tasks that wait or run
    _Atomic unsigned deferred[DEFERRED_MAX]; // people whose outbox is looked at later; 0: free
};

// A task of its own: it outlives the request.
struct task {
    struct sending *sending;
    char *id, *dn, *purpose, *flow;
    enum mc_method channel;
    struct mc_secret job;     // empty: drain the outbox of `dn`
    struct sending_work work; // or this
};

static void *APR_THREAD_FUNC run_task(apr_thread_t *thread, void *data);

static void task_free(struct task *task)
{
    free(task->id);
    free(task->dn);
    free(task->purpose);
    free(task->flow);
    mc_secret_release(&task->job);
    if (task->work.release) {
        task->work.release(task->work.data);
    }
    free(task);
}

static void log_line(const struct task *task, enum mc_event event, const char *cause)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(event, &line);
    mc_event_add_text(&line, "id", task->id);
    mc_event_add_text(&line, "method", mc_method_word(task->channel));
    if (cause[0]) {
        mc_event_add_text(&line, "cause", cause);
    }
    site_log(task->sending->site, event, &line);
}

// A code nobody was sent must not stay pending: the next page offers to send again.
static void void_code(const struct task *task)
{
    struct site *site = task->sending->site;
    struct mc_directory *directory = NULL;
    struct mc_entry *entry = NULL;
    if (!task->dn || site_borrow_directory(site, &directory) != MC_OK) {
        return;
    }
    const struct mc_context context = site_context(site, directory);
    const struct mc_challenge challenge = {
        .purpose = task->purpose, .channel = task->channel, .flow = task->flow};
    struct mc_account account = {0};
    if (mc_directory_read_person(directory, task->dn, &entry) == MC_OK &&
        mc_account_init(&context, entry, &account) == MC_OK) {
        mc_challenge_void(&context, &account, &challenge);
    }
    mc_account_release(&account);
    site_return_directory(site, directory);
}

static void do_work(const struct task *task)
{
    struct site *site = task->sending->site;
    struct mc_directory *directory = NULL;
    if (site_borrow_directory(site, &directory) == MC_OK) {
        const struct mc_context context = site_context(site, directory);
        task->work.run(site, &context, task->work.data);
        site_return_directory(site, directory);
    }
}

static unsigned name_of(const char *dn)
{
    apr_ssize_t size = APR_HASH_KEY_STRING;
    unsigned name = apr_hashfunc_default(dn, &size);
    return name ? name : 1;
}

// Takes the person's place among those whose outbox is looked at later, once: false when they have
// one, or none is left (outbox.h finds them).
static bool defer(struct sending *sending, const char *dn)
{
    unsigned name = name_of(dn), none = 0;
    for (size_t i = 0; i < MC_COUNT(sending->deferred); i++) {
        if (atomic_load(&sending->deferred[i]) == name) {
            return false;
        }
    }
    for (size_t i = 0; i < MC_COUNT(sending->deferred); i++, none = 0) {
        if (atomic_compare_exchange_strong(&sending->deferred[i], &none, name)) {
            return true;
        }
    }
    return false;
}

static void undefer(struct sending *sending, const char *dn)
{
    for (size_t i = 0; i < MC_COUNT(sending->deferred); i++) {
        unsigned name = name_of(dn);
        (void)atomic_compare_exchange_strong(&sending->deferred[i], &name, 0);
    }
}

static void *APR_THREAD_FUNC run_deferred(apr_thread_t *thread, void *data)
{
    struct task *task = data;
    apr_atomic_inc32(&task->sending->open);
    return run_task(thread, data);
}

// What came too soon after a message is folded into the next. A child that ends does not wait for
// that. Whether the task lives on.
static bool drain(struct task *task)
{
    struct site *site = task->sending->site;
    struct mc_directory *directory = NULL;
    if (site_borrow_directory(site, &directory) != MC_OK) {
        return false; // the notices stay where they are
    }
    const struct mc_context context = site_context(site, directory);
    undefer(task->sending, task->dn);
    enum mc_result result = deliver_notices(&context, site, task->dn);
    site_return_directory(site, directory);
    return result == MC_THROTTLED && defer(task->sending, task->dn) &&
           apr_thread_pool_schedule(task->sending->pool, run_deferred, task, MC_NOTICE_GAP, NULL) ==
               APR_SUCCESS;
}

// A number that somebody has just named tells more than one that was known.
static void count_sent(const struct task *task)
{
    struct mc_job job;
    char number[MC_CONTACT_MAX] = "";
    if (task->channel != MC_METHOD_SMS || mc_job_read(mc_secret_span(&task->job), &job) != MC_OK ||
        job.to.size >= sizeof number) {
        return;
    }
    memcpy(number, job.to.data, job.to.size);
    bool is_new = task->purpose && strcmp(task->purpose, "address") == 0;
    shared_note_sent(task->sending->site, is_new ? number : NULL);
}

static void *APR_THREAD_FUNC run_task(apr_thread_t *thread, void *data)
{
    struct task *task = data;
    struct sending *sending = task->sending;
    char cause[DELIVER_CAUSE_MAX] = "";
    (void)thread;
    if (task->work.run) {
        do_work(task);
    } else if (task->job.size == 0) {
        if (drain(task)) {
            apr_atomic_dec32(&sending->open);
            return NULL;
        }
    } else if (deliver_job(task->sending->site, mc_secret_span(&task->job), cause)) {
        log_line(task, MC_EVENT_CODE_SENT, "");
        count_sent(task);
    } else {
        log_line(task, MC_EVENT_CODE_NOT_SENT, cause);
        void_code(task);
    }
    apr_atomic_dec32(&sending->open);
    task_free(task);
    return NULL;
}

// A pool that ends drops what waits in it; a graceful restart must lose no code.
static apr_status_t stop(void *data)
{
    struct sending *sending = data;
    for (apr_time_t waited = 0; apr_atomic_read32(&sending->open) && waited < STOP_MAX_US;
         waited += STOP_STEP_US) {
        apr_sleep(STOP_STEP_US);
    }
    return apr_thread_pool_destroy(sending->pool);
}

apr_status_t sending_start(struct site *site, apr_pool_t *pool, struct sending **ret_sending)
{
    struct sending *sending = apr_pcalloc(pool, sizeof *sending);
    sending->site = site;
    apr_status_t status = apr_thread_pool_create(&sending->pool, 0, SENDING_THREADS, pool);
    if (status == APR_SUCCESS) {
        // before the pool's own memory goes, so that what is under way can end
        apr_pool_pre_cleanup_register(pool, sending, stop);
        *ret_sending = sending;
    }
    return status;
}

static char *copy(const char *text)
{
    return text ? mc_copy_text(mc_span_of(text)) : NULL;
}

static enum mc_result push(struct sending *sending, struct task *task)
{
    apr_atomic_inc32(&sending->open);
    if (apr_thread_pool_tasks_count(sending->pool) >= WAITING_MAX ||
        apr_thread_pool_push(sending->pool, run_task, task, APR_THREAD_TASK_PRIORITY_NORMAL,
                             NULL) != APR_SUCCESS) {
        apr_atomic_dec32(&sending->open);
        task_free(task);
        return MC_UNAVAILABLE;
    }
    return MC_OK;
}

enum mc_result sending_add(struct sending *sending, const struct sending_task *about)
{
    struct task *task = mc_allocate(sizeof *task);
    if (!task) {
        return MC_NO_MEMORY;
    }
    *task = (struct task){.sending = sending,
                          .id = copy(about->id),
                          .dn = copy(about->dn),
                          .purpose = copy(about->purpose),
                          .flow = copy(about->flow),
                          .channel = about->channel};
    bool whole = task->id && (!about->dn || (task->dn && task->purpose && task->flow)) &&
                 mc_secret_set(&task->job, about->job) == MC_OK;
    if (!whole) {
        task_free(task);
        return MC_NO_MEMORY;
    }
    return push(sending, task);
}

void sending_drain(struct sending *sending, const char *dn)
{
    struct task *task = mc_allocate(sizeof *task);
    if (!task) {
        return;
    }
    task->sending = sending;
    task->dn = copy(dn);
    if (!task->dn) {
        task_free(task);
        return;
    }
    enum mc_result result = push(sending, task);
    (void)result; // the notice waits in the directory for the next change or the timer
}

enum mc_result sending_run(struct sending *sending, const struct sending_work *work)
{
    struct task *task = mc_allocate(sizeof *task);
    if (!task) {
        work->release(work->data);
        return MC_NO_MEMORY;
    }
    task->sending = sending;
    task->work = *work;
    return push(sending, task);
}

struct sending_load sending_load(const struct sending *sending)
{
    return (struct sending_load){.waiting = apr_thread_pool_tasks_count(sending->pool),
                                 .maximum = WAITING_MAX,
                                 .busy = apr_thread_pool_busy_count(sending->pool)};
}
