import { afterFirst, loadRoom, pictureSeen } from './after-first.js';
import { getStatus } from './request.js';
import { ChannelView } from './channel-view.js';
import { GridView } from './grid-view.js';
import { el } from './dom.js';
import { History } from './history.js';
import { links } from './live/page-links.js';
import { prepareWay } from './live/way.js';
import { type AppPanel, noPanel, readPanel } from './panel-title.js';
import { parseRoute, type Route } from './route.js';
import { Shell } from './shell.js';
import type { Status } from './status.js';
import { preferredLanguage, t, useFirstTexts } from './text.js';
import type { Context, View } from './view.js';
import { setZone } from './zone-state.js';

/** How often the state is read while the page is visible. */
const STATUS_MS = 2000;

/** The page: one shell, one view at a time, the newest state. */
class Page implements Context {
    readonly history = new History();
    status: Status | undefined;
    user = '';
    #app: AppPanel = noPanel;
    /** Of the script that the application was read from. */
    #generation: number | undefined = -1;
    #knowsUser = false;
    /** Whether a room has anything for who looks; all have until that is known. */
    #mayEnter: (kind: string) => boolean = () => true;
    asked: Promise<void> = Promise.resolve();
    readonly #root: Element;
    #shell: Shell;
    #view: View | undefined;
    #opening = 0;
    #timer: number | undefined;

    constructor(root: Element) {
        this.#root = root;
        this.#shell = this.#makeShell();
    }

    /** Begins with the first answer of the device; returns at once. */
    start(first: ReturnType<typeof getStatus>): void {
        addEventListener('hashchange', () => void this.#route(true));
        document.addEventListener('visibilitychange', () => {
            if (!document.hidden) {
                this.#view?.onVisible?.();
                void this.#poll();
            }
        });
        void this.#poll(first);
    }

    refresh(): void {
        void this.#poll();
    }

    #makeShell(): Shell {
        return new Shell(
            this.#root,
            () => this.refresh(),
            () => this.#again(),
        );
    }

    /** Another language: everything is made anew. */
    #again(): void {
        this.#view?.close();
        this.#view = undefined;
        this.#shell = this.#makeShell();
        this.#shell.setPanel(this.#app.panel);
        if (this.#knowsUser) {
            this.#shell.setRights(this.#mayEnter);
        }
        this.#shell.setConnection(this.status === undefined ? 'connecting' : 'ok');
        if (this.status) {
            this.#shell.setStatus(this.status);
        }
        void this.#route(false);
    }

    /** Until it is known. */
    async #readUser(): Promise<void> {
        await afterFirst();
        const rights = this.#knowsUser ? undefined : await import('./rights.js').catch(() => undefined);
        const user = await rights?.readRights();
        if (rights !== undefined && user !== undefined) {
            this.#mayEnter = rights.mayEnter;
            this.#knowsUser = true;
            this.user = user;
            this.#shell.setRights(this.#mayEnter);
            this.#view?.update();
        }
    }

    /** Asked when the page opens, and when another script runs: it may be another application. */
    async #readApp(): Promise<void> {
        await afterFirst();
        const app = await readPanel();
        if (JSON.stringify(app) !== JSON.stringify(this.#app)) {
            this.#app = app;
            this.#shell.setPanel(app.panel);
            if (parseRoute(location.hash).kind === 'panel') {
                await this.#route(false);
            }
        }
    }

    /** Asks now, and again later; one turn at a time. */
    async #poll(first?: ReturnType<typeof getStatus>): Promise<void> {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        if (!document.hidden || first !== undefined) {
            const state = first ?? getStatus();
            this.asked = this.#readUser();
            const answer = await state;
            this.#shell.setConnection(answer.kind === 'ok' && !answer.value.answers ? 'restarting' : answer.kind);
            if (answer.kind === 'ok') {
                this.status = answer.value;
                setZone(answer.value.zone);
                this.history.push(answer.value, Date.now() / 1000);
                this.#shell.setStatus(answer.value);
                if (answer.value.generation !== this.#generation) {
                    this.#generation = answer.value.generation;
                    void this.#readApp();
                }
                if (this.#view && this.#view.fits !== false) {
                    this.#view.update();
                    this.#shell.setTitle(this.#view.title);
                } else {
                    await this.#route(false);
                }
            }
        }
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.#poll(), STATUS_MS);
    }

    /** Shows what the address says. */
    async #route(moveFocus: boolean): Promise<void> {
        const route = parseRoute(location.hash);
        if (route.kind !== 'live' || this.status?.channels.length === 0) {
            pictureSeen(); // there will be none
        }
        const turn = ++this.#opening;
        if (!this.#view?.show(route)) {
            if (route.kind === 'live' && this.status === undefined) {
                return; // one channel or several: the first answer tells
            }
            const view = await this.#open(route);
            if (turn !== this.#opening) {
                view.close();
                return; // something else was asked for meanwhile
            }
            this.#view?.close();
            this.#view = view;
            this.#shell.setView(view, moveFocus);
        }
        this.#shell.setRoute(route, this.#view?.title ?? '');
    }

    async #open(route: Route): Promise<View> {
        try {
            if (route.kind !== 'live') {
                await this.asked;
            }
            if (!this.#mayEnter(route.kind)) {
                return notLoaded(t('roomDenied'));
            }
            switch (route.kind) {
                case 'live':
                    return route.channel === undefined && this.status?.channels.length !== 1 ? new GridView(this) : new ChannelView(this, route.channel);
                case 'recordings':
                    return new (await loadRoom(import('./recordings-room.js'))).RecordingsRoom(this, route);
                case 'log':
                    return new (await loadRoom(import('./log-view.js'))).LogView(this);
                case 'settings':
                    return new (await loadRoom(import('./settings-view.js'))).SettingsView(this);
                case 'panel':
                    return this.#app.panel === '' ? notLoaded(t('panelNone')) : new (await loadRoom(import('./panel-view.js'))).PanelView(this.#app);
                case 'update':
                    return new (await loadRoom(import('./update-view.js'))).UpdateView();
                case 'access':
                    return new (await loadRoom(import('./access-view.js'))).AccessView(this);
                default: {
                    const never: never = route;
                    throw new Error(`unknown room ${String(never)}`);
                }
            }
        } catch {
            return notLoaded();
        }
    }
}

/** Stands for a view whose code did not come in. */
function notLoaded(why = t('notLoaded')): View {
    return {
        element: el('div', { class: 'blank', role: 'alert' }, el('strong', {}, why)),
        title: why,
        show: () => false,
        update: () => undefined,
        close: () => undefined,
    };
}

/** The page begins: what the first picture waits for is under way at once. */
async function begin(root: Element): Promise<void> {
    const status = getStatus();
    if (parseRoute(location.hash).kind === 'live') {
        prepareWay(links);
    }
    await useFirstTexts(preferredLanguage(navigator.languages));
    new Page(root).start(status);
}

const root = document.querySelector('#app');
if (root) {
    void begin(root);
}
