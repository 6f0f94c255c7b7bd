// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/token.h"

#include "common/field.h"
#include "common/random.h"
#include "common/seal.h"

#include <stdio.h>

#define TOKEN_MAX 2048 // bytes

// The browser: its session where somebody is signed in, so that no token outlives it or is another
// person's.
static struct mc_seal_context browser_context(const struct visit *visit, const char *kind)
{
    return (struct mc_seal_context){kind, visit->signed_in ? visit->account.uuid : "",
                                    visit->signed_in ? visit->session.name
                                                     : mc_span_of(visit->visitor)};
}

enum mc_result token_add(struct visit *visit, const char *name, const char *path)
{
    const struct mc_seal_context about = browser_context(visit, "form");
    MC_AUTO_BUFFER struct mc_buffer text, token;
    mc_buffer_init(&text, TOKEN_MAX);
    mc_buffer_init(&token, TOKEN_MAX);
    mc_buffer_format(&text, "%lld %s", (long long)visit->context.now(), path);
    enum mc_result result = mc_buffer_result(&text);
    if (result == MC_OK) {
        result = mc_seal(visit->context.site_keys, &about, mc_buffer_span(&text), &token);
    }
    if (result == MC_OK) {
        view_text(visit->pool, visit->view, name, mc_buffer_text(&token));
    }
    return result;
}

enum mc_result token_check(struct visit *visit)
{
    const struct mc_seal_context about = browser_context(visit, "form");
    MC_AUTO_SECRET struct mc_secret opened = {0};
    enum mc_result result = mc_unseal(visit->context.site_keys, &about,
                                      mc_span_of(visit_field(visit, "token")), &opened);
    if (result != MC_OK) {
        return result == MC_BAD_DATA ? MC_WRONG : result;
    }
    struct mc_span path = mc_secret_span(&opened);
    long long made = strtoll((const char *)mc_field_next(&path, ' ').data, NULL, 10);
    bool fresh = mc_time_is_recent(made, TOKEN_LIFE, visit->context.now());
    return fresh && mc_span_equals(path, visit->path) ? MC_OK : MC_WRONG;
}

enum mc_result flow_begin(struct visit *visit, struct flow *ret_flow)
{
    MC_AUTO_SECRET struct mc_secret id = {0};
    struct flow flow = {.step = FLOW_IDENTITY, .started = visit->context.now()};
    enum mc_result result = mc_random_base32(FLOW_ID_SIZE, &id);
    if (result == MC_OK) {
        memcpy(flow.id, id.data, FLOW_ID_SIZE);
        snprintf(flow.page, sizeof flow.page, "%s", visit->path);
        *ret_flow = flow;
    }
    return result;
}

enum mc_result flow_write(struct visit *visit, const struct flow *flow, struct mc_buffer *token)
{
    const struct mc_seal_context about = browser_context(visit, "flow");
    return mc_seal(visit->context.site_keys, &about,
                   (struct mc_span){(const uint8_t *)flow, sizeof *flow}, token);
}

enum mc_result flow_read(struct visit *visit, struct flow *ret_flow)
{
    const struct mc_seal_context about = browser_context(visit, "flow");
    MC_AUTO_SECRET struct mc_secret opened = {0};
    const struct mc_span *query = form_find(&visit->query, "flow");
    const char *field = visit_field(visit, "flow");
    struct mc_span text = field[0] ? mc_span_of(field) : query ? *query : (struct mc_span){NULL, 0};
    enum mc_result result = mc_unseal(visit->context.site_keys, &about, text, &opened);
    if (result != MC_OK) {
        return result == MC_BAD_DATA ? MC_WRONG : result;
    }
    // authenticated bytes of our own making, by this very program on this kind of machine or
    // refused by their size
    if (opened.size != sizeof *ret_flow) {
        return MC_WRONG;
    }
    memcpy(ret_flow, opened.data, sizeof *ret_flow);
    bool fresh = mc_time_is_recent(ret_flow->started, FLOW_LIFE, visit->context.now());
    return fresh && strcmp(ret_flow->page, visit->path) == 0 ? MC_OK : MC_WRONG;
}
