/**
 * The list of channels that shall run, as bytes for the media plane: `oc_desired_head_t` and `oc_desired_entry_t`
 * (oc_desired_record.h). Pure.
 */
import { type StreamName, streams } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import type { ChannelRecord, RecordingRecord } from 'ocellus/settings-record';

/** How to open a source: `settings-record.ts`, and what no setting says. Of `ringBytes` and `ringMs` one is not 0. */
export interface ChannelOptions extends ChannelRecord {
    /** Ignore the source's own pace. */
    readonly fast: boolean;
    /** Bits per second when the source announces none; 0: 4,000,000. */
    readonly bitrate: number;
}

/** How to record a channel: `settings-record.ts`, and what no setting says. */
export interface RecordOptions extends RecordingRecord {
    /** One of the two at a time. `sub`: begins as soon as that stream is open. */
    readonly stream: StreamName;
    /** It ends by itself then, by `Plane.now`, whatever becomes of the script; 0: not. In the past: nothing is recorded. */
    readonly untilMs: number;
}

/** What the host looks for at a channel. */
export interface Detectors {
    /** Of motion, 1 to 100; 0: none is looked for. */
    readonly sensitivity: number;
    /** Of an event of motion, in thousandths of the picture; 0: 2. */
    readonly leastPermille: number;
    /** An event ends so long after its last motion or sound. */
    readonly cooldownMs: number;
    /** Decibels above what is usual, 1 to 96; 0: sound is not listened to. */
    readonly soundDb: number;
    /** Polygons in which motion counts, as in `motion.zones`; '': everywhere. */
    readonly zones: string;
}

/** One channel that shall run. Its name is its identity: with another `url` it is closed and opened again. */
export interface DesiredChannel extends ChannelOptions {
    /** Undefined: it is not recorded. */
    readonly record: RecordOptions | undefined;
    readonly detect: Detectors;
    /** For people: at most 64 characters. This and what follows is for answers in the place of the script. */
    readonly title: string;
    /** Of its addresses: 0 none, 1 verified, 2 pinned, 3 not looked at. */
    readonly tls: number;
    readonly subTls: number;
    /** It is recorded whatever the hour and whatever happens. */
    readonly always: boolean;
    /** Recorded by hand until then, seconds since 1970; 0: not; Infinity: until it is ended. */
    readonly byHandUntil: number;
}

/** All that shall run. */
export interface Desired {
    /** Of recordings. */
    readonly name: string;
    readonly zone: { readonly name: string; readonly posix: string; readonly offsetMinutes: number };
    /** Names are unique. */
    readonly channels: readonly DesiredChannel[];
}

/** Bytes of the records: `oc_desired_head_t`, `oc_desired_entry_t`. */
export const desiredSizes = Object.freeze({ head: 200, entry: 1916 });

const wordEnd = 2 ** 32;

/** Bytes of a text, at most `size`; a longer one ends with a whole word or character. */
function fitting(bytes: Uint8Array, size: number): Uint8Array {
    let end = Math.min(bytes.length, size);
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
        end--;
    }
    const space = bytes.length > size ? bytes.lastIndexOf(32, end) : -1;
    return bytes.subarray(0, space > 0 ? space : end);
}

/**
 * Writes the fields of records one after the other, each where a C compiler places it: words at multiples of 4. One that is
 * left out, by an application that was built before it was there, is 0, false or ''.
 */
class RecordWriter {
    readonly bytes: Uint8Array;
    readonly #view: DataView;
    #at = 0;

    constructor(size: number) {
        this.bytes = new Uint8Array(size);
        this.#view = new DataView(this.bytes.buffer);
    }

    /** Bytes with NUL; `TOO_BIG` names the field. */
    text(field: string, size: number, value = ''): void {
        const encoded = new TextEncoder().encode(value);
        if (encoded.length >= size || encoded.includes(0)) {
            throw new OcellusError('TOO_BIG', `${field}: longer than ${size - 1} bytes`);
        }
        this.#put(encoded, size);
    }

    /** A text for people, cut when it is too long. */
    cut(size: number, value = ''): void {
        this.#put(fitting(new TextEncoder().encode(value), size - 1), size);
    }

    /** 32 bits; `RANGE` names the field. */
    word(field: string, value = 0): void {
        if (!(Number.isInteger(value) && value >= 0 && value < wordEnd)) {
            throw new OcellusError('RANGE', `${field}: ${String(value)} is not allowed; use a whole number below 2^32`);
        }
        this.#view.setUint32(this.#aligned(), value, true);
    }

    /** 32 bits with a sign. */
    signed(value: number): void {
        this.#view.setInt32(this.#aligned(), value, true);
    }

    byte(value: number | boolean = 0): void {
        this.bytes[this.#at++] = Number(value);
    }

    #put(encoded: Uint8Array, size: number): void {
        this.bytes.set(encoded, this.#at);
        this.#at += size;
    }

    #aligned(): number {
        const at = (this.#at + 3) & ~3;
        this.#at = at + 4;
        return at;
    }
}

function writeChannel(to: RecordWriter, channel: ChannelOptions): void {
    const { name } = channel;
    to.text(`${name}: name`, 32, name);
    to.text(`${name}: url`, 512, channel.url);
    to.text(`${name}: subUrl`, 512, channel.subUrl);
    to.byte(channel.audio);
    to.byte(channel.loop);
    to.word(`${name}: ringMs`, channel.ringMs);
    to.word(`${name}: ringBytes`, channel.ringBytes);
    to.word(`${name}: prerollMs`, channel.prerollMs);
    to.word(`${name}: maxGopBytes`, channel.maxGopBytes);
    to.word(`${name}: liveTargetMs`, channel.liveTargetMs);
    to.word(`${name}: livePartMs`, channel.livePartMs);
    to.byte(channel.fast);
    to.word(`${name}: bitrate`, channel.bitrate);
}

function writeRecord(to: RecordWriter, name: string, record: Partial<RecordOptions> | undefined): void {
    const options = record ?? {};
    const untilMs = Math.ceil(options.untilMs ?? 0);
    to.word(name, record === undefined ? 0 : 1);
    to.text(`${name}: record.name`, 64, options.name);
    to.word(`${name}: record.segmentMs`, options.segmentMs);
    to.word(`${name}: record.prerollMs`, options.prerollMs);
    to.byte(options.audio);
    to.word(`${name}: record.stream`, streams[options.stream ?? 'main']);
    to.word(`${name}: record.untilMs`, untilMs % wordEnd);
    to.word(`${name}: record.untilMs`, Math.floor(untilMs / wordEnd));
}

function writeDetectors(to: RecordWriter, name: string, detect: Partial<Detectors> = {}): void {
    to.word(`${name}: detect.sensitivity`, detect.sensitivity);
    to.word(`${name}: detect.leastPermille`, detect.leastPermille);
    to.word(`${name}: detect.cooldownMs`, detect.cooldownMs);
    to.word(`${name}: detect.soundDb`, detect.soundDb);
    to.text(`${name}: detect.zones`, 512, detect.zones);
}

/** The whole list. Throws `OcellusError`: `TOO_BIG`, `RANGE`, with channel and field. */
export function desiredBytes({ name, zone, channels }: Desired): Uint8Array {
    const to = new RecordWriter(desiredSizes.head + channels.length * desiredSizes.entry);
    to.cut(64, name);
    to.cut(64, zone.name);
    to.cut(64, zone.posix);
    to.signed(zone.offsetMinutes);
    to.word('channels', channels.length);
    for (const channel of channels) {
        writeChannel(to, channel);
        writeRecord(to, channel.name, channel.record);
        writeDetectors(to, channel.name, channel.detect);
        to.cut(196, channel.title);
        to.byte(channel.tls);
        to.byte(channel.subTls);
        to.byte(channel.always);
        to.word(`${channel.name}: byHandUntil`, Math.min(Math.round(channel.byHandUntil ?? 0), wordEnd - 1));
    }
    return to.bytes;
}
