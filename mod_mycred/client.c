// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/client.h"

#include <apr_strings.h>

// Many descriptions name their ancestors too: the first that is found counts.
struct word {
    const char *mark, *name;
};

static const char *find(const char *agent, const struct word *words)
{
    while (words->mark && !strstr(agent, words->mark)) {
        words++;
    }
    return words->name;
}

const char *client_name(apr_pool_t *pool, struct mc_span agent)
{
    static const struct word browsers[] = {
        {"Edg", "Edge"},           {"OPR/", "Opera"},     {"SamsungBrowser", "Samsung Internet"},
        {"Firefox/", "Firefox"},   {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
        {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
        {"curl/", "curl"},         {NULL, NULL},
    };
    static const struct word systems[] = {
        {"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"},
        {"Mac OS", "macOS"},    {"CrOS", "ChromeOS"},   {"Linux", "Linux"},   {NULL, NULL},
    };
    const char *text = apr_pstrmemdup(pool, (const char *)agent.data, agent.size);
    if (!strchr(text, '/')) {
        return text; // such words already
    }
    const char *browser = find(text, browsers), *system = find(text, systems);
    if (browser && system) {
        return apr_pstrcat(pool, browser, ", ", system, NULL);
    }
    return browser ? browser : system ? system : text;
}
