/** Requests to the device, and the two that the page begins with; those of its rooms: api.ts. Nothing that comes in is assumed. */
import { record, text } from './json.js';
import { parseStatus, type Status } from './status.js';

/** ok: the answer; restarting: no application runs just now; offline: no usable answer. */
export type Answer<T> =
    | { readonly kind: 'ok'; readonly value: T }
    | { readonly kind: 'restarting' }
    | { readonly kind: 'offline'; readonly reason: string };

/** What came of a request that changes something. message, at: what the device says, and of which key. proposal: a value that may have been meant. */
export type Outcome =
    | { readonly ok: true; readonly body: unknown }
    | { readonly ok: false; readonly message: string; readonly at: string; readonly status: number; readonly proposal: string };

/** The page may be served below another path: addresses of the device are relative to it. */
export function address(path: string): string {
    return new URL(`.${path}`, document.baseURI).href;
}

/** A session that ended: the login page. */
export function checkLogin(response: Response): void {
    if (response.status === 401) {
        location.replace(address('/login'));
    }
}

/** Asks; `parse` gives undefined for what is no answer. */
export async function get<T>(path: string, parse: (value: unknown) => T | undefined): Promise<Answer<T>> {
    try {
        const response = await fetch(address(path), { cache: 'no-store', signal: AbortSignal.timeout(5000) });
        if (response.status === 503) {
            return { kind: 'restarting' };
        }
        checkLogin(response);
        const value = response.ok ? parse(await response.json()) : undefined;
        return value === undefined ? { kind: 'offline', reason: `HTTP ${response.status}` } : { kind: 'ok', value };
    } catch (error) {
        return { kind: 'offline', reason: error instanceof Error ? error.message : String(error) };
    }
}

/** Changes something. Never throws: no answer is a failure with an empty message. */
export async function send(method: string, path: string, body?: unknown): Promise<Outcome> {
    try {
        const response = await fetch(address(path), {
            method,
            ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
            signal: AbortSignal.timeout(15_000),
        });
        checkLogin(response);
        const came: unknown = await response.json().catch(() => undefined);
        if (response.ok) {
            return { ok: true, body: came };
        }
        const error = record(record(came)['error']);
        return { ok: false, message: text(error['message']) ?? '', at: text(error['at']) ?? '', status: response.status, proposal: text(error['proposal']) ?? '' };
    } catch {
        return { ok: false, message: '', at: '', status: 0, proposal: '' };
    }
}

/** A request as it is, and its answer as text; status 0: there was none. */
export async function request(method: string, path: string, body?: string): Promise<{ readonly status: number; readonly body: string }> {
    try {
        const response = await fetch(address(path), {
            method,
            ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body }),
            signal: AbortSignal.timeout(15_000),
        });
        checkLogin(response);
        return { status: response.status, body: await response.text() };
    } catch {
        return { status: 0, body: '' };
    }
}

/** Asks for the state. */
export function getStatus(): Promise<Answer<Status>> {
    return get('/api/status', parseStatus);
}
