/* Glue of host.ts: facts about the process, its clock, its standard output. Script thread only; all
 * state is the host's oc_script_context_t. */
#include "oc_xs.h"

#include <stdio.h>
#include <string.h>
#include "oc_capability.h"
#include "oc_err.h"
#include "oc_script_context.h"

void xs_host_facts(xsMachine *the);
void xs_host_clock(xsMachine *the);
void xs_host_now(xsMachine *the);
void xs_host_zone(xsMachine *the);
void xs_host_print(xsMachine *the);
void xs_host_log_level(xsMachine *the);
void xs_host_used(xsMachine *the);
void xs_host_unused(xsMachine *the);

static oc_script_context_t *context_of(xsMachine *the) {
    oc_script_context_t *context = oc_xs_host(the);
    if (!context)
        xsUnknownError("this host has no media plane");
    return context;
}

/* Texts cross as UTF-8 bytes, since strings of the engine are not UTF-8. NULL: undefined. */
static void set_text(xsMachine *the, xsSlot *to, const char *text) {
    if (text)
        xsmcSetArrayBuffer(*to, (void *)text, (xsIntegerValue)strlen(text));
    else
        xsmcSetUndefined(*to);
}

/* xsResult[id] = text. xsVar(0) is used. */
static void put_text(xsMachine *the, xsIdentifier id, const char *text) {
    set_text(the, &xsVar(0), text);
    xsmcSet(xsResult, id, xsVar(0));
}

static void put_number(xsMachine *the, xsIdentifier id, double number) {
    xsmcSetNumber(xsVar(0), number);
    xsmcSet(xsResult, id, xsVar(0));
}

/* Whether the host carries an option out by itself. "port" with "0" asks for nothing in particular;
 * names in capitals are variables of the environment. */
static bool is_hosts(const oc_script_option_t *option) {
    static const char own[] = " data app app-watch update-key update-trial json log ";
    char word[40];
    snprintf(word, sizeof word, " %s ", option->name);
    return strstr(own, word) ||
           (strcmp(option->name, "port") == 0 && option->value &&
            strcmp(option->value, "0") == 0) ||
           (option->name[0] >= 'A' && option->name[0] <= 'Z');
}

/* The user's words: what stands on the command line and in the settings. */
static void put_settings(xsMachine *the, const oc_script_facts_t *facts) {
    bool may = oc_xs_may(the, OC_CAPABILITY_SETTINGS);
    size_t count = may ? facts->option_count : 0;
    put_text(the, xsID("settingsPath"), may ? facts->settings_path : NULL);
    put_text(the, xsID("settingsText"), may ? facts->settings_text : NULL);
    put_text(the, xsID("storedPath"), may ? facts->stored_path : NULL);
    put_text(the, xsID("storedText"), may ? facts->stored_text : NULL);
    xsmcSetNewArray(xsVar(1), (xsIntegerValue)(count * 2));
    for (size_t i = 0; i < count; i++) {
        set_text(the, &xsVar(0), facts->options[i].name);
        xsmcSetIndex(xsVar(1), (xsIndex)(i * 2), xsVar(0));
        set_text(the, &xsVar(0), facts->options[i].value);
        xsmcSetIndex(xsVar(1), (xsIndex)(i * 2 + 1), xsVar(0));
    }
    xsmcSet(xsResult, xsID("options"), xsVar(1));
}

/* What this application may use, as names. */
static void put_capabilities(xsMachine *the) {
    char names[OC_CAPABILITY_TEXT];
    unsigned has = 0;
    for (unsigned bit = 1; bit <= OC_CAPABILITIES_ALL; bit <<= 1)
        has |= oc_xs_may(the, bit) ? bit : 0;
    oc_capability_names(has, names);
    put_text(the, xsID("capabilities"), has ? names : "");
}

/* facts(): texts as ArrayBuffer or undefined; options: [name, value, name, value, ...]. Without the
 * capability settings: no options, no settings. */
void xs_host_facts(xsMachine *the) {
    const oc_script_facts_t *facts = &context_of(the)->facts;
    xsmcVars(2);
    xsmcSetNewObject(xsResult);
    put_text(the, xsID("version"), facts->version);
    put_text(the, xsID("defaultInput"), facts->default_input);
    put_text(the, xsID("dataPath"), facts->data_path);
    put_text(the, xsID("endReason"), facts->end_reason);
    put_text(the, xsID("endMessage"), facts->end_message);
    put_number(the, xsID("endWallMs"), (double)facts->end_wall_us / 1000.0);
    put_number(the, xsID("startedMs"), (double)facts->started_us / 1000.0);
    put_number(the, xsID("generation"), facts->generation);
    put_number(the, xsID("replaced"), facts->replaced);
    put_text(the, xsID("ends"), facts->ends);
    put_text(the, xsID("handover"), facts->handover);
    put_number(the, xsID("trial"), facts->trial);
    xsmcSetArrayBuffer(xsVar(0), (void *)facts->update_points,
                       (xsIntegerValue)(facts->update_point_count * OC_UPDATE_POINT));
    xsmcSet(xsResult, xsID("updatePoints"), xsVar(0));
    put_number(the, xsID("apiLevel"), OC_API_LEVEL);
    put_capabilities(the);
    put_number(the, xsID("channelsMax"), OC_CHANNELS_MAX);
    put_number(the, xsID("parcelMax"), OC_PARCEL_MAX);
    put_settings(the, facts);
}

/* clock(): {wallMs, quality} */
void xs_host_clock(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    oc_clock_t clock;
    context->read_clock(context->host, &clock);
    int64_t wall_us = oc_clock_wall_us(&clock, context->now_us(context->host));
    xsmcVars(1);
    xsmcSetNewObject(xsResult);
    put_number(the, xsID("wallMs"), (double)(wall_us / 1000));
    put_number(the, xsID("quality"), clock.quality);
}

/* now(): monotonic milliseconds */
void xs_host_now(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    xsmcSetNumber(xsResult, (double)context->now_us(context->host) / 1000.0);
}

/* zone(name): {name, rule} as ArrayBuffers, or undefined */
void xs_host_zone(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    char name[OC_ZONE_NAME_MAX];
    oc_zone_t zone;
    void *bytes;
    xsUnsignedValue size;
    xsmcVars(1);
    xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    if (!context->read_zone || size >= sizeof name || (size && memchr(bytes, 0, size)))
        return;
    if (size)
        memcpy(name, bytes, size);
    name[size] = 0;
    if (!context->read_zone(context->host, name, &zone))
        return;
    xsmcSetNewObject(xsResult);
    put_text(the, xsID("name"), zone.name);
    put_text(the, xsID("rule"), zone.rule);
}

/* print(bytes): one line */
void xs_host_print(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    void *bytes;
    xsUnsignedValue size;
    xsmcGetBufferReadable(xsArg(0), &bytes, &size);
    context->print(context->host, bytes, size);
}

/* logLevel(level): oc_log_level_t; OC_ERR_DENIED */
void xs_host_log_level(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    if (!oc_xs_may(the, OC_CAPABILITY_SYSTEM)) {
        xsmcSetInteger(xsResult, OC_ERR_DENIED);
        return;
    }
    int level = (int)xsmcToInteger(xsArg(0));
    if (level < OC_LOG_ERROR || level > OC_LOG_DEBUG)
        xsRangeError("no such log level");
    context->set_log_level(context->host, (oc_log_level_t)level);
}

/* used(): the application has looked at its command line. */
void xs_host_used(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    context->options_used = context->facts.generation;
}

/* unused(): the options that only the application can carry out and that it has not looked at,
 * once each, "--input, --port", as an ArrayBuffer; they are told once for each script. Names, which
 * are no secret, so without a capability too. None for one that took another's place: it was not
 * asked. */
void xs_host_unused(xsMachine *the) {
    oc_script_context_t *context = context_of(the);
    const oc_script_facts_t *facts = &context->facts;
    bool is_done = context->options_used == facts->generation || facts->replaced > 0;
    context->options_used = facts->generation;
    char names[200] = "", word[40];
    bool given = false; /* on this command line: an update, or the product's own, is not refused */
    for (size_t i = 0; i < facts->option_count; i++)
        given |= strcmp(facts->options[i].name, "app") == 0;
    for (size_t i = 0; given && !is_done && i < facts->option_count; i++) {
        size_t used = strlen(names);
        snprintf(word, sizeof word, "--%.30s", facts->options[i].name);
        if (!is_hosts(&facts->options[i]) && !strstr(names, word) &&
            used + sizeof word < sizeof names)
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", word);
    }
    set_text(the, &xsResult, names);
}
