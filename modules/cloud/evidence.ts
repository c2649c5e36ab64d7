/**
 * What proves that the objects of an encrypted channel are those that its device wrote, whole and in their order: texts
 * that have a MAC, and the end of a sealed index (docs/formats-cloud.md#evidence). Pure.
 */
import type { IndexSegment, Proof } from 'ocellus/app/cloud/hour-index';

/** The last characters of a sealed index, always as many. */
const endShape = /^,"seal":"([A-Za-z0-9_-]{43})","signature":"([A-Za-z0-9_-]{86})"\}$/;
const endLength = 155;

/** What has the MAC of an object that is no segment. `place`: DEVICE/CHANNEL/DAY/NAME, `digest`: SHA-256 of its bytes as they are in the store, in hexadecimal digits. */
export function objectText(place: string, digest: string): string {
    return `ocellus cloud object 1\n${place}\n\n${digest}`;
}

/** The same of a segment: also of where it stands among all of its channel. */
export function segmentText(
    place: string,
    { bytes, startMs, durationMs }: Pick<IndexSegment, 'bytes' | 'startMs' | 'durationMs'>,
    { number, before }: Pick<Proof, 'number' | 'before'>,
    digest: string,
): string {
    const facts = `${number} ${before === '' ? '-' : before} ${bytes} ${startMs} ${durationMs}`;
    return `ocellus cloud object 1\n${place}\n${facts}\n${digest}`;
}

/** What an index is sealed and signed over. `body`: its text up to the seal. */
export function indexText(place: string, body: string): string {
    return `ocellus cloud index 1\n${place}\n${body}`;
}

/** The end of a sealed index. */
export function sealEnd(seal: string, signature: string): string {
    return `,"seal":"${seal}","signature":"${signature}"}`;
}

/** A sealed index in its parts; undefined: it is not sealed. */
export function sealedParts(text: string): { readonly body: string; readonly seal: string } | undefined {
    const [, seal] = endShape.exec(text.slice(-endLength)) ?? [];
    return seal === undefined ? undefined : { body: text.slice(0, -endLength), seal };
}
