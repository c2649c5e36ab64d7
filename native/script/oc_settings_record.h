/* Made by tools/settings from modules/config/settings-table.ts: do not edit. */
#ifndef OC_SETTINGS_RECORD_H
#define OC_SETTINGS_RECORD_H
/* clang-format off */

/* Fields that settings fill: TEXT(field, name in TypeScript, bytes with NUL; a list has one entry a
 * line), WORD(field, name) is a uint32_t, FLAG(field, name) a bool. Behind each the key of the
 * settings, with its factor; what it means stands in docs/design/cli.md. */
/* How to open a source: part of oc_channel_config_t. */
#define OC_CHANNEL_FIELDS(TEXT, WORD, FLAG) \
    TEXT(name, "name", OC_CHANNEL_NAME_MAX) /* channels[].name */ \
    TEXT(url, "url", OC_CAPTURE_URL_MAX) /* channels[].input */ \
    TEXT(sub_url, "subUrl", OC_CAPTURE_URL_MAX) /* channels[].sub */ \
    FLAG(audio, "audio") /* channels[].audio */ \
    FLAG(loop, "loop") /* channels[].loop */ \
    WORD(ring_ms, "ringMs") /* channels[].ring.seconds * 1000 */ \
    WORD(ring_bytes, "ringBytes") /* channels[].ring.bytes */ \
    WORD(preroll_ms, "prerollMs") /* channels[].prerollSeconds * 1000 */ \
    WORD(max_gop_bytes, "maxGopBytes") /* channels[].maxGopSize */ \
    WORD(hls_target_ms, "liveTargetMs") /* live.targetMs */ \
    WORD(hls_part_ms, "livePartMs") /* live.partMs */

/* How to record a channel: part of oc_record_config_t. */
#define OC_RECORD_FIELDS(TEXT, WORD, FLAG) \
    TEXT(name, "name", OC_OUT_FILE_NAME_MAX) /* record.name */ \
    WORD(segment_ms, "segmentMs") /* record.segmentMinutes * 60000 */ \
    WORD(preroll_ms, "prerollMs") /* record.prerollSeconds * 1000 */ \
    FLAG(audio, "audio") /* record.audio */

/* How the P2P transport opens: part of oc_p2p_config_t. */
#define OC_P2P_FIELDS(TEXT, WORD, FLAG) \
    WORD(port, "port") /* p2p.port */ \
    FLAG(ipv6, "ipv6") /* p2p.ipv6 */ \
    FLAG(loopback, "loopback") /* p2p.loopback */ \
    FLAG(relay_only, "relayOnly") /* p2p.relayOnly */ \
    WORD(sessions, "sessions") /* p2p.maxPeers */ \
    WORD(keep_alive_s, "interval") /* p2p.keepAlive.interval */ \
    WORD(keep_alive_attempts, "attempts") /* p2p.keepAlive.attempts */

#endif
