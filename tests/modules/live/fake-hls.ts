/** A channel whose live segments a test's clock makes, and a target that checks what it is given. */
import { readPushed } from 'ocellus/app/live/hls-push-list';
import type { LiveBodies } from 'ocellus/app/live/hls-push-options';
import type { FileKind, PushStore } from 'ocellus/app/live/hls-push-store';
import type { Body } from 'ocellus/body';
import { OcellusError, type ErrorCode } from 'ocellus/error';
import type { ChannelRow } from 'ocellus/plane';
import { rowOf } from 'ocellus/test/fake-plane';
import type { FakeClock } from 'ocellus/test/fake-timers';
import { assert } from 'ocellus/test/harness';

/** 2026-11-25T20:00:00Z, when the clock of the test begins. */
export const beginMs = Date.UTC(2026, 10, 25, 20, 0, 0);
const segmentMs = 1000;
/** Segments in the plane's list, and how many can still be had. */
const listed = 8;
const kept = 16;

/** Text that is read as a body is. */
export class TextBody {
    readonly type: string;
    readonly #text: string;
    /** Its bytes went. */
    isGone = false;
    isClosed = false;

    constructor(text: string, type: string) {
        this.#text = text;
        this.type = type;
    }
    get bytes(): number {
        return this.isClosed ? 0 : this.#text.length;
    }
    read(from: number, length: number): Uint8Array {
        if (this.isGone || this.isClosed) {
            throw new OcellusError('STALE');
        }
        return new TextEncoder().encode(this.#text.slice(from, from + length));
    }
    close(): void {
        this.isClosed = true;
    }
}

/** One channel, "front", number 0. */
export class FakeLive implements LiveBodies {
    readonly #clock: FakeClock;
    #begunMs = 0;
    begun = 100;
    /** Number of the init segment. */
    #init = 100;
    target = 1;
    isPrivate = false;
    isOpen = true;
    /** No segment comes after this instant. */
    endMs = Number.POSITIVE_INFINITY;
    /** The number of a segment whose bytes the ring has let go of. */
    stale = -1;
    /** Bodies that were lent. */
    readonly lent: TextBody[] = [];

    constructor(clock: FakeClock) {
        this.#clock = clock;
    }

    /** The source is another one. */
    reopen(): void {
        this.#begunMs = this.#clock.nowMs;
        this.begun += 1000;
        this.#init = this.begun;
    }

    /** Numbers of the listed segments; last < first: none. */
    get last(): number {
        return this.begun + Math.floor((Math.min(this.#clock.nowMs, this.endMs) - this.#begunMs) / segmentMs) - 1;
    }
    get first(): number {
        return Math.max(this.begun, this.last - listed + 1);
    }

    channels(): ChannelRow[] {
        const row = { number: 0, name: 'front', live_begun: this.begun, live_first: this.first, live_last: this.last };
        return this.isOpen && !this.isPrivate ? [rowOf(row)] : [];
    }

    #check(): void {
        if (this.isPrivate || !this.isOpen || this.last < this.first) {
            throw new OcellusError(this.isPrivate ? 'PRIVATE' : this.isOpen ? 'STATE' : 'NOENT');
        }
    }

    async #lend(text: string, type: string): Promise<Body> {
        const body = new TextBody(text, type);
        this.lent.push(body);
        return body as unknown as Body;
    }

    async playlist(): Promise<Body> {
        this.#check();
        const lines = ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${this.target}`];
        lines.push(
            `#EXT-X-MEDIA-SEQUENCE:${this.first}`,
            '#EXT-X-DISCONTINUITY-SEQUENCE:99',
            `#EXT-X-MAP:URI="i${this.#init}.mp4"`,
        );
        for (let n = this.first; n <= this.last; n++) {
            const date = new Date(beginMs + this.#begunMs + (n - this.begun) * segmentMs).toISOString();
            lines.push(`#EXT-X-PROGRAM-DATE-TIME:${date}`, '#EXTINF:1.000000,', `s${n}.m4s`);
        }
        return await this.#lend(`${lines.join('\n')}\n`, 'application/vnd.apple.mpegurl');
    }
    async init(_channel: number, _stream: string, n: number): Promise<Body> {
        this.#check();
        return await this.#lend(`init ${n}`, 'video/mp4');
    }
    async segment(_channel: number, _stream: string, n: number): Promise<Body> {
        this.#check();
        if (n === this.stale || n > this.last || n <= this.last - kept) {
            throw new OcellusError(n > this.last ? 'NOENT' : 'STALE');
        }
        return await this.#lend(`segment ${n}`, 'video/iso.segment');
    }
}

/** What a target does with a request: nothing left out, fails. */
export type Fault = (method: 'PUT' | 'GET' | 'DELETE', name: string) => ErrorCode | undefined;

/** A web server in memory; what it is given out of order fails the test. */
export class FakeTarget implements PushStore {
    readonly list = 'index.m3u8';
    readonly files = new Map<string, string>();
    readonly #clock: FakeClock;
    /** Names in the order in which they were written, and numbers of segments. */
    readonly writes: string[] = [];
    readonly segments: number[] = [];
    readonly removed: string[] = [];
    readonly #everListed = new Set<string>();
    fault: Fault = () => undefined;
    /** Milliseconds that a segment takes, or any request. */
    segmentMs = 0;
    problems: string[] = [];

    constructor(clock: FakeClock) {
        this.#clock = clock;
    }

    get text(): string {
        return this.files.get(this.list) ?? '';
    }

    /** Names in the playlist. */
    get listed(): string[] {
        return readPushed(this.text)?.segments.map(({ name }) => name) ?? [];
    }

    async put(name: string, body: string | Body, { type, cache }: FileKind): Promise<void> {
        const source = typeof body === 'string' ? undefined : (body as unknown as TextBody);
        if (name.endsWith('.m4s') && this.segmentMs > 0) {
            await new Promise((resolve) => setTimeout(resolve, this.segmentMs));
        }
        const code = this.fault('PUT', name);
        if (code !== undefined || source?.isGone === true) {
            throw new OcellusError(code ?? 'CLOSED');
        }
        const text = source === undefined ? String(body) : new TextDecoder().decode(source.read(0, 65_536));
        this.#check(name, text, type, cache);
        this.files.set(name, text);
        this.writes.push(name);
    }

    #check(name: string, text: string, type: string, cache: string): void {
        const isList = name === this.list;
        if ((cache === 'no-cache') !== isList || !type.includes('/')) {
            this.problems.push(`${name}: ${type}, ${cache}`);
        }
        if (!isList) {
            if (this.files.has(name)) {
                this.problems.push(`${name} is written twice`);
            }
            if (name.endsWith('.m4s')) {
                this.segments.push(Number(text.split(' ')[1]));
            }
            return;
        }
        const read = readPushed(text);
        for (const { name: named, init } of read?.segments ?? []) {
            if (!this.files.has(named) || !this.files.has(init)) {
                this.problems.push(`${named} is named and not there`);
            }
            this.#everListed.add(named);
        }
        const before = readPushed(this.text);
        if (
            read === undefined ||
            (before !== undefined && (read.sequence < before.sequence || read.breaks < before.breaks))
        ) {
            this.problems.push('numbers went back');
        }
    }

    async get(name: string): Promise<string | undefined> {
        const code = this.fault('GET', name);
        if (code !== undefined) {
            throw new OcellusError(code);
        }
        return this.files.get(name);
    }

    async remove(name: string): Promise<void> {
        const code = this.fault('DELETE', name);
        if (code !== undefined) {
            throw new OcellusError(code);
        }
        if (this.listed.includes(name)) {
            this.problems.push(`${name} is deleted and named`);
        }
        this.files.delete(name);
        this.removed.push(name);
    }

    /** Nothing was out of order. */
    check(): void {
        assert(this.problems.length === 0, `${this.#clock.nowMs} ms: ${this.problems.slice(0, 3).join('; ')}`);
    }
}
