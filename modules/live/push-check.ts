/** What a start is refused for before anybody is asked. Pure. */
import { pushesMax } from 'ocellus/app/config/push-settings';
import type { ChannelSettings } from 'ocellus/app/config/settings';
import { PushError, pushError } from 'ocellus/app/live/push-error';
import type { PushTargetSettings } from 'ocellus/app/live/push-rules';
import { type Destination, placeOf } from 'ocellus/app/live/push-targets';
import { OcellusError } from 'ocellus/error';
import type { StreamName } from 'ocellus/plane';

/** A push that runs, and its target. */
export interface Running {
    readonly channel: string;
    readonly target: PushTargetSettings;
    readonly destination: Destination;
}

/** A push that is to be started. */
export interface Wanted extends Running {
    readonly stream: StreamName;
    /** The row of its stream: what its tracks are; undefined: it is not there (yet). */
    readonly row: { readonly video_codec: number; readonly audio_codec: number } | undefined;
    readonly settings: ChannelSettings;
}

function shown({ account, name }: PushTargetSettings): string {
    return account === '' ? `the target ${name}` : `the account ${account}`;
}

/** Throws `PushError` `LIMIT`: as many run as may. */
function checkRoom({ target }: Wanted, running: readonly Running[], maxPushes: number): void {
    const same = running.filter((one) => one.target.account === target.account).length;
    if (same >= maxPushes) {
        const whose = target.account === '' ? '' : ` by ${shown(target)}`;
        throw pushError('LIMIT', `${same} broadcasts run${whose}; live.maxPushes is ${maxPushes}: stop another one`);
    }
    if (running.length >= pushesMax) {
        throw pushError('LIMIT', `${running.length} broadcasts run; that is the maximum: stop another one`);
    }
}

/** What is shown elsewhere is refused at once; a camera that is not there yet is waited for. */
function checkTracks({ channel, row, target }: Wanted): void {
    if (row !== undefined && row.video_codec === 0 && row.audio_codec !== 0 && !target.audioOnly) {
        throw pushError('NO_VIDEO', `${channel} has sound only: audioOnly of the target ${target.name} allows it`);
    }
}

/** Throws `PushError`. `running`: without a push of the same channel and target. */
export function checkStart(wanted: Wanted, running: readonly Running[], maxPushes: number): void {
    const { channel, stream, settings, destination, target } = wanted;
    if (stream === 'sub' && settings.sub === '') {
        throw new OcellusError('STATE', `${channel} has no second stream: give it one (sub), or push the main one`);
    }
    checkRoom(wanted, running, maxPushes);
    const place = JSON.stringify(destination);
    const other = running.find((one) => JSON.stringify(one.destination) === place);
    if (other !== undefined) {
        const { host } = placeOf(target.url);
        throw new PushError(
            'EXIST',
            `${other.channel} is broadcast to this address of ${host} already: put {channel} into url or key of the target`,
            pushError('EXIST', '').vendor,
            'stop-another',
        );
    }
    checkTracks(wanted);
}
