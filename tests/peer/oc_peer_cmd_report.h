/* oc_peer_cmd_report - what `ocellus-peer` says: errors on stderr, events on stdout. One thread. */
#ifndef OC_PEER_CMD_REPORT_H
#define OC_PEER_CMD_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_PEER_CMD_LINE 512 /* bytes with NUL of a line; longer ones are cut */

/* Events are JSON from now on, or text (the default). */
void oc_peer_cmd_report_json(bool json);
/* One line of an error, as printf; gives `code` back. */
int oc_peer_cmd_report(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One line on stdout, newline added. */
void oc_peer_cmd_print(const char *text, size_t len);
/* A peer can be used, so long after its description came: {"event": "peer", "state": "up", "ms":
 * after, "peer": peer} or "peer: up after 1.234 ms, peer N". */
void oc_peer_cmd_notify_up(uint32_t peer, int64_t after_us);
/* An event: {"event": name, key: text, "peer": peer} or "name: text, peer N"; peer 0 = of none. */
void oc_peer_cmd_notify(const char *name, const char *key, const char *text, uint32_t peer);

#endif
