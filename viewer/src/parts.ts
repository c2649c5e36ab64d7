/** Pieces that several views are made of. */
import { el, put, setText } from './dom.js';
import type { Picture } from './picture.js';
import type { Channel } from './status.js';
import { t, word } from './text.js';

/** A framed part with a heading. */
export function panel(heading: string, ...children: (Node | string | undefined)[]): HTMLElement {
    return el('section', { class: 'panel', 'aria-label': heading }, el('h2', {}, heading), ...children);
}

/** Links to the channels, one of them current; hidden while there is nothing to choose. */
export class ChannelTabs {
    readonly element = el('nav', { class: 'tabs', 'aria-label': t('channels') });
    readonly #hash: (channel: string) => string;
    #names = '';

    /** hash: address of a channel. */
    constructor(hash: (channel: string) => string) {
        this.#hash = hash;
    }

    /** removed: of channels that are not in the settings any more; they come last. */
    show(listed: readonly Pick<Channel, 'name' | 'title'>[], current: string | undefined, removed: readonly string[] = []): void {
        const names = [...listed.map(({ name }) => name), ...removed];
        this.element.hidden = names.length < 2;
        const titles = listed.map(({ title }) => title);
        const key = JSON.stringify([names, titles]);
        if (key !== this.#names) {
            this.#names = key;
            put(this.element, ...names.map((name, n) => el('a', { href: this.#hash(name) }, titles[n] ?? t('channelGone', { name }))));
        }
        this.element.querySelectorAll('a').forEach((link, index) => {
            if (names[index] === current) {
                link.setAttribute('aria-current', 'true');
            } else {
                link.removeAttribute('aria-current');
            }
        });
    }
}

/** Buttons below a large picture: sound and full screen, after a title. */
export class PictureBar {
    readonly element: HTMLElement;
    readonly #title = el('h2', { class: 'title', hidden: true });
    readonly #sound: HTMLButtonElement;
    /** Why there is no sound, when somebody asked. */
    readonly #why = el('p', { class: 'hint', role: 'status', hidden: true });
    readonly #picture: Picture;

    constructor(picture: Picture, ...more: HTMLElement[]) {
        this.#picture = picture;
        const toggle = (): void => {
            if (picture.noSound === '') {
                picture.muted = !picture.muted;
            } else {
                this.#why.hidden = !this.#why.hidden;
            }
            this.update();
        };
        this.#sound = el('button', { type: 'button', click: toggle });
        const full = el('button', { type: 'button', click: () => void picture.element.requestFullscreen().catch(() => undefined) }, t('fullScreen'));
        this.element = el('div', { class: 'bar' }, this.#title, ...more, this.#sound, full, this.#why);
    }

    setTitle(title: string): void {
        setText(this.#title, title);
        this.#title.hidden = title === '';
    }

    /** Sound was turned on or off. */
    update(): void {
        const { noSound, muted } = this.#picture;
        this.#why.hidden ||= noSound === '';
        setText(this.#why, word('noSound', noSound));
        setText(this.#sound, noSound !== '' ? t('soundNone') : muted ? t('soundOn') : t('soundOff'));
        if (noSound === '') {
            this.#sound.removeAttribute('aria-expanded');
        } else {
            this.#sound.setAttribute('aria-expanded', String(!this.#why.hidden));
        }
    }
}
