// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/outbox.h"

#include "mod_mycred/deliver.h"

#include <apr_optional.h>
#include <http_log.h>
#include <mod_watchdog.h>

APLOG_USE_MODULE(mycred);

#define PEOPLE_MAX 100  // who are sent something in one turn
#define FAILURES_MAX 3  // in a row: the mail server is down, the rest waits for the next turn
#define SEARCH_MS 10000 // milliseconds, for each page of people

struct turn {
    struct site *site;
    struct mc_context context;
    int people, failures;
};

// Of a walk nothing is read but who they are; of each person everything.
static void begin_page(struct turn *turn)
{
    static const char *const nothing[] = {"entryUUID", NULL};
    mc_directory_narrow(turn->context.directory, nothing);
    mc_directory_set_deadline(turn->context.directory, SEARCH_MS);
}

// However many notices cannot be read or must wait, those of other people are not held up by them.
static enum mc_result deliver(void *data, struct mc_entry **entry)
{
    struct turn *turn = data;
    mc_directory_narrow(turn->context.directory, NULL);
    enum mc_result result = deliver_notices(&turn->context, turn->site, mc_entry_dn(*entry));
    turn->people += result == MC_OK;
    turn->failures = result == MC_UNDELIVERED ? turn->failures + 1 : 0;
    begin_page(turn);
    return turn->people < PEOPLE_MAX && turn->failures < FAILURES_MAX ? MC_OK : MC_THROTTLED;
}

static void look(struct site *site)
{
    struct mc_directory *directory = NULL;
    bool cut = false;
    if (site_borrow_directory(site, &directory) != MC_OK) {
        return;
    }
    struct turn turn = {.site = site, .context = site_context(site, directory)};
    const struct mc_walk people = {.filter = "(mycredNotice=*)", .see = deliver, .data = &turn};
    begin_page(&turn);
    enum mc_result result = mc_directory_walk(directory, &people, &cut);
    (void)result; // what is left waits for the next turn
    mc_directory_narrow(directory, NULL);
    site_return_directory(site, directory);
}

static apr_status_t take_turn(int state, void *data, apr_pool_t *pool)
{
    struct site *site = data;
    (void)pool;
    if (state == AP_WATCHDOG_STATE_RUNNING && site->directories) {
        look(site);
    }
    return APR_SUCCESS;
}

void outbox_watch(struct site *site, apr_pool_t *pool)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *add =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    apr_interval_time_t interval = apr_time_from_sec(site->config->notice_interval);
    ap_watchdog_t *watchdog = NULL;
    if (!get || !add || get(&watchdog, "mycred", 0, 1, pool) != APR_SUCCESS ||
        add(watchdog, interval, site, take_turn) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, site->server,
                     "mycred: without mod_watchdog, notices that could not be sent at once wait "
                     "for their person's next change");
    }
}
