// SPDX-License-Identifier: Apache-2.0
#include "common/command/enrol_device.h"

#include "common/base32.h"
#include "common/command/qr.h"
#include "common/command/terminal.h"
#include "common/device_bind.h"
#include "common/field.h"
#include "common/otpauth.h"

#include <stdio.h>

#define PICTURE_MAX 65536 // bytes
#define SECRET_MAX 512    // bytes

static bool read_algorithm(const char *text, struct mc_device *device)
{
    static const char *const words[] = {
        [MC_SHA1] = "sha1", [MC_SHA256] = "sha256", [MC_SHA512] = "sha512"};
    for (int i = MC_SHA1; text && i <= MC_SHA512; i++) {
        if (strcmp(text, words[i]) == 0) {
            device->algorithm = (enum mc_algorithm)i;
            return true;
        }
    }
    if (text) {
        mc_complain("--algorithm must be sha1, sha256 or sha512, not '%s'.", text);
    }
    return !text;
}

static bool read_number(const struct mc_arguments *arguments, enum mc_argument argument,
                        const char *what, uint32_t minimum, uint32_t maximum, unsigned *number)
{
    const char *text = arguments->values[argument];
    if (text && !mc_field_number(mc_span_of(text), minimum, maximum, number)) {
        mc_complain("%s must be a number from %u to %u, not '%s'.", what, minimum, maximum, text);
        return false;
    }
    return true;
}

static bool read_label(const char *text, struct mc_device *device)
{
    device->label = mc_span_of(text ? text : "virtual MFA device");
    const char *complaint = mc_device_label_complaint(device->label);
    if (complaint) {
        mc_complain("--label %s.", complaint);
    }
    return !complaint;
}

// `text` is an argument, or - for one line of standard input.
static enum mc_result take_import(char *text, struct mc_secret *ret_secret)
{
    MC_AUTO_SECRET struct mc_secret line = {0};
    bool from_input = strcmp(text, "-") == 0;
    enum mc_result result =
        from_input ? mc_terminal_ask("", &line) : mc_secret_set(&line, mc_span_of(text));
    if (!from_input) {
        mc_wipe(text, strlen(text)); // arguments are shown to every user of the machine
    }
    return result == MC_OK ? mc_base32_decode(mc_secret_span(&line), ret_secret) : result;
}

static enum mc_exit import_secret(char *text, struct mc_device *device)
{
    mc_secret_release(&device->secret);
    switch (take_import(text, &device->secret)) {
    case MC_OK:
        break;
    case MC_NOT_FOUND:
        mc_complain("no secret came on standard input.");
        return MC_EXIT_TROUBLE;
    case MC_NO_MEMORY:
        mc_complain("out of memory.");
        return MC_EXIT_TROUBLE;
    default:
        mc_complain("the secret to import is not base32 (letters A to Z and digits 2 to 7).");
        return MC_EXIT_TROUBLE;
    }
    size_t size = device->secret.size;
    if (size < MC_DEVICE_SECRET_MIN || size > MC_DEVICE_SECRET_MAX) {
        mc_complain("the secret to import has %zu bits; it must have 128 to 512.", size * 8);
        return MC_EXIT_TROUBLE;
    }
    return MC_EXIT_OK;
}

enum mc_exit mc_enrol_read_device(const struct mc_arguments *arguments,
                                  struct mc_device *ret_device)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    char *imported = arguments->values[MC_ARGUMENT_IMPORT];
    if (mc_device_make(&device) != MC_OK) {
        mc_complain("no random secret could be made.");
        return MC_EXIT_TROUBLE;
    }
    if (!read_algorithm(arguments->values[MC_ARGUMENT_ALGORITHM], &device) ||
        !read_number(arguments, MC_ARGUMENT_DIGITS, "--digits", 6, 8, &device.digits) ||
        !read_number(arguments, MC_ARGUMENT_PERIOD, "--period", 15, 120, &device.period) ||
        !read_label(arguments->values[MC_ARGUMENT_LABEL], &device)) {
        return MC_EXIT_TROUBLE;
    }
    enum mc_exit status = imported ? import_secret(imported, &device) : MC_EXIT_OK;
    if (status == MC_EXIT_OK) {
        *ret_device = device;
        device = (struct mc_device){0};
    }
    return status;
}

static void add_groups_of_four(struct mc_span text, struct mc_buffer *out)
{
    for (size_t i = 0; i < text.size; i++) {
        if (i && i % 4 == 0) {
            mc_buffer_add_byte(out, ' ');
        }
        mc_buffer_add_byte(out, text.data[i]);
    }
}

static void add_picture(const char *uri, struct mc_buffer *page)
{
    const struct mc_qr_style style = {mc_terminal_is_utf8(), mc_terminal_width()};
    MC_AUTO_BUFFER struct mc_buffer picture;
    mc_buffer_init(&picture, PICTURE_MAX);
    if (!mc_terminal_is_shown()) {
        return; // a file has no camera in front of it
    }
    if (mc_qr_draw(uri, &style, &picture) == MC_OK) {
        mc_buffer_add_span(page, mc_buffer_span(&picture));
    } else {
        mc_buffer_add_text(page, "(The QR code is wider than this terminal; make it wider, set a "
                                 "UTF-8 locale, or type the secret.)\n");
    }
}

enum mc_result mc_enrol_show_device(const struct mc_config *config, const struct mc_device *device,
                                    struct mc_span account)
{
    MC_AUTO_BUFFER struct mc_buffer uri, secret, page;
    mc_buffer_init(&uri, MC_OTPAUTH_MAX);
    mc_buffer_init(&secret, SECRET_MAX);
    mc_buffer_init(&page, PICTURE_MAX + MC_OTPAUTH_MAX + SECRET_MAX);
    enum mc_result result =
        mc_otpauth_write(device, mc_span_of(config->service_name), account, &uri);
    if (result != MC_OK) {
        return result;
    }
    mc_base32_encode(mc_secret_span(&device->secret), &secret);
    mc_buffer_add_text(&page,
                       "Scan this with the authenticator app, or type the secret into it.\n");
    add_picture(mc_buffer_text(&uri), &page);
    mc_buffer_add_text(&page, "Secret: ");
    add_groups_of_four(mc_buffer_span(&secret), &page);
    mc_buffer_format(&page, "\nURI:    %s\n", mc_buffer_text(&uri));
    result = mc_buffer_result(&page);
    return result == MC_OK ? mc_terminal_write(mc_buffer_span(&page)) : result;
}
