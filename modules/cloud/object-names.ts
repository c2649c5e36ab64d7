/**
 * Names of objects: functions of the device, the channel, the hour and the place in a recording, so that whatever is
 * sent again is the same object (docs/formats-cloud.md). Pure.
 */
import { OcellusError } from 'ocellus/error';

/** Bytes of a key, as S3 has them. */
const keyBytesMax = 1024;
/** Bytes of one part of a name before it is written. */
const partBytesMax = 63;
/** Bytes of a prefix. */
const prefixBytesMax = 200;
/** Digits of an offset: recordings have at most 4 GB, sorted as text. */
const offsetDigits = 10;

const hourMs = 3_600_000;
/** Made once: the engine compiles a literal each time that it is evaluated, for some 0.1 ms. */
const plain = /^[A-Za-z0-9_-]$/;
const [ends, prefixPart] = [/^\/+|\/+$/g, /^[A-Za-z0-9._-]+$/] as const;
const recording = /^recordings\/[^/]+\/([A-Za-z0-9-]{1,63}_[A-Za-z0-9.]{1,32})_[A-Za-z0-9.]{1,32}\.mp4$/;

/** Whose objects: `prefix` may be ''. */
export interface ObjectRoot {
    readonly prefix: string;
    readonly device: string;
}

/**
 * One part of a key: letters, digits, - and _ as they are, every other byte of UTF-8 as "=2F", so that two names never
 * meet and none is "." or "..". `INVAL`: empty, or longer than 63 bytes.
 */
export function partOf(name: string, what: string): string {
    const bytes = new TextEncoder().encode(name);
    if (bytes.length === 0 || bytes.length > partBytesMax) {
        throw new OcellusError('INVAL', `${what}: a name has 1 to ${partBytesMax} bytes`);
    }
    let text = '';
    for (const byte of bytes) {
        const letter = String.fromCharCode(byte);
        text += plain.test(letter) ? letter : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    }
    return text;
}

/**
 * A prefix as it stands in front of keys: '' or "home/cameras/". Slashes at its ends do not count. `INVAL`: parts that
 * are empty or dots, other characters than letters, digits and . _ -, more than 200.
 */
export function prefixOf(prefix: string): string {
    const inner = prefix.replace(ends, '');
    if (inner === '') {
        return '';
    }
    const allowed = inner.split('/').every((part) => prefixPart.test(part) && part !== '.' && part !== '..');
    if (!allowed || inner.length > prefixBytesMax) {
        throw new OcellusError('INVAL', `prefix: parts of letters, digits, ".", "_" and "-", ${prefixBytesMax} in all`);
    }
    return `${inner}/`;
}

function keyOf({ prefix, device }: ObjectRoot, rest: string): string {
    const key = `${prefixOf(prefix)}${partOf(device, 'device')}/${rest}`;
    if (key.length > keyBytesMax) {
        throw new OcellusError('TOO_BIG', `a name of an object has more than ${keyBytesMax} bytes`);
    }
    return key;
}

/** The object that says which device writes below this root. */
export function deviceKey(root: ObjectRoot): string {
    return keyOf(root, 'device.json');
}

/** The hour of an instant, UTC, as a number: hours since 1970. */
export function hourAt(ms: number): number {
    return Math.floor(ms / hourMs);
}

/** Its first instant, milliseconds since 1970. */
export function hourStart(hour: number): number {
    return hour * hourMs;
}

/** "2026-11-22" of an hour. */
export function dayOfHour(hour: number): string {
    return new Date(hour * hourMs).toISOString().slice(0, 10);
}

/** "13" of an hour. */
export function clockOfHour(hour: number): string {
    return new Date(hour * hourMs).toISOString().slice(11, 13);
}

/** Where the objects of a day of a channel are: a folder with a slash at its end. */
export function dayFolder(root: ObjectRoot, channel: string, hour: number): string {
    return keyOf(root, `${partOf(channel, 'channel')}/${dayOfHour(hour)}/`);
}

/** The name of an object of a day without the prefix: DEVICE/CHANNEL/DAY/NAME. */
export function placeOf({ device }: Pick<ObjectRoot, 'device'>, channel: string, hour: number, name: string): string {
    return `${partOf(device, 'device')}/${partOf(channel, 'channel')}/${dayOfHour(hour)}/${name}`;
}

/** What a recording is known by while its file is renamed: `<name>_<start>`. `INVAL`: no path of a recording. */
export function stemOf(path: string): string {
    const found = recording.exec(path);
    if (found?.[1] === undefined) {
        throw new OcellusError('INVAL', `${path} is no recording`);
    }
    return found[1];
}

/** The init segment of a recording, inside of its day. `key`: id of the key that it is encrypted with. */
export function initName(stem: string, key?: string): string {
    return key === undefined ? `${stem}-init.mp4` : `${stem}-${key}-init.mp4`;
}

/** The object of a key, inside of its day. */
export function keyName(id: string): string {
    return `${id}.key.json`;
}

/** A segment that begins at byte `offset` of a recording, inside of its day. */
export function segmentName(stem: string, offset: number): string {
    return `${stem}-${String(offset).padStart(offsetDigits, '0')}.m4s`;
}

/** Index of an hour. */
export function hourIndexName(hour: number): string {
    return `${clockOfHour(hour)}.json`;
}

/** Playlist of an hour. */
export function hourListName(hour: number): string {
    return `${clockOfHour(hour)}.m3u8`;
}

/** Playlist of an event. */
export function eventListName(id: number): string {
    return `event-${id}.m3u8`;
}

/** Picture of an event. `key`: id of the key that it is encrypted with; '': it is not. */
export function eventPictureName(id: number, key: string): string {
    return `event-${id}${key && '-'}${key}.jpg`;
}

/** The index of a day, and its playlist. */
export const [dayIndexName, dayListName] = ['day.json', 'day.m3u8'] as const;
