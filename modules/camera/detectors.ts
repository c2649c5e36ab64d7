/** Motion and sound: what the settings of each channel ask the host to look for. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { Settings } from 'ocellus/app/config/settings';
import { OcellusError } from 'ocellus/error';
import type { Detectors as Desired } from 'ocellus/plane';

type Channel = Pick<Settings['channels'][number], 'motion' | 'sound'>;

/** What the host is given for a channel. Pure. */
export function detectorsOf({ motion, sound }: Channel): Desired {
    return {
        sensitivity: motion.enabled ? motion.sensitivity : 0,
        leastPermille: motion.minAreaPercent * 10,
        cooldownMs: motion.cooldownSeconds * 1000,
        zones: motion.zones,
        soundDb: sound.enabled ? sound.thresholdDb : 0,
    };
}

/** One per script. */
export class Detectors {
    readonly #plane: Pick<PlaneApi, 'detect'>;
    readonly #first: boolean;
    readonly #settings: (name: string) => Channel | undefined;
    readonly #numbers = new Map<string, number>();
    readonly #given = new Map<number, string>();

    /** `first`: no script before this one may have set any. */
    constructor(plane: Pick<PlaneApi, 'detect'>, first: boolean, settings: (name: string) => Channel | undefined) {
        this.#plane = plane;
        this.#first = first;
        this.#settings = settings;
    }

    /** A channel runs. Never rejects. */
    async follow(number: number, name: string): Promise<void> {
        this.#numbers.set(name, number);
        await this.apply();
    }

    /** Settings have changed. Never rejects; tells of channels that differ only. */
    async apply(): Promise<void> {
        for (const [name, number] of this.#numbers) {
            const settings = this.#settings(name);
            if (settings === undefined) {
                this.#numbers.delete(name);
                continue;
            }
            const desired = detectorsOf(settings);
            const text = JSON.stringify(desired);
            if (this.#given.get(number) === text) {
                continue;
            }
            const before = this.#given.get(number);
            this.#given.set(number, text);
            if (before === undefined && this.#first && desired.sensitivity === 0 && desired.soundDb === 0) {
                continue; // as it is
            }
            await this.#give(number, name, desired);
        }
    }

    async #give(number: number, name: string, desired: Desired): Promise<void> {
        const idle = desired.sensitivity === 0 && desired.soundDb === 0;
        try {
            await this.#plane.detect(number, desired);
        } catch (error) {
            if (!(idle && error instanceof OcellusError && error.code === 'NOTSUP')) {
                console.warn(`${name}: motion and sound: ${error instanceof Error ? error.message : String(error)}`);
            }
        }
    }
}
