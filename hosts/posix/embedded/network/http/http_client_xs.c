/* Glue of client.ts. A machine has one network, which has its exchanges; the script's object of an
 * exchange points to the record while it runs and is kept from collection. */
#include "oc_xs.h"

#include "oc_body_glue.h"
#include "oc_capability.h"
#include "oc_err.h"
#include "oc_fetch.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is told; as in client.ts. */
enum { REPORT_HEADERS, REPORT_READABLE, REPORT_WRITABLE, REPORT_DONE, REPORT_FAILED };

typedef struct exchange_record exchange_record_t;

/* A reply outside of the heap. Held by the script's object, by the exchange while it runs, and by
 * the body that it becomes. */
typedef struct {
    oc_body_t body; /* first */
    _Atomic uint32_t holders;
    size_t max, len;
    uint8_t *bytes;
} collector_t;

typedef struct {
    oc_xs_handle_t handle;
    xsMachine *machine;
    oc_fetch_t *http;
    exchange_record_t *first;
} network_record_t;

struct exchange_record {
    exchange_record_t *next;
    network_record_t *network;
    oc_fetch_exchange_t *exchange;
    collector_t *collector; /* NULL: the script reads */
    xsSlot self;            /* remembered while it runs */
};

/* One thing that is told, on its way into the machine. */
typedef struct {
    exchange_record_t *record;
    int kind;
    double number;
    const char *text, *more;
} news_t;

void xs_http_network_destructor(void *data);
void xs_http_exchange_destructor(void *data);
void xs_http_collector_destructor(void *data);
void xs_http_collector(xsMachine *the);
void xs_http_collected(xsMachine *the);
void xs_http_open(xsMachine *the);
void xs_http_start(xsMachine *the);
void xs_http_exchange(xsMachine *the);
void xs_http_stop(xsMachine *the);
void xs_http_readable(xsMachine *the);
void xs_http_read(xsMachine *the);
void xs_http_writable(xsMachine *the);
void xs_http_write(xsMachine *the);
void xs_http_write_end(xsMachine *the);

/* The module keeps the object: the machine ends. */
void xs_http_network_destructor(void *data) {
    network_record_t *network = data;
    if (!network)
        return;
    oc_fetch_delete(network->http);
    free(network);
}

/* An object that is collected has ended. */
void xs_http_exchange_destructor(void *data) {}

/* ---- replies outside of the heap ---- */

static void let_go(collector_t *collector) {
    if (!collector || atomic_fetch_sub(&collector->holders, 1) != 1)
        return;
    free(collector->bytes);
    free(collector);
}

void xs_http_collector_destructor(void *data) {
    let_go(data);
}

/* Any thread; nothing is added any more. */
static int64_t read_collected(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    memcpy(out, ((const collector_t *)(void *)body)->bytes + offset, size);
    return (int64_t)size;
}

static void release_collected(oc_body_t *body) {
    let_go((collector_t *)(void *)body);
}

static const oc_body_source_t collected = {.read = read_collected, .release = release_collected};

/* collector(max): takes a reply of at most so many bytes */
void xs_http_collector(xsMachine *the) {
    double max = xsmcToNumber(xsArg(0));
    xsmcVars(1);
    xsVar(0) = xsNewHostObject(xs_http_collector_destructor);
    collector_t *collector = calloc(1, sizeof *collector);
    if (!collector)
        xsUnknownError("HTTP: no memory");
    atomic_init(&collector->holders, 1);
    collector->max = (size_t)max;
    xsmcSetHostData(xsVar(0), collector);
    xsResult = xsVar(0);
}

/* collected(collector): xsThis becomes its bytes, when the reply is complete; false: there are
 * none, or they were taken. The collector lets go of them: they are freed when the body is closed,
 * not when the collector is collected. */
void xs_http_collected(xsMachine *the) {
    collector_t *collector = xsmcGetHostDataValidate(xsArg(0), xs_http_collector_destructor);
    bool has = collector && collector->len > 0;
    if (has) {
        oc_body_ref_t *ref = oc_body_empty(the);
        xsmcSetHostData(xsArg(0), NULL); /* what it held is the body's */
        *ref = oc_body_init(&collector->body, &collected, collector->len, "");
    }
    xsmcSetBoolean(xsResult, has);
}

static void take_out(exchange_record_t *record) {
    exchange_record_t **at = &record->network->first;
    while (*at != record)
        at = &(*at)->next;
    *at = record->next;
    if (!record->network->first) /* a machine does not wait for connections that are only kept */
        oc_xs_handle_remove(&record->network->handle);
}

/* Inside the machine: the object forgets the record and may be collected. */
static void drop_record(xsMachine *the, exchange_record_t *record) {
    xsmcSetHostData(record->self, NULL);
    xsForget(record->self);
    take_out(record);
    let_go(record->collector);
    free(record);
}

static void on_machine_end(oc_xs_handle_t *handle) {
    network_record_t *network =
        (network_record_t *)(void *)((char *)handle - offsetof(network_record_t, handle));
    xsMachine *the = network->machine;
    oc_fetch_delete(network->http);
    network->http = NULL; /* the record goes with its object */
    for (exchange_record_t *at = network->first, *next; at; at = next) {
        next = at->next;
        xsForget(at->self); /* the engine's list of remembered slots runs through the record */
        let_go(at->collector);
        free(at);
    }
    network->first = NULL;
}

/* open(): the network of this machine */
void xs_http_open(xsMachine *the) {
    const char *why = NULL;
    if (!oc_xs_may(the, OC_CAPABILITY_NETWORK))
        xsUnknownError("the application does not have the capability network");
    xsmcVars(1);
    xsVar(0) = xsNewHostObject(xs_http_network_destructor);
    network_record_t *network = calloc(1, sizeof *network);
    int result = network ? oc_fetch_create(&network->http, oc_xs_loop(the), &why) : OC_ERR_NOMEM;
    if (result < 0) {
        free(network);
        xsUnknownError("HTTP: %s", why ? why : "no memory");
    }
    network->machine = the;
    xsmcSetHostData(xsVar(0), network);
    xsResult = xsVar(0);
}

/* ---- what is told ---- */

static void report(xsMachine *the, void *data) {
    const news_t *news = data;
    exchange_record_t *record = news->record;
    xsmcVars(6);
    xsVar(0) = xsAccess(record->self);
    xsmcGet(xsVar(1), xsVar(0), xsID("callback"));
    if (news->kind >= REPORT_DONE) /* before the call, which may throw */
        drop_record(the, record);
    xsmcSetInteger(xsVar(2), news->kind);
    xsmcSetNumber(xsVar(3), news->number);
    xsmcSetString(xsVar(4), (char *)news->text);
    xsmcSetString(xsVar(5), (char *)news->more);
    xsCallFunction4(xsVar(1), xsUndefined, xsVar(2), xsVar(3), xsVar(4), xsVar(5));
}

static void enter(exchange_record_t *record, int kind, double number, const char *text,
                  const char *more) {
    news_t news = {record, kind, number, text, more};
    oc_xs_enter(record->network->machine, report, &news);
}

static void on_headers(void *context, int status, const char *reason, const char *headers) {
    enter(context, REPORT_HEADERS, status, reason, headers);
}

static void on_readable(void *context, size_t bytes) {
    enter(context, REPORT_READABLE, (double)bytes, "", "");
}

static void on_writable(void *context, size_t bytes) {
    enter(context, REPORT_WRITABLE, (double)bytes, "", "");
}

static void on_done(void *context, const oc_fetch_error_t *error, const oc_fetch_reply_t *reply) {
    exchange_record_t *record = context;
    record->exchange = NULL;
    if (reply && record->collector) {
        record->collector->bytes = reply->bytes;
        record->collector->len = reply->len;
    }
    if (error)
        enter(record, REPORT_FAILED, error->code, error->text, "");
    else
        enter(record, REPORT_DONE, reply ? reply->status : 0, "", "");
}

/* ---- requests ---- */

/* A text as the engine has it, borrowed until it allocates. For all else one that is no address,
 * method or header: to make a text of it would run a script, behind which no pointer into the heap
 * holds. */
static const char *text_of(xsMachine *the, xsSlot *slot) {
    xsType type = xsmcTypeOf(*slot);
    return type == xsStringType || type == xsStringXType ? xsmcToString(*slot) : "\n";
}

static const char *text_field(xsMachine *the, int object, int var, xsIdentifier id) {
    xsmcGet(xsVar(var), xsArg(object), id);
    return text_of(the, &xsVar(var));
}

static double number_field(xsMachine *the, int object, xsIdentifier id) {
    xsmcGet(xsVar(0), xsArg(object), id);
    return xsmcToNumber(xsVar(0));
}

static int nibble(char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static void read_pin(oc_fetch_request_t *request, const char *text) {
    request->has_pin = strlen(text) == 2 * sizeof request->pin;
    for (size_t i = 0; request->has_pin && i < sizeof request->pin; i++)
        request->pin[i] = (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
}

/* xsArg: 2 url, 3 method, 4 headers, 5 settings, 6 upload. Texts last: nothing may allocate behind
 * them. */
static void read_request(xsMachine *the, oc_fetch_request_t *request) {
    request->timeout_ms = (uint32_t)number_field(the, 5, xsID("timeout"));
    request->redirects = (uint32_t)number_field(the, 5, xsID("redirects"));
    request->upload = (oc_fetch_upload_t)number_field(the, 6, xsID("kind"));
    request->upload_bytes = (int64_t)number_field(the, 6, xsID("bytes"));
    read_pin(request, text_field(the, 5, 1, xsID("pin")));
    xsmcGet(xsVar(2), xsArg(5), xsID("proxy"));
    request->ca = text_field(the, 5, 3, xsID("ca"));
    request->proxy = text_of(the, &xsVar(2));
    request->url = text_of(the, &xsArg(2));
    request->method = text_of(the, &xsArg(3));
    request->headers = text_of(the, &xsArg(4));
}

/* Begins it; xsResult becomes xsVar(4), its object, or OC_ERR_*. collector: NULL, or one more of it
 * is held while it runs. */
static void start(xsMachine *the, network_record_t *network, const oc_fetch_request_t *request,
                  const oc_fetch_calls_t *calls, collector_t *collector) {
    bool closed = request->upload == OC_FETCH_BODY && !request->body.body;
    exchange_record_t *record = closed ? NULL : calloc(1, sizeof *record);
    int result = closed ? OC_ERR_CLOSED
                 : record
                     ? oc_fetch_start(&record->exchange, network->http, request, calls, record)
                     : OC_ERR_NOMEM;
    if (result < 0) {
        free(record);
        xsmcSetInteger(xsResult, result);
        return;
    }
    if (!network->first)
        oc_xs_handle_add(the, &network->handle, on_machine_end);
    if (collector)
        atomic_fetch_add(&collector->holders, 1);
    record->collector = collector;
    record->network = network;
    record->next = network->first;
    network->first = record;
    record->self = xsVar(4);
    xsRemember(record->self);
    xsmcSetHostData(xsVar(4), record);
    xsResult = xsVar(4);
}

static network_record_t *network_of(xsMachine *the) {
    network_record_t *network = xsmcGetHostDataValidate(xsArg(0), xs_http_network_destructor);
    if (!network || !oc_xs_may(the, OC_CAPABILITY_NETWORK))
        xsUnknownError("HTTP: there is no network");
    return network;
}

/* start(network, callback, url, method, headers, settings, upload, body, collector): the exchange's
 * object, or OC_ERR_*. collector, undefined: the script reads */
void xs_http_start(xsMachine *the) {
    static const oc_fetch_calls_t calls = {on_headers, on_readable, on_writable, on_done};
    oc_fetch_request_t request = {0};
    network_record_t *network = network_of(the);
    xsmcVars(5);
    xsVar(4) = xsNewHostObject(xs_http_exchange_destructor);
    xsmcSet(xsVar(4), xsID("callback"), xsArg(1));
    collector_t *collector = NULL;
    if (xsmcTest(xsArg(8)))
        collector = xsmcGetHostDataValidate(xsArg(8), xs_http_collector_destructor);
    request.collect = collector != NULL;
    request.collect_max = collector ? collector->max : 0;
    if (xsmcTest(xsArg(7)))
        (void)oc_body_of(the, &xsArg(7), &request.body); /* closed: start finds none */
    read_request(the, &request);
    start(the, network, &request, &calls, collector);
}

/* Nothing in it ends a line or a word: it goes into the head of a request as it is. */
static bool is_url(const char *text) {
    size_t scheme = 0;
    if (strncasecmp(text, "http://", 7) == 0)
        scheme = 7;
    else if (strncasecmp(text, "https://", 8) == 0)
        scheme = 8;
    size_t host = strcspn(text + scheme, "/?#");
    for (const char *at = text; *at; at++)
        if (*at <= ' ' || *at > '~')
            return false;
    return scheme && host && !memchr(text + scheme, '@', host) && !strchr(text, '#');
}

static bool is_method(const char *text) {
    static const char *const methods[] = {"GET", "PUT", "POST"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(text, methods[i]) == 0)
            return true;
    return false;
}

/* Lines "name: value\n", and none that says how long the body is. */
static bool are_headers(const char *text) {
    static const char marks[] = "!#$%&'*+.^_`|~-";
    while (*text) {
        const char *end = strchr(text, '\n');
        size_t name = strcspn(text, ":\n");
        if (!end || text[name] != ':' || name == 0)
            return false;
        for (size_t i = 0; i < name; i++)
            if (!isalnum((unsigned char)text[i]) && !strchr(marks, text[i]))
                return false;
        for (const char *at = text + name; at < end; at++)
            if ((*at < ' ' && *at != '\t') || *at > '~')
                return false;
        if ((name == 14 && strncasecmp(text, "content-length", name) == 0) ||
            (name == 17 && strncasecmp(text, "transfer-encoding", name) == 0))
            return false;
        text = end + 1;
    }
    return true;
}

/* exchange(network, callback, url, method, headers, body, collector, deadlineMs): as start, with
 * one report, at the end. OC_ERR_FORMAT: what must not be in a request */
void xs_http_exchange(xsMachine *the) {
    static const oc_fetch_calls_t calls = {NULL, NULL, NULL, on_done};
    oc_fetch_request_t request = {.proxy = "", .ca = "", .collect = true};
    network_record_t *network = network_of(the);
    xsmcVars(5);
    xsVar(4) = xsNewHostObject(xs_http_exchange_destructor);
    xsmcSet(xsVar(4), xsID("callback"), xsArg(1));
    collector_t *collector = NULL;
    if (xsmcTest(xsArg(6)))
        collector = xsmcGetHostDataValidate(xsArg(6), xs_http_collector_destructor);
    request.collect_max = collector ? collector->max : 0;
    if (xsmcTest(xsArg(5))) {
        request.upload = OC_FETCH_BODY;
        (void)oc_body_of(the, &xsArg(5), &request.body);
    }
    request.deadline_ms = request.timeout_ms = (uint32_t)xsmcToNumber(xsArg(7));
    request.url = text_of(the, &xsArg(2));
    request.method = text_of(the, &xsArg(3));
    request.headers = text_of(the, &xsArg(4));
    if (is_url(request.url) && is_method(request.method) && are_headers(request.headers))
        start(the, network, &request, &calls, collector);
    else
        xsmcSetInteger(xsResult, OC_ERR_FORMAT);
}

/* NULL: it has ended. */
static exchange_record_t *record_of(xsMachine *the) {
    return xsmcGetHostDataValidate(xsArg(0), xs_http_exchange_destructor);
}

/* stop(exchange) */
void xs_http_stop(xsMachine *the) {
    exchange_record_t *record = record_of(the);
    if (!record)
        return;
    oc_fetch_stop(record->exchange);
    drop_record(the, record);
}

/* readable(exchange): bytes */
void xs_http_readable(xsMachine *the) {
    const exchange_record_t *record = record_of(the);
    xsmcSetNumber(xsResult, record ? (double)oc_fetch_readable(record->exchange) : 0);
}

/* read(exchange, bytes): fills them */
void xs_http_read(xsMachine *the) {
    exchange_record_t *record = record_of(the);
    void *bytes;
    xsUnsignedValue size;
    xsmcGetBufferWritable(xsArg(1), &bytes, &size);
    if (!record || size > oc_fetch_readable(record->exchange))
        xsRangeError("HTTP read: more than there is");
    oc_fetch_read(record->exchange, bytes, size);
}

/* writable(exchange): bytes */
void xs_http_writable(xsMachine *the) {
    const exchange_record_t *record = record_of(the);
    xsmcSetNumber(xsResult, record ? (double)oc_fetch_writable(record->exchange) : 0);
}

/* write(exchange, bytes) */
void xs_http_write(xsMachine *the) {
    exchange_record_t *record = record_of(the);
    void *bytes;
    xsUnsignedValue size;
    xsmcGetBufferReadable(xsArg(1), &bytes, &size);
    if (!record || size > oc_fetch_writable(record->exchange))
        xsRangeError("HTTP write: more than there is room for");
    oc_fetch_write(record->exchange, bytes, size);
}

/* writeEnd(exchange) */
void xs_http_write_end(xsMachine *the) {
    exchange_record_t *record = record_of(the);
    if (record)
        oc_fetch_write_end(record->exchange);
}
