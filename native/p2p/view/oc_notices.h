/* Made by tools/protocol from protocol/notices.ts: do not edit. */
#ifndef OC_NOTICES_H
#define OC_NOTICES_H

#include "oc_json.h"

/* clang-format off */
/* What the transport tells a script: each writes one notice without the bytes behind it. A text that may be left out: NULL. */
static inline void oc_notice_ready(oc_json_t *json) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "ready"); oc_json_end_object(json);
}
static inline void oc_notice_connect_fail(oc_json_t *json, const char *reason) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "connect-fail"); if (reason) oc_json_member_string(json, "reason", reason); oc_json_end_object(json);
}
static inline void oc_notice_addr_changed(oc_json_t *json) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "addr-changed"); oc_json_end_object(json);
}
static inline void oc_notice_peer_error(oc_json_t *json, int64_t session, const char *reason) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "peer-error"); oc_json_member_int(json, "session", session); oc_json_member_string(json, "reason", reason); oc_json_end_object(json);
}
static inline void oc_notice_session(oc_json_t *json, int64_t session, const char *state, const char *reason, const char *address) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "session"); oc_json_member_int(json, "session", session); oc_json_member_string(json, "state", state); if (reason) oc_json_member_string(json, "reason", reason); if (address) oc_json_member_string(json, "address", address); oc_json_end_object(json);
}
static inline void oc_notice_candidate(oc_json_t *json, int64_t session, const char *line, const char *mid) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "candidate"); oc_json_member_int(json, "session", session); oc_json_member_string(json, "line", line); oc_json_member_string(json, "mid", mid); oc_json_end_object(json);
}
static inline void oc_notice_watermark(oc_json_t *json, int64_t view, int64_t session, const char *level) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "watermark"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_member_string(json, "level", level); oc_json_end_object(json);
}
static inline void oc_notice_send_start(oc_json_t *json, int64_t view, int64_t session, const char *label, const char *peer) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "send-start"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_member_string(json, "label", label); oc_json_member_string(json, "peer", peer); oc_json_end_object(json);
}
static inline void oc_notice_receive_start(oc_json_t *json, int64_t view, int64_t session, const char *label, const char *peer) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "receive-start"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_member_string(json, "label", label); oc_json_member_string(json, "peer", peer); oc_json_end_object(json);
}
static inline void oc_notice_send_stop(oc_json_t *json, int64_t view, int64_t session, const char *reason) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "send-stop"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_member_string(json, "reason", reason); oc_json_end_object(json);
}
static inline void oc_notice_receive_end(oc_json_t *json, int64_t view, int64_t session, const char *reason) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "receive-end"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_member_string(json, "reason", reason); oc_json_end_object(json);
}
static inline void oc_notice_receive(oc_json_t *json, int64_t view, int64_t session) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "receive"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_end_object(json);
}
static inline void oc_notice_control(oc_json_t *json, int64_t view, int64_t session) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "control"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_end_object(json);
}
static inline void oc_notice_command(oc_json_t *json, int64_t view, int64_t session, int64_t request) {
    oc_json_begin_object(json); oc_json_member_string(json, "kind", "command"); oc_json_member_int(json, "view", view); oc_json_member_int(json, "session", session); oc_json_member_int(json, "request", request); oc_json_end_object(json);
}
/* clang-format on */

#endif
