/* hand_overs - counts, in the whole program, what threads hand to each other and how often the body
 * of a request is copied. Linked into `ocellus-hand-overs` with --wrap for every function by which
 * one thread gives work to another, for memcpy and memmove, and for the engine's decoder. Lines on
 * stderr: "hand-over: FROM > TO: WHAT", "copied: BYTES by THREAD". A body is known by its pattern.
 */
#define _GNU_SOURCE
#include <libwebsockets.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "oc_capture_thread.h"
#include "oc_file_thread.h"
#include "oc_mailbox.h"
#include "oc_media_thread.h"
#include "oc_wakeup.h"

#define PATTERN "\t \t\t  \t\t\t   \t\t\t\t    " /* white space that JSON passes over */
#define LEAST   256                              /* bytes of a copy that counts */

/* What the wraps around the same call tell each other. */
static _Thread_local bool decodes;
static _Thread_local unsigned kind; /* of the command that is being posted, 0 = none */

static void note(const char *to, const char *what, long number) {
    char from[16] = "?";
    pthread_getname_np(pthread_self(), from, sizeof(from));
    if (strcmp(from, to) != 0)
        dprintf(2, "hand-over: %s > %s: %s %ld\n", from, to, what, number);
}

static void note_copy(const void *from, size_t bytes) {
    char thread[16] = "?";
    if (bytes < LEAST || !memmem(from, bytes, PATTERN, sizeof(PATTERN) - 1))
        return;
    pthread_getname_np(pthread_self(), thread, sizeof(thread));
    dprintf(2, "copied: %zu by %s\n", bytes, thread);
}

#define WRAP(type, name, parameters)                                                               \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters

WRAP(void, oc_mailbox_edge, (oc_mailbox_t * box, unsigned object)) {
    note("script", "edge", object);
    __real_oc_mailbox_edge(box, object);
}

WRAP(void, oc_mailbox_reply,
     (oc_mailbox_t * box, uint32_t request, uint32_t generation, int32_t code, int32_t value0,
      int32_t value1, oc_parcel_t parcel)) {
    note("script", "reply", request);
    __real_oc_mailbox_reply(box, request, generation, code, value0, value1, parcel);
}

WRAP(void, oc_mailbox_reply_text,
     (oc_mailbox_t * box, uint32_t request, uint32_t generation, int32_t code, int32_t value0,
      int32_t value1, const char *text, size_t len)) {
    note("script", "reply", request);
    __real_oc_mailbox_reply_text(box, request, generation, code, value0, value1, text, len);
}

/* Where a command goes is seen by whom it wakes. */
WRAP(int32_t, oc_mailbox_post, (oc_mailbox_t * box, const oc_command_t *command)) {
    kind = command->kind;
    int32_t request = __real_oc_mailbox_post(box, command);
    kind = 0;
    return request;
}

WRAP(int, oc_file_thread_request,
     (oc_file_thread_t * thread, int (*work)(oc_file_store_t *store, void *context),
      void *context)) {
    note("file", "command", kind);
    return __real_oc_file_thread_request(thread, work, context);
}

WRAP(int, oc_file_thread_submit, (oc_file_thread_t * thread, const oc_file_job_t *job)) {
    note("file", "job", 0);
    return __real_oc_file_thread_submit(thread, job);
}

WRAP(int, oc_media_thread_post, (oc_media_thread_t * media, const oc_media_call_t *call)) {
    note("media", "call", 0);
    return __real_oc_media_thread_post(media, call);
}

WRAP(int, oc_capture_thread_start,
     (oc_capture_thread_t * *out, unsigned slot, const oc_capture_driver_t *driver,
      const oc_capture_config_t *config, oc_handoff_t *handoff,
      const oc_capture_thread_env_t *env)) {
    note("capture", "open", slot);
    return __real_oc_capture_thread_start(out, slot, driver, config, handoff, env);
}

WRAP(void, oc_plane_capture_opened,
     (oc_plane_t * plane, unsigned slot, int result, const oc_capture_config_t *config,
      int64_t now_us)) {
    dprintf(2, "hand-over: capture > media: opened %u\n", slot); /* noted where it arrives */
    __real_oc_plane_capture_opened(plane, slot, result, config, now_us);
}

WRAP(void, lws_cancel_service, (struct lws_context * context)) {
    note("http", "answer", 0);
    __real_lws_cancel_service(context);
}

WRAP(void, oc_wakeup_send, (oc_wakeup_t * wakeup)) {
    if (kind != 0)
        note("media", "command", kind);
    __real_oc_wakeup_send(wakeup);
}

/* ---- copies ---- */

WRAP(void *, memcpy, (void *to, const void *from, size_t bytes)) {
    note_copy(from, bytes);
    return __real_memcpy(to, from, bytes);
}

/* The engine's collector closes gaps: what it moves, to lower addresses, is no copy. */
static bool collects(const void *to, const void *from) {
    char thread[16] = "?";
    pthread_getname_np(pthread_self(), thread, sizeof(thread));
    return strcmp(thread, "script") == 0 && (uintptr_t)to < (uintptr_t)from;
}

WRAP(void *, memmove, (void *to, const void *from, size_t bytes)) {
    if (!collects(to, from))
        note_copy(from, bytes);
    return __real_memmove(to, from, bytes);
}

WRAP(void *, __memcpy_chk, (void *to, const void *from, size_t bytes, size_t room)) {
    note_copy(from, bytes);
    return __real___memcpy_chk(to, from, bytes, room);
}

/* The decoder copies byte by byte: it counts by what it is given. */
WRAP(void, xs_text_decode, (void *the)) {
    decodes = true;
    __real_xs_text_decode(the);
    decodes = false;
}

WRAP(int32_t, _xsmcGetBuffer,
     (void *the, void *slot, void **data, uint32_t *count, uint8_t writable)) {
    int32_t result = __real__xsmcGetBuffer(the, slot, data, count, writable);
    if (decodes && !writable) {
        note_copy(*data, *count);
        decodes = false; /* it asks for the place again when it has room for the text */
    }
    return result;
}
