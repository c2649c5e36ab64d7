/**
 * Viewers by UDP: opens the transport with the first offer, says what each viewer gets, follows the settings. What is
 * sent runs on without this script; the next one adopts it.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { iceServers, type P2pSettings, watermarksOf } from 'ocellus/app/config/p2p-settings';
import { recordOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { checkAction, live, recordedOf } from 'ocellus/app/p2p/choose';
import { afterOf, controlOf, instantOf, playbackOf } from 'ocellus/app/p2p/playback';
import { answer } from 'ocellus/app/p2p/requests';
import { OcellusError } from 'ocellus/error';
import type { RecordingsQuery } from 'ocellus/app/record/recorder';
import type { HostApi } from 'ocellus/host';
import type {
    Accept,
    Description,
    OfferOptions,
    OpenOptions,
    P2pApi,
    P2pCallbacks,
    Params,
    Session,
    View,
} from 'ocellus/p2p';
import type { RecordingRow } from 'ocellus/plane';
import type { P2pRecord } from 'ocellus/settings-record';

/** The transport of this machine. */
export interface Transport {
    readonly make: (callbacks: P2pCallbacks) => P2pApi;
    /** Viewers are there, of a script before this one. */
    readonly inUse: () => boolean;
    /** Viewers that this host can have. */
    readonly most: number;
}

/** What the service needs. */
export interface ViewersOptions {
    readonly plane: Pick<PlaneApi, 'channels' | 'sub' | 'privacy' | 'requestKey'>;
    readonly host: Pick<HostApi, 'clock'>;
    /** Omitted: this host has none. */
    readonly transport?: Transport | undefined;
    readonly settings: () => P2pSettings;
    readonly recordings: (query: RecordingsQuery) => AsyncIterable<RecordingRow>;
}

/** A viewer with its channels. */
export interface SessionView extends Session {
    readonly channels: readonly View[];
    /** Addresses of ours that were found since its offer was answered, as lines of SDP; '' ends them. */
    readonly candidates: readonly string[];
}

/** Candidates that are kept for one viewer. */
const candidatesMax = 32;

/** How the settings open the transport; `most`: viewers that this host can have. */
export function openOptions(settings: P2pSettings, most: number): OpenOptions {
    const { interval, attempts, sessions, ...same } = recordOf<P2pRecord>('p2p', [settingsTable.p2p, settings]);
    const keepAlive = { interval, attempts };
    return { ...same, owner: 'hub', sessions: Math.min(sessions, most), servers: iceServers(settings), keepAlive };
}

/** Changes of these end what is open. */
function reopens(before: P2pSettings, now: P2pSettings): boolean {
    const part = ({ watermarks: _, keepAlive: __, ...rest }: P2pSettings): string => JSON.stringify(rest);
    return part(before) !== part(now);
}

/** Ended viewers whose reason is kept. */
const remembered = 16;

/**
 * What an offer asks for and nobody can do, or the binding takes from nobody (a label of two lines, an id twice), is a
 * mistake of the offer, not of this device.
 */
function mistakeOf(error: unknown): unknown {
    const mistaken =
        error instanceof RangeError ||
        error instanceof TypeError ||
        (error instanceof OcellusError && error.code === 'NOTSUP');
    return mistaken ? new OcellusError('INVAL', error.message) : error;
}

/** One per script. */
export class Viewers {
    readonly #options: ViewersOptions;
    readonly #p2p: P2pApi | undefined;
    #open: Promise<P2pApi> | undefined;
    #closing: Promise<void> = Promise.resolve();
    readonly #candidates = new Map<number, string[]>();
    /** Why the latest ones ended, oldest first. */
    readonly #ended = new Map<number, string>();
    /** Instant 0 of playbacks, by view. */
    readonly #bases = new Map<number, number>();

    constructor(options: ViewersOptions) {
        this.#options = options;
        this.#p2p = options.transport?.make({
            onSendStart: (params, { view }) => this.#choose(params, view),
            onSendStop: (view) => {
                this.#bases.delete(view);
            },
            onControl: (view, text) => this.#control(view, text),
            onCommand: (request, peer) => answer(this.#ground, request, peer),
            onCandidate: ({ session, line }) => {
                this.#keep(session, line);
            },
            onSession: ({ session, state, reason }) => {
                if (state === 'over') {
                    this.#candidates.delete(session);
                    this.#remember(session, reason);
                }
                if (reason !== '') {
                    console.log(`viewer ${session}: ${state}: ${reason}`);
                }
            },
        });
    }

    /** Adopts viewers of a script before. Never rejects. */
    async start(): Promise<void> {
        if (this.#options.transport?.inUse() !== true || !this.#options.settings().enabled) {
            return;
        }
        try {
            await this.#opened();
        } catch (error) {
            console.warn(`WebRTC: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    /** Takes an offer, of a new viewer or, by `session`, of one that is there; opens the transport for the first. */
    async offer(sdp: string, options: OfferOptions): Promise<Description> {
        const p2p = await this.#opened();
        try {
            return await p2p.offer(sdp, options);
        } catch (error) {
            throw mistakeOf(error);
        }
    }

    /** A candidate of a viewer. */
    async candidate(session: number, line: string): Promise<void> {
        const p2p = await this.#mustBeOpen();
        try {
            await p2p.candidate(session, line);
        } catch (error) {
            throw mistakeOf(error);
        }
    }

    /** Ends a viewer. */
    async end(session: number): Promise<void> {
        const p2p = await this.#mustBeOpen();
        await p2p.endSession(session, 'ended by the device');
    }

    /** Why a viewer ended, with the step that failed; undefined: it is there, was never, or that is long ago. */
    ended(session: number): string | undefined {
        return this.#ended.get(session);
    }

    /** Everybody who is there. */
    async sessions(): Promise<SessionView[]> {
        if (this.#open === undefined) {
            return [];
        }
        const p2p = await this.#open;
        const views = p2p.views();
        return p2p.sessions().map((session) => ({
            ...session,
            channels: views.filter((view) => view.session === session.session),
            candidates: this.#candidates.get(session.session) ?? [],
        }));
    }

    /** The settings have changed. Never rejects. */
    async follow(before: P2pSettings, now: P2pSettings): Promise<void> {
        const open = this.#open;
        if (open === undefined) {
            return;
        }
        try {
            const p2p = await open;
            if (!now.enabled || reopens(before, now)) {
                this.#open = undefined; // the next offer opens it as it is wanted now
                this.#candidates.clear();
                this.#closing = p2p.close();
                await this.#closing;
                return;
            }
            await p2p.setWatermarks(watermarksOf(now));
            await p2p.setKeepAlive(now.keepAlive);
        } catch (error) {
            console.warn(`WebRTC: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    async #mustBeOpen(): Promise<P2pApi> {
        if (this.#open === undefined) {
            throw new OcellusError('NOENT', 'no such viewer');
        }
        return await this.#open;
    }

    #remember(session: number, reason: string): void {
        this.#ended.set(session, reason);
        for (const oldest of this.#ended.keys()) {
            if (this.#ended.size <= remembered) {
                break;
            }
            this.#ended.delete(oldest);
        }
    }

    /** One opening at a time; one that failed is tried again with the next offer. */
    #opened(): Promise<P2pApi> {
        const settings = this.#options.settings();
        if (this.#p2p === undefined) {
            return Promise.reject(new OcellusError('NOTSUP', 'this device has no WebRTC'));
        }
        if (!settings.enabled) {
            return Promise.reject(new OcellusError('NOTSUP', 'WebRTC is disabled: set p2p.enabled to true'));
        }
        this.#open ??= this.#begin(this.#p2p, settings);
        return this.#open;
    }

    async #begin(p2p: P2pApi, settings: P2pSettings): Promise<P2pApi> {
        try {
            await this.#closing.catch(() => undefined);
            await p2p.open(openOptions(settings, this.#options.transport?.most ?? 0));
            await p2p.setWatermarks(watermarksOf(settings));
            return p2p;
        } catch (error) {
            this.#open = undefined;
            throw error;
        }
    }

    async #private(): Promise<boolean> {
        return (await this.#options.plane.privacy()).reasons.length > 0;
    }

    async #choose(params: Params, view: number): Promise<Accept> {
        const { plane, recordings } = this.#options;
        const rows = plane.channels();
        if (checkAction(params) === 'live') {
            const hidden = await this.#private();
            return live(params, { rows, sub: (channel) => plane.sub(channel), private: hidden });
        }
        const instantMs = instantOf(params.query.get('time'), 'time');
        const channel = recordedOf(rows, params.query.get('channel'));
        const found = recordings({ channel, after: afterOf(channel, instantMs) });
        const { accept, baseMs } = await playbackOf(found, channel, instantMs);
        this.#bases.set(view, baseMs);
        return accept;
    }

    /** A playback that a script before accepted: where its time line begins is not known, all but seeking works. */
    async #control(view: number, text: string): Promise<void> {
        try {
            await this.#p2p?.play(view, controlOf(text, this.#bases.get(view)));
        } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            throw new OcellusError('INVAL', `playback: control failed: ${why}`); // the viewer's mistake
        }
    }

    get #ground() {
        const { plane, host } = this.#options;
        return {
            rows: () => plane.channels(),
            sub: (channel: number) => plane.sub(channel),
            private: () => this.#private(),
            nowMs: () => host.clock().wallMs,
            views: (session: number) => this.#p2p?.views().filter((view) => view.session === session) ?? [],
            requestKey: (channel: number, stream: 'main' | 'sub') => plane.requestKey(channel, stream),
        };
    }

    #keep(session: number, line: string): void {
        const kept = this.#candidates.get(session) ?? [];
        if (kept.length < candidatesMax) {
            this.#candidates.set(session, [...kept, line]);
        }
    }
}
