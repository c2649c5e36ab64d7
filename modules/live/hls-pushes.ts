/** Pushes of HLS: each runs as long as its destination is the same. */
import type { HlsPushTarget } from 'ocellus/app/live/hls-push-options';
import type { PushState } from 'ocellus/app/live/push-state';
import type { StreamName } from 'ocellus/plane';

/** One of them. */
export interface HlsLike {
    start(): void;
    stop(): Promise<void>;
    state(): PushState;
}

/** What makes one. */
export interface HlsParts {
    readonly target: HlsPushTarget;
    readonly channel: string;
    readonly stream: StreamName;
    readonly onState: () => void;
}

/** Loads and makes one. */
export type MakeHls = (parts: HlsParts) => Promise<HlsLike>;

/** One that shall run. */
export interface HlsWanted {
    readonly id: number;
    readonly channel: string;
    readonly stream: StreamName;
    readonly target: HlsPushTarget;
}

/** One per script. */
export class HlsPushes {
    readonly #make: MakeHls;
    readonly #onState: () => void;
    readonly #pushes = new Map<number, { readonly content: string; readonly push: HlsLike }>();

    constructor(make: MakeHls, onState: () => void) {
        this.#make = make;
        this.#onState = onState;
    }

    /** Undefined: this one is none of ours. */
    state(id: number): PushState | undefined {
        return this.#pushes.get(id)?.push.state();
    }

    /** These run from now on, and no others; what is the same is not touched. Rejects: one could not be made. */
    async set(wanted: readonly HlsWanted[]): Promise<void> {
        for (const [id, { content }] of [...this.#pushes]) {
            if (!wanted.some((one) => one.id === id && JSON.stringify(one) === content)) {
                this.#end(id);
            }
        }
        for (const one of wanted.filter(({ id }) => !this.#pushes.has(id))) {
            const { channel, stream, target } = one;
            const push = await this.#make({ channel, stream, target, onState: this.#onState });
            this.#pushes.set(one.id, { content: JSON.stringify(one), push });
            push.start();
        }
    }

    #end(id: number): void {
        const found = this.#pushes.get(id);
        this.#pushes.delete(id);
        found?.push.stop().catch((error: unknown) => {
            console.warn(`live push: ${error instanceof Error ? error.message : String(error)}`);
        });
    }
}
