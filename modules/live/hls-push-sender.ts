/**
 * The files of a push at its target: init segment, segment and then the playlist that names them; old ones are deleted
 * behind it. One request at a time, and one that deletes beside it.
 */
import type { HlsPushOptions, LiveBodies } from 'ocellus/app/live/hls-push-options';
import {
    jointOf,
    type LiveSegment,
    PushList,
    type PushedSegment,
    type ReadList,
    readLive,
    readPushed,
    sessionName,
} from 'ocellus/app/live/hls-push-list';
import type { FileKind, PushStore } from 'ocellus/app/live/hls-push-store';
import type { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';

/** Segments that wait at most; older ones are left out. */
const waitingMax = 3;
/** Names of init segments that are known to be at the target. */
const initsMax = 4;
/** Bytes of a playlist of the plane. */
const listBytesMax = 65_536;

const listKind: FileKind = { type: 'application/vnd.apple.mpegurl', cache: 'no-cache' };
/** Names are never used again. */
const mediaCache = 'max-age=31536000, immutable';

/** The plane does not give these bytes now: the channel is closed, lost or private, or the ring has let go of them. */
export class Absent extends Error {
    constructor(readonly code: OcellusError['code']) {
        super(code);
    }
}

const absentCodes: ReadonlySet<string> = new Set(['NOENT', 'STALE', 'STATE', 'CLOSED', 'PRIVATE', 'BUSY', 'TOO_BIG']);

async function given(body: Promise<Body>): Promise<Body> {
    try {
        return await body;
    } catch (error) {
        throw error instanceof OcellusError && absentCodes.has(error.code) ? new Absent(error.code) : error;
    }
}

/** Whether its bytes went while they were sent, which is no fault of the target. */
function isGone(body: Body): boolean {
    try {
        body.read(0, 1);
        return false;
    } catch {
        return true;
    }
}

/** What came of one turn. */
export interface Sent {
    /** Segments that are listed now and were not before, 0 or 1, and their bytes. */
    readonly segments: number;
    readonly bytes: number;
    /** Segments that are not sent any more. */
    readonly leftOut: number;
}

const nothing: Sent = { segments: 0, bytes: 0, leftOut: 0 };

/** One of a push. */
export class HlsSender {
    readonly #options: Pick<HlsPushOptions, 'host' | 'channel' | 'stream'>;
    readonly #store: PushStore;
    readonly #bodies: LiveBodies;
    /** What the target has of a push before; undefined: not read yet. */
    #before: { readonly list: ReadList<PushedSegment> | undefined } | undefined;
    #list: PushList | undefined;
    /** In front of names; another one for each list. */
    #session = '';
    #inits: string[] = [];
    /** Bytes of a segment that the target has, but not in its list; undefined: there is none. */
    #unlisted: number | undefined;
    #hasEnded = false;
    /** Number of the next segment; 0: the newest ones. */
    #next = 0;
    /** Name of a segment that was tried and not taken: it may be at the target. */
    #tried = '';
    #isDeleting = false;
    /** The target deletes nothing. */
    #keepsAll = false;

    constructor(options: Pick<HlsPushOptions, 'host' | 'channel' | 'stream'>, store: PushStore, bodies: LiveBodies) {
        this.#options = options;
        this.#store = store;
        this.#bodies = bodies;
    }

    /** Whether there is something to send when the plane has segments up to this number. */
    isDue(last: number): boolean {
        return this.#unlisted !== undefined || this.#next <= last;
    }

    /** The stream is another one: what it has now is the next. */
    restart(): void {
        this.#next = 0;
    }

    /** Sends the next segment of a channel, by its number. Rejects with `Absent`, or with what the target says. */
    async send(channel: number): Promise<Sent> {
        this.#before ??= { list: readPushed((await this.#store.get(this.#store.list)) ?? '') };
        if (this.#unlisted !== undefined) {
            return await this.#putList();
        }
        const live = await this.live(channel);
        const list = this.#listFor(live);
        const [segment] = live.segments.filter(({ number }) => number >= this.#next).slice(-waitingMax);
        if (segment === undefined) {
            return nothing;
        }
        const leftOut = this.#leaveOut(list, segment.number);
        if (leftOut > 0) {
            return { ...nothing, leftOut };
        }
        const init = await this.#putInit(channel, segment);
        const name = `${this.#session}-s${segment.number}.m4s`;
        const bytes = await this.#putSegment(channel, segment.number, name);
        if (bytes === undefined) {
            return { ...nothing, leftOut: this.#leaveOut(list, segment.number + 1) };
        }
        this.#next = segment.number + 1;
        const { seconds, date, isBreak } = segment;
        list.add({ name, init, seconds, date, isBreak }, this.#options.host.now());
        this.#unlisted = bytes;
        return await this.#putList();
    }

    /** What the plane lists of a channel. */
    async live(channel: number): Promise<ReadList<LiveSegment>> {
        const body = await given(this.#bodies.playlist(channel, this.#options.stream));
        try {
            const live = readLive(new TextDecoder().decode(body.read(0, listBytesMax)));
            if (live === undefined) {
                throw new OcellusError('FORMAT', 'the playlist of the channel cannot be read');
            }
            return live;
        } finally {
            body.close();
        }
    }

    /** Ends the playlist, tried once; one that is empty was never written. What comes later goes on behind a break. */
    async end(): Promise<void> {
        if (this.#list !== undefined && !this.#list.isEmpty && !this.#hasEnded) {
            this.#hasEnded = true;
            this.#next = 0;
            await this.#store.put(this.#store.list, this.#list.text(true), listKind);
        }
    }

    /** Deletes what is behind the list, and does not wait for it. `now`: also what a player may still want. */
    sweep(now = false): void {
        const atMs = now ? Number.POSITIVE_INFINITY : this.#options.host.now();
        const name = this.#keepsAll || this.#isDeleting ? undefined : this.#list?.waste(atMs);
        if (name !== undefined) {
            this.#isDeleting = true;
            void this.#remove(name, now);
        }
    }

    async #remove(name: string, now: boolean): Promise<void> {
        let isRemoved = false;
        try {
            await this.#store.remove(name);
            isRemoved = true;
        } catch (error) {
            const { code, message } = error instanceof OcellusError ? error : new OcellusError('IO', String(error));
            this.#keepsAll = code === 'PASSWORD' || code === 'NOTSUP' || code === 'INVAL';
            if (this.#keepsAll) {
                console.warn(`push of ${this.#options.channel}: old segments stay at the target: ${message}`);
            } else {
                this.#list?.forget(name);
            }
        }
        this.#isDeleting = false;
        if (isRemoved) {
            this.sweep(now);
        }
    }

    /** The list, which begins anew with another target duration. It goes on without a break where the plane is the same. */
    #listFor(live: ReadList<LiveSegment>): PushList {
        const { target } = live;
        if (this.#list?.target !== target) {
            const { host } = this.#options;
            const { wallMs } = host.clock();
            const before = this.#list?.asRead() ?? this.#before?.list;
            const joint = before && jointOf(before, live);
            this.#list = new PushList({ before, target, isSame: joint !== undefined, wallMs, nowMs: host.now() });
            this.#session = joint?.session ?? sessionName(wallMs, Math.random());
            this.#inits = joint === undefined ? [] : [joint.init];
            this.#next = joint?.next ?? this.#next;
        }
        return this.#list;
    }

    /** Segments before this one, which is next, are not sent: their count. What was before the first one does not count. */
    #leaveOut(list: PushList, next: number): number {
        const count = this.#next === 0 ? 0 : next - this.#next;
        if (count > 0 || (this.#next === 0 && !list.isEmpty)) {
            list.break();
        }
        if (next !== this.#next && this.#tried !== '') {
            list.forget(this.#tried);
            this.#tried = '';
        }
        this.#next = next;
        return count;
    }

    /** The name of the init segment of a segment, which the target has then. */
    async #putInit(channel: number, { init }: LiveSegment): Promise<string> {
        const name = `${this.#session}-i${init}.mp4`;
        if (!this.#inits.includes(name)) {
            const body = await given(this.#bodies.init(channel, this.#options.stream, init));
            try {
                await this.#store.put(name, body, { type: body.type, cache: mediaCache });
            } finally {
                body.close();
            }
            this.#inits = [...this.#inits, name].slice(-initsMax);
        }
        return name;
    }

    /** Bytes that the target took; undefined: the ring does not have them any more. */
    async #putSegment(channel: number, number: number, name: string): Promise<number | undefined> {
        let body: Body | undefined;
        try {
            body = await given(this.#bodies.segment(channel, this.#options.stream, number));
            const { bytes, type } = body;
            this.#tried = name;
            await this.#store.put(name, body, { type, cache: mediaCache });
            this.#tried = '';
            return bytes;
        } catch (error) {
            const isLost = error instanceof Absent && error.code !== 'PRIVATE' && error.code !== 'BUSY';
            if (!isLost && (body === undefined || !isGone(body))) {
                throw error;
            }
            return undefined;
        } finally {
            body?.close();
        }
    }

    async #putList(): Promise<Sent> {
        await this.#store.put(this.#store.list, this.#list?.text(false) ?? '', listKind);
        const bytes = this.#unlisted ?? 0;
        this.#unlisted = undefined;
        this.#hasEnded = false;
        return { segments: 1, bytes, leftOut: 0 };
    }
}
