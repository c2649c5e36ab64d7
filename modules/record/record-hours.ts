/** Recording by hours of the day: begun by the script, ended by the media plane, or by the script when the hours change. */
import { endOfHours, type Hours, withinHours } from 'ocellus/app/base/hours';
import { sleep } from 'ocellus/app/base/time';
import { zoneInForce } from 'ocellus/app/base/zone';
import { hourChannels } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import type { HostApi } from 'ocellus/host';

/** Milliseconds until the hours that hold now are over; 0: nobody knows the time; undefined: none hold. */
export function hoursLeft(
    hours: readonly Hours[],
    settings: Pick<Settings, 'timezone'>,
    host: Pick<HostApi, 'clock' | 'zone'>,
): number | undefined {
    const { wallMs, quality } = host.clock();
    const { rule } = zoneInForce(settings, host);
    if (quality === 'none') {
        return 0;
    }
    return withinHours(hours, rule, wallMs) ? (endOfHours(hours, rule, wallMs) ?? wallMs) - wallMs : undefined;
}

/** What it needs. */
export interface RecordHoursOptions {
    readonly host: Pick<HostApi, 'clock'>;
    readonly settings: () => Settings;
    /** Hours may have begun or ended. */
    readonly onMinute: () => void;
}

/** One per script. */
export class RecordHours {
    readonly #options: RecordHoursOptions;
    #waiting = false;

    constructor(options: RecordHoursOptions) {
        this.#options = options;
    }

    /** The script has started, or the settings have changed: looked at each minute of the clock while a channel has hours. */
    follow(): void {
        if (!this.#waiting && hourChannels(this.#options.settings()).length > 0) {
            this.#waiting = true;
            void this.#look();
        }
    }

    async #look(): Promise<void> {
        const { host, onMinute } = this.#options;
        await sleep(60_020 - (host.clock().wallMs % 60_000));
        this.#waiting = false;
        onMinute();
        this.follow();
    }
}
