// SPDX-License-Identifier: Apache-2.0
// Recovery codes: renewed after identity was verified; the old ones are void then.
#include "mod_mycred/change.h"
#include "mod_mycred/recovery_show.h"

#include <apr_strings.h>

int recovery_show(struct visit *visit, const struct mc_recovery_codes *codes)
{
    struct view *list = view_list(visit->pool, visit->view, "recovery_codes");
    for (size_t i = 0; i < MC_RECOVERY_CODES; i++) {
        struct view *item = view_item(visit->pool, list);
        view_secret(visit->pool, item, "code", codes->items[i].data);
    }
    return answer_page(visit, HTTP_OK, "recovery-codes");
}

static int renew(struct visit *visit, const struct flow *flow)
{
    MC_CLEANUP(mc_recovery_codes_release) struct mc_recovery_codes codes = {0};
    AUTO_CHANGE struct change also = {0};
    enum mc_result result = change_take_proof(visit, &also, flow);
    if (result == MC_OK) {
        result = change_notify(visit, &also, MC_NOTICE_RECOVERY_RENEWED, "");
    }
    if (result == MC_OK) {
        result = mc_recovery_renew(&visit->context, &visit->account, &also.list, &codes);
    }
    if (result != MC_OK) {
        return change_failed(visit, result);
    }
    change_log(visit, "recovery codes");
    return recovery_show(visit, &codes);
}

int page_recovery(struct visit *visit)
{
    struct flow flow;
    int status = OK;
    if (!identity_is_verified(visit, &flow, &status)) {
        return status;
    }
    size_t left = mc_entry_values(visit->account.entry, "mycredRecovery").count;
    view_text(visit->pool, visit->view, "recovery_left",
              apr_psprintf(visit->pool, "%u", (unsigned)left));
    return visit->is_post ? renew(visit, &flow) : flow_page(visit, &flow, "recovery");
}
