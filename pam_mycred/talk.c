// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/talk.h"

#include "pam_mycred/text.h"

#include <stdlib.h>

struct sheet {
    struct mc_buffer texts[MC_TALK_LINES_MAX];
    struct pam_message messages[MC_TALK_LINES_MAX];
    const struct pam_message *pointers[MC_TALK_LINES_MAX];
    struct pam_response *replies;
    size_t count;
};

static void sheet_release(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count; i++) {
        mc_buffer_release(&sheet->texts[i]);
        if (sheet->replies && sheet->replies[i].resp) {
            mc_wipe(sheet->replies[i].resp, strlen(sheet->replies[i].resp));
            free(sheet->replies[i].resp);
        }
    }
    free(sheet->replies);
}

static bool sheet_fill(struct sheet *sheet, const struct mc_talk_line *lines, size_t count)
{
    if (count == 0 || count > MC_TALK_LINES_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        mc_buffer_init(&sheet->texts[i], WIRE_PAYLOAD_MAX);
        mc_text_add_shown(&sheet->texts[i], lines[i].text);
        sheet->messages[i] = (struct pam_message){lines[i].style, mc_buffer_text(&sheet->texts[i])};
        sheet->pointers[i] = &sheet->messages[i];
        sheet->count = i + 1;
        if (mc_buffer_result(&sheet->texts[i]) != MC_OK) {
            return false;
        }
    }
    return true;
}

static const struct pam_conv *find_conversation(pam_handle_t *pamh)
{
    const void *item = NULL;
    if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || !item) {
        return NULL;
    }
    const struct pam_conv *conversation = item;
    return conversation->conv ? conversation : NULL;
}

bool mc_talk_is_possible(pam_handle_t *pamh)
{
    return find_conversation(pamh) != NULL;
}

// After a failure the replies are not ours: hosts have freed them, or left garbage there.
static int hold(pam_handle_t *pamh, struct sheet *sheet)
{
    const struct pam_conv *conversation = find_conversation(pamh);
    struct pam_response *replies = NULL;
    if (!conversation || conversation->conv((int)sheet->count, sheet->pointers, &replies,
                                            conversation->appdata_ptr) != PAM_SUCCESS) {
        return PAM_CONV_ERR;
    }
    sheet->replies = replies;
    return PAM_SUCCESS;
}

int mc_talk_show(pam_handle_t *pamh, const struct mc_talk_line *lines, size_t count)
{
    MC_CLEANUP(sheet_release) struct sheet sheet = {0};
    return sheet_fill(&sheet, lines, count) ? hold(pamh, &sheet) : PAM_SYSTEM_ERR;
}

int mc_talk_ask(pam_handle_t *pamh, const struct mc_talk_line *lines, size_t count,
                struct mc_secret *ret_answer)
{
    MC_CLEANUP(sheet_release) struct sheet sheet = {0};
    if (!sheet_fill(&sheet, lines, count)) {
        return PAM_SYSTEM_ERR;
    }
    int code = hold(pamh, &sheet);
    if (code != PAM_SUCCESS) {
        return code;
    }
    if (!sheet.replies || !sheet.replies[count - 1].resp) {
        return PAM_CONV_ERR;
    }
    const char *text = sheet.replies[count - 1].resp;
    struct mc_span answer = {(const uint8_t *)text, strnlen(text, MC_TALK_ANSWER_MAX)};
    return mc_secret_set(ret_answer, answer) == MC_OK ? PAM_SUCCESS : PAM_SYSTEM_ERR;
}
