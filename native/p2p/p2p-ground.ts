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
    /** What callbacks threw. */
    readonly failures: FailureLog;
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

/** Milliseconds between two lines about callbacks that failed: viewers can make them fail as often as they like. */
const quietMs = 10_000;

/**
 * Lines about what callbacks threw, one in 10 s. What was refused is one line; anything else is a mistake of the
 * application, and where it is helps to find it.
 */
export class FailureLog {
    #loggedMs = Number.NEGATIVE_INFINITY;
    #left = 0;

    /** nowMs: of `Date.now`; a clock that goes back ends the pause. */
    note(error: unknown, nowMs: number): void {
        if (nowMs >= this.#loggedMs && nowMs - this.#loggedMs < quietMs) {
            this.#left++;
            return;
        }
        const more = this.#left > 0 ? ` (and ${this.#left} more since the last line)` : '';
        const line = `viewers: ${messageOf(error)}${more}`;
        this.#loggedMs = nowMs;
        this.#left = 0;
        if (error instanceof OcellusError) {
            console.warn(line);
        } else {
            console.error(line, error);
        }
    }
}

async function guard({ failures }: Ground, run: () => unknown): Promise<void> {
    try {
        await run();
    } catch (error) {
        failures.note(error, Date.now());
    }
}

/** A callback whose result nobody waits for: what it throws, or rejects with, is logged, not more than once in 10 s. */
export function call(ground: Ground, run: () => unknown): void {
    void guard(ground, run);
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
