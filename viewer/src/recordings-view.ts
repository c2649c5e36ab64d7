/** Recordings of one channel by day, and the one that plays. */
import { el } from './dom.js';
import { ChannelTabs, panel, PictureBar } from './parts.js';
import { Picture } from './picture.js';
import { RecordingList } from './recordings.js';
import { pathTitle } from './recording-title.js';
import { recordingsHash } from './recording-route.js';
import { liveHash, type Route } from './route.js';
import { titleOf } from './status.js';
import { t } from './text.js';
import type { Context, View } from './view.js';

/** The room of recordings. */
export class RecordingsView implements View {
    readonly element: HTMLElement;
    readonly #context: Context;
    readonly #tabs = new ChannelTabs(recordingsHash);
    readonly #picture: Picture;
    readonly #bar: PictureBar;
    readonly #back = el('a', { class: 'button' }, t('backToLive'));
    readonly #list = new RecordingList(0);
    #channel: string | undefined;
    #path: string | undefined;

    constructor(context: Context, route: Route) {
        this.#context = context;
        this.#picture = new Picture({ tile: false, label: t('recording'), onSound: () => this.#bar?.update() });
        this.#bar = new PictureBar(this.#picture, this.#back);
        const left = el('div', {}, this.#tabs.element, this.#picture.element, this.#bar.element);
        const side = el('div', { class: 'side' }, panel(t('recordings'), el('div', { class: 'scroll', tabindex: '0' }, this.#list.element)));
        this.element = el('div', { class: 'columns' }, left, side);
        this.#bar.update();
        this.show(route);
    }

    get title(): string {
        return t('recordings');
    }

    show(route: Route): boolean {
        if (route.kind !== 'recordings') {
            return false;
        }
        this.#channel = route.channel;
        this.#path = route.path;
        this.#list.setCurrent(route.path ?? '');
        this.update();
        return true;
    }

    update(): void {
        const { status } = this.#context;
        const channels = status?.channels ?? [];
        const name = this.#channel ?? channels[0]?.name;
        const names = channels.map((channel) => channel.name);
        this.#tabs.show(channels, name, status === undefined || name === undefined || names.includes(name) ? [] : [name]);
        this.#back.hidden = name === undefined;
        if (name !== undefined) {
            this.#back.setAttribute('href', liveHash(name));
            void this.#list.refresh(name);
        }
        if (this.#path === undefined) {
            this.#picture.stop();
            this.#picture.say(t('chooseRecording'));
            this.#bar.setTitle(name === undefined ? '' : titleOf(status, name));
        } else if (status !== undefined) {
            this.#bar.setTitle(pathTitle(this.#path));
            this.#picture.showFile(
                this.#path,
                channels.find((channel) => channel.name === name),
            );
        }
    }

    focus(): void {
        this.#picture.focus();
    }

    close(): void {
        this.#picture.close();
    }
}
