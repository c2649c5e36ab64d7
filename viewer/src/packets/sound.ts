import type { Sample } from './fmp4.js';
import { decodeG711 } from './g711.js';

/** Packets are joined to pieces of at least this length, so that there are few seams. Seconds. */
const PIECE = 0.06;
/** A seam that is off by more than this is cut anew; less is played on. Seconds. */
const SEAM = 0.015;
/** Pieces that are scheduled and not over. */
const MOST = 64;

/** Plays G.711 at the times it is due, as long as it is not muted. */
export class Sound {
    readonly #due: (seconds: number) => number;
    #context: AudioContext | undefined;
    #waiting: Sample[] = [];
    #nodes = new Set<AudioBufferSourceNode>();
    /** Where the next piece begins when it follows the last without a seam: on the clock of the context. */
    #end = 0;
    #muted = true;

    /** due: seconds on the clock of `performance.now` for seconds of the stream. */
    constructor(due: (seconds: number) => number) {
        this.#due = due;
    }

    get muted(): boolean {
        return this.#muted;
    }

    /** Sound begins when this is set to false inside of a click or key press. */
    set muted(value: boolean) {
        this.#muted = value;
        if (value) {
            this.flush();
            return;
        }
        this.#context ??= new AudioContext({ latencyHint: 'interactive' });
        void this.#context.resume();
    }

    push(sample: Sample): void {
        if (this.#muted || this.#context?.state !== 'running') {
            return;
        }
        this.#waiting.push(sample);
        const [first] = this.#waiting;
        const bytes = this.#waiting.reduce((sum, one) => sum + one.data.length, 0);
        const { sampleRate, channels } = sample.track;
        if (first && sampleRate > 0 && channels > 0 && bytes >= PIECE * sampleRate * channels) {
            this.#waiting = this.#waiting.length > MOST ? [] : this.#waiting;
            this.#play(this.#context, this.#waiting.splice(0));
        }
    }

    /** Forgets what is scheduled. */
    flush(): void {
        this.#waiting = [];
        for (const node of this.#nodes) {
            node.stop();
        }
        this.#nodes.clear();
        this.#end = 0;
    }

    /** Lets go of everything. May be called twice. */
    close(): void {
        this.flush();
        void this.#context?.close().catch(() => undefined);
        this.#context = undefined;
        this.#muted = true;
    }

    #play(context: AudioContext, samples: readonly Sample[]): void {
        const [first] = samples;
        if (first === undefined) {
            return;
        }
        const { codec, channels, sampleRate } = first.track;
        const joined = new Uint8Array(samples.reduce((sum, one) => sum + one.data.length, 0));
        let at = 0;
        for (const one of samples) {
            joined.set(one.data, at);
            at += one.data.length;
        }
        const decoded = decodeG711(codec, joined, channels);
        const length = decoded[0]?.length ?? 0;
        if (length === 0 || this.#nodes.size >= MOST) {
            return;
        }
        const buffer = context.createBuffer(channels, length, sampleRate);
        decoded.forEach((values, channel) => {
            buffer.copyToChannel(values, channel);
        });
        // What the context is given now is heard after its own delay: it is given that much sooner.
        const wanted = context.currentTime + this.#due(first.seconds) - performance.now() / 1000 - (context.outputLatency || 0);
        const start = Math.abs(wanted - this.#end) <= SEAM ? this.#end : wanted;
        if (start < context.currentTime) {
            return; // too late to be heard in time with the picture
        }
        const node = new AudioBufferSourceNode(context, { buffer });
        node.connect(context.destination);
        node.addEventListener('ended', () => this.#nodes.delete(node));
        node.start(start);
        this.#nodes.add(node);
        this.#end = start + length / sampleRate;
    }
}
