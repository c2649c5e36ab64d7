/** One channel, large: live picture, state, newest recordings, charts. */
import { AddCamera, CameraActions } from './camera/actions.js';
import { RecordModes } from './camera/recording-words.js';
import { el, put, setText } from './dom.js';
import { ChannelTabs, panel, PictureBar } from './parts.js';
import { Picture } from './picture.js';
import { RecordingList } from './recordings.js';
import { may } from './rights.js';
import { liveHash, recordingsHash, type Route } from './route.js';
import { StateTable } from './state.js';
import type { Channel } from './status.js';
import { TalkButton } from './talk/talk-button.js';
import { t } from './text.js';
import type { Charts } from './charts.js';
import type { Context, View } from './view.js';

/** Recordings beside the picture. */
const NEWEST = 8;

/** The room of one channel. */
export class ChannelView implements View {
    readonly element: HTMLElement;
    readonly #context: Context;
    readonly #tabs = new ChannelTabs(liveHash);
    readonly #picture: Picture;
    readonly #talk = new TalkButton();
    readonly #bar: PictureBar;
    readonly #state = new StateTable();
    readonly #recordings = new RecordingList(NEWEST);
    readonly #modes = new RecordModes(() => this.update());
    readonly #actions: CameraActions;
    readonly #add: AddCamera;
    readonly #canTalk: boolean;
    readonly #all = el('a', { class: 'button more' }, t('allRecordings'));
    readonly #chartsButton: HTMLButtonElement;
    readonly #chartsPlace = el('div', { class: 'charts', id: 'charts' });
    #charts: Charts | undefined;
    #name: string | undefined;

    constructor(context: Context, name: string | undefined) {
        this.#context = context;
        this.#name = name;
        this.#picture = new Picture({ tile: false, label: t('pictureOf', { name: name ?? '' }), onSound: () => this.#bar?.update() });
        this.#chartsButton = el('button', { type: 'button', 'aria-expanded': 'false', 'aria-controls': 'charts', click: () => void this.#toggleCharts() }, t('charts'));
        this.#bar = new PictureBar(this.#picture, this.#talk.element, this.#chartsButton);
        this.#canTalk = !this.#talk.element.hidden;
        this.#actions = new CameraActions(context, () => void this.#modes.refresh(true));
        this.#add = new AddCamera(context);
        const head = el('div', { class: 'live-head' }, this.#tabs.element, this.#add.element);
        const left = el('div', {}, head, this.#picture.element, this.#bar.element, this.#actions.element, this.#chartsPlace);
        const side = el('div', { class: 'side' }, panel(t('state'), this.#state.element), panel(t('recordings'), this.#recordings.element, this.#all));
        this.element = el('div', { class: 'columns' }, left, side);
        this.#bar.update();
        this.#picture.say(t('pictureStarting'));
        this.update();
    }

    get title(): string {
        return this.#channel()?.title ?? t('live');
    }

    show(route: Route): boolean {
        if (route.kind !== 'live' || (route.channel === undefined && this.#context.status?.channels.length !== 1)) {
            return false;
        }
        this.#name = route.channel;
        this.#charts?.close();
        this.#charts = undefined;
        void this.#refreshCharts();
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
        this.#state.show(status, channel, this.#picture, channel && this.#modes.of(channel.name));
        this.#actions.update(channel);
        this.#add.update();
        this.#talk.element.hidden = !this.#canTalk || channel === undefined || !may('talk', channel.name);
        this.#chartsButton.hidden = channel === undefined;
        this.#all.hidden = channel === undefined;
        if (channel === undefined) {
            this.#picture.stop();
            if (this.#name === undefined || status.channels.length === 0) {
                this.#picture.say(t('noChannels'), t('noChannelsText'));
            } else {
                this.#picture.say(t('noChannel', { name: this.#name }));
            }
            return;
        }
        this.#all.setAttribute('href', recordingsHash(channel.name));
        this.#picture.setLabel(t('pictureOf', { name: channel.title }));
        this.#picture.showLive(channel, { private: status.privacy?.on === true, crowded: false, quick: true });
        void this.#recordings.refresh(channel.name);
        void this.#modes.refresh();
        this.#charts?.update();
    }

    onVisible(): void {
        this.#picture.toEdge();
    }

    focus(): void {
        this.#picture.focus();
    }

    close(): void {
        this.#talk.close();
        this.#picture.close();
        this.#charts?.close();
    }

    /** The one in the address, or the first. */
    #channel(): Channel | undefined {
        const channels = this.#context.status?.channels ?? [];
        return this.#name === undefined ? channels[0] : channels.find((channel) => channel.name === this.#name);
    }

    async #toggleCharts(): Promise<void> {
        const open = this.#chartsButton.getAttribute('aria-expanded') !== 'true';
        this.#chartsButton.setAttribute('aria-expanded', String(open));
        setText(this.#chartsButton, t(open ? 'chartsHide' : 'charts'));
        if (open) {
            await this.#refreshCharts();
        } else {
            this.#charts?.close();
            this.#charts = undefined;
            put(this.#chartsPlace);
        }
    }

    async #refreshCharts(): Promise<void> {
        const channel = this.#channel();
        if (channel === undefined || this.#chartsButton.getAttribute('aria-expanded') !== 'true') {
            return;
        }
        try {
            const { Charts } = await import('./charts.js');
            if (this.#channel()?.name !== channel.name || !this.element.isConnected) {
                return;
            }
            this.#charts?.close();
            this.#charts = new Charts(this.#context.history.of(channel.name), channel.sub !== undefined);
            put(this.#chartsPlace, this.#charts.element);
            this.#charts.start();
        } catch {
            put(this.#chartsPlace, el('p', { class: 'empty' }, t('notLoaded')));
        }
    }
}
