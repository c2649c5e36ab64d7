/** One picture with what is said over it: picks the player that the stream needs. */
import { pictureSeen } from './after-first.js';
import { address } from './request.js';
import { el, setText } from './dom.js';
import { reasonText, sourceText } from './input-text.js';
import { links } from './live/page-links.js';
import { type Playing, type Target, Way } from './live/way.js';
import { STILL_MS, Slowness } from './live/still.js';
import { codecName, noSoundOf, streamFor, typeOf, wayOf } from './playable.js';
import type { Player, PlayerState } from './player.js';
import type { PacketPlayer } from './packets/packet-player.js';
import type { RangePlayer } from './range-player.js';
import type { QuickStart } from './quick-start.js';
import type { Channel, Stream } from './status.js';
import { t } from './text.js';

/** tile: small, without controls and sound. */
export interface PictureOptions {
    readonly tile: boolean;
    /** Names the picture for those who do not see it. */
    readonly label: string;
    /** Called when sound is turned on or off, or another player took over. */
    readonly onSound?: () => void;
    /** Called when `live` has changed. */
    readonly onLive?: () => void;
}

let hlsLive: Promise<typeof import('./hls-live.js') | undefined> | undefined;

/** One promise for all pictures: they go on in the order in which they asked, so the first one is the quick one. undefined: it did not come in. */
function loadHlsLive(): NonNullable<typeof hlsLive> {
    hlsLive ??= import('./hls-live.js').catch(() => {
        hlsLive = undefined;
        return undefined;
    });
    return hlsLive;
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
    #player: Player | undefined;
    readonly #way: Way;
    readonly #hint = el('span', { class: 'hint', hidden: true });
    #packets: PacketPlayer | undefined;
    #range: RangePlayer | undefined;
    #quick: QuickStart | undefined;
    /** What plays: empty for nothing. */
    #source = '';
    /** By HLS, if that is the way; and the playlist that plays, empty for none. */
    #fallBack: { readonly url: string; readonly of: Stream | undefined; readonly quick: boolean } = { url: '', of: undefined, quick: false };
    readonly #slowness = new Slowness();
    /** For how long a live picture may stay as it is. */
    #stillMs = STILL_MS;
    #hls = '';
    #live = false;
    #state: PlayerState = 'starting';
    /** Somebody stopped it. */
    #paused = false;
    /** A picture was there. */
    #seen = false;
    /** What the device says of a channel that is shown live and does not run; empty: nothing. */
    #trouble = { title: '', text: '' };
    #noSound: ReturnType<typeof noSoundOf> = '';
    #closed = false;

    constructor(options: PictureOptions) {
        this.#options = options;
        const { tile, label } = options;
        this.#video = this.#makeVideo(label);
        this.#canvas = el('canvas', { role: 'img', 'aria-label': label, hidden: true, ...(tile ? {} : { tabindex: '0' }) }, t('canvasFallback'));
        this.#notice = el('span', { class: 'notice', ...(tile ? {} : { role: 'status' }) }, this.#title, this.#text);
        this.element = el('div', { class: 'stage' }, this.#video, this.#canvas, this.#tag, this.#hint, this.#notice);
        this.#way = new Way(links, {
            make: () => this.#makeOver(),
            onFirst: (video) => this.#showOver(video),
            onPlaying: () => this.#onState('playing'),
            onLost: () => this.#onState('failed'),
            onFallBack: (doubt) => this.#playHls(doubt),
        });
    }

    /** Names the picture for those who do not see it. */
    setLabel(label: string): void {
        this.#shown.setAttribute('aria-label', label);
        this.#video.setAttribute('aria-label', label);
        this.#canvas.setAttribute('aria-label', label);
    }

    /** Seconds that the live picture is old; where only its distance from the edge is known, that. */
    get delay(): number | undefined {
        return this.#live ? (this.#way.delay ?? this.#packets?.delay ?? this.#player?.delay) : undefined;
    }

    /** Which way the live picture comes; undefined: it is no video, or nothing plays. */
    get playing(): Playing | undefined {
        return this.#live ? this.#way.playing : undefined;
    }

    /** A live picture is seen, and moves. */
    get live(): boolean {
        return !this.#tag.hidden;
    }

    /** Why there is no sound, as of `noSoundOf`. */
    get noSound(): ReturnType<typeof noSoundOf> {
        return this.#live ? this.#noSound : '';
    }

    get muted(): boolean {
        return this.#range?.muted ?? this.#packets?.muted ?? this.#shown.muted;
    }

    set muted(value: boolean) {
        const own = this.#range ?? this.#packets;
        if (own) {
            own.muted = value;
            this.#options.onSound?.();
        } else {
            this.#shown.muted = value;
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
        const noSound = noSoundOf(stream);
        if (noSound !== this.#noSound) {
            this.#noSound = noSound;
            this.#options.onSound?.();
        }
        this.#stillMs = this.#slowness.after(`${stream.playlist} ${stream.generation}`, stream.video?.fps);
        const troubled = stream.state === 'lost' || stream.state === 'silent' || stream.state === 'ended';
        this.#trouble = troubled ? { title: sourceText(stream), text: reasonText(channel) ?? '' } : { title: '', text: '' };
        if (way === 'packets') {
            this.#begin(address(stream.mp4), true, true);
            if (this.#packets) {
                this.#packets.stillMs = this.#stillMs;
            }
        } else {
            this.#fallBack = { url: address(how.crowded ? (stream.plain ?? stream.playlist) : stream.playlist), of: stream, quick: how.quick };
            this.#showWay({ channel: channel.name, small: stream !== channel, stream, stillMs: this.#stillMs });
        }
        this.#draw();
    }

    /** Plays a recording; of: the channel it was made of, if that still exists. */
    showFile(path: string, of: Channel | undefined): void {
        const way = of === undefined ? 'video' : wayOf(of);
        if (of !== undefined && way === 'none') {
            this.stop();
            this.#refuse(of, true);
            return;
        }
        this.#begin(path, false, way === 'packets');
    }

    /** Words instead of a picture; none: the picture alone. */
    say(title: string, text = ''): void {
        setText(this.#title, title);
        setText(this.#text, text);
        this.#notice.hidden = title === '';
        if (title !== t('pictureStarting')) {
            pictureSeen();
        }
        this.#setLive(title === '' && this.live);
    }

    #setLive(live: boolean): void {
        if (live !== this.live) {
            this.#tag.hidden = !live;
            this.#options.onLive?.();
        }
    }

    /** Nothing plays from now on. May be called twice. keepWay: WebRTC ends by itself. */
    stop(keepWay = false): void {
        if (this.#source !== '') {
            this.#source = '';
            if (!keepWay) {
                this.#way.stop();
            }
            this.#endQuick();
            this.#hls = '';
            this.#player?.stop();
            this.#packets?.close();
            this.#packets = undefined;
            this.#range?.close();
            this.#range = undefined;
        }
        this.#setLive(false);
        this.#hint.hidden = true;
    }

    /** As `stop`, for good. */
    close(): void {
        this.#closed = true;
        this.#way.close();
        this.stop(this.#way.video !== undefined);
    }

    /** After the page was hidden: on with the newest picture. */
    toEdge(): void {
        this.#player?.toEdge();
    }

    focus(): void {
        (this.#canvas.hidden ? this.#shown : this.#canvas).focus();
    }

    #refuse(stream: Stream, file: boolean): void {
        const codec = codecName(stream.video?.codec ?? stream.audio ?? '');
        this.say(t('codecRefused', { codec }), this.#options.tile ? '' : t(file ? 'codecRefusedFile' : 'codecRefusedLive'));
    }

    /** The element that a person sees and hears. */
    get #shown(): HTMLVideoElement {
        return this.#way.video ?? this.#video;
    }

    #makeVideo(label: string): HTMLVideoElement {
        const video = el('video', { playsinline: true, 'aria-label': label });
        this.#dress(video);
        return video;
    }

    #dress(video: HTMLVideoElement): void {
        const { tile, onSound } = this.#options;
        video.controls = !tile;
        video.tabIndex = tile ? -1 : 0;
        video.addEventListener('volumechange', () => onSound?.());
        video.addEventListener('pause', () => {
            this.#paused ||= video === this.#shown;
            this.#draw();
        });
    }

    /** Another source from now on. @returns false: it is the one that plays */
    #change(source: string, live: boolean, packets: boolean): boolean {
        if (this.#source === source) {
            return false;
        }
        this.stop();
        this.#source = source;
        this.#live = live;
        this.#video.hidden = packets;
        this.#canvas.hidden = !packets;
        this.#state = 'starting';
        [this.#paused, this.#seen] = [false, false];
        this.#draw();
        return true;
    }

    #begin(url: string, live: boolean, packets: boolean): void {
        if (this.#change(url, live, packets)) {
            void (live ? this.#beginPackets(url) : this.#beginFile(url, packets));
            this.#options.onSound?.();
        }
    }

    /** WebRTC, or HLS while that does not work. */
    #showWay(target: Target): void {
        const other = this.#change(`live ${target.channel}`, true, false);
        if (this.#hls !== '') {
            this.#playHls(false);
        }
        this.#way.show(target);
        if (other) {
            this.#options.onSound?.();
        }
    }

    /** Over what is shown, until it has a picture. */
    #makeOver(): HTMLVideoElement {
        const video = this.#makeVideo('');
        video.className = 'quick';
        video.setAttribute('aria-hidden', 'true');
        video.muted = this.#way.video?.muted ?? (this.#hls === '' || this.#video.muted);
        video.volume = this.#shown.volume;
        this.#shown.after(video);
        return video;
    }

    #showOver(video: HTMLVideoElement): void {
        const focused = document.activeElement === this.#shown;
        if (video.parentElement !== this.element) {
            this.element.prepend(video); // another picture showed it
            this.#dress(video);
        }
        video.className = '';
        video.removeAttribute('aria-hidden');
        video.setAttribute('aria-label', this.#video.getAttribute('aria-label') ?? '');
        this.#hls = '';
        this.#endQuick();
        this.#player?.stop();
        this.#video.hidden = true;
        video.after(this.#video);
        if (focused) {
            video.focus();
        }
        this.#onState('playing');
        this.#options.onSound?.();
    }

    #playHls(doubt: boolean): void {
        const { url } = this.#fallBack;
        if (this.#source === '') {
            return;
        }
        if (this.#hls === url) {
            void this.#beginLive(url, false, false); // with what is known of it now
            return;
        }
        this.#hls = url;
        this.#video.hidden = false;
        this.element.prepend(this.#video);
        this.#onState('starting');
        this.#endQuick();
        void this.#beginLive(url, true, doubt);
        this.#options.onSound?.();
    }

    #endQuick(): void {
        this.#quick?.close();
        this.#quick = undefined;
    }

    /** By HLS. begins: it has not played yet. doubt: as of `WayEvents.onFallBack`. Code that does not come in is asked for again with the next state of the device. */
    async #beginLive(url: string, begins: boolean, doubt: boolean): Promise<void> {
        const hls = await loadHlsLive();
        if (hls === undefined || this.#hls !== url) {
            return;
        }
        const { of, quick } = this.#fallBack;
        const type = begins && quick && !doubt && of !== undefined ? typeOf(of) : '';
        if (of !== undefined && type !== '') {
            this.#quick = new hls.QuickStart(address(of.mp4), type, () => this.#onState('playing'));
            this.#video.after(this.#quick.element);
        }
        await hls.firstPicture();
        if (this.#hls === url) {
            this.#player ??= new hls.Player(this.#video, hls.loadHls, (state) => {
                this.#endQuick();
                this.#onState(state);
            });
            this.#player.playLive(url, { generation: this.#fallBack.of?.generation, stillMs: this.#stillMs, doubt });
        }
    }

    async #beginFile(path: string, packets: boolean): Promise<void> {
        const { RangePlayer } = await import('./range-player.js');
        if (this.#source !== path || this.#closed) {
            return; // something else was asked for while it came in
        }
        this.#range = new RangePlayer({
            video: this.#video,
            canvas: this.#canvas,
            onState: (state) => this.#onState(state),
            onWhole: (reason) => {
                setText(this.#hint, t('wholeFile', { reason }));
                this.#hint.hidden = false;
            },
        });
        this.#options.onSound?.();
        await this.#range.open(path, 0, packets);
        this.#options.onSound?.();
    }

    async #beginPackets(url: string): Promise<void> {
        const { PacketPlayer } = await import('./packets/packet-player.js');
        if (this.#source !== url || this.#closed) {
            return; // something else was asked for while it came in
        }
        this.#packets = new PacketPlayer(this.#canvas, (state) => this.#onState(state));
        this.#packets.play(url, true);
        this.#options.onSound?.();
    }

    #onState(state: PlayerState): void {
        if (this.#source === '') {
            return;
        }
        this.#state = state;
        this.#seen ||= state === 'playing';
        this.#paused = false;
        this.#draw();
    }

    /** The badge is there while the player sees the picture move; else words say why not: those of the device first. */
    #draw(): void {
        const [state, live] = [this.#state, this.#live];
        if (this.#source === '') {
            return;
        }
        this.#hint.hidden ||= state === 'failed';
        if (state === 'playing') {
            this.say('');
        } else if (live && this.#trouble.title !== '') {
            this.say(this.#trouble.title, this.#trouble.text);
        } else if (state === 'unsupported') {
            this.say(t('unsupported'), this.#options.tile ? '' : t('unsupportedText'));
        } else {
            this.say(t(state === 'starting' || (live && !this.#seen) ? 'pictureStarting' : live ? 'pictureFailed' : 'recordingFailed'));
        }
        this.#setLive(live && state === 'playing' && !this.#paused);
    }
}
