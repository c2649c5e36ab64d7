/**
 * Viewers by UDP: opens the transport with the first offer, says what each viewer gets, follows the settings. What is
 * sent runs on without this script; the next one adopts it.
 */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { iceServers, type P2pSettings, rateOf, watermarksOf } from 'ocellus/app/config/p2p-settings';
import { recordOf } from 'ocellus/app/config/settings-shape';
import { settingsTable } from 'ocellus/app/config/settings-table';
import { allows, hasScope, nothing, permits, rightOf, type Scope } from 'ocellus/app/commands/rights';
import { channelOf, checkAction, live, recordedOf } from 'ocellus/app/p2p/choose';
import { afterOf, controlOf, instantOf, playbackOf } from 'ocellus/app/p2p/playback';
import type { LinkViewers } from 'ocellus/app/p2p/link-viewers';
import type { TalkSettings } from 'ocellus/app/p2p/talk';
import type { Handover } from 'ocellus/app/system/handover';
import { OcellusError } from 'ocellus/error';
import type { RecordingsQuery } from 'ocellus/app/record/recorder';
import type {
    Accept,
    Description,
    IceServer,
    OfferOptions,
    OpenOptions,
    P2pApi,
    P2pCallbacks,
    Params,
    Session,
    View,
    Voice,
} from 'ocellus/p2p';
import { isOpen, type RecordingRow } from 'ocellus/plane';
import type { P2pOpenRecord } from 'ocellus/records';

/** The transport of this machine. */
export interface Transport {
    readonly make: (callbacks: P2pCallbacks) => P2pApi;
    /** Viewers are there, of a script before this one. */
    readonly inUse: () => boolean;
    /** Viewers that this host can have. */
    readonly max: number;
}

/** What the service needs. */
export interface ViewersOptions {
    readonly plane: Pick<PlaneApi, 'channels' | 'sub' | 'privacy'>;
    /** Omitted: this host has none. */
    readonly transport?: Transport | undefined;
    readonly settings: () => P2pSettings;
    /** Where voices are played. */
    readonly talk: () => TalkSettings;
    readonly recordings: (query: RecordingsQuery) => AsyncIterable<RecordingRow>;
    /** Answers a request of a command channel; `login`: of its session, undefined: not known. */
    readonly answer: (
        request: Uint8Array,
        session: number,
        login: number | undefined,
        scope: Scope | undefined,
    ) => Promise<string>;
    /** State of the service of a script before this one, and of this one's for the next. */
    readonly handover?: Pick<Handover, 'part' | 'add' | 'changed'>;
}

/** A viewer with its channels. */
export interface SessionView extends Session {
    readonly channels: readonly View[];
    /** Addresses of ours that were found since its offer was answered, as lines of SDP; '' ends them. */
    readonly candidates: readonly string[];
}

/** Candidates that are kept for one viewer. */
const candidatesMax = 32;

type P2pSettingsRecord = Omit<P2pOpenRecord, 'ipv4' | 'servers' | 'ca'>;

/** How the settings open the transport; `max`: viewers that this host can have. */
export function openOptions(settings: P2pSettings, max: number): OpenOptions {
    const { interval, attempts, sessions, ...same } = recordOf<P2pSettingsRecord>('p2p', [settingsTable.p2p, settings]);
    const keepAlive = { interval, attempts };
    return { ...same, owner: 'hub', sessions: Math.min(sessions, max), servers: iceServers(settings), keepAlive };
}

/** Changes of these end what is open. */
function reopens(before: P2pSettings, now: P2pSettings): boolean {
    const part = ({ watermarks: _, keepAlive: __, rate: ___, ...rest }: P2pSettings): string => JSON.stringify(rest);
    return part(before) !== part(now);
}

/** Logins from here on are of watch links (`OC_ACCESS_LOGIN_LINK`). */
const linkLogins = 0x6000_0000;
/** Logins whose scope is kept, those used last: no more can be there (`OC_ACCESS_SESSIONS` and `OC_ACCESS_USERS`). */
const scopesMax = 72;
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

/** Pairs of a number above 0 and something, of what was handed over; other entries are left out. */
function pairsOf(given: unknown): [number, unknown][] {
    const entries: readonly unknown[] = Array.isArray(given) ? given : [];
    return entries.flatMap((entry): [number, unknown][] => {
        const [number, value] = (Array.isArray(entry) ? entry : []) as readonly unknown[];
        return Number.isSafeInteger(number) && (number as number) > 0 ? [[number as number, value]] : [];
    });
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
    /** What signalling by SDP keeps of each viewer, as it was handed over. */
    readonly #ice: Map<number, unknown>;
    /** Scopes by login, as the host named them with an offer. */
    readonly #scopes = new Map<number, Scope>();
    /** Viewers by watch links; undefined: none has come to this script. */
    #links: LinkViewers | undefined;

    constructor(options: ViewersOptions) {
        this.#options = options;
        for (const [view, baseMs] of pairsOf(options.handover?.part('playbacks'))) {
            if (typeof baseMs === 'number') {
                this.#bases.set(view, baseMs);
            }
        }
        for (const [session, reason] of pairsOf(options.handover?.part('ended'))) {
            if (typeof reason === 'string') {
                this.#ended.set(session, reason);
            }
        }
        for (const [login, scope] of pairsOf(options.handover?.part('scopes'))) {
            const { acts, cameras } = (scope ?? {}) as { readonly acts?: string[]; readonly cameras?: string[] | null };
            if (Array.isArray(acts) && (cameras === null || Array.isArray(cameras))) {
                this.#scopes.set(login, { acts, cameras: cameras ?? undefined });
            }
        }
        options.handover?.add('scopes', () =>
            [...this.#scopes].map(([login, { acts, cameras }]) => [login, { acts, cameras: cameras ?? null }]),
        );
        this.#ice = new Map(pairsOf(options.handover?.part('ice')));
        options.handover?.add('playbacks', () => [...this.#bases]);
        options.handover?.add('ice', () => [...this.#ice]);
        options.handover?.add('links', () => this.#links?.state ?? options.handover?.part('links'));
        options.handover?.add('ended', () => [...this.#ended]);
        this.#p2p = options.transport?.make({
            onSendStart: (params, { view, session }) => this.#choose(params, view, session),
            onSendStop: (view) => {
                this.#bases.delete(view);
                this.#options.handover?.changed();
            },
            onReceiveStart: (params, { session }) => this.#talk(params, session),
            onControl: (view, text) => this.#control(view, text),
            onCommand: (request, { session }) => this.#command(request, session),
            onCandidate: ({ session, line }) => {
                this.#keep(session, line);
            },
            onSession: ({ session, state, reason }) => {
                if (state === 'over') {
                    this.#candidates.delete(session);
                    this.#ice.delete(session);
                    this.#links?.forget(session);
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
            this.#ice.clear();
            return;
        }
        try {
            const there = new Set((await this.#opened()).sessions().map(({ session }) => session));
            for (const session of [...this.#ice.keys()].filter((one) => !there.has(one))) {
                this.#ice.delete(session); // it ended while no script ran
            }
        } catch (error) {
            console.warn(`WebRTC: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    /** Keeps what a login may do, before an offer of it. Undefined: it has no scope. */
    allow(login: number, scope: Scope | undefined): void {
        if (scope === undefined) {
            return;
        }
        this.#scopes.delete(login);
        this.#scopes.set(login, scope);
        const [oldest] = this.#scopes.keys();
        if (this.#scopes.size > scopesMax && oldest !== undefined) {
            this.#scopes.delete(oldest);
        }
        this.#options.handover?.changed();
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

    /** What `keepIce` kept of a viewer; undefined: nothing. */
    ice(session: number): unknown {
        return this.#ice.get(session);
    }

    /** Keeps JSON about the ICE session of a viewer until it ends, also for the next script; undefined: nothing more. */
    keepIce(session: number, ice: unknown): void {
        if (ice === undefined) {
            this.#ice.delete(session);
        } else {
            this.#ice.set(session, ice);
        }
        this.#options.handover?.changed();
    }

    /** What watch links may have, as it was handed over at first. */
    async links(): Promise<LinkViewers> {
        const { LinkViewers } = await import('ocellus/app/p2p/link-viewers');
        const { handover } = this.#options;
        this.#links ??= new LinkViewers(handover?.part('links'), () => handover?.changed());
        return this.#links;
    }

    /** Viewers that there can be at a time. */
    get places(): number {
        return Math.min(this.#options.settings().maxPeers, this.#options.transport?.max ?? 0);
    }

    /** STUN and TURN servers of the settings, with their passwords. */
    get servers(): readonly IceServer[] {
        return iceServers(this.#options.settings());
    }

    /** How the channels of a viewer are sent. */
    views(session: number): readonly View[] {
        return this.#p2p?.views().filter((view) => view.session === session) ?? [];
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
                this.#ice.clear();
                this.#closing = p2p.close();
                await this.#closing;
                return;
            }
            await p2p.setWatermarks(watermarksOf(now));
            await p2p.setRate(rateOf(now));
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
            await p2p.open(openOptions(settings, this.#options.transport?.max ?? 0));
            await p2p.setWatermarks(watermarksOf(settings));
            await p2p.setRate(rateOf(settings));
            return p2p;
        } catch (error) {
            this.#open = undefined;
            throw error;
        }
    }

    async #private(): Promise<boolean> {
        return (await this.#options.plane.privacy()).reasons.length > 0;
    }

    /** A label as the login of the session allows it. Rejects with `DENIED`. */
    async #allowed(params: Params, session: number): Promise<Params> {
        const login = this.#loginOf(session) ?? (this.#links === undefined ? 0 : linkLogins); // not known: nothing
        return login < linkLogins ? params : (await this.links()).restrict(params, login);
    }

    async #command(request: Uint8Array, session: number): Promise<string> {
        const login = this.#loginOf(session);
        if ((login ?? 0) >= linkLogins) {
            throw new OcellusError('DENIED', 'a watch link gives no commands');
        }
        return await this.#options.answer(request, session, login, this.#scopeOf(session));
    }

    async #talk(params: Params, session: number): Promise<Voice> {
        await this.#allowed(params, session);
        const scope = this.#scopeOf(session);
        const may = scope?.acts.includes('talk') ?? allows(rightOf(this.#loginOf(session)), 'operate');
        if (!may) {
            throw new OcellusError('DENIED', 'this login may not talk: it needs the right operate');
        }
        const { voiceOf } = await import('ocellus/app/p2p/talk');
        return voiceOf(params, this.#options.talk(), await this.#private());
    }

    async #choose(given: Params, view: number, session: number): Promise<Accept> {
        const { plane, recordings } = this.#options;
        const params = await this.#allowed(given, session);
        const all = plane.channels();
        if (checkAction(params) === 'live') {
            const hidden = await this.#private();
            const rows = all.filter(isOpen);
            const accept = live(params, { rows, sub: (channel) => plane.sub(channel), private: hidden });
            this.#check(session, 'see', channelOf(rows, params.query.get('channel')).name);
            return accept;
        }
        const instantMs = instantOf(params.query.get('time'), 'time');
        const channel = recordedOf(all, params.query.get('channel'));
        this.#check(session, 'look', channel);
        const found = recordings({ channel, after: afterOf(channel, instantMs) });
        const { accept, baseMs } = await playbackOf(found, channel, instantMs);
        this.#bases.set(view, baseMs);
        this.#options.handover?.changed();
        return accept;
    }

    /**
     * A playback that a script before accepted seeks on when that one handed over where its time line begins; otherwise all
     * but seeking works.
     */
    async #control(view: number, text: string): Promise<void> {
        try {
            await this.#p2p?.play(view, controlOf(text, this.#bases.get(view)));
        } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            throw new OcellusError('INVAL', `playback: control failed: ${why}`); // the viewer's mistake
        }
    }

    /** The login by which a viewer is there now: that of its offer, or of a later one. */
    #loginOf(session: number): number | undefined {
        return this.#p2p?.sessions().find((row) => row.session === session)?.login;
    }

    /** Undefined: its login has none, and its right decides. */
    #scopeOf(session: number): Scope | undefined {
        const login = this.#loginOf(session);
        if (login === undefined) {
            return this.#scopes.size > 0 ? nothing : undefined; // it might be anybody's
        }
        return hasScope(login) ? (this.#scopes.get(login) ?? nothing) : undefined;
    }

    #check(session: number, act: 'see' | 'look', camera: string): void {
        if (!permits(this.#scopeOf(session), act, camera)) {
            throw new OcellusError('DENIED', `this login may not open ${camera}`);
        }
    }

    #keep(session: number, line: string): void {
        const kept = this.#candidates.get(session) ?? [];
        if (kept.length < candidatesMax) {
            this.#candidates.set(session, [...kept, line]);
        }
    }
}
