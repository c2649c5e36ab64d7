/**
 * Published rows: what the media plane says of each stream, each viewer and each live push, words of 32 bits. Made of it (tools/protocol): the
 * structures in C, the names of their words in TypeScript (native/script/command.ts), docs/design/rows.md.
 */
import { enumerations } from './enums';

/** Words that mean something together, and what. `name:64`: two words, `name_lo` and `name_hi`. */
export type Group = readonly [words: string, meaning: string];

/** A row. */
export interface Row {
    /** The structure in C, without `_t`. */
    readonly c: string;
    readonly header: string;
    /** The list of its words in TypeScript. */
    readonly name: string;
    readonly meaning: string;
    readonly groups: readonly Group[];
}

/** In order. */
export const rows: readonly Row[] = [
    {
        c: 'oc_stream_row',
        header: 'native/script/oc_stream_row.h',
        name: 'rowFields',
        meaning: 'The published row of a stream; what each word says: docs/design/rows.md.',
        groups: [
            ['state', '`oc_stream_state_t`'],
            ['failure', 'why the source delivers nothing, or the channel is not as the desired list wants it: number of an error code, positive; 0: it is. `readWhy(channel)` has the same in words'],
            ['revision', 'the desired list up to which the channel was brought, the same for both streams: it is as wanted there, or `failure` says why not; behind the number of the list while something is under way; 0: it is in no list'],
            ['name_hash', 'FNV-1a (32 bit) of the name'],
            ['video_codec width height fps_milli audio_codec sample_rate audio_channels', 'of the newest description of each track; 0: there is none (yet). `fps_milli` is measured, as `bitrate_bps`'],
            ['rotation', 'degrees clockwise by which the picture is to be turned for display: 0, 90, 180, 270'],
            ['omitted_video omitted_audio', 'coding of a track of the source that is not carried, four characters, the first in the high byte; 0: there is none'],
            ['bitrate_bps', 'measured over the last 5 s by capture times, payload bytes of all tracks; it falls to 0 when nothing comes'],
            ['gop_ms gop_bytes', 'of the last whole GOP'],
            ['packets:64 bytes:64 copied:64', 'taken into the ring; `copied` are the bytes moved for it: equal to `bytes` when each is copied once'],
            ['empty_packets', 'came without a byte and were skipped'],
            ['dropped_packets', 'the sum of `lost_…`'],
            ['lost_gops', 'GOPs given up by the ring: larger than `maxGopSize`, a picture larger than the ring, or no room beside pinned bytes'],
            ['jumps', "origins of the time line behind the first: steps of the source's clock, losses"],
            ['ring_bytes ring_held_bytes ring_held_ms ring_readers', 'payload memory; what is in it; outputs that read it'],
            ['lateness_p50_us lateness_p99_us lateness_p999_us lateness_max_us', 'from `capture_us` of a packet to its place in the ring, over the last 30 to 60 s; at most 12.5 % too high'],
            ['recording', '1 while it is recorded and the source delivers'],
            ['record_failing', '1 while the disk refuses'],
            ['record_files record_bytes:64 record_lost_packets', 'of all recordings of the stream so far; `record_lost_packets` is what the source lost while it was recorded (`lost_…`) and what the disk refused though the ring had it'],
            ['record_synced_age_ms', 'while something is recorded: how old the newest packet is that is surely on the disk (none yet: how long it has been recorded), also while the disk refuses; 0 when nothing has come since'],
            ['live_begun', 'number of the first segment since the stream was opened: the monotonic clock in 200 ms'],
            ['live_first live_last', 'numbers of the listed segments'],
            ['live_requests', 'requests for live bodies of the stream, also failed ones'],
            ['viewers', 'the most fetches that one of the newest four segments had: a player fetches each segment once. A client that fetches a segment twice counts twice, a cache in front of the server hides viewers; 0 after 10 s without a fetch'],
            ['live_part_ms', 'PART-TARGET of low-latency HLS; 0 before the first segment, and with `live.partMs` 0'],
            ['source_losses', 'times the source was lost'],
            ['unused_packets', 'no loss: before the first key packet of all (the priming of AAC, half a GOP) or before time 0, or of sound that is not wanted. The source delivered `packets` + `empty_packets` + `unused_packets` + `dropped_packets`'],
            ['ring_overruns', 'times a reader of the ring fell behind what it holds and went on at a newer GOP'],
            [Object.keys(enumerations['oc_loss']?.words ?? {}).map((cause) => `lost_${cause.replaceAll('-', '_')}`).join(' '), 'came, or should have, and are not in the ring, by cause ([losses](api.md#losses)); each packet is counted once'],
        ],
    },
    {
        c: 'oc_session_row',
        header: 'native/script/oc_p2p_command.h',
        name: 'sessionFields',
        meaning: 'The published row of a viewer.',
        groups: [
            ['session', 'its number, > 0'],
            ['state', '`oc_session_state_t`'],
            ['views', 'its data channels'],
            ['family port ip0 ip1 ip2 ip3', 'its address, big-endian; an IPv4 address is `ip0`. `family`: 4, 6, 0 not known yet'],
            ['relayed', '1: through TURN'],
            ['rtt_us', 'round trip; 0: not measured yet'],
            ['uptime_s', 'since it is connected'],
            ['login', "whose word the viewer is there by, as `P2P_OFFER` said; 0: nobody's that can end"],
        ],
    },
    {
        c: 'oc_view_row',
        header: 'native/script/oc_p2p_command.h',
        name: 'viewFields',
        meaning: 'The published row of a view.',
        groups: [
            ['view session', 'its number, > 0, and that of its viewer'],
            ['state kind', '`oc_view_state_t`, `oc_view_kind_t`'],
            ['id', 'of its data channel'],
            ['channel stream', 'of live'],
            ['queued', 'bytes not acknowledged and not sent yet (B6)'],
            ['inst_rate', 'bytes per second that were sent in the last quarter of a second or so'],
            ['acked_rate acked:64', 'bytes acknowledged in the past second (B7); in all'],
            ['rtt_us loss_ppm cwnd pacing_rate', 'round trip, loss, congestion window in bytes, bytes per second that are let out'],
            ['drop_ring drop_watermark drop_report drop_tracks', 'packets of the stream that the viewer did not get: overtaken by the ring, while the watermark or a report held it, because their tracks are not carried'],
            ['abandoned', 'messages given up after they had begun'],
            ['jumps', 'times that live went on at a newer key picture'],
            ['key_requests', 'key pictures that were asked for'],
            ['held', 'bits of `oc_view_held_t`'],
            ['watermark', '1: above `warn`'],
            ['low warn high', 'watermarks in force; 0: off'],
            ['received:64 drop_received', 'bytes from the viewer; its messages that the script did not take in time'],
        ],
    },
    {
        c: 'oc_push_row',
        header: 'native/script/oc_push_command.h',
        name: 'pushFields',
        meaning: 'The published row of a live push; counters are of its target as it is, from its start on.',
        groups: [
            ['id', 'as its target says; 0: a free row'],
            ['phase', '`oc_push_phase_t`'],
            ['failure', 'why it does not run: number of an error code, positive; 0: it runs, or is tried for the first time'],
            ['failures', 'tries in a row that failed, the end of a connection that ran among them; 0: the last one came up and has run for a minute'],
            ['failures_total reconnects', 'all of them; connections that came up behind the first'],
            ['phase_ms:64 delivered_ms:64 due_ms:64', "monotonic: since when it is in this phase; when the target's connection last took a packet, 0: never; when it is tried again, 0: not by time"],
            ['packets:64 bytes:64', 'that connections took; `bytes` with those of the format'],
            ['left_out_gops left_out_packets:64', 'by the drop policy, because the target was more than 3 s behind: GOPs of which something was left out, packets of the stream'],
            ['connected_ms', 'how long the last connecting took that came up'],
            ['queue_bytes', 'that wait for the network, in memory and the pipe of the helper'],
        ],
    },
];
