// Documents of a store: few, small, and from somebody else.
import xmldom from '@xmldom/xmldom';
import { OcellusError } from 'ocellus/error';

/** @typedef {import('@xmldom/xmldom').Element} Element */

const bytesMax = 8 << 20;

/** The root of a document; undefined: it is none. A document type is refused: nothing has to be expanded or fetched. @param {Buffer} bytes @returns {Element | undefined} */
export function parseXml(bytes) {
    const text = bytes.toString('utf8');
    if (bytes.length > bytesMax || /<!DOCTYPE/i.test(text)) return undefined;
    try {
        const parser = new xmldom.DOMParser({ onError: xmldom.onErrorStopParsing });
        return parser.parseFromString(text, 'application/xml').documentElement ?? undefined;
    } catch {
        return undefined;
    }
}

/** Its elements of a name, in order. @param {Element} of @param {string} name @returns {Element[]} */
export function children(of, name) {
    /** @type {Element[]} */
    const found = [];
    for (let node = of.firstChild; node !== null; node = node.nextSibling) {
        if (node.nodeType === 1 && /** @type {Element} */ (node).localName === name) found.push(/** @type {Element} */ (node));
    }
    return found;
}

/** Text of its first element of a name; '': there is none. @param {Element} of @param {string} name */
export const textOf = (of, name) => children(of, name)[0]?.textContent ?? '';

/** As a document. @param {Element} root */
export const writeXml = (root) => new xmldom.XMLSerializer().serializeToString(root);

/** Text as it stands in an element. @param {string} text */
export const escapeXml = (text) => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** @param {Element} element @param {string} above @param {(path: string, text: string) => void} take @param {readonly string[] | undefined} only */
function walk(element, above, take, only) {
    const path = above === '' ? element.localName ?? '' : `${above}/${element.localName}`;
    const inside = [...element.childNodes].filter((node) => node.nodeType === 1);
    for (const child of inside) walk(/** @type {Element} */ (child), path, take, only);
    if (only?.includes(path) !== false) take(path, inside.length > 0 ? '' : (element.textContent ?? ''));
}

/** What `ocellus/xml` gives (native/script/xml.ts), but for attributes. @param {ArrayBuffer} bytes @param {(path: string, text: string) => void} take @param {readonly string[]} [only] */
export function readXml(bytes, take, only) {
    const root = parseXml(Buffer.from(bytes));
    if (root === undefined) throw new OcellusError('FORMAT');
    walk(root, '', take, only);
}
