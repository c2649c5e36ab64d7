/** What the device says about updates of its application (docs/design/update.md): checked. */
import { address } from './api.js';
import { date, each, fields, list, number, record, text } from './json.js';

/** A place where an application is. */
export interface Slot {
    /** `factory`, `a`, `b` */
    readonly slot: string;
    readonly name: string;
    readonly version: string;
    /** `active`, `previous`, `trial`, `damaged`; empty: none of them. */
    readonly state: string;
    readonly keyId: string;
    readonly channel: string;
    readonly revision: string;
    readonly notes: string;
    readonly bytes: number | undefined;
}

/** One update that was tried. */
export interface Attempt {
    readonly atMs: number | undefined;
    readonly version: string;
    readonly from: string;
    /** `committed`, `rolled-back`, `refused`, `revoked`, `interrupted` */
    readonly result: string;
    readonly why: string;
    readonly by: string;
}

/** All of it. */
export interface Update {
    readonly name: string;
    readonly version: string;
    /** `disabled`, `idle`, `staged`, `handing-over`, `trial`, `rolling-back` */
    readonly state: string;
    readonly host: string;
    readonly engine: string;
    readonly keys: readonly string[];
    readonly slots: readonly Slot[];
    /** Of a download, 0 to 1; undefined: none is under way. */
    readonly progress: number | undefined;
    /** Version that waits; empty: none. */
    readonly available: string;
    readonly availableNotes: string;
    readonly failure: { readonly atMs: number | undefined; readonly version: string; readonly why: string; readonly stack: string } | undefined;
    readonly history: readonly Attempt[];
}

function parseSlot(value: unknown): Slot | undefined {
    const slot = fields<Record<keyof Slot, unknown>>(value);
    return (
        slot && {
            slot: text(slot.slot) ?? '',
            name: text(slot.name) ?? '',
            version: text(slot.version) ?? '',
            state: text(slot.state) ?? '',
            keyId: text(slot.keyId) ?? '',
            channel: text(slot.channel) ?? '',
            revision: text(slot.revision) ?? '',
            notes: text(slot.notes) ?? '',
            bytes: number(slot.bytes),
        }
    );
}

function parseAttempt(value: unknown): Attempt | undefined {
    const attempt = fields<Record<'at' | 'version' | 'from' | 'result' | 'why' | 'by', unknown>>(value);
    return (
        attempt && {
            atMs: date(attempt.at),
            version: text(attempt.version) ?? '',
            from: text(attempt.from) ?? '',
            result: text(attempt.result) ?? '',
            why: text(attempt.why) ?? '',
            by: text(attempt.by) ?? '',
        }
    );
}

/** Bytes that are here, of how many. */
function parseProgress(value: unknown): number | undefined {
    const progress = record(value);
    const [bytes, of] = [number(progress['bytes']), number(progress['of'])];
    return bytes === undefined || of === undefined || of <= 0 ? undefined : Math.min(1, Math.max(0, bytes / of));
}

/** Checks the answer of `/api/update`; undefined: it is none. */
export function parseUpdate(value: unknown): Update | undefined {
    const update = fields<Record<keyof Update | 'lastFailure', unknown>>(value);
    const state = text(update?.state);
    if (update === undefined || state === undefined) {
        return undefined;
    }
    const available = record(update.available);
    const failure = fields<Record<'at' | 'version' | 'why' | 'stack', unknown>>(update.lastFailure);
    return {
        name: text(update.name) ?? '',
        version: text(update.version) ?? '',
        state,
        host: text(update.host) ?? '',
        engine: text(update.engine) ?? '',
        keys: list(update.keys).flatMap((key) => text(key) ?? []),
        slots: each(update.slots, parseSlot),
        progress: parseProgress(update.progress),
        available: text(available['version']) ?? '',
        availableNotes: text(available['notes']) ?? '',
        failure: failure && {
            atMs: date(failure.at),
            version: text(failure.version) ?? '',
            why: text(failure.why) ?? '',
            stack: text(failure.stack) ?? '',
        },
        history: each(update.history, parseAttempt),
    };
}

/** Sends a bundle; '': the device took it. Otherwise why not, in its words, or undefined: no answer. */
export async function sendBundle(bundle: Blob): Promise<string | undefined> {
    try {
        const response = await fetch(address('/api/update'), {
            method: 'POST',
            headers: { 'content-type': 'application/octet-stream' },
            body: bundle,
            signal: AbortSignal.timeout(120_000),
        });
        return response.ok ? '' : reason(await response.json().catch(() => undefined), response.status);
    } catch {
        return undefined;
    }
}

/** Asks for something without a body; as `sendBundle`. */
export async function order(what: 'check' | 'rollback'): Promise<string | undefined> {
    try {
        const response = await fetch(address(`/api/update/${what}`), { method: 'POST', signal: AbortSignal.timeout(15_000) });
        return response.ok ? '' : reason(await response.json().catch(() => undefined), response.status);
    } catch {
        return undefined;
    }
}

/** One line, or the same as the other answers of the device have it. */
function reason(body: unknown, status: number): string {
    const error = record(body)['error'];
    return text(error) ?? text(record(error)['message']) ?? `HTTP ${status}`;
}
