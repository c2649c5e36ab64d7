/** The button of a talk: held while one speaks, or pressed shortly to begin and again to end. */
import { el, setText } from '../dom.js';
import { links } from '../live/page-links.js';
import { t } from '../text.js';
import type { Talk, TalkEnd } from './talk.js';

/** Whoever lets go sooner wants to speak with free hands. */
const SHORT_MS = 400;

/** Whether this browser gives a microphone to this page: it does to those of https and of this machine. */
function canTalk(): boolean {
    const { mediaDevices } = navigator as { readonly mediaDevices?: MediaDevices };
    return mediaDevices !== undefined && typeof RTCPeerConnection !== 'undefined' && typeof AudioWorkletNode !== 'undefined';
}

/** What a person reads of an end; '': nothing. */
function endText(end: TalkEnd): string {
    switch (end.kind) {
        case 'stopped':
            return '';
        case 'hidden':
            return t('talkHidden');
        case 'taken':
            return t('talkTaken');
        case 'lost':
            return t('talkLost');
        case 'microphone':
            return t('talkMicrophone', { reason: end.why });
        case 'refused':
            return t('talkRefused', { reason: end.why });
        default: {
            const never: never = end;
            throw new Error(`unknown end ${String(never)}`);
        }
    }
}

/** A button, and what there is to read about the talk. Hidden where the browser has no microphone for this page. */
export class TalkButton {
    readonly #button: HTMLButtonElement;
    readonly #text = el('span', { class: 'talk-text', role: 'status' });
    readonly element: HTMLElement;
    #talk: Talk | undefined;
    /** A talk is wanted: one runs, or its code is under way. */
    #on = false;
    #sinceMs = 0;

    constructor() {
        this.#button = el('button', {
            type: 'button',
            title: t('talkHint'),
            'aria-pressed': 'false',
            pointerdown: (event) => this.#onPointer(event as PointerEvent),
            pointerup: () => this.#onUp(),
            pointercancel: () => this.#end(),
            keydown: (event) => this.#onKey(event as KeyboardEvent, () => this.#onDown()),
            keyup: (event) => this.#onKey(event as KeyboardEvent, () => this.#onUp()),
        }, t('talk'));
        this.element = el('span', { class: 'talk', hidden: !canTalk() }, this.#text, this.#button);
    }

    /** Ends a talk. May be called twice. */
    close(): void {
        this.#end();
    }

    #onPointer(event: PointerEvent): void {
        if (event.button === 0) {
            this.#button.setPointerCapture(event.pointerId);
            this.#onDown();
        }
    }

    #onKey(event: KeyboardEvent, then: () => void): void {
        if (event.key === ' ' || event.key === 'Enter') {
            event.preventDefault();
            if (!event.repeat) {
                then();
            }
        }
    }

    #onDown(): void {
        if (this.#on) {
            this.#end();
            return;
        }
        this.#sinceMs = performance.now();
        this.#on = true;
        this.#show('');
        void this.#begin();
    }

    #onUp(): void {
        if (this.#on && performance.now() - this.#sinceMs >= SHORT_MS) {
            this.#end();
        }
    }

    async #begin(): Promise<void> {
        try {
            const [{ Talk, VOICE_CHANNEL, VOICE_LABEL }, { openMicrophone }] = await Promise.all([import('./talk.js'), import('./microphone.js')]);
            if (!this.#on || this.#talk !== undefined) {
                return; // let go, or pressed again, while the code came in
            }
            const talk = new Talk({
                channel: links.openVoice(VOICE_LABEL, VOICE_CHANNEL),
                open: openMicrophone,
                page: document,
                onEnd: (end) => this.#onEnd(talk, end),
            });
            this.#talk = talk;
        } catch {
            this.#on = false;
            this.#show(t('notLoaded'));
        }
    }

    #onEnd(talk: Talk, end: TalkEnd): void {
        if (this.#talk === talk) {
            this.#talk = undefined;
            this.#on = false;
            this.#show(endText(end));
        }
    }

    #end(): void {
        if (!this.#on) {
            return;
        }
        const talk = this.#talk;
        this.#talk = undefined;
        this.#on = false;
        talk?.stop();
        this.#show('');
    }

    #show(text: string): void {
        this.#button.setAttribute('aria-pressed', String(this.#on));
        setText(this.#button, t(this.#on ? 'talkEnd' : 'talk'));
        setText(this.#text, text);
    }
}
