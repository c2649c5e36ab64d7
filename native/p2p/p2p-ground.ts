/** How the binding of viewers speaks to both sides: commands down, callbacks up. */
import { OcellusError } from 'ocellus/error';
import type { Reply } from 'ocellus/link';
import type { P2pCallbacks, Params } from 'ocellus/p2p-types';

/** Posts a command, as `post` of P2pLink; `what`: for the message, "answer". */
export type Command = (
    kind: number,
    what: string,
    numbers?: { readonly object?: number; readonly args?: readonly number[] },
    bytes?: Uint8Array,
) => Promise<Reply>;

/** What the parts of the binding share. */
export interface Ground {
    readonly callbacks: P2pCallbacks;
    readonly command: Command;
    /** Throws with what is wrong. */
    readonly parse: (label: string) => Params;
}

/** Bytes of a reason that a viewer reads. */
const reasonMax = 512;

/** What was thrown, in words for a viewer. */
export function messageOf(error: unknown): string {
    const why = error instanceof Error ? error.message : String(error);
    return why === '' ? 'refused' : why;
}

/** As many bytes as a reason may have, without half a character at the end. */
export function reasonBytes(reason: string): Uint8Array {
    const bytes = new TextEncoder().encode(reason);
    let end = Math.min(bytes.length, reasonMax);
    while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) {
        end--;
    }
    return bytes.subarray(0, end);
}

async function guard(run: () => unknown): Promise<void> {
    try {
        await run();
    } catch (error) {
        console.error('viewers:', error);
    }
}

/** A callback whose result nobody waits for: what it throws, or rejects with, is logged. */
export function call(run: () => unknown): void {
    void guard(run);
}

/** The view or request is gone, or all is closed. */
export function isLate(error: unknown): boolean {
    return error instanceof OcellusError && (error.code === 'NOENT' || error.code === 'STATE');
}

/** A command whose outcome nobody waits for: what comes too late is nobody's, other refusals are logged. */
export async function say(post: Command, ...words: Parameters<Command>): Promise<void> {
    try {
        await post(...words);
    } catch (error) {
        if (!isLate(error)) {
            console.warn(`viewers: ${words[1]}: ${messageOf(error)}`);
        }
    }
}
