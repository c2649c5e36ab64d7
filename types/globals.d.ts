/** What the hosts put into the global scope beside ECMAScript. Made by hosts/<host>/embedded/globals.ts. */

interface Console {
    error(...values: unknown[]): void;
    warn(...values: unknown[]): void;
    info(...values: unknown[]): void;
    log(...values: unknown[]): void;
    debug(...values: unknown[]): void;
}
declare const console: Console;
/** For the debugger xsbug of the Moddable SDK, and the log at level debug. No blanks are put between the values. */
declare function trace(...values: unknown[]): void;

/** Calls back once after at least `delayMs` milliseconds; returns a number for `clearTimeout`. */
declare function setTimeout<A extends unknown[]>(callback: (...args: A) => void, delayMs?: number, ...args: A): number;
/** Of `new Promise((resolve) => setTimeout(resolve, 5000))`: it resolves with undefined. */
declare function setTimeout(callback: (value: unknown) => void, delayMs?: number): number;
/** Calls back every `intervalMs` milliseconds (at least 1) until `clearInterval`. */
declare function setInterval<A extends unknown[]>(
    callback: (...args: A) => void,
    intervalMs?: number,
    ...args: A
): number;
declare function clearTimeout(id: number | undefined): void;
declare function clearInterval(id: number | undefined): void;
declare function queueMicrotask(callback: () => void): void;

declare class TextEncoder {
    readonly encoding: string;
    encode(text?: string): Uint8Array;
}

declare class TextDecoder {
    constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
