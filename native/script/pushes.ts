/** Live pushes as a script sees them: the list that is handed over, the rows that are read. */
import { type PushField, type PushFormat, type PushPhase, pushFields, pushFormats, pushPhases } from 'ocellus/command';
import type { Link } from 'ocellus/link';
import { type PushRecord, pushRecordsBytes } from 'ocellus/records';

/** A live push that shall run. */
export interface PushTarget extends Omit<PushRecord, 'format'> {
    /** `flv`: rtmp and rtmps; `ts`: srt. */
    readonly format: PushFormat;
}

/** What a live push does; instants are those of `Plane.now`, counters are of its target as it is. */
export interface PushRow {
    /** As its target says. */
    readonly id: number;
    readonly phase: Exclude<PushPhase, 'free'>;
    /** Number of an error code, positive, as in `ChannelRow`; 0: it runs, is tried for the first time, or waits for a picture. */
    readonly failure: number;
    /** Tries in a row that failed. */
    readonly failures: number;
    /** All of them. */
    readonly failuresTotal: number;
    /** Connections that came up behind the first. */
    readonly reconnects: number;
    /** Since when it is in this phase. */
    readonly phaseMs: number;
    /** When its connection last took a packet; 0: never. */
    readonly deliveredMs: number;
    /** When it is tried again; 0: not by time. */
    readonly dueMs: number;
    /** That connections took. */
    readonly packets: number;
    readonly bytes: number;
    /** By the drop policy: it was more than 3 s behind. */
    readonly leftOutGops: number;
    readonly leftOutPackets: number;
    /** The last connecting took. */
    readonly connectedMs: number;
    /** Bytes that wait for the network. */
    readonly queueBytes: number;
}

/** PUSHES. Throws RangeError: a text is too long or has a NUL. */
export function pushesBytes(targets: readonly PushTarget[]): Uint8Array {
    return pushRecordsBytes({
        targets: targets.map((target) => ({ ...target, format: pushFormats[target.format] })),
    });
}

/** Reads the published rows of pushes. */
export class PushTable {
    readonly #link: Pick<Link, 'pushesMax' | 'readPush' | 'readPushWhy'>;
    readonly #words = new Uint32Array(pushFields.length);

    constructor(link: Pick<Link, 'pushesMax' | 'readPush' | 'readPushWhy'>) {
        this.#link = link;
    }

    /** Of all that are in the list, by its order. */
    rows(): PushRow[] {
        return Array.from({ length: this.#link.pushesMax() }, (_, index) => this.#row(index)).filter(
            (row) => row !== undefined,
        );
    }

    /** Why one does not run; '': it does, or its row says all. */
    why(id: number): string {
        for (let index = 0; index < this.#link.pushesMax(); index++) {
            if (this.#row(index)?.id === id) {
                return this.#link.readPushWhy(index);
            }
        }
        return '';
    }

    #row(index: number): PushRow | undefined {
        const phase = this.#link.readPush(index, this.#words.buffer) ? pushPhases[this.#word('phase')] : undefined;
        if (phase === undefined || phase === 'free') {
            return undefined;
        }
        return {
            id: this.#word('id'),
            phase,
            failure: this.#word('failure'),
            failures: this.#word('failures'),
            failuresTotal: this.#word('failures_total'),
            reconnects: this.#word('reconnects'),
            phaseMs: this.#long('phase_ms'),
            deliveredMs: this.#long('delivered_ms'),
            dueMs: this.#long('due_ms'),
            packets: this.#long('packets'),
            bytes: this.#long('bytes'),
            leftOutGops: this.#word('left_out_gops'),
            leftOutPackets: this.#long('left_out_packets'),
            connectedMs: this.#word('connected_ms'),
            queueBytes: this.#word('queue_bytes'),
        };
    }

    #word(field: PushField): number {
        return this.#words[pushFields.indexOf(field)] ?? 0;
    }

    #long(name: 'phase_ms' | 'delivered_ms' | 'due_ms' | 'packets' | 'bytes' | 'left_out_packets'): number {
        return this.#word(`${name}_hi`) * 4_294_967_296 + this.#word(`${name}_lo`);
    }
}
