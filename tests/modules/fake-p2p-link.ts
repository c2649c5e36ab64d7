/** Viewers that a test dictates: commands are answered a moment later, as `outcomes` say, else with success. */
import { commands, sessionFields, viewFields } from 'ocellus/command';
import { P2p, type P2pCallbacks, paramsOf } from 'ocellus/p2p';
import type { P2pLink } from 'ocellus/p2p-link';
import { Plane } from 'ocellus/plane';
import { FakeLink } from 'ocellus/test/fake-link';
import { fieldsOf } from 'ocellus/test/record-fields';
import { p2pOpenRecordLayout } from 'ocellus/test/record-layouts';

/** A command, without those that take notices. */
export interface Posted {
    readonly kind: number;
    readonly object: number;
    readonly args: readonly number[];
    readonly text: string;
    readonly request: number;
}

/** How a kind of command is answered. */
export interface Outcome {
    readonly code?: number;
    readonly value0?: number;
    readonly text?: string;
    /** The test answers by itself: `link.mail.answer(request, …)`. */
    readonly held?: boolean;
}

type Words<F extends string> = { readonly [K in F]?: number };

/** The number of OC_OBJECT_P2P here: FakeLink has 40 channels. */
const object = 42;

/** Beside the FakeLink of the script's plane. */
export class FakeP2pLink implements P2pLink {
    readonly posted: Posted[] = [];
    readonly opened: { readonly owner: number; readonly record: ReturnType<typeof fieldsOf> }[] = [];
    readonly outcomes = new Map<number, Outcome>();
    readonly sessionRows = new Map<number, Words<(typeof sessionFields)[number]>>();
    readonly viewRows = new Map<number, Words<(typeof viewFields)[number]>>();
    readonly mail: FakeLink;
    sessions = 64;
    /** How the next P2P_TAKE commands are answered instead. */
    readonly takeCodes: number[] = [];
    /** P2P_TAKE commands so far. */
    takes = 0;
    readonly #waiting: Uint8Array[] = [];

    constructor(mail: FakeLink) {
        this.mail = mail;
    }

    /** A notice comes; `bytes` behind its line. */
    notice(line: object, bytes?: Uint8Array): void {
        const head = new TextEncoder().encode(JSON.stringify(line));
        const all = new Uint8Array(head.length + (bytes === undefined ? 0 : 1 + bytes.length));
        all.set(head);
        if (bytes !== undefined) {
            all[head.length] = 10;
            all.set(bytes, head.length + 1);
        }
        this.#waiting.push(all);
        this.mail.edges.push(object);
        queueMicrotask(() => this.mail.pump());
    }

    #answer(request: number, { code = 0, value0 = 0, text, held = false }: Outcome): number {
        if (!held && request > 0) {
            queueMicrotask(() => this.mail.answer(request, code, value0, 0, text));
        }
        return request;
    }

    post(
        kind: number,
        object: number,
        arg0: number,
        arg1: number,
        arg2: number,
        arg3: number,
        bytes: Uint8Array | undefined,
    ): number {
        const request = this.mail.request();
        if (kind === commands.P2P_TAKE) {
            this.takes++;
            queueMicrotask(() => {
                const code = this.takeCodes.shift();
                if (code !== undefined) {
                    this.mail.answer(request, code);
                    return;
                }
                const notice = this.#waiting.shift();
                this.mail.answer(request, notice === undefined ? 1 : 0, 0, 0, notice);
            });
            return request;
        }
        if (kind === commands.P2P_OPEN) {
            this.opened.push({ owner: arg0, record: fieldsOf(p2pOpenRecordLayout, bytes ?? new Uint8Array()) });
            return this.#answer(request, this.outcomes.get(kind) ?? {});
        }
        const text = new TextDecoder().decode(bytes ?? new Uint8Array(0));
        this.posted.push({ kind, object, args: [arg0, arg1, arg2, arg3], text, request });
        return this.#answer(request, this.outcomes.get(kind) ?? {});
    }
    sessionsMax(): number {
        return this.sessions;
    }
    readSession(index: number, words: ArrayBuffer): boolean {
        return fill(sessionFields, this.sessionRows.get(index), words);
    }
    readView(index: number, words: ArrayBuffer): boolean {
        return fill(viewFields, this.viewRows.get(index), words);
    }
    parseLabel(label: Uint8Array): readonly ArrayBuffer[] | string {
        try {
            const { name, query } = paramsOf(new TextDecoder().decode(label));
            return [name, ...[...query].flat()].map(
                (word) => new TextEncoder().encode(word).slice().buffer as ArrayBuffer,
            );
        } catch (error) {
            return (error as Error).message.replace(/^label: /, '');
        }
    }

    /** The commands of a kind. */
    of(kind: number): Posted[] {
        return this.posted.filter((command) => command.kind === kind);
    }
}

function fill<F extends string>(fields: readonly F[], row: Words<F> | undefined, words: ArrayBuffer): boolean {
    new Uint32Array(words).set(fields.map((field) => row?.[field] ?? 0));
    return row !== undefined;
}

/** Lets everything happen that is due now. */
export async function settle(): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
        await undefined;
    }
}

/** A transport on fakes, not open yet. */
export function makeP2p(callbacks: P2pCallbacks = {}): { p2p: P2p; link: FakeP2pLink; plane: Plane } {
    const mail = new FakeLink();
    const plane = new Plane(mail);
    const link = new FakeP2pLink(mail);
    return { p2p: new P2p(plane, callbacks, link), link, plane };
}

/** The same, opened by the raw layer. */
export async function openP2p(callbacks: P2pCallbacks = {}): Promise<{ p2p: P2p; link: FakeP2pLink; plane: Plane }> {
    const made = makeP2p(callbacks);
    await made.p2p.open({ owner: 'raw' });
    await settle();
    return made;
}
