// What a device with an index answers of the past: time line, days, events, storage (docs/design/recordings-index.md).
import path from 'node:path';
import { root } from '../../../scripts/lib.mjs';

/** @typedef {import('./fake-device.mjs').Reply} Reply */
/** @typedef {{ id: number, kind: string, mask: number, channel: string, start: string, end: string | null, data: object, picture: string | null, protected: boolean }} Event */

const shot = path.join(root, 'viewer', 'src', 'eye.svg');
const iso = (/** @type {number} */ ms) => new Date(ms).toISOString();

/** Everything in memory; tests change it. */
export class FakePast {
    /** Stretches that were recorded, of every channel. @type {{ start: number, end: number }[]} */
    spans = [];
    /** @type {Event[]} */
    events = [];
    storage = {
        bytes: 41_200_000_000,
        free: 12_400_000_000,
        total: 64_000_000_000,
        oldest: '2026-11-09T06:12:00.000Z',
        policy: { keepFreePercent: 10, keepFreeMB: 5000, maxMB: 0, maxDays: 14, leadSeconds: 10 },
        deleted: { files: 31, bytes: 20_300_000_000, last: [{ path: 'recordings/front/ocellus_20261108T225100.000Z_20261109T002100.000Z.mp4', bytes: 655_000_000, start: '2026-11-08T22:51:00Z', end: '2026-11-09T00:21:00Z', at: '2026-11-21T01:00:00Z', why: 'age' }] },
        blocked: false,
    };
    /** Whether pictures of instants can be made. */
    pictures = true;
    /** Requests of pictures of instants. @type {string[]} */
    thumbnails = [];
    /** Requests that changed something. @type {{ what: string, body: any }[]} */
    changes = [];
    /** Requests of clips. @type {string[]} */
    exports = [];
    /** What a clip is refused with; 0: it is not. */
    exportStatus = 0;
    /** What an export leaves out. @type {Record<string, string>} */
    exportHeaders = {};
    /** Most events of a page. */
    pageMax = 200;

    /** @param {string} kind @param {number} start @param {Partial<Event>} [more] */
    add(kind, start, more = {}) {
        const id = this.events.length + 1;
        this.events.push({ id, kind, mask: 1, channel: 'front', start: iso(start), end: iso(start + 20_000), data: {}, picture: `/thumbnail/event/${id}.jpg`, protected: false, ...more });
    }

    /** @param {URL} url @param {import('./fake-device.mjs').Asked} asked @returns {Reply | undefined} */
    answer(url, { method, body }) {
        const { pathname, searchParams } = url;
        const [, first, second, third] = pathname.split('/');
        if (first === 'thumbnail') {
            this.thumbnails.push(pathname + url.search);
            return this.pictures ? { file: shot } : { status: 404, body: { error: { code: 'NOENT', message: 'no picture' } } };
        }
        if (first === 'export') {
            this.exports.push(url.search);
            return this.exportStatus === 0 ? { file: path.join(root, 'assets', 'clip.mp4'), headers: this.exportHeaders } : { status: this.exportStatus, body: { error: { code: 'STATE', message: 'until 03:00' } } };
        }
        if (first !== 'api') {
            return undefined;
        }
        switch (second) {
            case 'timeline':
                return { body: this.#timeline(searchParams) };
            case 'days':
                return { body: { days: this.#days(searchParams) } };
            case 'storage':
                return { body: this.storage };
            case 'event-log':
                return method === 'GET' ? { body: this.#page(searchParams) } : this.#change(method, Number(third), body);
            case 'events':
                if (method !== 'POST') {
                    return undefined;
                }
                this.changes.push({ what: 'POST /api/events', body });
                this.add(body.kind, Date.parse(body.start ?? '2026-11-21T02:51:00Z'), { channel: body.channel, protected: body.protected === true, picture: null });
                return { status: 202, body: { id: this.events.length } };
            default:
                return undefined;
        }
    }

    /** @param {URLSearchParams} query */
    #timeline(query) {
        const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
        const spans = this.spans.filter(({ start, end }) => end > from && start < to);
        const events = this.events.filter((one) => one.channel === query.get('channel') && Date.parse(one.end ?? one.start) >= from && Date.parse(one.start) < to);
        return { spans: spans.slice(0, 2000).map(({ start, end }) => ({ start: iso(start), end: iso(end), bytes: 1000 })), events: events.slice(0, 2000), more: events.length > 2000, next: events.length > 2000 ? events[2000]?.start : null };
    }

    /** Days of UTC: the device of the fake is in Berlin, whose tests look at one day only. @param {URLSearchParams} query */
    #days(query) {
        const month = query.get('month') ?? '';
        /** @type {Map<string, { day: string, seconds: number, events: number }>} */
        const days = new Map();
        const of = (/** @type {number} */ ms) => {
            const day = iso(ms).slice(0, 10);
            const found = days.get(day) ?? { day, seconds: 0, events: 0 };
            days.set(day, found);
            return found;
        };
        for (const { start, end } of this.spans) {
            of(start).seconds += (end - start) / 1000;
        }
        for (const event of this.events) {
            of(Date.parse(event.start)).events++;
        }
        return [...days.values()].filter(({ day }) => day.startsWith(month));
    }

    /** @param {URLSearchParams} query */
    #page(query) {
        const [channel, kinds, after] = [query.get('channel'), query.get('kind')?.split(',') ?? [], Number(query.get('after') ?? Number.MAX_SAFE_INTEGER)];
        const limit = Math.min(Number(query.get('limit') ?? 100), this.pageMax);
        const to = Number(query.get('to') ?? Number.MAX_SAFE_INTEGER);
        const found = this.events
            .filter((one) => (channel === null || one.channel === channel) && (kinds.length === 0 || kinds.includes(one.kind)) && one.id < after && Date.parse(one.start) < to)
            .sort((a, b) => b.id - a.id);
        const shown = found.slice(0, limit);
        return { events: shown, next: found.length > shown.length ? String(shown.at(-1)?.id) : null };
    }

    /** @param {string} method @param {number} id @param {any} body @returns {Reply} */
    #change(method, id, body) {
        this.changes.push({ what: `${method} /api/event-log/${id}`, body });
        const event = this.events.find((one) => one.id === id);
        if (event === undefined) {
            return { status: 404, body: { error: { code: 'NOENT', message: 'no such event' } } };
        }
        if (method === 'DELETE' && event.protected) {
            return { status: 409, body: { error: { code: 'STATE', message: 'it is protected' } } };
        }
        if (method === 'DELETE') {
            this.events = this.events.filter((one) => one !== event);
        } else {
            event.protected = body.protected;
        }
        return { status: 204 };
    }
}
