/** All channels at once. Only tiles that are seen play. */
import { afterFirst, loadRoom } from './after-first.js';
import type { AddCamera, CameraMenu } from './camera/actions.js';
import { el, put, setText } from './dom.js';
import { sourceText } from './input-text.js';
import { Picture } from './picture.js';
import type { LastEvent } from './last-event.js';
import { liveHash, type Route } from './route.js';
import type { Channel, Status } from './status.js';
import { t } from './text.js';
import type { Context, View } from './view.js';

/** A browser gives one host six connections of HTTP/1.1; a low-latency tile holds up to two of them. */
const CROWD = 2;

class Tile {
    readonly element: HTMLElement;
    readonly #name: string;
    readonly #picture: Picture;
    readonly #link: HTMLAnchorElement;
    readonly #framed: HTMLElement;
    #menu: CameraMenu | undefined;
    readonly #title = el('span', { class: 'name' });
    #channel: Channel | undefined;
    #last: LastEvent | undefined;
    readonly #state = el('span', { class: 'what' });
    visible = false;

    constructor(name: string) {
        this.#picture = new Picture({ tile: true, label: t('pictureOf', { name }), onLive: () => this.#caption() });
        const caption = el('span', { class: 'caption' }, this.#title, this.#state);
        this.#link = el('a', { class: 'tile', href: liveHash(name) }, this.#picture.element, caption);
        this.#framed = el('div', { class: 'framed' }, this.#link);
        this.element = el('div', { class: 'cell' }, this.#framed);
        this.#name = name;
    }

    show(channel: Channel, how: { private: boolean; crowded: boolean; quick: boolean }): void {
        this.#channel = channel;
        this.#caption();
        setText(this.#title, channel.title);
        this.#picture.setLabel(t('pictureOf', { name: channel.title }));
        this.#menu?.update(channel);
        if (this.visible) {
            this.#picture.showLive(channel, how);
            this.#last?.update();
        } else {
            this.#picture.stop();
        }
    }

    #caption(): void {
        const channel = this.#channel;
        if (channel !== undefined) {
            const words = [...(this.#picture.live ? [t('live')] : []), ...(channel.recording ? [t('recordingNow')] : [])];
            setText(this.#state, channel.state === 'running' ? words.join(' · ') : sourceText(channel));
        }
    }

    /** Has a menu over the picture. */
    useMenu(menu: CameraMenu): void {
        this.#menu = menu;
        this.#framed.append(menu.element);
        this.#channel && menu.update(this.#channel);
    }

    /** Says below the picture what happened last. */
    useLast(Last: typeof LastEvent): void {
        this.#last = new Last(this.#name);
        this.element.append(this.#last.element);
    }

    toEdge(): void {
        this.#picture.toEdge();
    }

    close(): void {
        this.#picture.close();
        this.element.remove();
    }
}

/** Everything on HTTP/1.1 shares six connections; HTTP/2 has one for all. */
function fewConnections(): boolean {
    const [entry] = performance.getEntriesByType('navigation');
    return entry instanceof PerformanceNavigationTiming && !entry.nextHopProtocol.startsWith('h2');
}

/** The room of all channels. */
export class GridView implements View {
    readonly element: HTMLElement;
    readonly #grid = el('div', { class: 'grid' });
    readonly #emptyText = el('span');
    readonly #addPlace = el('div', { class: 'live-head' });
    readonly #addFirstPlace = el('div', { class: 'slot' });
    #add: readonly AddCamera[] = [];
    /** What to do where there is no camera; not known before the rights are. */
    #emptyWhy: () => string = () => '';
    readonly #empty: HTMLElement;
    readonly #tiles = new Map<string, Tile>();
    readonly #context: Context;
    readonly #seen: IntersectionObserver;
    readonly #few = fewConnections();
    #Last: typeof LastEvent | undefined;
    #newMenu: (() => CameraMenu) | undefined;

    constructor(context: Context) {
        this.#context = context;
        this.#empty = el('div', { class: 'blank', role: 'status', hidden: true }, el('strong', {}, t('noChannels')), this.#emptyText, this.#addFirstPlace);
        this.element = el('div', { class: 'wide' }, el('h2', { class: 'hidden' }, t('allChannels')), this.#addPlace, this.#empty, this.#grid);
        this.#seen = new IntersectionObserver((entries) => this.#onSeen(entries), { rootMargin: '80px' });
        this.update();
        void this.#loadLater();
    }

    /** After the pictures: what can be done, and what happened last, are not worth their time. */
    async #loadLater(): Promise<void> {
        await afterFirst();
        const missing = (): undefined => undefined;
        const [actions, last] = await Promise.all([loadRoom(import('./camera/actions.js')).catch(missing), loadRoom(import('./last-event.js')).catch(missing)]);
        if (actions !== undefined) {
            this.#emptyWhy = () => actions.noCamerasText();
            this.#newMenu = () => new actions.CameraMenu(this.#context);
            const [add, first] = [new actions.AddCamera(this.#context), new actions.AddCamera(this.#context, true)];
            put(this.#addPlace, add.element);
            put(this.#addFirstPlace, first.element);
            this.#add = [add, first];
            for (const tile of this.#tiles.values()) {
                tile.useMenu(this.#newMenu());
            }
            this.update();
        }
        this.#Last = last?.LastEvent;
        for (const tile of this.#tiles.values()) {
            this.#Last && tile.useLast(this.#Last);
        }
    }

    get title(): string {
        return t('live');
    }

    show(route: Route): boolean {
        return route.kind === 'live' && route.channel === undefined && this.fits;
    }

    get fits(): boolean {
        return this.#context.status?.channels.length !== 1;
    }

    update(): void {
        const { status } = this.#context;
        if (status === undefined) {
            return;
        }
        this.#empty.hidden = status.channels.length > 0;
        this.#addPlace.hidden = status.channels.length === 0;
        for (const add of this.#add) {
            add.update();
        }
        setText(this.#emptyText, this.#emptyWhy());
        this.#makeTiles(status);
        this.#showTiles(status);
    }

    onVisible(): void {
        for (const tile of this.#tiles.values()) {
            tile.toEdge();
        }
    }

    close(): void {
        this.#seen.disconnect();
        for (const tile of this.#tiles.values()) {
            tile.close();
        }
        this.#tiles.clear();
    }

    #makeTiles(status: Status): void {
        for (const [name, tile] of this.#tiles) {
            if (!status.channels.some((channel) => channel.name === name)) {
                this.#seen.unobserve(tile.element);
                tile.close();
                this.#tiles.delete(name);
            }
        }
        for (const [n, { name }] of status.channels.entries()) {
            if (!this.#tiles.has(name)) {
                const tile = new Tile(name);
                this.#tiles.set(name, tile);
                this.#newMenu && tile.useMenu(this.#newMenu());
                this.#Last && tile.useLast(this.#Last);
                const next = status.channels.slice(n + 1).find((one) => this.#tiles.has(one.name));
                this.#grid.insertBefore(tile.element, this.#tiles.get(next?.name ?? '')?.element ?? null);
                this.#seen.observe(tile.element);
            }
        }
        this.#grid.dataset['count'] = String(Math.min(this.#tiles.size, 5));
    }

    #showTiles(status: Status): void {
        const playing = [...this.#tiles.values()].filter((tile) => tile.visible).length;
        const how = { private: status.privacy?.on === true, crowded: this.#few && playing > CROWD };
        let quick = true; // the first that is seen
        for (const channel of status.channels) {
            const tile = this.#tiles.get(channel.name);
            tile?.show(channel, { ...how, quick });
            quick &&= tile?.visible !== true;
        }
    }

    #onSeen(entries: readonly IntersectionObserverEntry[]): void {
        for (const tile of this.#tiles.values()) {
            const entry = entries.filter((one) => one.target === tile.element).at(-1);
            tile.visible = entry?.isIntersecting ?? tile.visible;
        }
        if (this.#context.status) {
            this.#showTiles(this.#context.status);
        }
    }
}
