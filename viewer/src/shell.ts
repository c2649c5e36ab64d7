/** The frame around the views: head, navigation, what holds for the whole page, foot. */
import eye from './eye.svg';
import { el, put, setText } from './dom.js';
import { formatTime } from './format.js';
import { applyTheme, chooseTheme, currentTheme, type Theme, themes } from './preferences.js';
import { mayEnter, mayEverywhere } from './rights.js';
import { PrivacyBanner, PrivacySwitch } from './privacy.js';
import type { Route } from './route.js';
import type { Status } from './status.js';
import { chooseLanguage, currentLanguage, type Language, languages, type PlainKey, t, word } from './text.js';
import type { View } from './view.js';
import { zoneName } from './zone.js';

/** How the device answers. */
export type Connection = 'connecting' | 'ok' | 'restarting' | 'offline';

const rooms: readonly (readonly [kind: Route['kind'], hash: string, name: PlainKey])[] = [
    ['live', '#/', 'live'],
    ['recordings', '#/recordings', 'recordings'],
    ['log', '#/log', 'log'],
    ['settings', '#/settings', 'settings'],
    ['update', '#/update', 'update'],
    ['access', '#/access', 'access'],
];

/** Choice of language and colours. Made for the login page too. */
export function choosers(onLanguage: () => void): HTMLElement[] {
    const language = el(
        'select',
        { 'aria-label': t('language'), change: () => void chooseLanguage(language.value as Language).then(onLanguage) },
        ...languages.map(([tag, name]) => el('option', { value: tag, lang: tag, selected: tag === currentLanguage() }, name)),
    );
    const theme = el(
        'select',
        { 'aria-label': t('theme'), change: () => chooseTheme(theme.value as Theme) },
        ...themes.map((name) => el('option', { value: name, selected: name === currentTheme() }, word('theme', name))),
    );
    return [language, theme];
}

/** Head, foot, and what lies between: one view. */
export class Shell {
    readonly #device = el('span', { class: 'device' });
    readonly #clock = el('span', { class: 'clock' });
    readonly #pill = el('span', { class: 'status', role: 'status' }, t('connecting'));
    readonly #banner = el('div', { class: 'banner', role: 'status', hidden: true });
    readonly #problem = el('div', { class: 'banner', role: 'alert', hidden: true });
    readonly #privacy: PrivacySwitch;
    readonly #privacyBanner = new PrivacyBanner();
    readonly #links = new Map<Route['kind'], HTMLAnchorElement>();
    readonly #main = el('main', { id: 'content', tabindex: '-1' });
    #view: View | undefined;

    /** refresh: reads the state at once. onLanguage: the page is to be made again. */
    constructor(root: Element, refresh: () => void, onLanguage: () => void) {
        applyTheme(currentTheme());
        this.#privacy = new PrivacySwitch((problem) => {
            setText(this.#problem, problem);
            this.#problem.hidden = problem === '';
            refresh();
        });
        for (const [kind, href, name] of rooms) {
            this.#links.set(kind, el('a', { href }, t(name)));
        }
        // the panel has the title that its application gives it
        this.#links.set('panel', el('a', { href: '#/panel', hidden: true }));
        const nav = el('nav', { class: 'rooms', 'aria-label': t('rooms') }, ...this.#links.values());
        const head = el('header', {}, el('img', { src: eye, alt: '' }), el('h1', {}, t('product')), this.#device, nav, this.#privacy.element, this.#pill);
        const foot = el('footer', {}, this.#clock, ...choosers(onLanguage));
        const skip = el('a', { class: 'skip', href: '#content', click: (event) => this.#skip(event) }, t('skip'));
        put(root, skip, head, el('div', { class: 'banners' }, this.#banner, this.#problem, this.#privacyBanner.element), this.#main, foot);
    }

    /** Shows a view; the one before is closed by the caller. */
    setView(view: View, moveFocus: boolean): void {
        this.#view = view;
        put(this.#main, view.element);
        if (moveFocus) {
            this.#main.focus();
        }
    }

    setRoute(route: Route, title: string): void {
        for (const [kind, link] of this.#links) {
            if (kind === route.kind) {
                link.setAttribute('aria-current', 'page');
            } else {
                link.removeAttribute('aria-current');
            }
        }
        document.title = `${title} · ${t('product')}`;
    }

    /** Hides the rooms that have nothing for this person. */
    setRights(): void {
        for (const [kind, link] of this.#links) {
            if (kind !== 'panel') {
                link.hidden = !mayEnter(kind);
            }
        }
        this.#privacy.allow(mayEverywhere('privacy'));
    }

    /** Empty: the application has no panel. */
    setPanel(title: string): void {
        const link = this.#links.get('panel');
        if (link) {
            setText(link, title);
            link.hidden = title === '';
        }
    }

    setStatus(status: Status): void {
        setText(this.#device, status.name);
        const { clock } = status;
        const quality = clock === undefined || clock.quality === 'ntp' ? '' : ` (${word('clock', clock.quality)})`;
        setText(this.#clock, clock?.nowMs === undefined ? '' : `${t('deviceTime', { time: formatTime(clock.nowMs), zone: zoneName() })}${quality}`);
        this.#privacy.show(status);
        this.#privacyBanner.show(status);
    }

    setConnection(connection: Connection): void {
        const texts = {
            connecting: [t('connecting'), '', 'connecting'],
            ok: [t('online'), '', 'online'],
            restarting: [t('restarting'), t('restartingText'), 'restarting'],
            offline: [t('offline'), t('offlineText'), 'offline'],
        } as const;
        const [short, long, name] = texts[connection];
        setText(this.#pill, short);
        this.#pill.dataset['state'] = name;
        setText(this.#banner, long);
        this.#banner.dataset['state'] = name;
        this.#banner.hidden = long === '';
    }

    /** The address belongs to the route, so the link to the content moves the focus by itself. */
    #skip(event: Event): void {
        event.preventDefault();
        if (this.#view?.focus) {
            this.#view.focus();
        } else {
            this.#main.focus();
        }
    }
}
