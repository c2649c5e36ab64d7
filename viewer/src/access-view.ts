/** Who gets in: the own password, phones of the house, browsers that are logged in, watch links. */
import './access/access.css';
import { readClaim } from './access/claim.js';
import { HousePanel } from './access/house-panel.js';
import { PasswordPanel } from './access/password-panel.js';
import { PeoplePanel } from './access/people-panel.js';
import { address, get, send } from './api.js';
import { el, put } from './dom.js';
import { formatDate } from './format.js';
import { date, each, fields, record, text } from './json.js';
import { lifetimeSelect, lifetimeText } from './link-lifetimes.js';
import type { Route } from './route.js';
import { titleOf } from './status.js';
import { t } from './text.js';
import type { Context, View } from './view.js';

interface Session {
    readonly id: string;
    readonly user: string;
    readonly address: string;
    readonly agent: string;
    readonly seenMs: number | undefined;
    readonly current: boolean;
}

function parseSession(value: unknown): Session | undefined {
    const session = fields<Record<'id' | 'user' | 'address' | 'agent' | 'seen' | 'current', unknown>>(value);
    return (
        session && {
            id: text(session.id) ?? '',
            user: text(session.user) ?? '',
            address: text(session.address) ?? '',
            agent: text(session.agent) ?? '',
            seenMs: date(session.seen),
            current: session.current === true,
        }
    );
}

interface Link {
    readonly id: string;
    readonly channel: string;
    readonly name: string;
    readonly createdMs: number | undefined;
    readonly expiresMs: number | undefined;
}

function parseLink(value: unknown): Link | undefined {
    const link = fields<Record<'id' | 'channel' | 'name' | 'created' | 'expires', unknown>>(value);
    return (
        link && {
            id: text(link.id) ?? '',
            channel: text(link.channel) ?? '',
            name: text(link.name) ?? '',
            createdMs: date(link.created),
            expiresMs: date(link.expires),
        }
    );
}

/** A browser's name for people: its last word that has a version, the engine's common ones left out. */
function browser(agent: string): string {
    const words = [...agent.matchAll(/([A-Za-z]+)\/\d+/g)].map(([, name]) => name ?? '');
    return words.filter((name) => !/^(Mozilla|AppleWebKit|Gecko|Version|Safari|Mobile)$/.test(name))[0] ?? words.at(-1) ?? agent.slice(0, 20);
}

/** Who asks. user: empty: no login is needed here. owns: may see and change who else gets in. */
function parseOwn(value: unknown): { readonly user: string; readonly owns: boolean } {
    const own = record(value);
    return { user: text(own['user']) ?? '', owns: (text(own['right']) ?? 'own') === 'own' };
}

/** The room of passwords, logins and watch links. */
export class AccessView implements View {
    readonly element: HTMLElement;
    readonly title = t('access');
    readonly #context: Context;
    readonly #password = new PasswordPanel(() => this.#refresh());
    readonly #house = new HousePanel();
    readonly #people: PeoplePanel;
    readonly #failed: HTMLElement;
    readonly #sessions: HTMLElement;
    readonly #others: HTMLElement;
    readonly #logOutButton: HTMLElement;
    readonly #sharing: HTMLElement;
    readonly #about = el('p', { class: 'empty' }, t('accessText'));
    readonly #list = el('ul', { class: 'rows' });
    readonly #said = el('p', { class: 'empty', role: 'status' });
    readonly #note = el('p', { class: 'empty', role: 'status' });
    readonly #links = el('ul', { class: 'rows' });
    readonly #channel = el('select', {});
    readonly #name = el('input', { type: 'text', maxlength: '48', autocomplete: 'off' });
    readonly #seconds = lifetimeSelect();
    #names = '';

    constructor(context: Context) {
        this.#context = context;
        this.#people = new PeoplePanel(
            () => this.#context.status?.channels ?? [],
            () => void this.#refresh(),
        );
        const button = (name: string, work: () => Promise<void>): HTMLElement => el('button', { type: 'button', click: () => void work() }, name);
        this.#others = button(t('endOthers'), () => this.#do('DELETE', '/api/sessions', this.#said));
        this.#logOutButton = button(t('logOut'), () => this.#logOut());
        this.#sessions = el(
            'section',
            { class: 'panel', 'aria-label': t('accessBrowsers'), hidden: true },
            el('h2', {}, t('accessBrowsers')),
            this.#about,
            this.#list,
            el('div', { class: 'bar' }, this.#logOutButton, this.#others),
            this.#said,
        );
        this.#sharing = el(
            'section',
            { class: 'panel', 'aria-label': t('links'), hidden: true },
            el('h2', {}, t('links')),
            el('p', { class: 'empty' }, t('linksText')),
            el('label', { class: 'field' }, t('channel'), this.#channel),
            el('label', { class: 'field' }, t('linkName'), this.#name),
            el('label', { class: 'field' }, t('linkFor'), this.#seconds),
            el('div', { class: 'bar' }, button(t('share'), () => this.#share()), button(t('voidLinks'), () => this.#do('DELETE', '/api/links', this.#note))),
            this.#note,
            this.#links,
        );
        const again = el('button', { type: 'button', click: () => void this.#refresh() }, t('tryAgain'));
        this.#failed = el('div', { class: 'panel', role: 'alert', hidden: true }, el('p', { class: 'empty' }, t('offlineText')), again);
        this.#password.element.hidden = true;
        this.#house.element.hidden = true;
        this.#people.element.hidden = true;
        const column = (...parts: HTMLElement[]): HTMLElement => el('div', { class: 'side' }, ...parts);
        this.element = el('div', { class: 'columns even' }, column(this.#failed, this.#password.element, this.#people.element, this.#sessions), column(this.#house.element, this.#sharing));
        this.update();
        void this.#refresh();
    }

    show(route: Route): boolean {
        return route.kind === 'access';
    }

    update(): void {
        const cameras = (this.#context.status?.channels ?? []).map(({ name, title }) => [name, title] as const);
        if (JSON.stringify(cameras) !== this.#names) {
            this.#names = JSON.stringify(cameras);
            put(this.#channel, ...cameras.map(([name, title]) => el('option', { value: name }, title)));
        }
    }

    close(): void {
        // it holds nothing
    }

    async #refresh(): Promise<void> {
        const [claim, own] = await Promise.all([readClaim(), get('/api/session', parseOwn)]);
        if (own.kind !== 'ok' || claim.kind !== 'ok') {
            this.#failed.hidden = false;
            return;
        }
        const { user, owns } = own.value;
        if (owns) {
            await Promise.all([this.#refreshSessions(user), this.#refreshLinks(), this.#house.refresh(!claim.value.needed), this.#people.refresh(!claim.value.needed)]);
        }
        this.#failed.hidden = true;
        this.#password.show(claim.value, user);
        // all at once: what is shown before the others would move
        this.#password.element.hidden = false;
        this.#sessions.hidden = user === '' && claim.value.needed;
        this.#others.hidden = !owns;
        this.#about.hidden = !owns;
        this.#house.element.hidden = !owns;
        this.#people.element.hidden = !owns;
        this.#sharing.hidden = !owns;
    }

    /** user: empty: this browser is in without a login. */
    async #refreshSessions(user: string): Promise<void> {
        const answer = await get('/api/sessions', (value) => each(record(value)['sessions'], parseSession));
        if (answer.kind !== 'ok') {
            put(this.#said, t('notDone'));
            return;
        }
        const none = el('li', {}, el('span', { class: 'what' }, t('accessNobody')));
        put(this.#list, ...(answer.value.length === 0 ? [none] : answer.value.map((row) => this.#row(row))));
        this.#logOutButton.hidden = user === '';
        this.#others.hidden = answer.value.every(({ current }) => current);
    }

    async #refreshLinks(): Promise<void> {
        const answer = await get('/api/links', (value) => each(record(value)['links'], parseLink));
        if (answer.kind === 'ok') {
            const none = el('li', {}, el('span', { class: 'what' }, t('linksNone')));
            put(this.#links, ...(answer.value.length === 0 ? [none] : answer.value.map((link) => this.#linkRow(link))));
        }
    }

    #linkRow(link: Link): HTMLElement {
        const { channel, createdMs, expiresMs } = link;
        const name = link.name === '' ? titleOf(this.#context.status, channel) : link.name;
        const what = t('linkRow', { channel, created: formatDate(createdMs), expires: formatDate(expiresMs) });
        const end = (): void => void this.#do('DELETE', `/api/links/${encodeURIComponent(link.id)}`, this.#note);
        return el(
            'li',
            {},
            el('span', { class: 'open' }, el('span', {}, name), el('span', { class: 'what' }, what)),
            el('button', { type: 'button', 'aria-label': t('linkEndOf', { name }), click: end }, t('linkEnd')),
        );
    }

    #row(session: Session): HTMLElement {
        const what = [session.user, session.address, session.current ? t('thisSession') : formatDate(session.seenMs)].join(' · ');
        const name = browser(session.agent);
        const end = (): void => void this.#do('DELETE', `/api/sessions/${encodeURIComponent(session.id)}`, this.#said);
        return el(
            'li',
            {},
            el('span', { class: 'open' }, el('span', {}, name), el('span', { class: 'what' }, what)),
            session.current ? undefined : el('button', { type: 'button', 'aria-label': t('endSessionOf', { name }), click: end }, t('endSession')),
        );
    }

    async #do(method: string, path: string, note: HTMLElement): Promise<void> {
        const outcome = await send(method, path);
        put(note, outcome.ok ? t('done') : t('notDone'));
        await this.#refresh();
    }

    async #logOut(): Promise<void> {
        const outcome = await send('POST', '/logout', {});
        if (outcome.ok) {
            location.replace(address('/login'));
        } else {
            put(this.#said, t('notDone'));
        }
    }

    async #share(): Promise<void> {
        const channel = this.#channel.value;
        const seconds = Number(this.#seconds.value);
        const name = this.#name.value.trim();
        const outcome = await send('POST', '/api/links', { channel, seconds, ...(name !== '' && { name }) });
        const made = record(outcome.ok ? outcome.body : undefined);
        const [page, playlist] = [text(made['page']), text(made['path'])];
        if (page === undefined || playlist === undefined) {
            put(this.#note, outcome.ok || outcome.message === '' ? t('notDone') : outcome.message);
            return;
        }
        const link = address(page);
        await navigator.clipboard?.writeText(link).catch(() => undefined);
        // told once: the device does not keep it
        put(
            this.#note,
            t('shared', { time: lifetimeText(seconds) }),
            ' ',
            el('a', { href: link, class: 'link', rel: 'noreferrer' }, channel),
            el('br'),
            `${t('linkPlayer')}: `,
            el('code', { class: 'link' }, address(playlist)),
        );
        await this.#refreshLinks();
    }
}
