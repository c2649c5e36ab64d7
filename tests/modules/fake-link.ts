/** A mailbox that a test dictates. */
import type { Link, Reply } from 'ocellus/link';

/** Keeps what is posted; replies, edges and rows are those of the test. */
export class FakeLink implements Link {
    pump: () => void = () => undefined;
    readonly posted: { kind: number; object: number; arg0: number; arg1: number; text: string | undefined }[] = [];
    /** The parcel of the last command. */
    bytes: Uint8Array = new Uint8Array();
    readonly replies: Reply[] = [];
    readonly edges: number[] = [];
    readonly words = new Map<number, readonly number[]>();
    /** Bytes of what was posted. */
    readonly parcels: (Uint8Array | undefined)[] = [];
    /** A negative number: nothing can be posted. */
    refuse = 0;
    #last = 0;

    /** Number of the next request, or what `refuse` says instead. */
    request(): number {
        this.#last++;
        return this.refuse || this.#last;
    }
    post(kind: number, object: number, arg0: number, arg1: number, bytes: Uint8Array | undefined): number {
        this.bytes = bytes ?? new Uint8Array();
        this.parcels.push(bytes);
        this.posted.push({ kind, object, arg0, arg1, text: bytes && new TextDecoder().decode(bytes) });
        return this.request();
    }
    takeReply(): Reply | undefined {
        return this.replies.shift();
    }
    takeEdge(): number {
        return this.edges.shift() ?? -1;
    }
    channelsMax(): number {
        return 40;
    }
    readRow(channel: number, words: ArrayBuffer): boolean {
        const row = this.words.get(channel);
        new Uint32Array(words).set(row ?? []);
        return row !== undefined;
    }
    readWhy(channel: number): string {
        return `why${channel}`;
    }
    readName(channel: number): string {
        return `name${channel}`;
    }
    /** Rows of pushes by place, and why they do not run. */
    readonly pushes = new Map<number, readonly number[]>();
    pushesMax(): number {
        return 16;
    }
    readPush(index: number, words: ArrayBuffer): boolean {
        const row = this.pushes.get(index);
        new Uint32Array(words).set(row ?? []);
        return row !== undefined;
    }
    readPushWhy(index: number): string {
        return `push why${index}`;
    }
    now(): number {
        return 12.5;
    }
    /** Delivers a reply the way the host does. */
    answer(request: number, code: number, value0 = 0, value1 = 0, parcel?: string | Uint8Array): void {
        const all = typeof parcel === 'string' ? new TextEncoder().encode(parcel) : parcel;
        const bytes = all && (all.slice().buffer as ArrayBuffer);
        this.replies.push({ request, code, value0, value1, bytes });
        this.pump();
    }
}
