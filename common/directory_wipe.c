// SPDX-License-Identifier: Apache-2.0
// libldap frees what it has sent as it is, passwords with it. A layer of its socket wipes each
// piece as soon as it went out.
#include "common/directory_private.h"

static int add_layer(Sockbuf_IO_Desc *layer, void *argument)
{
    (void)layer;
    (void)argument;
    return 0;
}

static int remove_layer(Sockbuf_IO_Desc *layer)
{
    (void)layer;
    return 0;
}

static int control(Sockbuf_IO_Desc *layer, int option, void *argument)
{
    return LBER_SBIOD_CTRL_NEXT(layer, option, argument);
}

static ber_slen_t receive(Sockbuf_IO_Desc *layer, void *bytes, ber_len_t size)
{
    return LBER_SBIOD_READ_NEXT(layer, bytes, size);
}

// Nothing is sent twice: referrals, for which libldap would take its request up again, are not
// followed.
static ber_slen_t send_and_wipe(Sockbuf_IO_Desc *layer, void *bytes, ber_len_t size)
{
    ber_slen_t sent = LBER_SBIOD_WRITE_NEXT(layer, bytes, size);
    if (sent > 0) {
        mc_wipe(bytes, (size_t)sent);
    }
    return sent;
}

static Sockbuf_IO wiping = {
    .sbi_setup = add_layer,
    .sbi_remove = remove_layer,
    .sbi_ctrl = control,
    .sbi_read = receive,
    .sbi_write = send_and_wipe,
    .sbi_close = remove_layer,
};

int mc_directory_wipe_sent(LDAP *handle)
{
    Sockbuf *socket = NULL;
    if (ldap_get_option(handle, LDAP_OPT_SOCKBUF, &socket) != LDAP_OPT_SUCCESS || !socket ||
        ber_sockbuf_add_io(socket, &wiping, LBER_SBIOD_LEVEL_APPLICATION, NULL) != 0) {
        return LDAP_LOCAL_ERROR;
    }
    return LDAP_SUCCESS;
}
