// SPDX-License-Identifier: Apache-2.0
#include "common/url.h"

#include "common/field.h"

#include <strings.h>

static struct mc_span span_between(const char *start, const char *end)
{
    return (struct mc_span){(const uint8_t *)start, (size_t)(end - start)};
}

static bool is_port(const char *start, const char *end)
{
    unsigned port = 0;
    return mc_field_number(span_between(start, end), 1, UINT16_MAX, &port);
}

// Sets the host from "host", "host:port", "[address]" or "[address]:port".
static bool split_authority(const char *start, const char *end, struct mc_url *url)
{
    const char *host_end = NULL;
    const char *after = NULL;
    if (start < end && *start == '[') {
        start++;
        host_end = memchr(start, ']', (size_t)(end - start));
        after = host_end ? host_end + 1 : NULL;
    } else {
        host_end = memchr(start, ':', (size_t)(end - start));
        host_end = host_end ? host_end : end;
        after = host_end;
    }
    if (!after || (after != end && (*after != ':' || !is_port(after + 1, end)))) {
        return false;
    }
    url->host = span_between(start, host_end);
    return true;
}

bool mc_url_split(const char *text, struct mc_url *ret_url)
{
    const char *mark = strstr(text, "://");
    if (!mark || mark == text || strpbrk(text, " \t")) {
        return false;
    }
    const char *start = mark + 3;
    const char *end = start + strcspn(start, "/?#");
    struct mc_url url = {.scheme = span_between(text, mark),
                         .authority = span_between(start, end),
                         .path = mc_span_of(end)};
    if (memchr(start, '@', (size_t)(end - start)) || memchr(start, '\\', (size_t)(end - start)) ||
        !split_authority(start, end, &url)) {
        return false;
    }
    *ret_url = url;
    return true;
}

bool mc_url_is_loopback(const struct mc_url *url)
{
    return mc_span_equals(url->host, "127.0.0.1") || mc_span_equals(url->host, "::1") ||
           (url->host.size == strlen("localhost") &&
            strncasecmp((const char *)url->host.data, "localhost", url->host.size) == 0);
}
