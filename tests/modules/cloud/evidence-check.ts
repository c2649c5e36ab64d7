/** Whether what a device left in a store proves itself, by code of its own after docs/formats-cloud.md. */
import type { FakeStore } from 'ocellus/test/cloud/fake-store';
import { openKeyObject } from 'ocellus/test/cloud/hpke-open';
import { root } from 'ocellus/test/cloud/upload-life';
import {
    base64url,
    fromBase64url,
    hex,
    hkdfSha256,
    hmacSha256,
    P256PublicKey,
    type P256PrivateKey,
    sha256,
} from 'ocellus/crypto';
import { assert, assertEqual } from 'ocellus/test/harness';

const utf8 = (text: string) => new TextEncoder().encode(text);
/** Behind the text that an index is sealed over. */
const sealLength = 155;

type Row = readonly [recording: number, offset: number, bytes: number, startMs: number, ms: number, mac?: string];

/** The document of a sealed index. */
interface Sealed {
    readonly version: number;
    readonly recordings: readonly string[];
    readonly segments: readonly Row[];
    readonly events: readonly (readonly unknown[])[];
    readonly keys?: readonly (readonly [number, string])[];
    readonly chain: readonly (readonly [number, number, string])[];
    readonly heads: readonly (readonly [number, string, string])[];
    readonly count: number;
    readonly before: null | readonly [string, number, string];
    readonly signer: string;
    readonly seal: string;
    readonly signature: string;
}

/** An index without what differs each time that it is written. */
export function comparableIndex(text: string): string {
    const { count: _, before: __, signer: ___, seal: ____, signature: _____, ...rest } = JSON.parse(text) as Sealed;
    return JSON.stringify(rest);
}

/**
 * Checks every encrypted object, every sealed index, and that the chain has no gap: its numbers, in order. `known`: keys
 * that this reader has no private key for are passed over.
 */
export function provenNumbers(store: FakeStore, reader: P256PrivateKey): readonly number[] {
    const prefix = `${root.prefix}/`;
    const macOf = (folder: string, id: string, text: string): string => {
        const object = store.objects.get(`${folder}${id}.key.json`)?.text ?? '';
        const key = openKeyObject(object, `${folder}${id}.key.json`.slice(prefix.length), reader);
        return base64url(
            hmacSha256(hkdfSha256(key, new Uint8Array(0), utf8('ocellus cloud mac key 1'), 32), utf8(text)),
        );
    };
    const digestOf = (name: string): string => hex(sha256(utf8(store.objects.get(name)?.text ?? '')));
    const checkObject = (folder: string, id: string, name: string, facts: string, mac: unknown) => {
        const text = `ocellus cloud object 1\n${folder.slice(prefix.length)}${name}\n${facts}\n${digestOf(folder + name)}`;
        assertEqual(mac, macOf(folder, id, text), name);
    };
    const macs = new Map<number, string>();
    const links: (readonly [number, string])[] = [];
    const counts = new Map<string, readonly [number, string]>();
    const noted: (readonly [string, number, string])[] = [];
    for (const [key, { text }] of store.objects) {
        const [, folder = '', clock] = /^(.*\/)(\d\d)\.json$/.exec(key) ?? [];
        const index = clock === undefined ? undefined : (JSON.parse(text) as Sealed);
        if (index === undefined || index.keys === undefined) {
            continue;
        }
        const { recordings, segments, keys, chain, heads, events, count, before, signer, seal, signature } = index;
        assertEqual(index.version, 3, key);
        const sealedText = utf8(
            `ocellus cloud index 1\n${key.slice(prefix.length)}\n${text.slice(0, text.length - sealLength)}`,
        );
        const sealer = [...keys].reverse().find(([, id]) => id !== '')?.[1] ?? '';
        assertEqual(seal, macOf(folder, sealer, new TextDecoder().decode(sealedText)), key);
        assert(
            new P256PublicKey(fromBase64url(signer)).verify(sealedText, fromBase64url(signature)),
            `${key}: signature`,
        );
        counts.set(`${folder.slice(-11, -1)}T${clock}Z`, [count, seal]);
        noted.push(...(before === null ? [] : [before]));
        let [number, last] = [0, ''];
        segments.forEach(([recording, offset, bytes, startMs, ms, mac], at) => {
            const id = [...keys].reverse().find(([from]) => from <= at)?.[1] ?? '';
            assertEqual(id === '', mac === undefined, `${key}: ${at}`);
            const run = chain.find(([from]) => from === at);
            [number, last] = run === undefined ? [number + 1, last] : [run[1], run[2]];
            if (mac === undefined) {
                return;
            }
            const name = `${recordings[recording]}-${String(offset).padStart(10, '0')}.m4s`;
            checkObject(folder, id, name, `${number} ${last === '' ? '-' : last} ${bytes} ${startMs} ${ms}`, mac);
            assert(!macs.has(number), `${number} is there twice`);
            macs.set(number, mac);
            links.push([number - 1, last]);
            last = mac;
        });
        for (const [recording, id, mac] of heads) {
            checkObject(folder, id, `${recordings[recording]}-${id}-init.mp4`, '', mac);
        }
        for (const [id, , , startMs, , picture, mac] of events) {
            if (typeof picture === 'string') {
                const day = new Date(Number(startMs)).toISOString().slice(0, 10);
                checkObject(`${folder.slice(0, -11)}${day}/`, picture, `event-${id}-${picture}.jpg`, '', mac);
            }
        }
    }
    for (const [number, mac] of links) {
        assertEqual(mac, number === 0 ? '' : macs.get(number), `what ${number + 1} goes on from`);
    }
    for (const [hour, count, seal] of noted) {
        const [now = 0, its] = counts.get(hour) ?? [];
        assert(now > count || (now === count && its === seal), `${hour}: written ${now} times, known ${count}`);
    }
    const numbers = [...macs.keys()].sort((a, b) => a - b);
    assertEqual(
        numbers,
        numbers.map((_, at) => at + 1),
    );
    return numbers;
}
