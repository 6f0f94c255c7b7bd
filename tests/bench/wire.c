// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/wire.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

double wire_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void wire_split(const char *address, struct wire_address *ret_address)
{
    const char *host = strstr(address, "://");
    const char *port = host ? strchr(host + 3, ':') : NULL;
    if (!port || !strchr(port, '/')) {
        fprintf(stderr, "%s: no address\n", address);
        exit(2);
    }
    *ret_address = (struct wire_address){.tls = strncmp(address, "https", 5) == 0,
                                         .port = atoi(port + 1),
                                         .path = strchr(port, '/')};
}

static SSL_CTX *tls(void)
{
    static SSL_CTX *context;
    if (!context) {
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
    }
    return context;
}

void wire_open(struct wire *wire, const struct wire_address *address)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)address->port)};
    const int on = 1;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wire->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(wire->descriptor, (struct sockaddr *)&place, sizeof place) != 0) {
        fail("connect");
    }
    setsockopt(wire->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    wire->ssl = NULL;
    if (address->tls) {
        wire->ssl = SSL_new(tls());
        SSL_set_fd(wire->ssl, wire->descriptor);
        if (SSL_connect(wire->ssl) != 1) {
            fail("TLS");
        }
    }
}

void wire_close(struct wire *wire)
{
    SSL_free(wire->ssl);
    close(wire->descriptor);
}

void wire_send(struct wire *wire, const char *text, size_t size)
{
    wire->size = wire->wanted = 0;
    ssize_t sent = wire->ssl ? SSL_write(wire->ssl, text, (int)size)
                             : send(wire->descriptor, text, size, MSG_NOSIGNAL);
    if (sent != (ssize_t)size) {
        fail("send");
    }
}

static void read_head(struct wire *wire)
{
    const char *end = strstr(wire->data, "\r\n\r\n");
    const char *length = end ? strcasestr(wire->data, "\r\nContent-Length: ") : NULL;
    if (!end) {
        return;
    }
    wire->status = atoi(wire->data + strlen("HTTP/1.1 "));
    size_t head = (size_t)(end - wire->data) + 4;
    if (length && length < end) {
        wire->wanted = head + strtoul(length + strlen("\r\nContent-Length: "), NULL, 10);
    } else if (strcasestr(wire->data, "\r\nTransfer-Encoding: chunked")) {
        // the last chunk ends what is read here in one piece
        bool whole = strcmp(wire->data + wire->size - 5, "0\r\n\r\n") == 0;
        wire->wanted = whole ? wire->size : 0;
    } else {
        wire->wanted = head;
    }
}

static ssize_t receive(struct wire *wire)
{
    char *at = wire->data + wire->size;
    size_t room = WIRE_MAX - wire->size;
    return wire->ssl ? SSL_read(wire->ssl, at, (int)room) : recv(wire->descriptor, at, room, 0);
}

bool wire_read(struct wire *wire)
{
    do {
        ssize_t got = receive(wire);
        if (got <= 0) {
            fail("receive");
        }
        wire->size += (size_t)got;
        wire->data[wire->size] = '\0';
        if (!wire->wanted) {
            read_head(wire);
        }
    } while (wire->ssl && SSL_pending(wire->ssl));
    return wire->wanted && wire->size >= wire->wanted;
}
