/** Privacy mode (docs/design/privacy.md): the command, the hours of the settings, and who follows. */
import { type Hours, nextHours, withinHours } from 'ocellus/app/base/hours';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { sleep } from 'ocellus/app/base/time';
import type { Zone } from 'ocellus/app/base/zone';
import type { HostApi } from 'ocellus/host';
import type { PlaneEvent, PrivacyState } from 'ocellus/plane';

/** What the service needs. */
export interface PrivacyOptions {
    readonly plane: Pick<PlaneApi, 'privacy' | 'setPrivacy'>;
    readonly host: Pick<HostApi, 'clock' | 'now'>;
    /** In force now. */
    readonly hours: () => readonly Hours[];
    readonly zone: () => Zone;
}

/** The clock and the hours are looked at again after this at the latest. */
const lookMs = 10_000;
/** Seconds of a command: whole, 31 bits. */
const secondsMax = 2_147_483_647;
/** A start that is planned this much earlier or later than before is told again. */
const slackMs = 1500;

/** One per script. */
export class Privacy {
    readonly #options: PrivacyOptions;
    /** What was said about the hours last; undefined: it is to be said again. */
    #said: { readonly holds: boolean; readonly nextMs: number | undefined } | undefined;
    #unsure: boolean;
    /** It is looked again by itself. */
    #waiting = false;
    #chain: Promise<void> = Promise.resolve();

    /** `unsure`: hours are stored that are not understood; they hold until others are set. */
    constructor(options: PrivacyOptions, unsure = false) {
        this.#options = options;
        this.#unsure = unsure;
    }

    /** Done when the media plane knows whether the hours hold: nothing may be opened before. */
    async start(): Promise<void> {
        await this.#look();
        void this.#lookAgain();
    }

    /** The reasons in force, and the light. */
    async state(): Promise<PrivacyState> {
        return await this.#options.plane.privacy();
    }

    /** Begins or ends it by command; done when every source is closed, and it is stored. */
    async command(on: boolean): Promise<PrivacyState> {
        await this.#options.plane.setPrivacy({ command: on });
        return await this.state();
    }

    /** The settings have changed. */
    async follow(): Promise<void> {
        this.#unsure = false;
        await this.look();
    }

    /** Looks at the clock and the hours now. Never rejects. */
    look(): Promise<void> {
        this.#chain = this.#chain
            .then(() => this.#look())
            .catch((error: unknown) => {
                this.#said = undefined;
                console.warn(`privacy: ${error instanceof Error ? error.message : String(error)}`);
            })
            .then(() => void this.#lookAgain());
        return this.#chain;
    }

    /** An entry of the event log: of privacy mode, or of a clock that was set. */
    hear({ kind }: PlaneEvent): void {
        if (kind.startsWith('privacy-') || kind.startsWith('clock-')) {
            void this.look();
        }
    }

    /** Hours begin and end by the clock; without them there is nothing to look at. */
    async #lookAgain(): Promise<void> {
        if (this.#waiting || (this.#options.hours().length === 0 && this.#said !== undefined)) {
            return;
        }
        this.#waiting = true;
        await sleep(Math.min(lookMs, 60_020 - (this.#options.host.clock().wallMs % 60_000)));
        this.#waiting = false;
        await this.look();
    }

    /** Whether the hours hold, and when they will by themselves: said when that is news. */
    async #look(): Promise<void> {
        const { plane, host } = this.#options;
        const hours = this.#options.hours();
        const { rule } = this.#options.zone();
        const { wallMs, quality } = host.clock();
        const known = quality !== 'none' && !this.#unsure;
        // Hours without a clock: nobody knows, so nobody looks.
        const holds = this.#unsure || (hours.length > 0 && (!known || withinHours(hours, rule, wallMs)));
        const next = known ? nextHours(hours, rule, wallMs) : undefined;
        const nextMs = next === undefined ? undefined : next - wallMs + host.now();
        const said = this.#said;
        const moved = said?.nextMs !== nextMs && !(Math.abs((said?.nextMs ?? 0) - (nextMs ?? 0)) < slackMs);
        if (said !== undefined && said.holds === holds && !moved) {
            return;
        }
        const seconds = next === undefined ? 0 : Math.min(Math.max(1, Math.ceil((next - wallMs) / 1000)), secondsMax);
        await plane.setPrivacy({ schedule: holds, beginsInSeconds: seconds });
        this.#said = { holds, nextMs };
    }
}
