/**
 * A channel's live stream as HLS at a web server, by WebDAV or in a bucket: what our own HLS serves, segment by segment,
 * each before the playlist that names it (ADR 123). Bodies go by reference; what the target is too slow for is left out,
 * and nothing waits for it. This file: when it sends, and how it stands.
 */
import { withDeadline } from 'ocellus/app/base/time';
import type { HlsPushOptions, LiveBodies } from 'ocellus/app/live/hls-push-options';
import { retryMs } from 'ocellus/app/live/hls-push-retry';
import { Absent, HlsSender, type Sent } from 'ocellus/app/live/hls-push-sender';
import { storeOf } from 'ocellus/app/live/hls-push-store';
import type { PushState } from 'ocellus/app/live/push-state';
import { liveBody } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import { type ChannelRow, Plane } from 'ocellus/plane';

/** Milliseconds between two looks at the channel: while it is pushed, and while there is nothing of it. */
const lookMs = 150;
const idleMs = 500;
/** Milliseconds that `stop` waits for the request under way, and then for the end of the playlist. */
const stopMs = 5000;

/** The plane's; a plane of a test gives its own. */
function bodiesOf(plane: object): LiveBodies {
    if (!(plane instanceof Plane)) {
        throw new OcellusError('NOTSUP');
    }
    return {
        playlist: (channel, stream) => liveBody(plane, channel, stream, { kind: 'playlist' }),
        init: (channel, stream, number) => liveBody(plane, channel, stream, { kind: 'init', number }),
        segment: (channel, stream, number) => liveBody(plane, channel, stream, { kind: 'segment', number }),
    };
}

function asOcellus(error: unknown): OcellusError {
    return error instanceof OcellusError
        ? error
        : new OcellusError('IO', error instanceof Error ? error.message : String(error));
}

/** One push. */
export class HlsPush {
    readonly #options: HlsPushOptions;
    readonly #sender: HlsSender;
    #state: PushState = {
        phase: 'waits',
        failures: 0,
        deliveredMs: 0,
        dueMs: 0,
        bytes: 0,
        packets: 0,
        leftOutSegments: 0,
        reconnects: 0,
    };
    /** undefined: it has not been started. */
    #running: Promise<void> | undefined;
    #isStopped = false;
    /** Ends the pause under way. */
    #wake: (() => void) | undefined;
    /** Number of the channel as it was seen last, and `live_begun` of the stream. */
    #channel = 0;
    #begun = 0;
    /** When the first of the failures in a row was. */
    #downSinceMs = 0;

    /** Throws `OcellusError` `INVAL` for what can be no target. */
    constructor(options: HlsPushOptions) {
        const { store, bodies, target, plane, host } = options;
        this.#options = options;
        this.#sender = new HlsSender(
            options,
            store ?? storeOf(target, () => host.clock().wallMs),
            bodies ?? bodiesOf(plane),
        );
    }

    state(): PushState {
        return this.#state;
    }

    /** Once. */
    start(): void {
        this.#running ??= this.#run();
    }

    /** Ends it and its playlist, in ten seconds at most. Nothing is told of it any more. */
    async stop(): Promise<void> {
        this.#isStopped = true;
        this.#wake?.();
        await this.#inTime(this.#running ?? Promise.resolve());
        await this.#inTime(this.#sender.end());
    }

    /** A target that does not answer is left as it is. */
    async #inTime(promise: Promise<void>): Promise<void> {
        await withDeadline(promise, stopMs, 'the push').catch(() => undefined);
    }

    async #run(): Promise<void> {
        await undefined; // nothing is told from within `start`
        while (!this.#isStopped) {
            try {
                await this.#turn();
            } catch (error) {
                await (error instanceof Absent ? this.#absent(error) : this.#failed(asOcellus(error)));
            }
        }
    }

    /** Sends what is next, or waits for it. */
    async #turn(): Promise<void> {
        const { live_begun: begun, live_last: last } = await this.#row();
        if (begun !== this.#begun) {
            this.#begun = begun;
            this.#sender.restart();
        }
        this.#sender.sweep();
        if (!this.#sender.isDue(last)) {
            await this.#pause(lookMs);
            return;
        }
        if (this.#state.phase === 'waits') {
            this.#set({ phase: 'connecting' });
        }
        const sent = await this.#sender.send(this.#channel);
        this.#sent(sent);
        if (sent.segments + sent.leftOut === 0) {
            await this.#pause(lookMs);
        }
    }

    /** The row of a stream that has segments. Rejects with `Absent`, which says whether it is private. */
    async #row(): Promise<ChannelRow> {
        const { plane, channel, stream } = this.#options;
        const known = plane.channel(this.#channel);
        const main = known?.name === channel ? known : plane.channels().find(({ name }) => name === channel);
        this.#channel = main?.number ?? this.#channel;
        const row = stream === 'sub' && main !== undefined ? plane.sub(main.number) : main;
        if (row === undefined || row.live_last === 0 || row.live_last < row.live_first) {
            await this.#sender.live(this.#channel);
            throw new Absent('STATE');
        }
        return row;
    }

    #sent({ segments, bytes, leftOut }: Sent): void {
        const { failure: _, ...state } = this.#state;
        if (segments > 0) {
            this.#state = state;
            this.#set({
                phase: 'runs',
                failures: 0,
                dueMs: 0,
                deliveredMs: this.#options.host.now(),
                bytes: state.bytes + bytes,
                packets: state.packets + segments,
                reconnects: state.reconnects + (state.phase === 'retries' ? 1 : 0),
            });
        }
        if (leftOut > 0) {
            this.#set({ leftOutSegments: state.leftOutSegments + leftOut });
        }
    }

    async #absent({ code }: Absent): Promise<void> {
        const { failure: _, ...state } = this.#state;
        if (state.phase !== 'waits' && code !== 'BUSY') {
            this.#state = state;
            this.#set({ phase: 'waits', failures: 0, dueMs: 0 });
        }
        if (code === 'PRIVATE') {
            await this.#sender.end().catch(() => undefined);
        }
        this.#sender.sweep();
        await this.#pause(idleMs);
    }

    async #failed(failure: OcellusError): Promise<void> {
        const nowMs = this.#options.host.now();
        const failures = this.#state.failures + 1;
        this.#downSinceMs = failures === 1 ? nowMs : this.#downSinceMs;
        const downMs = nowMs - this.#downSinceMs;
        const pauseMs = retryMs({ code: failure.code, failures, downMs, random: Math.random() });
        this.#set({ phase: 'retries', failure, failures, dueMs: nowMs + pauseMs });
        if (failure.code === 'DISK_FULL') {
            this.#sender.sweep(true);
        }
        await this.#pause(pauseMs);
    }

    #set(change: Partial<PushState>): void {
        this.#state = { ...this.#state, ...change };
        if (!this.#isStopped) {
            this.#options.onState(this.#state);
        }
    }

    #pause(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const timer = setTimeout(resolve, this.#isStopped ? 0 : ms);
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
        });
    }
}
