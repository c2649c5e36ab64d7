/** Notices of the media plane about viewers, taken one after the other in their order. */
import type { Reply } from 'ocellus/link';
import type { Timers } from 'ocellus/mail';
import type { CandidateEvent, P2pEvent, SessionEvent } from 'ocellus/p2p-types';

/** A question that a viewer waits for. */
interface Asked {
    readonly view: number;
    readonly session: number;
    readonly label: string;
    readonly peer: string;
}

/** As docs/design/script.md has them; `bytes` stand behind the line. */
export type Notice =
    | P2pEvent
    | ({ readonly kind: 'session' } & SessionEvent)
    | ({ readonly kind: 'candidate' } & CandidateEvent)
    | ({ readonly kind: 'send-start' | 'receive-start' } & Asked)
    | {
          readonly kind: 'send-stop' | 'receive-end';
          readonly view: number;
          readonly session: number;
          readonly reason?: string;
      }
    | { readonly kind: 'control'; readonly view: number; readonly session: number; readonly bytes: Uint8Array }
    | { readonly kind: 'receive'; readonly view: number; readonly session: number; readonly bytes: Uint8Array }
    | {
          readonly kind: 'command';
          readonly view: number;
          readonly session: number;
          readonly request: number;
          readonly bytes: Uint8Array;
      };

const [lineFeed, againMs] = [10, 1000];

/** JSON of the media plane, which writes it itself: its shape is trusted. */
export function parseNotice(parcel: ArrayBuffer): Notice {
    const all = new Uint8Array(parcel);
    const end = all.indexOf(lineFeed);
    const line = new TextDecoder().decode(end < 0 ? all : all.subarray(0, end));
    return { ...JSON.parse(line), bytes: end < 0 ? new Uint8Array(0) : all.slice(end + 1) };
}

/** One per opening. */
export class Notices {
    readonly #take: () => Promise<Reply>;
    readonly #tell: (notice: Notice) => void;
    readonly #timers: Timers;
    #running: Promise<void> | undefined;
    #again = false;
    #finishing = false;
    #stopped = false;

    /** `take`: posts P2P_TAKE. */
    constructor(take: () => Promise<Reply>, tell: (notice: Notice) => void, timers: Timers) {
        this.#take = take;
        this.#tell = tell;
        this.#timers = timers;
    }

    /** Notices wait (an edge said so), or may. */
    wake(): void {
        this.#again = true;
        if (!this.#stopped) {
            this.#running ??= this.#run();
        }
    }

    /** Tells what is left, if it can be had, then nothing more. */
    async finish(): Promise<void> {
        this.#finishing = true;
        this.wake();
        await this.#running;
        this.stop();
    }

    /** Tells nothing more. */
    stop(): void {
        this.#stopped = true;
    }

    async #run(): Promise<void> {
        try {
            while (this.#again && !this.#stopped) {
                this.#again = false;
                await this.#takeAll();
            }
        } catch (error) {
            if (!this.#finishing && !this.#stopped) {
                console.warn(`viewers: ${error instanceof Error ? error.message : String(error)}`);
                this.#timers.set(() => this.wake(), againMs);
            }
        } finally {
            this.#running = undefined;
        }
    }

    async #takeAll(): Promise<void> {
        while (!this.#stopped) {
            const { code, bytes } = await this.#take();
            if (code > 0 || bytes === undefined) {
                return;
            }
            if (!this.#stopped) {
                this.#tell(parseNotice(bytes));
            }
        }
    }
}
