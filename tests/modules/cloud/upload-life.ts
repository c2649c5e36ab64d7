/** A device that uploads, step by step, and the scene that tests of it share. */
import { ChainMemory } from 'ocellus/app/cloud/chain-memory';
import { openKeys } from 'ocellus/app/cloud/key-memory';
import { type Cursor, newCursor, type Plan } from 'ocellus/app/cloud/cursor';
import { Cursors } from 'ocellus/app/cloud/cursors';
import { parseHour } from 'ocellus/app/cloud/hour-index';
import { HourWriter } from 'ocellus/app/cloud/hour-writer';
import { hourAt, segmentName } from 'ocellus/app/cloud/object-names';
import { type Note, Uploader } from 'ocellus/app/cloud/uploader';
import { FakeCamera } from 'ocellus/test/cloud/fake-camera';
import { bodyOf, FakeStore, textOfBody } from 'ocellus/test/cloud/fake-store';
import { openKeyObject } from 'ocellus/test/cloud/hpke-open';
import { type Cipher, readPlaylist } from 'ocellus/test/cloud/read-playlist';
import type { Body, encryptedBody } from 'ocellus/body';
import { fromHex, hex, type P256PrivateKey, sha256 } from 'ocellus/crypto';
import { assert, assertEqual } from 'ocellus/test/harness';

export const root = { prefix: 'home', device: 'cam' };
export const folder = 'home/cam/front/2026-11-21/';
export const second = 1000;

/** In place of a cipher: what would be encrypted, behind key and IV. */
export const sealedAs: typeof encryptedBody = (plain, key, iv) => bodyOf(`${sealMark(key, iv)}${textOfBody(plain)}`);

/** SHA-256 of a body of the test. */
export async function hashOf(body: Body): Promise<string> {
    return hex(sha256(new TextEncoder().encode(textOfBody(body))));
}

/** In front of what `sealedAs` made. */
export function sealMark(key: Uint8Array, iv: Uint8Array): string {
    return `sealed ${hex(key)} ${hex(iv).toUpperCase()}\n`;
}

/** One life of the script. */
export class Life {
    readonly camera: FakeCamera;
    readonly store: FakeStore;
    readonly notes: Note[] = [];
    readonly begun: (readonly number[])[] = [];
    uploader: Uploader | undefined;
    refuses = false;
    readonly plan: Exclude<Plan, 'off'>;
    /** `cloud.encryptFor` */
    readonly encryptFor: readonly string[];
    /** `cloud.latencySeconds` */
    quietMs = 4 * second;

    constructor(
        camera: FakeCamera,
        store: FakeStore,
        plan: Exclude<Plan, 'off'> = 'continuous',
        encryptFor: readonly string[] = [],
    ) {
        this.camera = camera;
        this.store = store;
        this.plan = plan;
        this.encryptFor = encryptFor;
    }

    async start(fromMs = this.camera.wallMs): Promise<Uploader> {
        const { camera, store, plan, encryptFor } = this;
        const cursors = new Cursors(camera);
        await cursors.load();
        const kept: Cursor | undefined = cursors.of('front');
        const keys = await openKeys(camera, encryptFor, { root, encrypt: sealedAs, hash: hashOf });
        const source = { on: encryptFor.length > 0, load: async () => keys, chains: new ChainMemory(camera) };
        this.uploader = new Uploader({
            channel: 'front',
            plan,
            plane: camera,
            writer: new HourWriter(
                store,
                root,
                'front',
                source,
                this.quietMs > 4 * second ? this.quietMs + 10 * second : 0,
            ),
            body: camera.body,
            picture: (event) => camera.picture(event),
            wallMs: () => camera.wallMs,
            now: () => camera.wallMs,
            segmentMs: 4 * second,
            quietMs: this.quietMs,
            margins: { beforeMs: 6 * second, afterMs: 4 * second },
            gopBytesMax: 4000,
            cursor: kept ?? newCursor(fromMs),
            keep: (cursor) => cursors.keep('front', cursor),
            refused: (id) => this.refuses && id === 1,
            begin: async (spans) => {
                this.begun.push(spans.map(({ event }) => event.id));
                return !this.refuses;
            },
            end: () => undefined,
            note: (note) => void this.notes.push(note),
        });
        if (kept === undefined) {
            await this.uploader.keep();
        }
        return this.uploader;
    }

    /** Until nothing can be sent. */
    async drain(): Promise<void> {
        const uploader = this.uploader ?? (await this.start());
        for (let steps = 0; !(await uploader.step()).idle; steps++) {
            assert(steps < 2000, 'it does not come to an end');
        }
    }

    /** Time goes by in pieces, and what can be sent is. */
    async run(untilMs: number, pieceMs = 3 * second): Promise<void> {
        while (this.camera.wallMs < untilMs) {
            await this.drain();
            this.camera.wallMs = Math.min(untilMs, this.camera.wallMs + pieceMs);
        }
        await this.drain();
    }
}

/** A name in a playlist as the key of an object. */
function resolved(list: string, name: string): string {
    const place = list.slice(0, list.lastIndexOf('/') + 1);
    return name.startsWith('../') ? `${place.slice(0, -11)}${name.slice(3)}` : `${place}${name}`;
}

/** Somebody who reads a playlist. */
interface Reading {
    readonly store: FakeStore;
    readonly list: string;
    readonly reader: P256PrivateKey | undefined;
    readonly prefix: string;
}

/** An object as a reader with that private key has it. */
function opened({ store, list, reader, prefix }: Reading, name: string, cipher: Cipher | undefined): string {
    const text = store.objects.get(resolved(list, name))?.text;
    assert(text !== undefined, `${name} is not there`);
    if (cipher === undefined) {
        assert(!text.startsWith('sealed '), `${name} is encrypted`);
        return text;
    }
    const place = resolved(list, cipher.uri);
    const object = store.objects.get(place)?.text;
    assert(object !== undefined && reader !== undefined, `${cipher.uri} is not there`);
    const mark = sealMark(openKeyObject(object, place.slice(prefix.length), reader), fromHex(cipher.iv));
    assert(text.startsWith(mark), `${name} has another key or IV`);
    return text.slice(mark.length);
}

/** The media that a playlist leads to. */
export function mediaOf(store: FakeStore, list: string, reader?: P256PrivateKey, prefix = `${root.prefix}/`): string {
    const text = store.objects.get(list)?.text ?? '';
    return readPlaylist(text)
        .entries.map(({ uri, map, cipher, mapCipher }) => {
            const init = opened({ store, list, reader, prefix }, map, mapCipher);
            assert(init.length > 0 && map.includes('-init.mp4'), map);
            return opened({ store, list, reader, prefix }, uri, cipher);
        })
        .join('');
}

/** A run with everything: two recordings over midnight, events, refusals of the store. */
export function scene(plan: Exclude<Plan, 'off'>, encryptFor: readonly string[] = []) {
    const [camera, store] = [new FakeCamera(), new FakeStore()];
    camera.wallMs = Date.UTC(2026, 10, 21, 23, 59, 40);
    const begin = camera.wallMs;
    camera.record({ endMs: begin + 41 * second });
    camera.record({ startMs: begin + 41 * second, endMs: begin + 55 * second });
    camera.event(begin + 14 * second, begin + 23 * second, { picture: true });
    camera.event(begin + 48 * second, begin + 49 * second, { kind: 'sound', mask: 4 });
    const pieceMs = 6 * second;
    const laterMs = Date.UTC(2026, 10, 23, 1);
    return { camera, store, plan, encryptFor, endMs: begin + 60 * second, pieceMs, laterMs, quietMs: 4 * second };
}

/** The same, with segments of so many milliseconds while nothing happens. */
export function quiet(one: ReturnType<typeof scene>, quietMs: number): ReturnType<typeof scene> {
    return { ...one, quietMs };
}

/** The same and more of it, with a long event, sent when all of it has been recorded. */
export function backlog(plan: Exclude<Plan, 'off'>, encryptFor: readonly string[] = []): ReturnType<typeof scene> {
    const one = scene(plan, encryptFor);
    const begin = one.camera.wallMs;
    one.camera.record({ startMs: begin + 55 * second, endMs: begin + 181 * second });
    one.camera.event(begin + 70 * second, begin + 160 * second, { kind: 'human', mask: 2, picture: true });
    one.camera.event(begin + 101 * second, begin + 102 * second);
    return { ...one, endMs: begin + 190 * second, pieceMs: 200 * second };
}

/** The whole of it, as far as nothing fails. */
export async function live({
    camera,
    store,
    plan,
    encryptFor,
    endMs,
    pieceMs,
    laterMs,
    quietMs,
}: ReturnType<typeof scene>): Promise<Life> {
    const life = new Life(camera, store, plan, encryptFor);
    life.quietMs = quietMs;
    await life.start();
    await life.run(endMs, pieceMs);
    for (const ms of [endMs + 400 * second, endMs + 4000 * second, laterMs]) {
        camera.wallMs = Math.max(camera.wallMs, ms);
        await life.drain();
    }
    return life;
}

/** Names in indexes of hours and in playlists without an object: there must be none at any time. */
export function holesOf({ objects }: FakeStore): readonly string[] {
    const holes = new Set<string>();
    for (const [key, { text }] of objects) {
        const [, day = '', clock = ''] = /\/(\d{4}-\d\d-\d\d)\/(\d\d)\.json$/.exec(key) ?? [];
        const index = clock === '' ? undefined : parseHour(text, 'front', hourAt(Date.parse(`${day}T${clock}:00Z`)));
        const named = (index?.segments ?? []).map(({ stem, offset }) => segmentName(stem, offset));
        const listed = key.endsWith('.m3u8') ? readPlaylist(text).entries.flatMap(({ uri, map }) => [uri, map]) : [];
        for (const name of [...named, ...listed]) {
            if (!objects.has(resolved(key, name))) {
                holes.add(`${key}: ${name}`);
            }
        }
    }
    return [...holes];
}

/** All objects, in the order of their keys. */
export function textsOf({ objects }: FakeStore): Record<string, string> {
    return Object.fromEntries([...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { text }]) => [key, text]));
}

/** Numbers from 0 to less than 1, always the same (Park and Miller). */
export function seeded(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
    };
}

/** What a test throws in place of a power cut. */
export class PowerCut extends Error {}

/**
 * Cuts runs of `made` off after any write, `times` in all; `check` sees the store of each one that came to its end, and
 * a reader finds no hole at any cut. `writesMax`: writes of a life.
 */
export async function cutRuns(
    times: number,
    random: () => number,
    made: () => ReturnType<typeof scene>,
    check: (store: FakeStore) => void,
    writesMax = 12,
): Promise<void> {
    let cuts = 0;
    while (cuts < times) {
        const one = made();
        let left = 0;
        const cutOff = () => {
            left--;
            return left === 0 ? { error: new PowerCut(), after: random() < 0.7 } : undefined;
        };
        one.store.fault = (kind) => (kind === 'put' ? cutOff() : undefined);
        one.camera.fault = cutOff;
        for (let over = false; !over; ) {
            left = 1 + Math.floor(random() * writesMax);
            try {
                await live(one);
                over = true;
            } catch (error) {
                if (!(error instanceof PowerCut)) {
                    throw error;
                }
                cuts++;
                assertEqual(holesOf(one.store), []);
                assert(cuts < 2 * times, 'nothing goes on');
            }
        }
        check(one.store);
        await new Promise<void>((resolve) => setTimeout(resolve, 0)); // a turn of its own for each run
    }
}
