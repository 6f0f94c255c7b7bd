// SPDX-License-Identifier: Apache-2.0
// Change Avatar, and the picture itself. It shows a face and proves nothing, so no identity is
// verified for it.
#include "mod_mycred/change.h"
#include "mod_mycred/person.h"
#include "mod_mycred/picture.h"

#include "common/field.h"

#include <apr_atomic.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <stdio.h>

#define PICTURE_ATTRIBUTE "jpegPhoto"
#define CONVERTING_MAX 4 // programs at once in one child
#define UPLOADS_MAX 60   // of one person in an hour
#define UPLOAD_WINDOW (3600 * MC_SECOND)
#define UPLOAD_WORD "avatar"
#define CHARGE_TRIES 64              // microseconds tried when another upload holds ours already
#define STORED_MAX (4 * PICTURE_MAX) // bytes; another program may have stored a larger one

static const char *const picture_attributes[] = {PICTURE_ATTRIBUTE, NULL};

static enum mc_result read_picture(struct visit *visit, struct mc_entries *found)
{
    return mc_directory_search(visit->context.directory, visit->account.dn, true, "(objectClass=*)",
                               picture_attributes, found);
}

static struct mc_span first_picture(const struct mc_entries *found)
{
    struct mc_values values = found->count ? mc_entry_values(found->items[0], PICTURE_ATTRIBUTE)
                                           : (struct mc_values){NULL, 0};
    return values.count ? values.items[0] : (struct mc_span){NULL, 0};
}

static int show(struct visit *visit, int status)
{
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result = read_picture(visit, &found);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    view_flag(visit->pool, visit->view, "has_avatar", first_picture(&found).size > 0);
    return answer_page(visit, status, "avatar");
}

// What cannot be a picture of ours is not sent: anybody with directory tools may have stored it.
static bool is_jpeg(struct mc_span picture)
{
    static const uint8_t start[] = {0xff, 0xd8, 0xff};
    return picture.size > sizeof start && picture.size <= STORED_MAX &&
           memcmp(picture.data, start, sizeof start) == 0;
}

int page_picture(struct visit *visit)
{
    MC_CLEANUP(mc_entries_release) struct mc_entries found = {0};
    enum mc_result result = read_picture(visit, &found);
    if (result != MC_OK) {
        return answer_failure(visit, result, NULL);
    }
    struct mc_span picture = first_picture(&found);
    if (!is_jpeg(picture)) {
        return answer_status(visit, HTTP_NOT_FOUND);
    }
    answer_headers(visit);
    apr_table_setn(visit->r->err_headers_out, "Content-Security-Policy",
                   "default-src 'none'; sandbox");
    apr_table_setn(visit->r->err_headers_out, "Content-Disposition", "inline; filename=avatar.jpg");
    ap_set_content_type(visit->r, "image/jpeg");
    ap_set_content_length(visit->r, (apr_off_t)picture.size);
    visit_leave_directory(visit);
    if (!visit->r->header_only) {
        (void)ap_rwrite(picture.data, (int)picture.size, visit->r);
    }
    return DONE;
}

// Old and new change places in one modify, so there is always one whole picture.
static int store(struct visit *visit, struct mc_span picture)
{
    AUTO_CHANGE struct change change = {0};
    change_add(&change, MC_CHANGE_CLEAR, PICTURE_ATTRIBUTE, (struct mc_span){NULL, 0});
    if (picture.size) {
        change_add(&change, MC_CHANGE_ADD, PICTURE_ATTRIBUTE, picture);
    }
    enum mc_result result = change_write(visit, &change);
    if (result != MC_OK) {
        return answer_failure(visit, result, PICTURE_ATTRIBUTE);
    }
    change_log(visit, "avatar");
    return picture.size ? change_done(visit) : answer_redirect(visit, "?done=picture");
}

static enum mc_result convert(struct visit *visit, struct mc_buffer *jpeg)
{
    static apr_uint32_t converting; // in this child
    const char *program =
        apr_pstrcat(visit->pool, visit->site->config->program_dir, "/mycred-avatar", NULL);
    enum mc_result result = MC_UNAVAILABLE;
    if (apr_atomic_inc32(&converting) < CONVERTING_MAX) {
        result = picture_convert(program, PICTURE_LIMIT_MS, visit->upload, jpeg);
    }
    apr_atomic_dec32(&converting);
    return result;
}

// Uploads of the last hour, counted with the messages of the day; those before it are dropped.
static size_t count_uploads(struct visit *visit, struct change *change)
{
    struct mc_values times = mc_entry_values(visit->account.entry, "mycredSendTime");
    size_t count = 0;
    for (size_t i = 0; i < times.count; i++) {
        struct mc_span rest = times.items[i];
        mc_time time = 0;
        if (mc_time_parse(mc_field_next(&rest, ' '), &time) != MC_OK ||
            !mc_span_equals(rest, UPLOAD_WORD)) {
            continue;
        }
        if (time > visit->context.now() - UPLOAD_WINDOW) {
            count++;
        } else if (mc_changes_has_room(&change->list, 1 + 1)) { // the upload is added
            change_add(change, MC_CHANGE_DELETE, "mycredSendTime", times.items[i]);
        }
    }
    return count;
}

// Charged before anything is decoded. MC_THROTTLED.
static enum mc_result charge_upload(struct visit *visit)
{
    AUTO_CHANGE struct change change = {0};
    char time[MC_TIME_TEXT], value[MC_TIME_TEXT + 16];
    if (count_uploads(visit, &change) >= UPLOADS_MAX) {
        return MC_THROTTLED;
    }
    enum mc_result result = MC_LOST_RACE;
    for (int i = 0; result == MC_LOST_RACE && i < CHARGE_TRIES; i++) {
        change.list.count = i ? 0 : change.list.count; // what was old, another upload has dropped
        mc_time_format_exact(visit->context.now() + i, time);
        snprintf(value, sizeof value, "%s %s", time, UPLOAD_WORD);
        change_add(&change, MC_CHANGE_ADD, "mycredSendTime", mc_span_of(value));
        result = change_write(visit, &change);
    }
    return result == MC_LOST_RACE ? MC_UNAVAILABLE : result;
}

static int refuse_picture(struct visit *visit, enum mc_result result)
{
    const char *text =
        result == MC_MALFORMED ? N_("That is not a JPEG or PNG picture of at most 1 MiB and 4096 "
                                    "pixels a side.")
        : result == MC_THROTTLED
            ? N_("You have uploaded many pictures in the last hour. Try again later.")
            : N_("The picture could not be read right now. Try again in a minute.");
    bool busy = result != MC_MALFORMED && result != MC_THROTTLED;
    person_error(visit, "picture", mc_text(visit->language, text));
    if (busy) {
        answer_retry_after(visit);
    }
    return show(visit, busy ? HTTP_SERVICE_UNAVAILABLE : HTTP_OK);
}

int page_avatar(struct visit *visit)
{
    MC_AUTO_BUFFER struct mc_buffer jpeg;
    mc_buffer_init(&jpeg, PICTURE_MAX);
    if (!visit->is_post) {
        return show(visit, HTTP_OK);
    }
    if (visit->too_large) {
        person_error(visit, "picture",
                     visit_text(visit, "That file is larger than 1 MiB. Choose a smaller one, or "
                                       "make the picture smaller first."));
        return show(visit, HTTP_REQUEST_ENTITY_TOO_LARGE);
    }
    if (visit_field(visit, "remove")[0]) {
        return store(visit, (struct mc_span){NULL, 0});
    }
    if (visit->upload.size == 0) {
        person_error(visit, "picture", visit_text(visit, "Choose a picture first."));
        return show(visit, HTTP_OK);
    }
    enum mc_result result = charge_upload(visit);
    if (result == MC_OK) {
        result = convert(visit, &jpeg);
    }
    return result == MC_OK ? store(visit, mc_buffer_span(&jpeg)) : refuse_picture(visit, result);
}
