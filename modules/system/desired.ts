/** Tells the host what the settings want, whenever that changes, so that it can answer while no script does. */
import { offsetMinutes } from 'ocellus/app/base/time-zone';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { zoneInForce } from 'ocellus/app/base/zone';
import type { Cameras } from 'ocellus/app/camera/cameras';
import { channelHash } from 'ocellus/app/camera/channel-options';
import { tlsOf } from 'ocellus/app/config/address';
import type { SettingsKeeper } from 'ocellus/app/config/keeper';
import { titleOf } from 'ocellus/app/config/names';
import { isAlwaysRecorded, recordingName } from 'ocellus/app/config/recording-rules';
import type { RecordNow, RecordNowJson } from 'ocellus/app/record/record-now';
import { desiredChannels } from 'ocellus/app/system/follow-settings';
import { type ErrorCode, errorNumbers, OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';

/** What it is made of. */
export interface DesiredSource {
    readonly plane: Pick<PlaneApi, 'reportDesired'>;
    readonly host: Pick<HostApi, 'clock' | 'zone'>;
    readonly keeper: SettingsKeeper;
    readonly cameras: Pick<Cameras, 'problem' | 'code'>;
    readonly recordNow: Pick<RecordNow, 'json'>;
}

/** `tls` of the status as a number (oc_desired_record.h). */
function tlsNumber(address: string): number {
    return [null, 'verified', 'pinned', 'off'].indexOf(tlsOf(address));
}

/** Of an error; 0: there is none. */
function numberOf(code: ErrorCode | undefined): number {
    return code === undefined ? 0 : errorNumbers[code];
}

function byHandUntil({ now, until }: RecordNowJson): number {
    return until === null ? (now ? Infinity : 0) : Date.parse(until) / 1000;
}

/** One per script. */
export class DesiredReport {
    readonly #source: DesiredSource;
    #again = false;
    #busy = false;

    constructor(source: DesiredSource) {
        this.#source = source;
    }

    /** Something of it may have changed. Never rejects; changes that come together are told once. */
    async tell(): Promise<void> {
        this.#again = true;
        if (this.#busy) {
            return;
        }
        this.#busy = true;
        while (this.#again) {
            this.#again = false;
            await this.#tell();
        }
        this.#busy = false;
    }

    async #tell(): Promise<void> {
        const { plane, host, keeper, cameras, recordNow } = this.#source;
        const zone = zoneInForce(keeper.current, host);
        try {
            await plane.reportDesired({
                name: recordingName(keeper.current),
                zone: { ...zone, offsetMinutes: offsetMinutes(zone.rule, host.clock().wallMs) },
                channels: desiredChannels(keeper.current).map((options) => ({
                    name: options.name,
                    title: titleOf(keeper.current.channels, options.name),
                    hash: channelHash(options),
                    tls: tlsNumber(options.url),
                    subTls: tlsNumber(options.subUrl),
                    problem: cameras.problem(options.name),
                    failure: numberOf(cameras.code(options.name)),
                    byHandUntil: byHandUntil(recordNow.json(options.name)),
                    always: isAlwaysRecorded(keeper.current, options.name),
                })),
            });
        } catch (error) {
            if (!(error instanceof OcellusError && error.code === 'NOTSUP')) {
                console.warn(error instanceof Error ? error.message : String(error));
            }
        }
    }
}
