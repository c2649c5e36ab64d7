/** Recordings, events and kept values of a device, in memory and in time that a test moves. */
import { bodyOf } from 'ocellus/test/cloud/fake-store';
import type { Body } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import type { EventQuery, EventRow, ListOptions, RecordingKeys, RecordingRow } from 'ocellus/plane';

/** Bytes in front of the first fragment, and of each group of pictures. */
export const [initBytes, placeBytes] = [70, 130] as const;

interface File {
    readonly channel: string;
    readonly name: string;
    readonly startMs: number;
    readonly gopMs: number;
    readonly gopBytes: number;
    /** Undefined: it is written until `stop`. */
    endMs: number | undefined;
}

function stamp(ms: number): string {
    return new Date(ms).toISOString().replaceAll('-', '').replaceAll(':', '');
}

/** Bytes of a file: each says where it is and of which file. */
function bytesOf(stem: string, from: number, to: number): string {
    let text = '';
    for (let at = from; at < to; at += 10) {
        text += `${stem.slice(-4)}${String(at).padStart(6, '0')}`;
    }
    return text;
}

/** One device. Numbers of bytes are multiples of 10. */
export class FakeCamera {
    wallMs = Date.UTC(2026, 10, 21, 2, 51, 0);
    readonly files: File[] = [];
    readonly events: EventRow[] = [];
    readonly stored = new Map<string, string>();
    /** Before each write of a value: throws what goes wrong. */
    fault: () => { readonly error: Error; readonly after?: boolean } | undefined = () => undefined;

    record(more: Partial<File> = {}): File {
        const file = {
            channel: 'front',
            name: 'ocellus',
            startMs: this.wallMs,
            gopMs: 2000,
            gopBytes: 1000,
            endMs: undefined,
            ...more,
        };
        this.files.push(file);
        return file;
    }

    event(startMs: number, endMs: number | undefined, more: Partial<EventRow> = {}): EventRow {
        const id = this.events.length + 1;
        const none = { kind: 'motion', mask: 1, channel: 'front', data: '', picture: false };
        const event = { ...none, protected: false, raised: false, id, startMs, endMs, ...more };
        this.events.push(event);
        return event;
    }

    #endOf(file: File): number {
        return file.endMs === undefined ? this.wallMs : Math.min(file.endMs, this.wallMs);
    }

    #isOpen(file: File): boolean {
        return file.endMs === undefined || file.endMs > this.wallMs;
    }

    pathOf(file: File): string {
        const { channel, name, startMs } = file;
        const end = this.#isOpen(file) ? 'open' : stamp(this.#endOf(file));
        return `recordings/${channel}/${name}_${stamp(startMs)}_${end}.mp4`;
    }

    /** Bytes that are on the disk. */
    sizeOf(file: File): number {
        const { startMs, gopMs, gopBytes } = file;
        const gops = (this.#endOf(file) - startMs) / gopMs;
        const whole = this.#isOpen(file) ? Math.floor(gops) : Math.ceil(gops);
        return initBytes + placeBytes + whole * gopBytes;
    }

    /** The media of a file as the store should have it. */
    mediaOf(file: File): string {
        return bytesOf(this.#stemOf(file), initBytes + placeBytes, this.sizeOf(file));
    }

    #stemOf({ name, startMs }: File): string {
        return `${name}_${stamp(startMs)}`;
    }

    #find(path: string): File {
        const file = this.files.find((one) => this.pathOf(one) === path && one.startMs <= this.wallMs);
        if (file === undefined) {
            throw new OcellusError('NOENT', `${path}: does not exist`);
        }
        return file;
    }

    body = (path: string, from: number, to: number): Body => {
        const file = this.#find(path);
        if (to > this.sizeOf(file)) {
            throw new Error(`${path} has no byte ${to}`);
        }
        return bodyOf(bytesOf(this.#stemOf(file), from, to));
    };

    picture = ({ id }: { readonly id: number }): Body => {
        if (!this.events.some((event) => event.id === id && event.picture)) {
            throw new OcellusError('NOENT', `event ${id} has no picture`);
        }
        return bodyOf(`picture of ${id}`);
    };

    async recordings(options: ListOptions): Promise<{ rows: readonly RecordingRow[]; more: boolean }> {
        const order = (path: string) => path.replace(/\/([^_/]+)_([^_]+)_/, '/$2_$1_');
        const rows = this.files
            .filter((file) => file.channel === options.channel && file.startMs <= this.wallMs)
            .filter((file) => this.#isOpen(file) || this.#endOf(file) > options.from)
            .map((file): RecordingRow => {
                const [endMs, open] = [this.#endOf(file), this.#isOpen(file)];
                return {
                    path: this.pathOf(file),
                    channel: file.channel,
                    name: file.name,
                    start: new Date(file.startMs).toISOString(),
                    end: open ? null : new Date(endMs).toISOString(),
                    bytes: this.sizeOf(file),
                    open,
                    durationMs: endMs - file.startMs,
                    protected: false,
                };
            })
            .filter(({ path }) => options.after === '' || order(path) > order(options.after))
            .sort((a, b) => (order(a.path) < order(b.path) ? -1 : 1));
        return { rows: rows.slice(0, options.limit), more: rows.length > options.limit };
    }

    async recordingKeys(path: string, from = 0, limit = 200): Promise<RecordingKeys & { more: boolean }> {
        const file = this.#find(path);
        const size = this.sizeOf(file);
        const all = [];
        for (let at = initBytes + placeBytes, ms = 0; at < size; at += file.gopBytes, ms += file.gopMs) {
            all.push({ ms, offset: at });
        }
        const keys = all.filter(({ offset }) => offset >= from);
        const durationMs = this.#isOpen(file) ? all.length * file.gopMs : this.#endOf(file) - file.startMs;
        const known = { initBytes, bytes: size, durationMs, open: this.#isOpen(file) };
        return { ...known, keys: keys.slice(0, limit), more: keys.length > limit };
    }

    async keptEvents(query: EventQuery): Promise<{ rows: readonly EventRow[]; more: boolean }> {
        const now = this.wallMs;
        const known = this.events
            .filter(({ startMs }) => startMs <= now)
            .map((event) => (event.endMs !== undefined && event.endMs > now ? { ...event, endMs: undefined } : event));
        const found = known.filter(
            ({ id, channel, startMs, endMs }) =>
                (query.channel === '' || query.channel === channel) &&
                (query.byNumber
                    ? id > query.afterId
                    : (query.afterId === 0 ||
                          startMs > query.afterMs ||
                          (startMs === query.afterMs && id > query.afterId)) &&
                      (query.toMs === 0 || startMs <= query.toMs) &&
                      (endMs ?? Number.POSITIVE_INFINITY) >= query.fromMs),
        );
        const rows = found.sort((a, b) => (query.byNumber ? a.id - b.id : a.startMs - b.startMs || a.id - b.id));
        return { rows: rows.slice(0, query.limit), more: rows.length > query.limit };
    }

    async readStore(name: string): Promise<string | undefined> {
        return this.stored.get(name);
    }

    async writeStore(name: string, content: string): Promise<void> {
        if (!/^[a-z]{1,31}$/.test(name) || content.length > 48 * 1024) {
            throw new OcellusError('INVAL', name);
        }
        const fault = this.fault();
        if (fault === undefined || fault.after === true) {
            this.stored.set(name, content);
        }
        if (fault !== undefined) {
            throw fault.error;
        }
    }
}
