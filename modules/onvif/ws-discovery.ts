/**
 * WS-Discovery as ONVIF cameras speak it (draft of April 2005; ONVIF Core Specification, section 7): the message that
 * asks, and what they answer. No I/O. Answers come from anybody on the network: ADR 98 says what is believed.
 */
import { parseUrl } from 'ocellus/app/net/url';
import { readXml } from 'ocellus/xml';

/** Where cameras listen, by IPv4 and IPv6. */
export const groups = ['239.255.255.250', 'ff02::c'] as const;
/** Port of WS-Discovery (IANA). */
export const discoveryPort = 3702;

/** Characters that are shown of what a camera calls itself, and that are kept of its identity. */
const wordMax = 64;
const endpointMax = 128;

/** A camera that answered. */
export interface FoundCamera {
    /** Its endpoint reference: the same in each of its answers. */
    readonly endpoint: string;
    /** As it calls itself; '': it does not say. */
    readonly name: string;
    readonly hardware: string;
    readonly location: string;
    /** The sender's address. */
    readonly address: string;
    /** URL of its device service, at that address. */
    readonly service: string;
}

/** The SOAP message that asks for cameras. `uuid`: of this search. */
export function probe(uuid: string): string {
    return (
        '<?xml version="1.0" encoding="UTF-8"?>' +
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"' +
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header>' +
        `<w:MessageID>uuid:${uuid}</w:MessageID><w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>` +
        '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>' +
        '<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes/></d:Probe></e:Body></e:Envelope>'
    );
}

/** One line of text, without what would not be seen or would turn what is beside it. */
export function shown(text: string, max = wordMax): string {
    return text
        .replace(/[^!-~\u00a1-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\ufefe\uff00-\uffff]+/g, ' ')
        .trim()
        .slice(0, max);
}

/** What the scopes say of one kind, "name" or "hardware", the first of them; '': nothing. */
function scopeOf(scopes: readonly string[], kind: string): string {
    const start = `onvif://www.onvif.org/${kind}/`;
    const text = scopes.find((scope) => scope.toLowerCase().startsWith(start))?.slice(start.length) ?? '';
    try {
        return shown(decodeURIComponent(text));
    } catch {
        return shown(text); // not percent-encoded, as some cameras have it
    }
}

/** The first address of a service that is at the sender itself, http before https; a link-local one leads nowhere. */
function serviceOf(addresses: string, sender: string): string | undefined {
    if (/^fe[89ab]/.test(sender)) {
        return undefined;
    }
    const own = addresses.split(/\s+/).filter((address) => {
        try {
            return parseUrl(address).host.toLowerCase() === sender;
        } catch {
            return false;
        }
    });
    return own.find((address) => /^http:/i.test(address)) ?? own[0];
}

const match = 'Envelope/Body/ProbeMatches/ProbeMatch';
/** What is read of an answer. */
const answerPaths = [
    'Envelope/Header/RelatesTo',
    `${match}/EndpointReference/Address`,
    `${match}/Scopes`,
    `${match}/XAddrs`,
    match,
];
/** Cameras that one answer may name: a proxy answers for several. */
const matchesMax = 16;

/** The cameras of one answer to the probe with this uuid; none: it is something else, or none can be used. */
export function readMatches(bytes: ArrayBuffer, sender: string, uuid: string): FoundCamera[] {
    const found: FoundCamera[] = [];
    let isAnswer = false;
    let count = 0;
    const one = new Map<string, string>();
    const textOf = (path: string): string => one.get(`${match}/${path}`) ?? '';
    const take = (path: string, text: string): void => {
        if (path === 'Envelope/Header/RelatesTo') {
            isAnswer = text.toLowerCase().includes(uuid);
        } else if (path !== match) {
            one.set(path, text);
        } else if (isAnswer && count++ < matchesMax) {
            const scopes = textOf('Scopes').split(/\s+/);
            const endpoint = shown(textOf('EndpointReference/Address'), endpointMax);
            const service = serviceOf(textOf('XAddrs'), sender);
            if (endpoint !== '' && service !== undefined) {
                const [name, hardware, location] = ['name', 'hardware', 'location'].map((kind) =>
                    scopeOf(scopes, kind),
                ) as [string, string, string];
                found.push({ endpoint, name, hardware, location, address: sender, service });
            }
            one.clear();
        }
    };
    try {
        readXml(bytes, take, answerPaths);
    } catch {
        return [];
    }
    return found;
}
