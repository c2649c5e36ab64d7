/** One picture with what is said over it: picks the player that the stream needs. */
import { address } from './api.js';
import { el, setText } from './dom.js';
import { codecName, streamFor, wayOf } from './playable.js';
import { Player, type PlayerState } from './player.js';
import type { PacketPlayer } from './packets/packet-player.js';
import { firstPicture, QuickStart, typeOf } from './quick-start.js';
import type { Channel, Stream } from './status.js';
import { t } from './text.js';

/** tile: small, without controls and sound. */
export interface PictureOptions {
    readonly tile: boolean;
    /** Names the picture for those who do not see it. */
    readonly label: string;
    /** Called when sound is turned on or off, or another player took over. */
    readonly onSound?: () => void;
}

/** A stage with a video element or a canvas. */
export class Picture {
    readonly #options: PictureOptions;
    readonly #video: HTMLVideoElement;
    readonly #canvas: HTMLCanvasElement;
    readonly #tag = el('span', { class: 'tag', hidden: true }, t('live'));
    readonly #title = el('strong');
    readonly #text = el('span');
    readonly #notice: HTMLElement;
    readonly element: HTMLElement;
    readonly #player: Player;
    #packets: PacketPlayer | undefined;
    #quick: QuickStart | undefined;
    /** What plays: empty for nothing. */
    #source = '';
    #live = false;
    #closed = false;

    constructor(options: PictureOptions) {
        this.#options = options;
        const { tile, label } = options;
        this.#video = el('video', { controls: !tile, playsinline: true, 'aria-label': label, ...(tile ? { tabindex: '-1' } : { tabindex: '0' }) });
        this.#canvas = el('canvas', { role: 'img', 'aria-label': label, hidden: true, ...(tile ? {} : { tabindex: '0' }) }, t('canvasFallback'));
        this.#notice = el('span', { class: 'notice', ...(tile ? {} : { role: 'status' }) }, this.#title, this.#text);
        this.element = el('div', { class: 'stage' }, this.#video, this.#canvas, this.#tag, this.#notice);
        this.#player = new Player(this.#video, (state) => {
            this.#endQuick();
            this.#onState(state);
        });
        this.#video.addEventListener('volumechange', () => options.onSound?.());
    }

    /** Names the picture for those who do not see it. */
    setLabel(label: string): void {
        this.#video.setAttribute('aria-label', label);
        this.#canvas.setAttribute('aria-label', label);
    }

    /** Seconds between the edge of the live picture and what is shown. */
    get delay(): number | undefined {
        return this.#live ? (this.#packets?.delay ?? this.#player.delay) : undefined;
    }

    get muted(): boolean {
        return this.#packets?.muted ?? this.#video.muted;
    }

    set muted(value: boolean) {
        if (this.#packets) {
            this.#packets.muted = value;
            this.#options.onSound?.();
        } else {
            this.#video.muted = value;
        }
    }

    /**
     * Plays a channel live, or says why not. Called again with the same channel it changes nothing.
     * crowded: there are few connections for many pictures. quick: this one may be seen before the player has come in.
     */
    showLive(channel: Channel, how: { readonly private: boolean; readonly crowded: boolean; readonly quick: boolean }): void {
        const stream = streamFor(channel, this.#options.tile);
        if (how.private || stream.state === 'private') {
            this.stop();
            this.say(t('privacyOn'), this.#options.tile ? '' : t('privacyText'));
            return;
        }
        const way = wayOf(stream);
        if (way === 'none') {
            this.stop();
            this.#refuse(stream, false);
            return;
        }
        const path = way === 'packets' ? stream.mp4 : how.crowded ? (stream.plain ?? stream.playlist) : stream.playlist;
        this.#begin(address(path), true, way === 'packets', how.quick ? stream : undefined);
        if (stream.state === 'lost' || stream.state === 'ended') {
            this.say(t(`input.${stream.state}`));
        }
    }

    /** Plays a recording; of: the channel it was made of, if that still exists. */
    showFile(path: string, of: Channel | undefined): void {
        const way = of === undefined ? 'video' : wayOf(of);
        if (of !== undefined && way === 'none') {
            this.stop();
            this.#refuse(of, true);
            return;
        }
        this.#begin(address(path), false, way === 'packets');
    }

    /** Words instead of a picture; none: the picture alone. */
    say(title: string, text = ''): void {
        setText(this.#title, title);
        setText(this.#text, text);
        this.#notice.hidden = title === '';
        this.#tag.hidden ||= title !== '';
    }

    /** Nothing plays from now on. May be called twice. */
    stop(): void {
        if (this.#source !== '') {
            this.#source = '';
            this.#endQuick();
            this.#player.stop();
            this.#packets?.close();
            this.#packets = undefined;
        }
        this.#tag.hidden = true;
    }

    /** As `stop`, for good. */
    close(): void {
        this.stop();
        this.#closed = true;
    }

    /** After the page was hidden: on with the newest picture. */
    toEdge(): void {
        this.#player.toEdge();
    }

    focus(): void {
        (this.#canvas.hidden ? this.#video : this.#canvas).focus();
    }

    #refuse(stream: Stream, file: boolean): void {
        const codec = codecName(stream.video?.codec ?? stream.audio ?? '');
        this.say(t('codecRefused', { codec }), this.#options.tile ? '' : t(file ? 'codecRefusedFile' : 'codecRefusedLive'));
    }

    #begin(url: string, live: boolean, packets: boolean, quick?: Stream): void {
        if (this.#source === url) {
            return;
        }
        this.stop();
        this.#source = url;
        this.#live = live;
        this.#video.hidden = packets;
        this.#canvas.hidden = !packets;
        this.say(t('pictureStarting'));
        if (packets) {
            void this.#beginPackets(url, live);
        } else if (live) {
            this.#beginQuick(quick);
            void this.#beginLive(url);
        } else {
            this.#player.playFile(url);
        }
        this.#options.onSound?.();
    }

    #beginQuick(stream: Stream | undefined): void {
        const type = stream === undefined ? '' : typeOf(stream);
        if (stream !== undefined && type !== '') {
            this.#quick = new QuickStart(address(stream.mp4), type, () => this.#onState('playing'));
            this.#video.after(this.#quick.element);
        }
    }

    #endQuick(): void {
        this.#quick?.close();
        this.#quick = undefined;
    }

    async #beginLive(url: string): Promise<void> {
        await firstPicture();
        if (this.#source === url) {
            this.#player.playLive(url);
        }
    }

    async #beginPackets(url: string, live: boolean): Promise<void> {
        const { PacketPlayer } = await import('./packets/packet-player.js');
        if (this.#source !== url || this.#closed) {
            return; // something else was asked for while it came in
        }
        this.#packets = new PacketPlayer(this.#canvas, (state) => this.#onState(state));
        this.#packets.play(url, live);
        this.#options.onSound?.();
    }

    #onState(state: PlayerState): void {
        if (this.#source === '') {
            return;
        }
        this.#tag.hidden = !(this.#live && state === 'playing');
        switch (state) {
            case 'starting':
                this.say(t('pictureStarting'));
                break;
            case 'playing':
                this.say('');
                break;
            case 'failed':
                this.say(t(this.#live ? 'pictureFailed' : 'recordingFailed'));
                break;
            case 'unsupported':
                this.say(t('unsupported'), this.#options.tile ? '' : t('unsupportedText'));
                break;
            default: {
                const never: never = state;
                throw new Error(`unknown state ${String(never)}`);
            }
        }
    }
}
