// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/health.h"

#include "mod_mycred/answer.h"
#include "mod_mycred/sending.h"
#include "mod_mycred/tally.h"

#include <ap_mpm.h>
#include <apr_strings.h>
#include <http_protocol.h>

#define EXAMINE_MS 3000 // a load balancer does not wait longer

enum figure { TOTAL, LAST, CONNECTIONS, CONNECTIONS_MAX, SENDING, WAITING, WAITING_MAX };

// The first five are of the child that answers, the others of all since httpd started.
static const struct {
    const char *name;
    enum figure figure;
    enum mc_event event;
} figures[] = {
    {"child_connections", CONNECTIONS, 0},
    {"child_connections_max", CONNECTIONS_MAX, 0},
    {"child_sending", SENDING, 0},
    {"child_waiting", WAITING, 0},
    {"child_waiting_max", WAITING_MAX, 0},
    {"signed_in", TOTAL, MC_EVENT_SIGNED_IN},
    {"passwords_wrong", TOTAL, MC_EVENT_PASSWORD_WRONG},
    {"codes_wrong", TOTAL, MC_EVENT_CODE_WRONG},
    {"api_passwords_refused", TOTAL, MC_EVENT_API_PASSWORD_REFUSED},
    {"codes_sent", TOTAL, MC_EVENT_CODE_SENT},
    {"codes_not_sent", TOTAL, MC_EVENT_CODE_NOT_SENT},
    {"codes_not_sent_last", LAST, MC_EVENT_CODE_NOT_SENT},
    {"notices_sent", TOTAL, MC_EVENT_NOTICE_SENT},
    {"notices_not_sent", TOTAL, MC_EVENT_NOTICE_NOT_SENT},
    {"notices_not_sent_last", LAST, MC_EVENT_NOTICE_NOT_SENT},
    {"directory_faults", TOTAL, MC_EVENT_DIRECTORY_FAULT},
    {"directory_faults_last", LAST, MC_EVENT_DIRECTORY_FAULT},
};

static int64_t value_of(const struct site *site, size_t number)
{
    const struct sending_load load = sending_load(site->sending);
    enum mc_event event = figures[number].event;
    int threads = 1;
    switch (figures[number].figure) {
    case TOTAL:
        return (int64_t)tally_total(site->tally, event);
    case LAST:
        return tally_last(site->tally, event) / MC_SECOND;
    case CONNECTIONS:
        return apr_reslist_acquired_count(site->directories);
    case CONNECTIONS_MAX:
        ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
        return site_connections_max(threads > 0 ? threads : 1);
    case SENDING:
        return (int64_t)load.busy;
    case WAITING:
        return (int64_t)load.waiting;
    case WAITING_MAX:
        return (int64_t)load.maximum;
    }
    return 0;
}

// What stands around each name and value.
struct frame {
    const char *before, *between, *after;
};

// Times are seconds since 1970, so that programs need not parse them; 0 is never.
static void write_figures(request_rec *r, const struct site *site, const struct frame *frame)
{
    for (size_t i = 0; i < MC_COUNT(figures); i++) {
        const char *value = apr_psprintf(r->pool, "%" APR_INT64_T_FMT, value_of(site, i));
        (void)ap_rvputs(r, frame->before, figures[i].name, frame->between, value, frame->after,
                        NULL);
    }
}

// One small search on a connection of the site's own pool: as a page would find it.
static struct tally_directory examine(struct site *site)
{
    static const char *const nothing[] = {"1.1", NULL};
    struct mc_directory *directory = NULL;
    struct mc_entries entries = {0};
    struct tally_directory found = {site_borrow_directory(site, &directory), 0};
    if (found.result != MC_OK) {
        return found;
    }
    mc_directory_set_deadline(directory, EXAMINE_MS);
    found.result = mc_directory_search(directory, site->config->ldap_base, true, "(objectClass=*)",
                                       nothing, &entries);
    if (found.result == MC_OK) {
        found.server = mc_directory_writer(directory);
    }
    mc_entries_release(&entries);
    site_return_directory(site, directory);
    return found;
}

static struct tally_directory look_at_directory(struct site *site)
{
    if (tally_take_turn(site->tally, mc_now())) {
        tally_set_directory(site->tally, examine(site));
    }
    return tally_directory(site->tally);
}

static void write_report(request_rec *r, const struct site *site, bool good,
                         struct tally_directory found)
{
    const char *login_key = NULL, *site_key = NULL;
    (void)mc_keys_newest(site->login_keys, &login_key);
    (void)mc_keys_newest(site->site_keys, &site_key);
    ap_rprintf(r,
               "{\"status\": \"%s\",\n \"directory\": \"%s\",\n \"directory_server\": %u,\n"
               " \"login_key\": \"%s\",\n \"site_key\": \"%s\"",
               good ? "ok" : "failing", mc_result_word(found.result), found.server, login_key,
               site_key);
    write_figures(r, site, &(const struct frame){",\n \"", "\": ", ""});
    (void)ap_rputs("}\n", r);
}

int health_answer(request_rec *r, struct site *site, bool for_operators)
{
    struct visit bare = {.r = r, .pool = r->pool, .site = site};
    if (r->method_number != M_GET) {
        r->allowed = AP_METHOD_BIT << M_GET;
        return HTTP_METHOD_NOT_ALLOWED;
    }
    const struct tally_directory found = look_at_directory(site);
    const struct sending_load load = sending_load(site->sending);
    bool good = found.result == MC_OK && load.waiting < load.maximum;
    answer_headers(&bare);
    r->status = good ? HTTP_OK : HTTP_SERVICE_UNAVAILABLE;
    ap_set_content_type(r, for_operators ? "application/json" : "text/plain; charset=utf-8");
    if (for_operators) {
        write_report(r, site, good, found);
    } else {
        (void)ap_rputs(good ? "ok\n" : "failing\n", r);
    }
    return DONE;
}

void health_write_status(request_rec *r, struct site *site, bool for_programs)
{
    static const struct frame line = {"Mycred_", ": ", "\n"};
    static const struct frame row = {"<tr><th align=\"left\">", "</th><td>", "</td></tr>\n"};
    if (for_programs) {
        write_figures(r, site, &line);
        return;
    }
    (void)ap_rputs("<hr />\n<h2>mycred</h2>\n<table border=\"0\">\n", r);
    write_figures(r, site, &row);
    (void)ap_rputs("</table>\n", r);
}
