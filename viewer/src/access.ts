/** Who is logged in: list of sessions, logout, watch links. Absent where no login is needed. */
import { address } from './api.js';
import { el, put } from './dom.js';
import { formatDate } from './format.js';
import { strings } from './strings.js';

/** How long a watch link made here is good. */
const LINK_SECONDS = 86_400;

interface Session {
    readonly id: string;
    readonly address: string;
    readonly agent: string;
    readonly seenMs: number | undefined;
    readonly current: boolean;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parseSession(value: unknown): Session {
    const { id, address: from, agent, seen, current } = record(value);
    const seenMs = typeof seen === 'string' ? Date.parse(seen) : Number.NaN;
    return {
        id: String(id ?? ''),
        address: String(from ?? ''),
        agent: String(agent ?? ''),
        seenMs: Number.isFinite(seenMs) ? seenMs : undefined,
        current: current === true,
    };
}

/** A browser's name for people: its last word that has a version, the engine's common ones left out. */
function browser(agent: string): string {
    const words = [...agent.matchAll(/([A-Za-z]+)\/\d+/g)].map(([, word]) => word ?? '');
    return words.filter((word) => !/^(Mozilla|AppleWebKit|Gecko|Version|Safari|Mobile)$/.test(word))[0] ?? words.at(-1) ?? agent.slice(0, 20);
}

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(address(path), {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(5000),
    });
    if (!response.ok) {
        throw new Error(`HTTP ${response.status}`);
    }
    return response.status === 204 ? undefined : response.json();
}

/** The panel; hidden until it is known that somebody is logged in. */
export class AccessPanel {
    readonly element = el('section', { class: 'panel', 'aria-label': strings.access, hidden: true });
    readonly #list = el('ul', { class: 'recordings' });
    readonly #note = el('p', { class: 'empty', role: 'status' });
    readonly #channel: () => string | undefined;

    /** channel: of which a watch link is made. */
    constructor(channel: () => string | undefined) {
        this.#channel = channel;
        const buttons = el(
            'div',
            { class: 'bar' },
            el('button', { type: 'button', click: () => void this.#try(() => this.#share()) }, strings.share),
            el('button', { type: 'button', click: () => void this.#try(() => this.#logOut()) }, strings.logOut),
        );
        put(this.element, el('h2', {}, strings.access), this.#list, this.#note, buttons);
    }

    /** Reads who is logged in. */
    async refresh(): Promise<void> {
        await this.#try(async () => {
            if (record(await send('GET', '/api/session'))['user'] === null) {
                return;
            }
            const { sessions } = record(await send('GET', '/api/sessions'));
            const rows = (Array.isArray(sessions) ? sessions : []).map(parseSession);
            put(this.#list, ...rows.map((row) => this.#row(row)));
            this.element.hidden = false;
        });
    }

    #row(session: Session): HTMLElement {
        const what = [session.address, session.current ? strings.thisSession : formatDate(session.seenMs)].join(' · ');
        const name = browser(session.agent);
        const end = () => void this.#try(() => this.#end(session.id));
        return el(
            'li',
            {},
            el('span', { class: 'open' }, el('span', {}, name), el('span', { class: 'what' }, what)),
            session.current ? undefined : el('button', { type: 'button', 'aria-label': `${strings.endSession} ${name}`, click: end }, strings.endSession),
        );
    }

    async #end(id: string): Promise<void> {
        await send('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
        await this.refresh();
    }

    async #logOut(): Promise<void> {
        await send('POST', '/logout', {});
        location.replace(address('/login'));
    }

    async #share(): Promise<void> {
        const channel = this.#channel();
        if (channel === undefined) {
            return;
        }
        const { path } = record(await send('POST', '/api/links', { channel, seconds: LINK_SECONDS }));
        const link = address(String(path));
        await navigator.clipboard?.writeText(link).catch(() => undefined);
        put(this.#note, strings.shared, ' ', el('a', { href: link, class: 'link' }, channel));
    }

    async #try(work: () => Promise<void>): Promise<void> {
        try {
            await work();
        } catch {
            put(this.#note, this.element.hidden ? undefined : strings.notDone);
        }
    }
}
