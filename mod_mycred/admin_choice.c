// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/admin_choice.h"

#include "common/field.h"
#include "mod_mycred/moment.h"
#include "mod_mycred/person.h"

#include <apr_strings.h>

#define HOUR 3600
#define DAY (24 * HOUR)

// Seconds from now; 0: without end.
static const struct life {
    const char *word;
    int64_t seconds;
} lock_lives[] = {{"open", 0}, {"1d", DAY}, {"7d", 7 * DAY}, {"30d", 30 * DAY}},
  exemption_lives[] = {
      {"1h", HOUR}, {"8h", 8 * HOUR}, {"1d", DAY}, {"3d", 3 * DAY}, {"7d", 7 * DAY}};

static const int requirements[] = {0, MC_REQUIRE_OPTIONAL, MC_REQUIRE_ENROL, MC_REQUIRE_ON};

static struct {
    const struct life *items;
    size_t count;
} const lives_of[] = {[ADMIN_LOCK] = {lock_lives, MC_COUNT(lock_lives)},
                      [ADMIN_EXEMPTION] = {exemption_lives, MC_COUNT(exemption_lives)}};

static bool may_last(const struct visit *visit, enum admin_choice choice, const struct life *life)
{
    return choice != ADMIN_EXEMPTION || life->seconds <= visit->site->config->exempt_max;
}

void admin_read_rule(const struct mc_entry *group, struct admin_rule_now *ret_now)
{
    struct mc_values allowed = mc_entry_values(group, "mycredMethodAllowed");
    ret_now->require = mc_require_parse(mc_span_of(mc_entry_text(group, "mycredRequire")));
    ret_now->allowed = 0;
    for (size_t i = 0; i < allowed.count; i++) {
        enum mc_method method = mc_method_parse(allowed.items[i]);
        ret_now->allowed |= (mc_method_set)(method ? MC_METHOD_BIT(method) : 0);
    }
}

// ---- showing

static void show_lives(struct visit *visit, enum admin_choice choice)
{
    struct view *list = view_list(visit->pool, visit->view, "lives");
    const char *typed = visit_field(visit, "life");
    for (size_t i = 0; i < lives_of[choice].count; i++) {
        const struct life *life = &lives_of[choice].items[i];
        if (may_last(visit, choice, life)) {
            struct view *item = view_item(visit->pool, list);
            view_text(visit->pool, item, "word", life->word);
            view_text(visit->pool, item, "text",
                      life->seconds ? moment_duration(visit, life->seconds)
                                    : visit_text(visit, "Until somebody unlocks it"));
            view_flag(visit->pool, item, "chosen", strcmp(typed, life->word) == 0);
        }
    }
}

static const char *requirement_word(int require)
{
    return require ? mc_require_word(require) : "none";
}

static void show_requirements(struct visit *visit, int present)
{
    struct view *list = view_list(visit->pool, visit->view, "requirements");
    for (size_t i = 0; i < MC_COUNT(requirements); i++) {
        struct view *item = view_item(visit->pool, list);
        view_text(visit->pool, item, "word", requirement_word(requirements[i]));
        view_text(visit->pool, item, "text", admin_require_text(visit, requirements[i]));
        view_flag(visit->pool, item, "chosen", requirements[i] == present);
    }
}

static void show_methods(struct visit *visit, mc_method_set present)
{
    struct view *list = view_list(visit->pool, visit->view, "methods");
    for (int i = MC_METHOD_TOTP; i < MC_METHOD_COUNT; i++) {
        if (visit->site->config->methods & MC_METHOD_BIT(i)) {
            struct view *item = view_item(visit->pool, list);
            view_text(visit->pool, item, "word", mc_method_word((enum mc_method)i));
            view_text(visit->pool, item, "text", admin_methods_text(visit, MC_METHOD_BIT(i)));
            view_flag(visit->pool, item, "chosen", present & MC_METHOD_BIT(i));
        }
    }
}

// Which device or API password: the number comes along from the person's page.
static void show_number(struct visit *visit)
{
    const struct mc_span *query = form_find(&visit->query, "id");
    const char *field = visit_field(visit, "id");
    view_text(visit->pool, visit->view, "id",
              field[0] ? field
              : query  ? (const char *)query->data
                       : "");
}

void admin_choice_show(struct visit *visit, enum admin_choice choice,
                       const struct admin_rule_now *now)
{
    switch (choice) {
    case ADMIN_NOTHING:
        break;
    case ADMIN_NUMBER:
        show_number(visit);
        break;
    case ADMIN_LOCK:
    case ADMIN_EXEMPTION:
        view_flag(visit->pool, visit->view, "asks_life", true);
        show_lives(visit, choice);
        break;
    case ADMIN_REQUIRE:
        view_flag(visit->pool, visit->view, "asks_requirement", true);
        show_requirements(visit, now->require);
        break;
    case ADMIN_METHODS:
        view_flag(visit->pool, visit->view, "asks_methods", true);
        show_methods(visit, now->allowed);
        break;
    }
}

// ---- reading

static bool read_life(struct visit *visit, enum admin_choice choice, struct mc_order *order)
{
    const char *typed = visit_field(visit, "life");
    for (size_t i = 0; i < lives_of[choice].count; i++) {
        const struct life *life = &lives_of[choice].items[i];
        if (strcmp(typed, life->word) == 0 && may_last(visit, choice, life)) {
            order->until =
                life->seconds ? visit->context.now() + life->seconds * MC_SECOND : MC_UNTIL_FOREVER;
            return true;
        }
    }
    person_error(visit, "life", visit_text(visit, "Choose for how long."));
    return false;
}

static bool read_requirement(struct visit *visit, struct mc_order *order)
{
    const char *typed = visit_field(visit, "requirement");
    for (size_t i = 0; i < MC_COUNT(requirements); i++) {
        if (strcmp(typed, requirement_word(requirements[i])) == 0) {
            order->require = requirements[i];
            return true;
        }
    }
    person_error(visit, "requirement", visit_text(visit, "Choose what is required."));
    return false;
}

static void read_methods(const struct visit *visit, struct mc_order *order)
{
    for (int i = MC_METHOD_TOTP; i < MC_METHOD_COUNT; i++) {
        const char *name =
            apr_pstrcat(visit->pool, "allow_", mc_method_word((enum mc_method)i), NULL);
        if (visit_field(visit, name)[0]) {
            order->methods |= (mc_method_set)MC_METHOD_BIT(i);
        }
    }
}

// A damaged value has no number, and goes with all others of its kind.
static bool read_number(const struct visit *visit, struct mc_order *order)
{
    return strcmp(visit_field(visit, "id"), "all") == 0 ||
           mc_field_number(mc_span_of(visit_field(visit, "id")), 1, UINT32_MAX, &order->number);
}

bool admin_choice_read(struct visit *visit, enum admin_choice choice, struct mc_order *order)
{
    switch (choice) {
    case ADMIN_NOTHING:
        return true;
    case ADMIN_NUMBER:
        return read_number(visit, order);
    case ADMIN_LOCK:
    case ADMIN_EXEMPTION:
        return read_life(visit, choice, order);
    case ADMIN_REQUIRE:
        return read_requirement(visit, order);
    case ADMIN_METHODS:
        read_methods(visit, order);
        return true;
    }
    return false;
}
