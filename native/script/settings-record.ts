/** Made by tools/settings from modules/config/settings-table.ts: do not edit. */

/** How to open a source: what settings say of it, under their keys in docs/design/cli.md. */
export interface ChannelRecord {
    /** `channels[].name` */
    readonly name: string;
    /** `channels[].input` */
    readonly url: string;
    /** `channels[].sub` */
    readonly subUrl: string;
    /** `channels[].audio` */
    readonly audio: boolean;
    /** `channels[].loop` */
    readonly loop: boolean;
    /** `channels[].ring.seconds` * 1000 */
    readonly ringMs: number;
    /** `channels[].ring.bytes` */
    readonly ringBytes: number;
    /** `channels[].prerollSeconds` * 1000 */
    readonly prerollMs: number;
    /** `channels[].maxGopSize` */
    readonly maxGopBytes: number;
    /** `live.targetMs` */
    readonly liveTargetMs: number;
    /** `live.partMs` */
    readonly livePartMs: number;
}

/** How to record a channel: what settings say of it, under their keys in docs/design/cli.md. */
export interface RecordingRecord {
    /** `record.name` */
    readonly name: string;
    /** `record.segmentMinutes` * 60000 */
    readonly segmentMs: number;
    /** `record.prerollSeconds` * 1000 */
    readonly prerollMs: number;
    /** `record.audio` */
    readonly audio: boolean;
}

/** How the P2P transport opens: what settings say of it, under their keys in docs/design/cli.md. */
export interface P2pRecord {
    /** `p2p.port` */
    readonly port: number;
    /** `p2p.ipv6` */
    readonly ipv6: boolean;
    /** `p2p.loopback` */
    readonly loopback: boolean;
    /** `p2p.relayOnly` */
    readonly relayOnly: boolean;
    /** `p2p.maxPeers` */
    readonly sessions: number;
    /** `p2p.keepAlive.interval` */
    readonly interval: number;
    /** `p2p.keepAlive.attempts` */
    readonly attempts: number;
}
