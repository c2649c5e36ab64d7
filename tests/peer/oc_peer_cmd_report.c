/* oc_peer_cmd_report - see the header. */
#include "oc_peer_cmd_report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "oc_json.h"
#include "oc_stderr.h"

static bool as_json;

void oc_peer_cmd_report_json(bool json) {
    as_json = json;
}

int oc_peer_cmd_report(int code, const char *format, ...) {
    char line[OC_PEER_CMD_LINE];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    oc_stderr_report(line);
    return code;
}

void oc_peer_cmd_print(const char *text, size_t len) {
    fwrite(text, 1, len, stdout);
    fputc('\n', stdout);
    fflush(stdout);
}

void oc_peer_cmd_notify_up(uint32_t peer, int64_t after_us) {
    char line[OC_PEER_CMD_LINE];
    oc_json_t json = oc_json(line, sizeof line);
    if (!as_json) {
        int len = snprintf(line, sizeof line, "peer: up after %" PRId64 ".%03u ms, peer %" PRIu32,
                           after_us / 1000, (unsigned)(after_us % 1000), peer);
        oc_peer_cmd_print(line, (size_t)len);
        return;
    }
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "event", "peer");
    oc_json_member_string(&json, "state", "up");
    oc_json_key(&json, "ms");
    oc_json_milli(&json, after_us);
    oc_json_member_int(&json, "peer", peer);
    oc_json_end_object(&json);
    oc_peer_cmd_print(line, json.len);
}

void oc_peer_cmd_notify(const char *name, const char *key, const char *text, uint32_t peer) {
    char line[OC_PEER_CMD_LINE];
    oc_json_t json = oc_json(line, sizeof line);
    if (!as_json) {
        int len =
            snprintf(line, sizeof line, peer ? "%s: %s, peer %u" : "%s: %s", name, text, peer);
        oc_peer_cmd_print(line, (size_t)len < sizeof line ? (size_t)len : sizeof line - 1);
        return;
    }
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "event", name);
    oc_json_member_string(&json, key, text);
    if (peer) {
        oc_json_member_int(&json, "peer", peer);
    }
    oc_json_end_object(&json);
    oc_peer_cmd_print(line, json.len);
}
