/** One channel, large: live picture, state, newest recordings, charts. */
import { afterFirst, loadRoom } from './after-first.js';
import type { ChannelSide } from './channel-side.js';
import { el, put } from './dom.js';
import { ChannelTabs, PictureBar } from './parts.js';
import { Picture } from './picture.js';
import { liveHash, type Route } from './route.js';
import type { Channel } from './status.js';
import { t } from './text.js';
import type { Context, View } from './view.js';

/** The room of one channel. */
export class ChannelView implements View {
    readonly element: HTMLElement;
    readonly #context: Context;
    readonly #tabs = new ChannelTabs(liveHash);
    readonly #picture: Picture;
    readonly #talkPlace = el('span', { class: 'slot' });
    readonly #addPlace = el('span', { class: 'slot' });
    readonly #actionsPlace = el('div', { class: 'slot' });
    readonly #bar: PictureBar;
    readonly #sidePlace = el('div', { class: 'side' });
    #side: ChannelSide | undefined;
    #closed = false;
    /** Without use until the code of the charts is there; it has its place. */
    readonly #chartsButton: HTMLButtonElement;
    readonly #chartsPlace = el('div', { class: 'charts', id: 'charts' });
    #name: string | undefined;

    constructor(context: Context, name: string | undefined) {
        this.#context = context;
        this.#name = name;
        this.#picture = new Picture({ tile: false, label: t('pictureOf', { name: name ?? '' }), onSound: () => this.#bar?.update() });
        this.#chartsButton = el('button', { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'charts', disabled: true }, t('charts'));
        this.#bar = new PictureBar(this.#picture, this.#talkPlace, this.#chartsButton);
        const head = el('div', { class: 'live-head' }, this.#tabs.element, this.#addPlace);
        const left = el('div', {}, head, this.#picture.element, this.#bar.element, this.#actionsPlace, this.#chartsPlace);
        this.element = el('div', { class: 'columns' }, left, this.#sidePlace);
        this.#bar.update();
        this.#picture.say(t('pictureStarting'));
        this.update();
        void this.#loadSide();
    }

    async #loadSide(): Promise<void> {
        await afterFirst();
        const code = await loadRoom(import('./channel-side.js')).catch(() => undefined);
        await this.#context.asked; // with its buttons, which depend on rights: later they would move it
        if (code === undefined) {
            put(this.#sidePlace, el('p', { class: 'empty', role: 'alert' }, t('notLoaded')));
        } else if (!this.#closed) {
            this.#side = new code.ChannelSide(this.#context, () => this.update(), this.#chartsButton, this.#chartsPlace);
            put(this.#sidePlace, ...this.#side.elements);
            put(this.#talkPlace, this.#side.talk.element);
            put(this.#addPlace, this.#side.add.element);
            put(this.#actionsPlace, this.#side.actions.element);
            this.update();
        }
    }

    get title(): string {
        return this.#channel()?.title ?? t('live');
    }

    show(route: Route): boolean {
        if (route.kind !== 'live' || (route.channel === undefined && this.#context.status?.channels.length !== 1)) {
            return false;
        }
        this.#name = route.channel;
        this.update();
        return true;
    }

    get fits(): boolean {
        return this.#name !== undefined || this.#context.status?.channels.length === 1;
    }

    update(): void {
        const { status } = this.#context;
        if (status === undefined) {
            return;
        }
        const channel = this.#channel();
        this.#tabs.show(status.channels, channel?.name);
        this.#bar.setTitle(channel?.title ?? '');
        this.#side?.show(status, channel, this.#picture);
        this.#chartsButton.hidden = channel === undefined;
        if (channel === undefined) {
            this.#picture.stop();
            if (this.#name === undefined || status.channels.length === 0) {
                this.#picture.say(t('noChannels'), t('noChannelsText'));
            } else {
                this.#picture.say(t('noChannel', { name: this.#name }));
            }
            return;
        }
        this.#picture.setLabel(t('pictureOf', { name: channel.title }));
        this.#picture.showLive(channel, { private: status.privacy?.on === true, crowded: false, quick: true });
    }

    onVisible(): void {
        this.#picture.toEdge();
    }

    focus(): void {
        this.#picture.focus();
    }

    close(): void {
        this.#closed = true;
        this.#side?.close();
        this.#picture.close();
    }

    /** The one in the address, or the first. */
    #channel(): Channel | undefined {
        const channels = this.#context.status?.channels ?? [];
        return this.#name === undefined ? channels[0] : channels.find((channel) => channel.name === this.#name);
    }
}
