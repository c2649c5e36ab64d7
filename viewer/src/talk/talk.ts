/**
 * One talk: microphone to device, until somebody ends it. It ends at once when the page is hidden, the microphone is
 * taken (a phone call) or the device refuses; the device reads an empty message.
 */
import { VoiceEncoder } from './voice-encoder.js';

/** The label of its data channel; unordered and without retransmission, as late sound is of no use. */
export const VOICE_LABEL = 'action=voice&codec=pcma';
/** How it is opened. */
export const VOICE_CHANNEL: RTCDataChannelInit = { ordered: false, maxRetransmits: 0 };
/** Bytes that may wait in the browser: a quarter of a second. What exceeds it is left out. */
const BUFFERED_MAX = 2000;

/** A microphone that is open. */
export interface Microphone {
    /** Samples per second. */
    readonly rate: number;
    close(): void;
}

/** What a microphone reports. */
export interface MicrophoneEvents {
    readonly onSamples: (samples: Float32Array) => void;
    /** The system or the person took it away. */
    readonly onTaken: () => void;
}

/** Of a data channel, what a talk needs. */
export type VoiceChannel = Pick<RTCDataChannel, 'readyState' | 'bufferedAmount' | 'close' | 'addEventListener'> & {
    send(data: Uint8Array<ArrayBuffer>): void;
};

/** Why a talk ended; `refused`: by the device, with its words. */
export type TalkEnd =
    | { readonly kind: 'stopped' | 'hidden' | 'taken' | 'lost' }
    | { readonly kind: 'microphone' | 'refused'; readonly why: string };

/** What a talk needs. */
export interface TalkOptions {
    readonly channel: VoiceChannel;
    readonly open: (events: MicrophoneEvents) => Promise<Microphone>;
    /** Of the page, for `visibilitychange`. */
    readonly page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;
    /** Called once, never from inside the constructor. */
    readonly onEnd: (end: TalkEnd) => void;
}

/** Push-to-talk makes one while a button is held, hands-free until it is pressed again. */
export class Talk {
    readonly #options: TalkOptions;
    #microphone: Microphone | undefined;
    #encoder: VoiceEncoder | undefined;
    #ended = false;
    #last = '';

    constructor(options: TalkOptions) {
        this.#options = options;
        const { channel, page } = options;
        page.addEventListener('visibilitychange', this.#onVisibility);
        channel.addEventListener('message', (event) => {
            this.#last = typeof event.data === 'string' ? event.data : '';
        });
        channel.addEventListener('close', () => this.#end(reasonOf(this.#last)));
        void this.#begin();
    }

    /** The person is done. */
    stop(): void {
        this.#end({ kind: 'stopped' });
    }

    async #begin(): Promise<void> {
        try {
            const microphone = await this.#options.open({
                onSamples: (samples) => this.#send(samples),
                onTaken: () => this.#end({ kind: 'taken' }),
            });
            if (this.#ended) {
                microphone.close();
                return;
            }
            this.#microphone = microphone;
            this.#encoder = new VoiceEncoder(microphone.rate);
            this.#onVisibility();
        } catch (error) {
            this.#end({ kind: 'microphone', why: error instanceof Error ? error.message : String(error) });
        }
    }

    readonly #onVisibility = (): void => {
        if (this.#options.page.hidden) {
            this.#end({ kind: 'hidden' });
        }
    };

    #send(samples: Float32Array): void {
        const { channel } = this.#options;
        for (const message of this.#encoder?.add(samples) ?? []) {
            if (!this.#ended && channel.readyState === 'open' && channel.bufferedAmount < BUFFERED_MAX) {
                channel.send(message);
            }
        }
    }

    #end(end: TalkEnd): void {
        if (this.#ended) {
            return;
        }
        const { channel, page, onEnd } = this.#options;
        this.#ended = true;
        page.removeEventListener('visibilitychange', this.#onVisibility);
        this.#microphone?.close();
        if (channel.readyState === 'open') {
            channel.send(new Uint8Array(0));
        }
        channel.close();
        queueMicrotask(() => onEnd(end));
    }
}

/** The device's last words say why it closed the channel. */
function reasonOf(text: string): TalkEnd {
    try {
        const { error } = JSON.parse(text) as { readonly error?: unknown };
        return typeof error === 'string' ? { kind: 'refused', why: error } : { kind: 'lost' };
    } catch {
        return { kind: 'lost' };
    }
}
