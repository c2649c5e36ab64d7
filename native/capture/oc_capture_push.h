/* oc_capture_push - packets from an integrator's own encoder. URL: push:NAME or
 * push:NAME?buffer=BYTES, NAME of [a-z0-9-], 1 .. OC_PUSH_NAME_MAX - 1 bytes.
 * The opened driver is a port; a sender attaches to it by name and pushes from any one thread, in C
 * with the calls below or over a socket with oc_push_session. One sender per port at a time.
 * A payload is copied once, into the driver's buffer. When the sender leaves, the stream is LOST
 * until one attaches again. Senders may outlive the port: their calls then answer OC_ERR_CLOSED. */
#ifndef OC_CAPTURE_PUSH_H
#define OC_CAPTURE_PUSH_H

#include "oc_capture.h"
#include "oc_limits.h" /* OC_PUSH_PORTS, OC_PUSH_PAYLOAD_MAX, OC_PUSH_BUFFER_MAX */

#define OC_PUSH_NAME_MAX   32                                 /* bytes with NUL */
#define OC_PUSH_BUFFER     (OC_PUSH_PAYLOAD_MAX + (1u << 18)) /* default; pages are used on demand */
#define OC_PUSH_BUFFER_MIN (64u * 1024)

/* Attaches to the port of that name.
 * >= 0 sender number | OC_ERR_NOENT no channel has it open | OC_ERR_BUSY it has a sender. */
int oc_push_attach(const char *name);

/* Detaches; an unknown or old number is ignored. */
void oc_push_detach(int sender);

/* Describes track 0 (video) or 1 (audio) from here on; *track: borrowed until return. A picture
 * size of 0 is filled in for H.264 with an avcC. OC_OK | OC_ERR_INVAL | OC_ERR_BUSY too many
 * descriptions under way: try later | OC_ERR_STATE the channel is stopped | OC_ERR_CLOSED. */
int oc_push_track(int sender, unsigned index, const oc_track_t *track);

/* Pushes one packet; packet->data: borrowed until return. Used: track, key, dts (any origin, ticks
 * of the described timescale), cts, duration, len_bytes; capture_us when it is above 0 and of the
 * host's monotonic clock, otherwise the time of arrival is taken. OC_OK | OC_AGAIN empty: passed on
 * to be counted (A5) | OC_ERR_BUSY no room: dropped and counted, with the rest of its GOP |
 * OC_ERR_TOO_BIG | OC_ERR_INVAL no such track, or not described | OC_ERR_STATE the channel is
 * stopped | OC_ERR_CLOSED. */
int oc_push_packet(int sender, const oc_packet_t *packet);

/* For a sender that can wait: OC_AGAIN there is no room for this packet now (data is not used), ask
 * again soon | OC_OK push it; errors of that come from there. */
int oc_push_room(int sender, const oc_packet_t *packet);

/* The same in pieces, for a payload that arrives in pieces: begin (packet->data is not used),
 * append until len_bytes are there, commit. The results of oc_push_packet, each time; after an
 * error of begin the other two answer OC_ERR_STATE until the next begin. */
int oc_push_begin(int sender, const oc_packet_t *packet);
int oc_push_append(int sender, const uint8_t *data, uint32_t len);
int oc_push_commit(int sender);

/* What the other side wants of the encoder, each told once. True: make a key picture now. */
bool oc_push_take_key_request(int sender);
/* Bits per second wanted, 0 = nothing new. */
uint32_t oc_push_take_bitrate(int sender);

/* Largest payload the port takes, in bytes; 0 = closed. */
uint32_t oc_push_payload_max(int sender);

#endif
