/**
 * Small XML documents, as servers send them, by the host's own library: libexpat. A document has at most 1 MB, 16
 * elements in each other, names of 64 bytes, texts of 4,096, and 4,096 elements and attributes that are given; a
 * document type is refused, so nothing is expanded.
 */
import type { Bytes } from 'ocellus/crypto';
import { OcellusError } from 'ocellus/error';

const [between, behind] = ['\x1F', '\x1E'] as const;

/**
 * Gives each element at its end: its path without prefixes ("Error/Code"), and its text, '' when elements are in it;
 * before, where it begins, each of its attributes ("Error/@code"), but for declarations of name spaces. `only`: paths
 * that are given; left out: all. Whoever wrote the document chose its names: keep them in a `Map`, never as keys of an
 * object. Throws `OcellusError`: `FORMAT` it is no such document, `TOO_BIG` beyond a limit, `NOTSUP` this host has no
 * parser, `NOMEM`. Nothing is given then.
 */
export function readXml(bytes: Bytes, take: (path: string, text: string) => void, only?: readonly string[]): void {
    const read = native<(bytes: Bytes, only: string | undefined) => ArrayBuffer | number>('xs_xml_read');
    const result = read.call(undefined, bytes, only?.join('\n'));
    if (typeof result === 'number') {
        throw OcellusError.fromNumber(result);
    }
    // Cut once: to look for each piece from where the last one ended counts the characters before it each time.
    const elements = new TextDecoder().decode(result).split(behind);
    elements.pop();
    for (const element of elements) {
        const middle = element.indexOf(between);
        take(element.slice(0, middle), element.slice(middle + 1));
    }
}
