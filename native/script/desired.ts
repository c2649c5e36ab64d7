/** The list of channels that shall run, as bytes for the media plane (`ocellus/records`). Pure. */
import { OcellusError } from 'ocellus/error';
import { RecordWriter } from 'ocellus/record';
import {
    type ChannelOptions,
    type DesiredEntry,
    type Detectors,
    putDesiredEntry,
    putDesiredHead,
    type RecordingRecord,
    recordSizes,
} from 'ocellus/records';

/** How to record a channel. */
export interface RecordOptions extends RecordingRecord {
    /** It ends by itself then, by `Plane.now`, whatever becomes of the script; 0: not. In the past: nothing is recorded. */
    readonly untilMs: number;
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
    readonly manualUntil: number;
}

/** All that shall run. */
export interface Desired {
    /** Of recordings. */
    readonly name: string;
    readonly zone: { readonly name: string; readonly posix: string; readonly offsetMinutes: number };
    /** Names are unique. */
    readonly channels: readonly DesiredChannel[];
}

/** Bytes of the head, and of each entry behind it. */
export const desiredSizes = Object.freeze({ head: recordSizes.DesiredHead, entry: recordSizes.DesiredEntry });

const wordEnd = 2 ** 32;

/** An application that was built before a field was there leaves it out. */
function entryOf(channel: DesiredChannel): DesiredEntry {
    const { record, manualUntil = 0 } = channel;
    const untilMs = Math.ceil(record?.untilMs ?? 0);
    return {
        ...channel,
        records: record !== undefined,
        untilLo: untilMs % wordEnd,
        untilHi: Math.floor(untilMs / wordEnd),
        manualUntil: Math.min(Math.round(manualUntil), wordEnd - 1),
    };
}

function write({ name, zone, channels }: Desired): Uint8Array {
    const { name: zoneName, posix, offsetMinutes } = zone;
    const { head, entry } = desiredSizes;
    const to = new RecordWriter(head + channels.length * entry);
    putDesiredHead(to, { name, zone: zoneName, posix, offsetMinutes, count: channels.length });
    channels.forEach((channel, index) => {
        to.record(`${channel.name}: `, head + index * entry, putDesiredEntry, entryOf(channel));
    });
    return to.bytes;
}

/** The whole list. Throws `RANGE` with channel and field. */
export function desiredBytes(desired: Desired): Uint8Array {
    try {
        return write(desired);
    } catch (error) {
        throw error instanceof RangeError ? new OcellusError('RANGE', error.message) : error;
    }
}
