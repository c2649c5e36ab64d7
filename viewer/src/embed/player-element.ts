/** `<ocellus-player src fallback width height>`: a live picture in a page of any site (docs/design/player.md). */
import { el, put, setText } from '../dom.js';
import type { LoadHls } from '../player.js';
import { EmbedPlayer, type EmbedState } from './embed-player.js';
import { style } from './player-style.js';
import { linkBase, WatchLink } from './watch-link.js';
import { icons, noticeOf, reasonOf, wordsOf } from './words.js';

const NAME = 'ocellus-player';
/** Beside this script when it comes from the device, else below the link. */
const LIBRARY = 'ocellus-hls.js';

/** A length of CSS, or pixels; empty: none. */
function lengthOf(given: string | null): string {
    const text = given ?? '';
    return /^\d+(\.\d+)?$/.test(text) ? `${text}px` : CSS.supports('width', text) ? text : '';
}

/** The element. Events: `playing`, `stalled`, `ended`, each with `detail.reason`. */
export class OcellusPlayer extends HTMLElement {
    static readonly observedAttributes = ['src', 'fallback', 'stream', 'width', 'height', 'label'];
    readonly #stage = el('div', { class: 'stage' });
    readonly #notice = el('div', { class: 'notice', role: 'status' });
    readonly #hint = el('span', { class: 'hint' });
    readonly #play = el('button', { type: 'button' });
    readonly #mute = el('button', { type: 'button' });
    readonly #full = el('button', { type: 'button' });
    readonly #bar = el('div', { class: 'bar' }, this.#play, this.#mute, this.#hint, this.#full);
    #player: EmbedPlayer | undefined;
    #state: EmbedState = { kind: 'starting' };
    #paused = false;
    /** In a document: attributes of the markup come before that. */
    #here = false;
    #waits = false;

    constructor() {
        super();
        const root = this.attachShadow({ mode: 'open' });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(style); // a policy of the page against inline styles allows it
        root.adoptedStyleSheets = [sheet];
        put(this.#stage);
        root.append(this.#stage, this.#notice, this.#bar);
        this.#play.addEventListener('click', () => this.#togglePlay());
        this.#mute.addEventListener('click', () => this.#toggleSound());
        this.#full.addEventListener('click', () => this.#toggleFull());
        this.addEventListener('keydown', (event) => this.#onKey(event));
        this.#stage.addEventListener('click', () => this.#togglePlay());
    }

    connectedCallback(): void {
        if (!this.hasAttribute('tabindex')) {
            this.tabIndex = 0;
        }
        this.setAttribute('role', 'group');
        this.#here = true;
        this.#resize();
        this.#begin();
    }

    disconnectedCallback(): void {
        this.#here = false;
        this.#stop();
    }

    attributeChangedCallback(name: string): void {
        if (!this.#here) {
            return;
        }
        this.#resize();
        if (name === 'src' || name === 'fallback' || name === 'stream') {
            this.#beginSoon(); // several attributes change at once
        }
    }

    get #words(): ReturnType<typeof wordsOf> {
        return wordsOf(this.closest<HTMLElement>('[lang]')?.lang || navigator.language);
    }

    #resize(): void {
        this.style.width = lengthOf(this.getAttribute('width'));
        this.style.height = lengthOf(this.getAttribute('height'));
        this.setAttribute('aria-label', this.getAttribute('label') ?? this.#words.live);
    }

    #beginSoon(): void {
        if (!this.#waits) {
            this.#waits = true;
            queueMicrotask(() => {
                this.#waits = false;
                if (this.#here) {
                    this.#begin();
                }
            });
        }
    }

    #begin(): void {
        this.#stop();
        const [src, given] = [this.getAttribute('src') ?? '', this.getAttribute('fallback') ?? ''];
        const base = linkBase(src, document.baseURI);
        const link = base === undefined ? undefined : new WatchLink(base);
        const fallback = given === '' && link === undefined ? src : given;
        if (link === undefined && fallback === '') {
            setText(this.#notice, this.#words.address);
            return;
        }
        const load: LoadHls = async () => {
            const address = link === undefined ? new URL(LIBRARY, import.meta.url).href : link.at(LIBRARY);
            return ((await import(/* @vite-ignore */ address)) as { readonly default: Awaited<ReturnType<LoadHls>> }).default;
        };
        const source = { link, fallback, small: this.getAttribute('stream') === 'sub' };
        this.#player = new EmbedPlayer(this.#stage, source, load, (state) => this.#onState(state));
    }

    #stop(): void {
        this.#player?.close();
        this.#player = undefined;
        this.#paused = false;
    }

    #onState(state: EmbedState): void {
        const before = this.#state;
        this.#state = state;
        setText(this.#notice, noticeOf(state, this.#words));
        this.#notice.hidden = state.kind === 'playing';
        const delayed = state.kind === 'playing' && state.by === 'hls' && state.why !== undefined;
        setText(this.#hint, delayed ? this.#words.byHls : '');
        this.#hint.title = delayed ? reasonOf(state.why) : '';
        this.#drawButtons();
        const same = before.kind === state.kind && (state.kind !== 'playing' || before.kind !== 'playing' || before.by === state.by);
        if (state.kind !== 'starting' && !same) {
            const reason = state.kind === 'playing' ? reasonOf(state.why) : state.reason;
            const detail = { reason, ...(state.kind === 'playing' && { by: state.by }) };
            this.dispatchEvent(new CustomEvent(state.kind, { detail }));
        }
    }

    #drawButtons(): void {
        const words = this.#words;
        const muted = this.#player?.video?.muted ?? true;
        for (const [button, label, icon] of [
            [this.#play, this.#paused ? words.play : words.pause, this.#paused ? icons.play : icons.pause],
            [this.#mute, muted ? words.unmute : words.mute, muted ? icons.muted : icons.sound],
            [this.#full, words.full, icons.full],
        ] as const) {
            setText(button, icon);
            button.setAttribute('aria-label', label);
            button.title = label;
        }
    }

    /** A pause lets go of the connection: the picture stays as it was. */
    #togglePlay(): void {
        const video = this.#player?.video;
        if (this.#paused) {
            this.#begin();
        } else if (video !== undefined) {
            const canvas = el('canvas', { class: 'still' });
            [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
            canvas.getContext('2d')?.drawImage(video, 0, 0);
            this.#stop();
            this.#stage.append(canvas);
            this.#paused = true;
        }
        this.#drawButtons();
    }

    #toggleSound(): void {
        const video = this.#player?.video;
        if (video !== undefined) {
            video.muted = !video.muted;
        }
        this.#drawButtons();
    }

    #toggleFull(): void {
        const done = document.fullscreenElement === this ? document.exitFullscreen() : this.requestFullscreen();
        done.catch(() => undefined); // the page may forbid it
    }

    #onKey(event: KeyboardEvent): void {
        const inner = event.composedPath()[0];
        const acts: Readonly<Record<string, () => void>> = { k: () => this.#togglePlay(), m: () => this.#toggleSound(), f: () => this.#toggleFull() };
        const act = event.key === ' ' && inner === this ? acts['k'] : acts[event.key.toLowerCase()];
        if (act !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            act();
        }
    }
}

/** Makes the element known, once. */
export function definePlayer(): void {
    if (customElements.get(NAME) === undefined) {
        customElements.define(NAME, OcellusPlayer);
    }
}
