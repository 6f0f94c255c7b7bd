// SPDX-License-Identifier: Apache-2.0
#include "common/source.h"

#include <arpa/inet.h>
#include <stdio.h>

#define NETWORK_BYTES 8 // of an IPv6 address: /64

static void write_network(struct in6_addr address, char prefix[MC_SOURCE_MAX])
{
    char text[INET6_ADDRSTRLEN];
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        (void)inet_ntop(AF_INET, &address.s6_addr[12], prefix, MC_SOURCE_MAX);
        return;
    }
    memset(&address.s6_addr[NETWORK_BYTES], 0, sizeof address.s6_addr - NETWORK_BYTES);
    (void)inet_ntop(AF_INET6, &address, text, sizeof text);
    (void)snprintf(prefix, MC_SOURCE_MAX, "%s/64", text);
}

void mc_source_prefix(struct mc_span address, char prefix[MC_SOURCE_MAX])
{
    struct in6_addr parsed;
    size_t size = address.size < MC_SOURCE_MAX ? address.size : MC_SOURCE_MAX - 1;
    if (size) {
        memcpy(prefix, address.data, size);
    }
    prefix[size] = '\0';
    char plain[MC_SOURCE_MAX];
    memcpy(plain, prefix, size + 1);
    plain[strcspn(plain, "%")] = '\0'; // the interface of a link-local one
    if (inet_pton(AF_INET6, plain, &parsed) == 1) {
        write_network(parsed, prefix);
    }
}
