/** The frame around the views: head, navigation, what holds for the whole page, foot. */
import eye from './eye.svg';
import { afterFirst, loadRoom } from './after-first.js';
import { el, put, setText } from './dom.js';
import type { FrameLater } from './frame-later.js';
import { applyTheme, currentTheme } from './preferences.js';
import { roomIcon } from './room-icons.js';
import type { Route } from './route.js';
import type { Status } from './status.js';
import { t } from './text.js';
import type { View } from './view.js';

/** What did not come in is asked for again so long after. */
const AGAIN_MS = 2000;

/** How the device answers. */
export type Connection = 'connecting' | 'ok' | 'restarting' | 'offline';

const rooms: readonly (readonly [kind: Route['kind'], hash: string, name: () => string])[] = [
    ['live', '#/', () => t('live')],
    ['recordings', '#/recordings', () => t('recordings')],
    ['log', '#/log', () => t('log')],
    ['settings', '#/settings', () => t('settings')],
    ['update', '#/update', () => t('update')],
    ['access', '#/access', () => t('access')],
];

/** Head, foot, and what lies between: one view. */
export class Shell {
    readonly #eye = el('img', { alt: '' });
    readonly #name = el('h1', {}, t('product'));
    /** Filled after the first picture. */
    readonly #headPlace = el('span', { class: 'slot' });
    readonly #bannerPlace = el('div', { class: 'slot' });
    readonly #footPlace = el('footer');
    #later: FrameLater | undefined;
    readonly #pill = el('span', { class: 'status', role: 'status' }, t('connecting'));
    readonly #banner = el('div', { class: 'banner', role: 'status', hidden: true });
    readonly #problem = el('div', { class: 'banner', role: 'alert', hidden: true });
    readonly #links = new Map<Route['kind'], HTMLAnchorElement>();
    readonly #panelName = el('span');
    #status: Status | undefined;
    /** How often in a row it did not answer. */
    #offline = 0;
    readonly #main = el('main', { id: 'content', tabindex: '-1' });
    #view: View | undefined;

    /** refresh: reads the state at once. onLanguage: the page is to be made again. */
    constructor(root: Element, refresh: () => void, onLanguage: () => void) {
        applyTheme(currentTheme());
        for (const [kind, href, name] of rooms) {
            this.#links.set(kind, el('a', { href }, roomIcon(kind), el('span', {}, name())));
        }
        // the panel has the title that its application gives it
        this.#links.set('panel', el('a', { href: '#/panel', hidden: true }, roomIcon('panel'), this.#panelName));
        const nav = el('nav', { class: 'rooms', 'aria-label': t('rooms') }, ...this.#links.values());
        const head = el('header', {}, this.#eye, this.#name, nav, this.#headPlace, this.#pill);
        const skip = el('a', { class: 'skip', href: '#content', click: (event) => this.#skip(event) }, t('skip'));
        put(root, skip, head, el('div', { class: 'banners' }, this.#banner, this.#problem, this.#bannerPlace), this.#main, this.#footPlace);
        void this.#loadLater(refresh, onLanguage);
    }

    async #loadLater(refresh: () => void, onLanguage: () => void): Promise<void> {
        await afterFirst();
        this.#eye.src = eye;
        let code = await loadRoom(import('./frame-later.js')).catch(() => undefined);
        for (; code === undefined; code = await loadRoom(import('./frame-later.js')).catch(() => undefined)) {
            await new Promise((resolve) => setTimeout(resolve, AGAIN_MS)); // the device is away: privacy must be there when it is back
        }
        const onChange = (problem: string): void => {
            setText(this.#problem, problem);
            this.#problem.hidden = problem === '';
            refresh();
        };
        this.#later = new code.FrameLater(onChange, onLanguage);
        put(this.#headPlace, ...this.#later.head);
        put(this.#bannerPlace, ...this.#later.banners);
        put(this.#footPlace, ...this.#later.foot);
        this.#later.setRights();
        this.#status && this.#later.show(this.#status);
    }

    /** Shows a view; the one before is closed by the caller. */
    setView(view: View, moveFocus: boolean): void {
        this.#view = view;
        put(this.#main, view.element);
        if (moveFocus) {
            this.#main.focus({ preventScroll: true });
            scrollTo(0, 0);
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
        this.setTitle(title);
    }

    /** Of the window: what is shown may have got another name. */
    setTitle(title: string): void {
        const whole = `${title} · ${t('product')}`;
        if (document.title !== whole) {
            document.title = whole;
        }
    }

    /** Hides the rooms that have nothing for this person. */
    setRights(mayEnter: (kind: string) => boolean): void {
        for (const [kind, link] of this.#links) {
            if (kind !== 'panel') {
                link.hidden = !mayEnter(kind);
            }
        }
        this.#later?.setRights();
    }

    /** Empty: the application has no panel. */
    setPanel(title: string): void {
        const link = this.#links.get('panel');
        if (link) {
            setText(this.#panelName, title);
            link.hidden = title === '';
        }
    }

    setStatus(status: Status): void {
        // a device that nobody has named is called as the product is
        setText(this.#name, status.name === '' || status.name.toLowerCase() === t('product').toLowerCase() ? t('product') : status.name);
        this.#status = status;
        this.#later?.show(status);
    }

    setConnection(connection: Connection): void {
        this.#offline = connection === 'offline' ? this.#offline + 1 : 0;
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
        this.#later?.setMissing(this.#offline);
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
