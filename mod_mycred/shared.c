// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/shared.h"

#include "common/breaker.h"
#include "common/source.h"
#include "common/traffic.h"

#include <ap_provider.h>
#include <ap_socache.h>
#include <apr_global_mutex.h>
#include <apr_shm.h>
#include <util_mutex.h>

#define MUTEX_NAME "mycred"
#define CACHE_NAME "mycred"
#define CACHE_PROVIDER "shmcb"
#define PASSWORD_WINDOW 600 // seconds
#define SMS_WINDOW 3600

struct memory {
    struct mc_window sms, reset_sms;
    struct mc_breaker breakers[MC_METHOD_COUNT];
    struct mc_traffic traffic;
};

struct shared {
    server_rec *server;
    apr_global_mutex_t *mutex;
    ap_socache_provider_t *provider;
    ap_socache_instance_t *cache;
    struct memory *memory;
};

apr_status_t shared_register(apr_pool_t *pool)
{
    return ap_mutex_register(pool, MUTEX_NAME, NULL, APR_LOCK_DEFAULT, 0);
}

static apr_status_t destroy_cache(void *data)
{
    struct shared *shared = data;
    shared->provider->destroy(shared->cache, shared->server);
    return APR_SUCCESS;
}

static apr_status_t create_cache(struct shared *shared, apr_pool_t *pool)
{
    struct ap_socache_hints hints = {.avg_id_len = MC_SOURCE_MAX / 2,
                                     .avg_obj_size = sizeof(struct mc_window),
                                     .expiry_interval = apr_time_from_sec(60)};
    if (shared->provider->create(&shared->cache, NULL, pool, pool) != NULL) {
        return APR_EGENERAL;
    }
    apr_status_t status =
        shared->provider->init(shared->cache, CACHE_NAME, &hints, shared->server, pool);
    if (status == APR_SUCCESS) {
        apr_pool_cleanup_register(pool, shared, destroy_cache, apr_pool_cleanup_null);
    }
    return status;
}

static apr_status_t create_memory(struct shared *shared, apr_pool_t *pool)
{
    apr_shm_t *segment = NULL;
    apr_status_t status = apr_shm_create(&segment, sizeof *shared->memory, NULL, pool);
    if (status == APR_SUCCESS) {
        shared->memory = apr_shm_baseaddr_get(segment);
        *shared->memory = (struct memory){0};
    }
    return status;
}

enum mc_result shared_create(apr_pool_t *pool, server_rec *server, struct mc_buffer *error,
                             struct shared **ret_shared)
{
    struct shared *shared = apr_pcalloc(pool, sizeof *shared);
    char text[128];
    shared->server = server;
    shared->provider =
        ap_lookup_provider(AP_SOCACHE_PROVIDER_GROUP, CACHE_PROVIDER, AP_SOCACHE_PROVIDER_VERSION);
    if (!shared->provider) {
        mc_buffer_add_text(error, "MycredConfig needs mod_socache_shmcb, where wrong passwords are "
                                  "counted by address; load it (a2enmod socache_shmcb)");
        return MC_BAD_CONFIG;
    }
    apr_status_t status =
        ap_global_mutex_create(&shared->mutex, NULL, MUTEX_NAME, NULL, server, pool, 0);
    if (status == APR_SUCCESS) {
        status = create_cache(shared, pool);
    }
    if (status == APR_SUCCESS) {
        status = create_memory(shared, pool);
    }
    if (status != APR_SUCCESS) {
        mc_buffer_format(error, "what the children share cannot be made: %s",
                         apr_strerror(status, text, sizeof text));
        return MC_BAD_CONFIG;
    }
    *ret_shared = shared;
    return MC_OK;
}

apr_status_t shared_start_child(struct shared *shared, apr_pool_t *pool)
{
    return apr_global_mutex_child_init(&shared->mutex, apr_global_mutex_lockfile(shared->mutex),
                                       pool);
}

static bool lock(const struct shared *shared)
{
    return apr_global_mutex_lock(shared->mutex) == APR_SUCCESS;
}

static void unlock(const struct shared *shared)
{
    (void)apr_global_mutex_unlock(shared->mutex);
}

static int64_t now_seconds(void)
{
    return mc_now() / MC_SECOND;
}

static void log_alert(const struct site *site, enum mc_event event, const char *key,
                      const char *value)
{
    MC_AUTO_BUFFER struct mc_buffer line;
    mc_buffer_init(&line, MC_EVENT_LINE_MAX);
    mc_event_begin(event, &line);
    mc_event_add_text(&line, key, value);
    site_log(site, event, &line);
}

// ---- addresses ----

static struct mc_window_rule rule_of(const struct mc_config *config, enum shared_count what)
{
    bool sms = what == SHARED_SMS || what == SHARED_RESET_SMS;
    if (what >= SHARED_LINES) {
        return (struct mc_window_rule){(uint32_t)config->log_lines_per_source, PASSWORD_WINDOW};
    }
    return sms ? (struct mc_window_rule){(uint32_t)config->sms_per_source, SMS_WINDOW}
               : (struct mc_window_rule){(uint32_t)config->wrong_passwords_per_source,
                                         PASSWORD_WINDOW};
}

struct slot {
    const struct visit *visit;
    const struct shared *shared;
    unsigned char key[MC_SOURCE_MAX + 2];
    unsigned key_size;
    char prefix[MC_SOURCE_MAX];
    struct mc_window_rule rule;
    struct mc_window window;
};

static void open_slot(const struct visit *visit, enum shared_count what, struct slot *slot)
{
    *slot = (struct slot){
        .visit = visit, .shared = visit->site->shared, .rule = rule_of(visit->site->config, what)};
    mc_source_prefix(mc_span_of(visit->r->useragent_ip), slot->prefix);
    size_t size = strlen(slot->prefix);
    // the cache spreads its entries by the first byte
    for (size_t i = 0; i < size; i++) {
        slot->key[0] = (unsigned char)(slot->key[0] * 31 + (unsigned char)slot->prefix[i]);
    }
    slot->key[1] = (unsigned char)what;
    memcpy(slot->key + 2, slot->prefix, size);
    slot->key_size = (unsigned)size + 2;
}

// Nothing found, or nothing to be found for now, is an empty window.
static void read_slot(struct slot *slot)
{
    const struct shared *shared = slot->shared;
    unsigned size = sizeof slot->window;
    if (shared->provider->retrieve(shared->cache, shared->server, slot->key, slot->key_size,
                                   (unsigned char *)&slot->window, &size,
                                   slot->visit->pool) != APR_SUCCESS ||
        size != sizeof slot->window) {
        slot->window = (struct mc_window){0};
    }
}

static void write_slot(struct slot *slot)
{
    const struct shared *shared = slot->shared;
    apr_time_t expiry = apr_time_from_sec(slot->window.start + slot->rule.length);
    (void)shared->provider->store(shared->cache, shared->server, slot->key, slot->key_size, expiry,
                                  (unsigned char *)&slot->window, sizeof slot->window,
                                  slot->visit->pool);
}

enum mc_result shared_look(const struct visit *visit, enum shared_count what, mc_time *ret_from)
{
    struct slot slot;
    int64_t from = 0;
    open_slot(visit, what, &slot);
    if (slot.rule.limit == 0 || !lock(slot.shared)) {
        return MC_OK;
    }
    read_slot(&slot);
    unlock(slot.shared);
    enum mc_result result = mc_window_look(&slot.window, &slot.rule, now_seconds(), &from);
    *ret_from = from * MC_SECOND;
    return result;
}

enum mc_result shared_take(const struct visit *visit, enum shared_count what, mc_time *ret_from)
{
    static const enum mc_event events[] = {[SHARED_PASSWORDS] = MC_EVENT_SOURCE_THROTTLED,
                                           [SHARED_API_PASSWORDS] = MC_EVENT_SOURCE_THROTTLED,
                                           [SHARED_SMS] = MC_EVENT_SMS_BUDGET_SPENT,
                                           [SHARED_RESET_SMS] = MC_EVENT_SMS_BUDGET_SPENT,
                                           [SHARED_LINES] = MC_EVENT_LINES_FOLDED};
    struct slot slot;
    int64_t from = 0;
    open_slot(visit, what, &slot);
    if (slot.rule.limit == 0 || !lock(slot.shared)) {
        return MC_OK;
    }
    read_slot(&slot);
    enum mc_result result = mc_window_take(&slot.window, &slot.rule, now_seconds(), &from);
    // told once it is full, since who is refused by a look takes nothing
    bool full = result == MC_THROTTLED || slot.window.count >= slot.rule.limit;
    bool alert = full && mc_window_alert(&slot.window);
    write_slot(&slot);
    unlock(slot.shared);
    if (alert) {
        log_alert(visit->site, events[what < SHARED_LINES ? what : SHARED_LINES], "source",
                  slot.prefix);
    }
    *ret_from = from * MC_SECOND;
    return result;
}

void shared_give_back(const struct visit *visit, enum shared_count what)
{
    struct slot slot;
    open_slot(visit, what, &slot);
    if (slot.rule.limit && lock(slot.shared)) {
        read_slot(&slot);
        mc_window_return(&slot.window, &slot.rule, now_seconds());
        write_slot(&slot);
        unlock(slot.shared);
    }
}

bool shared_may_log(const struct visit *visit, enum mc_event event)
{
    static const bool anybody_causes[MC_EVENT_COUNT] = {[MC_EVENT_FORM_REFUSED] = true,
                                                        [MC_EVENT_INVITATION_REFUSED] = true,
                                                        [MC_EVENT_DIRECTORY_FAULT] = true,
                                                        [MC_EVENT_FAULT] = true};
    mc_time from = 0;
    return !anybody_causes[event] ||
           shared_take(visit, (enum shared_count)(SHARED_LINES + event), &from) == MC_OK;
}

// ---- the whole site ----

static struct mc_window_rule site_rule(const struct site *site)
{
    return (struct mc_window_rule){(uint32_t)site->config->sms_per_site, SMS_WINDOW};
}

static struct mc_window *site_window(const struct site *site, bool reset)
{
    struct memory *memory = site->shared->memory;
    return reset ? &memory->reset_sms : &memory->sms;
}

enum mc_result shared_take_sms(const struct site *site, bool reset, mc_time *ret_from)
{
    const struct mc_window_rule rule = site_rule(site);
    struct mc_window *window = site_window(site, reset);
    int64_t from = 0;
    if (!lock(site->shared)) {
        return MC_OK;
    }
    enum mc_result result = mc_window_take(window, &rule, now_seconds(), &from);
    bool alert = result == MC_THROTTLED && mc_window_alert(window);
    unlock(site->shared);
    if (alert) {
        log_alert(site, MC_EVENT_SMS_BUDGET_SPENT, "of", reset ? "site-reset" : "site");
    }
    *ret_from = from * MC_SECOND;
    return result;
}

void shared_give_back_sms(const struct site *site, bool reset)
{
    const struct mc_window_rule rule = site_rule(site);
    if (lock(site->shared)) {
        mc_window_return(site_window(site, reset), &rule, now_seconds());
        unlock(site->shared);
    }
}

bool shared_is_paused(const struct site *site, enum mc_method channel)
{
    if (!lock(site->shared)) {
        return false;
    }
    bool paused = mc_breaker_is_open(&site->shared->memory->breakers[channel], now_seconds());
    unlock(site->shared);
    return paused;
}

bool shared_may_send(const struct site *site, enum mc_method channel)
{
    int64_t pause = site->config->gateway_pause;
    if (pause == 0 || !lock(site->shared)) {
        return true;
    }
    bool allowed =
        mc_breaker_allows(&site->shared->memory->breakers[channel], now_seconds(), pause);
    unlock(site->shared);
    return allowed;
}

void shared_note_delivery(const struct site *site, enum mc_method channel, bool sent,
                          const char *cause)
{
    int64_t pause = site->config->gateway_pause;
    bool good = sent || !mc_breaker_counts(cause);
    if (pause == 0 || !lock(site->shared)) {
        return;
    }
    bool changed =
        mc_breaker_note(&site->shared->memory->breakers[channel], good, now_seconds(), pause);
    unlock(site->shared);
    if (changed) {
        log_alert(site, good ? MC_EVENT_GATEWAY_BACK : MC_EVENT_GATEWAY_PAUSED, "method",
                  mc_method_word(channel));
    }
}

void shared_note_sent(const struct site *site, const char *number)
{
    if (!lock(site->shared)) {
        return;
    }
    enum mc_alarm alarm =
        mc_traffic_note_sent(&site->shared->memory->traffic, number, now_seconds());
    unlock(site->shared);
    if (alarm != MC_ALARM_NONE) {
        log_alert(site, MC_EVENT_SMS_UNUSUAL, "reason", mc_alarm_word(alarm));
    }
}

void shared_note_verified(const struct site *site)
{
    if (lock(site->shared)) {
        mc_traffic_note_verified(&site->shared->memory->traffic);
        unlock(site->shared);
    }
}
