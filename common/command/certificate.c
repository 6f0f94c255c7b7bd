// SPDX-License-Identifier: Apache-2.0
#include "common/command/certificate.h"

#include <gnutls/x509.h>

static enum mc_result read_end(struct mc_span bytes, gnutls_x509_crt_fmt_t format, mc_time *ret_end)
{
    const gnutls_datum_t datum = {(unsigned char *)(uintptr_t)bytes.data, (unsigned)bytes.size};
    gnutls_x509_crt_t certificate = NULL;
    time_t end = -1;
    if (bytes.size > UINT32_MAX || gnutls_x509_crt_init(&certificate) != GNUTLS_E_SUCCESS) {
        return MC_NO_MEMORY;
    }
    if (gnutls_x509_crt_import(certificate, &datum, format) == GNUTLS_E_SUCCESS) {
        end = gnutls_x509_crt_get_expiration_time(certificate);
    }
    gnutls_x509_crt_deinit(certificate);
    if (end == (time_t)-1) {
        return MC_MALFORMED;
    }
    *ret_end = (mc_time)end * MC_SECOND;
    return MC_OK;
}

enum mc_result mc_certificate_end(struct mc_span der, mc_time *ret_end)
{
    return read_end(der, GNUTLS_X509_FMT_DER, ret_end);
}

enum mc_result mc_certificate_end_in(struct mc_span text, mc_time *ret_end)
{
    return read_end(text, GNUTLS_X509_FMT_PEM, ret_end);
}
