/**
 * Small XML documents, as servers send them, by the host's own library: libexpat. A document has at most 1 MB, 16
 * elements in each other, names of 64 bytes and texts of 4,096; a document type is refused, so nothing is expanded.
 */
import type { Bytes } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';

const [between, behind] = ['\x1F', '\x1E'] as const;

/**
 * Gives each element at its end: its path without prefixes ("Error/Code"), and its text, '' when elements are in it;
 * before, where it begins, each of its attributes ("Error/@code"), but for declarations of name spaces. Throws `OcellusError`: `FORMAT` it is no such document, `TOO_BIG` beyond a limit, `NOTSUP`
 * this host has no parser, `NOMEM`. Nothing is given then.
 */
export function readXml(bytes: Bytes, take: (path: string, text: string) => void): void {
    const result = native<(bytes: Bytes) => ArrayBuffer | number>('xs_xml_read').call(undefined, bytes);
    if (typeof result === 'number') {
        throw OcellusError.fromNumber(result);
    }
    const list = new TextDecoder().decode(result);
    for (let at = 0; at < list.length; ) {
        const middle = list.indexOf(between, at);
        const end = list.indexOf(behind, middle);
        take(list.slice(at, middle), list.slice(middle + 1, end));
        at = end + 1;
    }
}
