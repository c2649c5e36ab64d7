/** The panel of the application: a page of its own, which reaches nothing of the device but the application's routes. */
import { address, request } from './api.js';
import type { AppPanel } from './panel-title.js';
import { el } from './dom.js';
import { record } from './json.js';
import { currentTheme } from './preferences.js';
import type { Route } from './route.js';
import type { View } from './view.js';

/** Characters of a body that the panel sends. */
const bodyMax = 48 * 1024;

/** In the form of the device's own refusals. */
const refused = JSON.stringify({ error: { code: 'DENIED', message: new RangeError('a panel may send GET and POST to the routes and commands of its application').message } });

/** The view of the panel. */
export class PanelView implements View {
    readonly element: HTMLElement;
    readonly title: string;
    readonly #routes: readonly string[];
    readonly #frame: HTMLIFrameElement;
    /** It asked for the look of the page, and was told this. */
    #follows = false;
    #told = '';
    readonly #receive = (event: MessageEvent): void => void this.#answer(event);

    constructor(app: AppPanel) {
        this.title = app.panel;
        this.#routes = app.routes;
        // without allow-same-origin: its scripts have neither the login nor the page of who looks at it
        this.#frame = el('iframe', { class: 'app', src: address('/app/'), sandbox: 'allow-scripts allow-forms', title: app.panel });
        this.element = el('section', { class: 'panel wide' }, el('h2', {}, app.panel), this.#frame);
        addEventListener('message', this.#receive);
    }

    show(route: Route): boolean {
        return route.kind === 'panel';
    }

    /** The panel follows its application itself. */
    update(): void {
        this.#tell();
    }

    close(): void {
        removeEventListener('message', this.#receive);
    }

    focus(): void {
        this.#frame.focus();
    }

    /** `{theme, language}` to a panel that asked for it, and whenever the reader chose another one. */
    #tell(): void {
        const dark = matchMedia('(prefers-color-scheme: dark)').matches;
        const chosen = currentTheme();
        const look = { theme: chosen === 'system' ? (dark ? 'dark' : 'light') : chosen, language: document.documentElement.lang };
        if (this.#follows && JSON.stringify(look) !== this.#told) {
            this.#told = JSON.stringify(look);
            this.#frame.contentWindow?.postMessage(look, '*');
        }
    }

    /** `{id, method, path, body}` of the panel: sent when it is a route of the application, answered `{id, status, body}`. */
    async #answer(event: MessageEvent): Promise<void> {
        const panel = this.#frame.contentWindow;
        if (panel === null || event.source !== panel) {
            return;
        }
        const { id, method, path, body, look } = record(event.data);
        if (look === true) {
            this.#told = '';
            this.#follows = true;
            this.#tell();
            return;
        }
        const target = typeof path === 'string' && /^[!-~]{1,500}$/.test(path) && !path.includes('..') ? path : '';
        const isOwn = this.#routes.some((route) => target === route || target.startsWith(`${route}/`) || target.startsWith(`${route}?`));
        const allowed = isOwn && (method === 'GET' || method === 'POST') && (body === undefined || (typeof body === 'string' && body.length <= bodyMax));
        const answer = allowed ? await request(method, target, body) : { status: 403, body: refused };
        panel.postMessage({ id, ...answer }, '*');
    }
}
