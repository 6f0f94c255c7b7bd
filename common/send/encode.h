// SPDX-License-Identifier: Apache-2.0
// Values as they are written into a request, so that none can become more than a value there.
#ifndef MYCRED_COMMON_SEND_ENCODE_H
#define MYCRED_COMMON_SEND_ENCODE_H

#include "common/buffer.h"

// Appends `text` to `out`. One that has no safe form leaves MC_MALFORMED in `out`.
typedef void mc_encode_function(struct mc_buffer *out, struct mc_span text);

mc_encode_function mc_encode_url;  // RFC 3986: all but unreserved characters as %XX
mc_encode_function mc_encode_form; // application/x-www-form-urlencoded: the same with + for a space
mc_encode_function mc_encode_json; // RFC 8259: the inside of a string
mc_encode_function
    mc_encode_xml; // element content and attribute values; what XML 1.0 cannot hold becomes a space
mc_encode_function mc_encode_header; // unchanged; a control character has no form
mc_encode_function mc_encode_raw;    // unchanged
mc_encode_function mc_encode_base64; // RFC 4648, one line

// How values in a body of this Content-Type ("application/json; charset=utf-8") are encoded. No
// type is a form, an unknown one is raw.
mc_encode_function *mc_encode_for_type(struct mc_span content_type) MC_MUST_USE;

// Whether the GSM 7-bit default alphabet with its extension (3GPP TS 23.038) can hold the text.
bool mc_text_is_gsm(struct mc_span text) MC_MUST_USE;

#endif
