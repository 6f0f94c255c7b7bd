// SPDX-License-Identifier: Apache-2.0
#include "common/otpauth.h"

#include "common/base32.h"
#include "common/utf8.h"

#define USUAL_DIGITS 6
#define USUAL_PERIOD 30

static const char *const algorithm_words[] = {
    [MC_SHA1] = "SHA1", [MC_SHA256] = "SHA256", [MC_SHA512] = "SHA512"};

static bool is_unreserved(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || (byte && strchr("-._~", byte));
}

static void add_encoded(struct mc_buffer *out, struct mc_span text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == ':') {
            mc_buffer_add_byte(out, '-');
        } else if (is_unreserved(byte)) {
            mc_buffer_add_byte(out, byte);
        } else {
            mc_buffer_format(out, "%%%02X", byte);
        }
    }
}

enum mc_result mc_otpauth_write(const struct mc_device *device, struct mc_span issuer,
                                struct mc_span account, struct mc_buffer *out)
{
    if (!mc_utf8_is_valid(issuer) || !mc_utf8_is_valid(account)) {
        return MC_MALFORMED;
    }
    mc_buffer_add_text(out, "otpauth://totp/");
    add_encoded(out, issuer);
    mc_buffer_add_byte(out, ':');
    add_encoded(out, account);
    mc_buffer_add_text(out, "?secret=");
    mc_base32_encode(mc_secret_span(&device->secret), out);
    mc_buffer_add_text(out, "&issuer=");
    add_encoded(out, issuer);
    // left out where they are the default, so that the QR code stays small
    if (device->algorithm != MC_SHA1) {
        mc_buffer_format(out, "&algorithm=%s", algorithm_words[device->algorithm]);
    }
    if (device->digits != USUAL_DIGITS) {
        mc_buffer_format(out, "&digits=%u", device->digits);
    }
    if (device->period != USUAL_PERIOD) {
        mc_buffer_format(out, "&period=%u", device->period);
    }
    return mc_buffer_result(out);
}
