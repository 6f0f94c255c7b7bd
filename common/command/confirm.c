// SPDX-License-Identifier: Apache-2.0
#include "common/command/confirm.h"

#include "common/command/terminal.h"
#include "common/field.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 5
#define SEARCHED (600 * MC_SECOND) // how far away a wrong clock is recognised as such

struct dialogue {
    const struct mc_context *context;
    const struct mc_device *device;
    mc_time period;
};

static mc_time current_step(const struct dialogue *dialogue)
{
    mc_time now = dialogue->context->now();
    return now - now % dialogue->period;
}

// The nearest step, before or after now, whose code this is. 0: none within ten minutes.
static enum mc_result find_step(const struct dialogue *dialogue, struct mc_span code,
                                mc_time *ret_step)
{
    mc_time current = current_step(dialogue);
    *ret_step = 0;
    for (mc_time away = 0; away <= SEARCHED && *ret_step == 0; away += dialogue->period) {
        const mc_time steps[] = {current - away, current + away};
        for (size_t i = 0; i < MC_COUNT(steps) && *ret_step == 0; i++) {
            MC_AUTO_SECRET struct mc_secret expected = {0};
            enum mc_result result = mc_device_code(dialogue->device, steps[i], &expected);
            if (result != MC_OK) {
                return result;
            }
            if (mc_secret_matches(mc_secret_span(&expected), code)) {
                *ret_step = steps[i];
            }
        }
    }
    return MC_OK;
}

static enum mc_result ask_step(const struct dialogue *dialogue, const char *prompt,
                               mc_time *ret_step)
{
    MC_AUTO_SECRET struct mc_secret line = {0}, code = {0};
    enum mc_result result = mc_terminal_ask(prompt, &line);
    if (result == MC_OK) {
        result = mc_field_tidy(mc_secret_span(&line), &code);
    }
    *ret_step = 0;
    if (result == MC_MALFORMED) {
        return MC_OK; // too long: no step's code
    }
    return result == MC_OK ? find_step(dialogue, mc_secret_span(&code), ret_step) : result;
}

// Whether a login would take that step's code now; says what is wrong if not.
static bool is_accepted(const struct dialogue *dialogue, mc_time step)
{
    mc_time earliest =
        current_step(dialogue) - dialogue->context->config->totp_earlier_steps * dialogue->period;
    if (step == 0) {
        (void)puts("That code is not right. Nothing is bound yet; wait for the next code.");
        return false;
    }
    if (step < earliest || step > current_step(dialogue)) {
        long long seconds = llabs((long long)(step - current_step(dialogue))) / MC_SECOND;
        (void)printf("That is the code of a device whose clock is about %lld seconds %s this\n"
                     "machine's. Set both to the network's time; nothing is bound yet.\n",
                     seconds, step < earliest ? "behind" : "ahead of");
        return false;
    }
    return true;
}

// MC_WRONG: ask for both again.
static enum mc_result ask_both(const struct dialogue *dialogue, mc_time *ret_step)
{
    mc_time first = 0, second = 0;
    enum mc_result result = ask_step(dialogue, "Code that the device shows: ", &first);
    if (result != MC_OK || !is_accepted(dialogue, first)) {
        return result == MC_OK ? MC_WRONG : result;
    }
    do {
        result = ask_step(dialogue, "The next code, once it has changed: ", &second);
        if (result == MC_OK && second == first) {
            (void)puts("That is the same code once more.");
        }
    } while (result == MC_OK && second == first);
    if (result != MC_OK || !is_accepted(dialogue, second)) {
        return result == MC_OK ? MC_WRONG : result;
    }
    if (second != first + dialogue->period) {
        (void)puts("These two codes do not follow one another. Nothing is bound yet.");
        return MC_WRONG;
    }
    *ret_step = second;
    return MC_OK;
}

enum mc_result mc_confirm_device(const struct mc_context *context, const struct mc_device *device,
                                 mc_time *ret_step)
{
    const struct dialogue dialogue = {context, device, (mc_time)device->period * MC_SECOND};
    enum mc_result result = MC_WRONG;
    for (int i = 0; i < ROUNDS && result == MC_WRONG; i++) {
        result = ask_both(&dialogue, ret_step);
    }
    return result;
}
