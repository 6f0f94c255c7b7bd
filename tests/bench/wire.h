// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over one connection that is kept, with or without TLS: as little work as a client can
// do. Everything that fails ends the process.
#ifndef MYCRED_TESTS_BENCH_WIRE_H
#define MYCRED_TESTS_BENCH_WIRE_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#define WIRE_MAX 65536 // bytes of an answer

struct wire_address {
    bool tls;
    int port; // of 127.0.0.1
    const char *path;
};

struct wire {
    int descriptor;
    SSL *ssl; // NULL over plain http
    double began;
    // the answer so far
    char data[WIRE_MAX + 1];
    size_t size, wanted; // `wanted`: its whole size, 0 while that is not known
    int status;
};

double wire_now(void); // seconds

void wire_split(const char *address, struct wire_address *ret_address);
void wire_open(struct wire *wire, const struct wire_address *address);
void wire_close(struct wire *wire);
void wire_send(struct wire *wire, const char *text, size_t size);

// Reads what is there; true when the answer is whole, NUL-terminated in `data`.
bool wire_read(struct wire *wire);

#endif
