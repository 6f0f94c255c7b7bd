// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/outbox.h"

#include "mod_mycred/deliver.h"

#include <apr_optional.h>
#include <http_log.h>
#include <mod_watchdog.h>

APLOG_USE_MODULE(mycred);

#define PEOPLE_MAX 100  // looked after in one turn
#define FAILURES_MAX 3  // in a row: the mail server is down, the rest waits for the next turn
#define SEARCH_MS 10000 // milliseconds

static void deliver_all(struct site *site, struct mc_directory *directory,
                        const struct mc_entries *people)
{
    const struct mc_context context = site_context(site, directory);
    int failures = 0;
    for (size_t i = 0; i < people->count && failures < FAILURES_MAX; i++) {
        enum mc_result result = deliver_notices(&context, site, mc_entry_dn(people->items[i]));
        failures = result == MC_UNDELIVERED ? failures + 1 : 0;
    }
}

static void look(struct site *site)
{
    struct mc_directory *directory = NULL;
    MC_CLEANUP(mc_entries_release) struct mc_entries people = {0};
    if (site_borrow_directory(site, &directory) != MC_OK) {
        return;
    }
    mc_directory_set_deadline(directory, SEARCH_MS);
    if (mc_directory_find_holders(directory, "mycredNotice", PEOPLE_MAX, &people) == MC_OK) {
        deliver_all(site, directory, &people);
    }
    site_return_directory(site, directory);
}

static apr_status_t turn(int state, void *data, apr_pool_t *pool)
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
        add(watchdog, interval, site, turn) != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, site->server,
                     "mycred: without mod_watchdog, notices that could not be sent at once wait "
                     "for their person's next change");
    }
}
