/** One WebRTC connection to the device: a command channel and up to seven live channels. */
import { record, text } from '../json.js';
import { DeviceClock } from './age.js';
import { Commands } from './commands.js';
import { type ChannelEvents, LinkChannel, type Sending } from './link-channel.js';
import { isRelayed, isUseful } from './path.js';
import type { Early, Signalling } from './signalling.js';
import { type Why, whyRefused } from './why.js';

/** A session has 8 channels; one of them is for commands. */
const LIVE_MAX = 7;
const COMMAND_ID = 1;
/** A connection that says nothing for so long while it should is restarted, and after as long again given up. */
const SILENCE_MS = 4000;
/** How often the device is asked how it sends, and for its clock. */
const [VIEWS_MS, CLOCK_MS] = [2000, 15_000];
/** Timers that come so late were asleep. */
const ASLEEP_MS = 3000;
/** How often candidates of the device are read until the connection is up, and how many times. */
const [CANDIDATES_MS, CANDIDATES_TIMES] = [500, 8];

/** How a device is reached. */
export interface LinkOptions {
    readonly signalling: Signalling;
    /** The device answers commands: how it sends, and its clock, are known then. A watch link gives none. */
    readonly commands: boolean;
}

/** One connection, from now until `close`. */
export class Link {
    readonly #pc = new RTCPeerConnection();
    readonly #options: LinkOptions;
    readonly #onOver: (link: Link, why: Why, playedMs: number) => void;
    readonly #channels = new Set<LinkChannel>();
    readonly #voices = new Set<RTCDataChannel>();
    readonly #early: Early[] = [];
    readonly clock = new DeviceClock();
    readonly commands: Commands;
    /** How the device sends each channel, by the id of its data channel. */
    sending: ReadonlyMap<number, Sending> = new Map();
    /** Microseconds of a round trip; 0: not known. */
    rttUs = 0;
    /** When the first offer was answered, `performance.now()`; undefined: not yet. */
    answeredMs: number | undefined;
    /** By a TURN server; undefined: not known yet. */
    relayed: boolean | undefined;
    readonly #described: Promise<void>;
    /** How the device names it; empty: not known yet. */
    #session = '';
    #begun = false;
    #offered = false;
    #over = false;
    #upMs: number | undefined;
    #receivedMs = performance.now();
    #tickMs = performance.now();
    #viewsMs = 0;
    #clockMs = Number.NEGATIVE_INFINITY;
    #restartedMs: number | undefined;
    readonly #timer: number;
    readonly #late: string[] = [];
    readonly #onOnline = (): void => void this.restart();
    readonly #onHide = (): void => this.#end({ kind: 'lost' });

    /**
     * Nothing leaves before the first channel is opened; then the offer does, in the next turn, with the channels opened
     * until then. onOver: it ended by itself, after having been up for so long.
     */
    constructor(options: LinkOptions, onOver: (link: Link, why: Why, playedMs: number) => void) {
        this.#options = options;
        this.#onOver = onOver;
        const pc = this.#pc;
        const port = pc.createDataChannel('action=command', { negotiated: true, id: COMMAND_ID });
        port.binaryType = 'arraybuffer';
        this.commands = new Commands(port);
        port.onmessage = ({ data }: MessageEvent<unknown>) => {
            this.received();
            if (data instanceof ArrayBuffer) {
                this.commands.take(data);
            }
        };
        this.#early.push({ id: COMMAND_ID, label: 'action=command' });
        pc.onicecandidate = ({ candidate }) => this.#found(candidate?.candidate ?? '');
        pc.onconnectionstatechange = () => this.#onState();
        this.#timer = setInterval(() => this.#tick(), 1000);
        addEventListener('online', this.#onOnline);
        addEventListener('pagehide', this.#onHide);
        this.#described = this.#pc.setLocalDescription();
        this.#described.catch(() => undefined); // whoever waits for it hears of it
    }

    /** Channels that are open, or opening, but for that of commands. */
    get used(): number {
        return this.#channels.size + this.#voices.size;
    }

    get full(): boolean {
        return this.#over || this.used >= LIVE_MAX;
    }

    /** The connection was up at some time. */
    get up(): boolean {
        return this.#upMs !== undefined;
    }

    /** Opens a live channel by its label; only while it is not `full`. */
    open(label: string, events: ChannelEvents): LinkChannel {
        const id = COMMAND_ID + this.#early.length;
        const channel = this.#offered ? this.#pc.createDataChannel(label) : this.#pc.createDataChannel(label, { negotiated: true, id });
        if (!this.#offered) {
            this.#early.push({ id, label });
        }
        this.#beginSoon();
        const made = new LinkChannel(this, channel, events);
        this.#channels.add(made);
        return made;
    }

    /** Opens the channel of a talk; only while it is not `full`. Its `close` comes too when the connection ends. */
    openVoice(label: string, how: RTCDataChannelInit): RTCDataChannel {
        const channel = this.#pc.createDataChannel(label, how);
        this.#voices.add(channel);
        channel.addEventListener('close', () => this.#voices.delete(channel));
        this.#beginSoon();
        return channel;
    }

    /** For channels: one was let go. */
    left(channel: LinkChannel): void {
        this.#channels.delete(channel);
    }

    /** For channels: something came. */
    received(): void {
        this.#receivedMs = performance.now();
        this.#restartedMs = undefined;
    }

    /** Another way for the same connection: an ICE restart. */
    async restart(): Promise<void> {
        if (this.#over || this.#session === '' || this.#restartedMs !== undefined) {
            return;
        }
        this.#restartedMs = performance.now();
        try {
            this.#pc.restartIce();
            await this.#pc.setLocalDescription();
            const answer = await this.#options.signalling.offer(this.#pc.localDescription?.sdp ?? '', { session: this.#session });
            if (!answer.ok) {
                this.#end({ kind: answer.status === 0 || answer.status === 404 ? 'gone' : 'lost' }); // or it has started again
            } else if (!this.#over) {
                await this.#pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
            }
        } catch {
            this.#end({ kind: 'lost' });
        }
    }

    /** Gives up because of what a viewer of it found. */
    fail(why: Why): void {
        this.#end(why);
    }

    /** Lets go of everything; says so to the device. May be called twice. */
    close(): void {
        if (this.#over) {
            return;
        }
        this.#over = true;
        clearInterval(this.#timer);
        removeEventListener('online', this.#onOnline);
        removeEventListener('pagehide', this.#onHide);
        this.commands.close();
        if (this.#session !== '') {
            this.#options.signalling.endSession(this.#session);
        }
        this.#pc.close();
        for (const voice of [...this.#voices]) {
            voice.dispatchEvent(new Event('close')); // browsers do not send it when the connection is closed here
        }
    }

    #beginSoon(): void {
        if (!this.#begun) {
            this.#begun = true;
            setTimeout(() => void this.#begin(), 0);
        }
    }

    async #begin(): Promise<void> {
        if (this.#over) {
            return;
        }
        this.#offered = true;
        try {
            await this.#described;
            const answer = await this.#offerEarly();
            if (!answer.ok) {
                this.#end(whyRefused(answer.status, answer.message));
                return;
            }
            this.#session = answer.session;
            this.answeredMs = performance.now();
            if (this.#over) {
                this.#options.signalling.endSession(answer.session);
                return;
            }
            await this.#pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
            for (const candidate of this.#late.splice(0)) {
                this.#found(candidate);
            }
            await this.#readCandidates();
        } catch (error) {
            this.#end({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
        }
    }

    /** With the candidates that are known by now; those that come later are sent behind it. */
    #offerEarly(): ReturnType<Signalling['offer']> {
        this.#late.length = 0;
        return this.#options.signalling.offer(this.#pc.localDescription?.sdp ?? '', { open: this.#early });
    }

    /** A candidate of ours. One that comes when the connection is up already is not needed. */
    #found(candidate: string): void {
        if (!isUseful(candidate)) {
            return;
        }
        if (this.#session === '') {
            this.#late.push(candidate);
        } else if (!this.#over && this.#pc.connectionState !== 'connected') {
            void this.#options.signalling.sendCandidate(this.#session, candidate);
        }
    }

    async #readCandidates(): Promise<void> {
        const known = new Set<string>();
        for (let n = 0; n < CANDIDATES_TIMES; n++) {
            await new Promise((resolve) => setTimeout(resolve, CANDIDATES_MS));
            if (this.#over || this.up || known.has('')) {
                return;
            }
            for (const candidate of await this.#options.signalling.readCandidates(this.#session)) {
                if (!known.has(candidate)) {
                    known.add(candidate);
                    await this.#pc.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => undefined);
                }
            }
        }
    }

    #onState(): void {
        switch (this.#pc.connectionState) {
            case 'connected':
                this.#upMs ??= performance.now();
                this.received();
                void this.#readPath();
                break;
            case 'failed':
                if (this.up && this.#restartedMs === undefined) {
                    void this.restart();
                } else {
                    this.#end({ kind: 'lost' });
                }
                break;
            case 'closed':
                this.#end({ kind: 'lost' });
                break;
            default: // connecting, or silent for a moment: the watch below decides
        }
    }

    /** Each second: looks whether the device is there, reads how it sends. */
    #tick(): void {
        const now = performance.now();
        if (now - this.#tickMs > ASLEEP_MS) {
            this.#receivedMs = now; // the machine or the page slept: what was not received then says nothing
        }
        this.#tickMs = now;
        if (document.hidden || !this.up) {
            this.#receivedMs = Math.max(this.#receivedMs, now - SILENCE_MS / 2);
            return;
        }
        if (now - Math.max(this.#receivedMs, this.#restartedMs ?? 0) > SILENCE_MS) {
            if (this.#restartedMs !== undefined) {
                this.#end({ kind: 'lost' });
            } else {
                void this.restart();
            }
            return;
        }
        if (!this.#options.commands) {
            return;
        }
        if (now - this.#viewsMs > VIEWS_MS - 100) {
            this.#viewsMs = now;
            void this.#readViews().catch(() => undefined);
        }
        if (now - this.#clockMs > (this.clock.known ? CLOCK_MS : 0)) {
            this.#clockMs = now;
            void this.#readClock().catch(() => undefined);
        }
    }

    async #readViews(): Promise<void> {
        const { views } = record(await this.commands.request('views'));
        const sending = new Map<number, Sending>();
        for (const entry of Array.isArray(views) ? views.map(record) : []) {
            const [id, rate, lossPpm, rtt] = ['id', 'acknowledgedRate', 'lossPpm', 'rttUs'].map((key) => Number(entry[key]) || 0);
            sending.set(id ?? 0, { rate: (rate ?? 0) * 8, lossPpm: lossPpm ?? 0 });
            this.rttUs = rtt || this.rttUs;
        }
        this.sending = sending;
        await this.#readPath();
    }

    async #readClock(): Promise<void> {
        const sent = Date.now();
        const { now } = record(await this.commands.request('status'));
        this.clock.received(sent, Date.now(), Date.parse(text(now) ?? ''));
    }

    async #readPath(): Promise<void> {
        this.relayed = await isRelayed(this.#pc);
    }

    #end(why: Why): void {
        if (this.#over) {
            return;
        }
        const played = this.#upMs === undefined ? 0 : performance.now() - this.#upMs;
        this.close();
        this.#onOver(this, why, played);
        for (const channel of [...this.#channels]) {
            channel.end(why);
        }
    }
}
