/** Requests to the device over the command channel, each with an answer or an end. */
import { type Fare, readFrame, reportFrame, requestFrame } from './frames.js';

/** The device answers within 5 s, or says `timeout`; what comes later is lost with the link. */
const PATIENCE_MS = 6000;
/** The device takes so many at a time. */
const UNDER_WAY = 8;

/** What the requests go over: an RTCDataChannel, or a fake. */
export interface CommandPort {
    readonly readyState: string;
    send(data: Uint8Array<ArrayBuffer>): void;
}

interface Waiting {
    readonly done: (text: string) => void;
    readonly failed: (reason: Error) => void;
    readonly timer: ReturnType<typeof setTimeout>;
}

/** One command channel. */
export class Commands {
    readonly #port: CommandPort;
    readonly #waiting = new Map<number, Waiting>();
    #last = 0;

    constructor(port: CommandPort) {
        this.#port = port;
    }

    /** Sends `{"command": name, …more}`; resolves with the parsed answer. Rejects with the device's words, or after 6 s. */
    request(name: string, more: Readonly<Record<string, string>> = {}): Promise<unknown> {
        if (this.#port.readyState !== 'open' || this.#waiting.size >= UNDER_WAY) {
            return Promise.reject(new Error('busy'));
        }
        this.#last = (this.#last + 1) >>> 0;
        const number = this.#last;
        const answer = new Promise<string>((done, failed) => {
            const timer = setTimeout(() => this.#end(number)?.failed(new Error('timeout')), PATIENCE_MS);
            this.#waiting.set(number, { done, failed, timer });
        });
        this.#port.send(requestFrame(number, { command: name, ...more }));
        return answer.then((text): unknown => JSON.parse(text));
    }

    /** Says how the channel with this id fares; nothing while the command channel is not open. */
    report(about: number, fare: Fare): void {
        if (this.#port.readyState === 'open') {
            this.#port.send(reportFrame(about, fare));
        }
    }

    /** Takes a message of the device; what is no answer to a request of ours is passed over. */
    take(message: ArrayBuffer): void {
        const frame = readFrame(message);
        if (frame === undefined || (frame.kind !== 'answer' && frame.kind !== 'error')) {
            return;
        }
        const text = new TextDecoder().decode(frame.payload);
        const waiting = this.#end(frame.request);
        if (frame.kind === 'answer') {
            waiting?.done(text);
        } else {
            waiting?.failed(new Error(text));
        }
    }

    /** Ends every request. May be called twice. */
    close(): void {
        for (const number of [...this.#waiting.keys()]) {
            this.#end(number)?.failed(new Error('closed'));
        }
    }

    #end(number: number): Waiting | undefined {
        const waiting = this.#waiting.get(number);
        clearTimeout(waiting?.timer);
        this.#waiting.delete(number);
        return waiting;
    }
}
