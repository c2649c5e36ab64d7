#include "oc_api_fallback.h"

#include <ctype.h>
#include <string.h>

#include "oc_json.h"
#include "oc_posix.h"
#include "oc_status_json.h"

#define BODY_MAX 64 /* bytes of what is asked of privacy mode, without white space */

static size_t status(oc_api_fallback_t *fallback, char *out, size_t size) {
    oc_health_script_t script = oc_script_watch_state(fallback->watch);
    oc_script_end_t end;
    oc_script_last_end(fallback->script, &end);
    oc_desired_copy(fallback->desired, &fallback->now);
    oc_status_json_t source = {
        .plane = oc_media_thread_plane(fallback->media),
        .desired = &fallback->now,
        .version = fallback->version,
        .script = script == OC_HEALTH_SCRIPT_RUNNING ? "busy" : oc_health_script_text(script),
        .generation = end.generation,
        .restarts = oc_script_restarts(fallback->script),
        .started_us = fallback->started_us,
        .now_us = oc_posix_now_us(),
        .end_reason = end.reason,
        .end_message = end.message,
        .end_wall_us = end.wall_us};
    oc_posix_clock(&source.clock);
    return oc_status_json_write(&source, out, size);
}

static size_t privacy(uint32_t reasons, char *out, size_t size) {
    static const char *const words[] = {"command", "schedule", "switch"};
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_member_bool(&json, "on", reasons != 0);
    oc_json_key(&json, "by");
    oc_json_begin_array(&json);
    for (unsigned i = 0; i < 3; i++)
        if (reasons >> i & 1)
            oc_json_string(&json, words[i]);
    oc_json_end_array(&json);
    oc_json_end_object(&json);
    return json.bad ? 0 : json.len;
}

/* The body, white space apart, is one of two texts: 1 on, 0 off, -1 neither. */
static int expected(const uint8_t *body, size_t bytes) {
    char text[BODY_MAX];
    size_t len = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (isspace(body[i]))
            continue;
        if (len == sizeof(text) - 1)
            return -1;
        text[len++] = (char)body[i];
    }
    text[len] = '\0';
    return strcmp(text, "{\"on\":true}") == 0 ? 1 : strcmp(text, "{\"on\":false}") == 0 ? 0 : -1;
}

int oc_api_fallback_answer(void *context, const oc_api_request_t *request, char *out, size_t size,
                           size_t *len) {
    oc_api_fallback_t *fallback = context;
    oc_plane_t *plane = oc_media_thread_plane(fallback->media);
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    *len = 0;
    if (strcmp(request->own_path, "/api/status") == 0 && reads)
        *len = status(fallback, out, size);
    else if (strcmp(request->own_path, "/api/privacy") == 0 && reads)
        *len = privacy(oc_plane_privacy(plane), out, size);
    else if (strcmp(request->own_path, "/api/privacy") == 0 &&
             strcmp(request->method, "POST") == 0) {
        int on = expected(request->text.data, request->body_bytes);
        if (on < 0)
            return 0;
        oc_plane_privacy_command(plane, on, oc_posix_now_us());
        uint32_t reasons = oc_plane_privacy(plane);
        *len = privacy(on ? reasons : reasons & ~(uint32_t)OC_PRIVACY_COMMAND, out, size);
    }
    return *len > 0 ? 200 : 0;
}
