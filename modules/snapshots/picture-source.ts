/** Pictures of channels, of the plane and of addresses: checked, outside of the heap. */
import { fetchAs } from 'ocellus/app/net/fetch-body';
import type { AddressChannel } from 'ocellus/app/snapshots/table';
import type { Body } from 'ocellus/body';

/** Bytes of a picture. */
export const pictureBytesMax = 1_048_576;
/** Milliseconds until a picture is given up: of a channel that is online, of one that is not. */
export const [pictureMs, probeMs] = [10_000, 5_000] as const;

/** Bytes at the end in which a JPEG has its end: cameras pad. */
const tailBytes = 64;

/** Begins and ends as a JPEG does. */
export function isJpeg(body: Pick<Body, 'bytes' | 'read'>): boolean {
    const { bytes } = body;
    if (bytes < 4) {
        return false;
    }
    const [first, second, third] = body.read(0, 3);
    return (
        first === 0xff &&
        second === 0xd8 &&
        third === 0xff &&
        hasEnd(body.read(Math.max(0, bytes - tailBytes), tailBytes))
    );
}

/** From the end on: it is there in nearly all of them. */
function hasEnd(tail: Uint8Array): boolean {
    for (let at = tail.length - 1; at > 0; at--) {
        if (tail[at] === 0xd9 && tail[at - 1] === 0xff) {
            return true;
        }
    }
    return false;
}

/** The picture, closed when it is none. Throws Error. */
export function checked(body: Body | undefined): Body {
    if (body === undefined) {
        throw new Error('the picture is empty');
    }
    const problem = body.bytes > pictureBytesMax ? 'the picture has more than 1 MB' : isJpeg(body) ? '' : 'no JPEG';
    if (problem !== '') {
        body.close();
        throw new Error(problem);
    }
    return body;
}

/** The picture at an address. Rejects with one line without its path, user and password. */
export function addressPicture({ url, authorization }: AddressChannel, deadlineMs: number): Promise<Body> {
    const headers = authorization === '' ? '' : `authorization: ${authorization}\n`;
    return fetchAs(url, { headers, deadlineMs, maxBytes: pictureBytesMax }, replied);
}

function replied(status: number, body: Body | undefined): Body {
    if (status !== 200) {
        body?.close();
        throw new Error(`HTTP ${status}`);
    }
    return checked(body);
}
