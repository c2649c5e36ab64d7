/** `/api/status` from the published rows. Pure. */
import { offsetMinutes } from 'ocellus/app/base/time-zone';
import type { Zone } from 'ocellus/app/base/zone';
import type { CloudState } from 'ocellus/app/cloud/cloud-state';
import { tlsOf } from 'ocellus/app/config/address';
import type { ModeName } from 'ocellus/app/config/mode-settings';
import { shownTitle } from 'ocellus/app/config/names';
import { lossCauses, rowFields, testChannel } from 'ocellus/command';
import type {
    ChannelJson,
    DiskJson,
    PrivacyJson,
    SnapshotsJson,
    StatusJson,
    StreamJson,
} from 'ocellus/app/http/api-types';
import type { Problem } from 'ocellus/app/camera/problem';
import type { RecordNowJson } from 'ocellus/app/record/record-now';
import { endlessPaths, masterPath, plainPath, playlistPath } from 'ocellus/app/live/urls';
import type { ClockQuality, Facts } from 'ocellus/host';
import { errorNumbers } from 'ocellus/error';
import { type ChannelRow, codecName, counter, type PrivacyState, rowState, type StreamName } from 'ocellus/plane';

/** What a status is made of. */
export interface StatusSource {
    /** The application. */
    readonly app: { readonly name: string; readonly version: string };
    readonly facts: Pick<Facts, 'version' | 'apiLevel' | 'startedMs' | 'generation' | 'lastEnd' | 'replaced'>;
    /** Name of the recordings. */
    readonly name: string;
    /** Monotonic milliseconds. */
    readonly nowMs: number;
    readonly clock: { readonly wallMs: number; readonly quality: ClockQuality };
    readonly zone: Zone;
    readonly rows: readonly ChannelRow[];
    /** The row of a channel's sub stream. */
    readonly sub: (channel: number) => ChannelRow | undefined;
    readonly privacy: PrivacyState;
    /** The set of settings that is chosen. */
    readonly mode: ModeName;
    /** Undefined: there is none. */
    readonly cloud: CloudState | undefined;
    readonly disk: DiskJson | null;
    readonly leftOut: readonly string[];
    /** Undefined: none are sent. */
    readonly snapshots: SnapshotsJson | undefined;
    /** The channels of the settings. */
    readonly wanted: readonly ({
        readonly name: string;
        readonly title: string;
        readonly input: string;
        readonly sub: string;
        readonly manual: RecordNowJson;
    } & Problem)[];
}

const noProblem: Problem = { problem: null, reason: null };
const notManual: RecordNowJson = { now: false, until: null, since: null };

/** Privacy mode for people. */
export function privacyJson({ reasons }: PrivacyState): PrivacyJson {
    return { on: reasons.length > 0, by: reasons };
}

/** Name of a coding of four characters; null: 0. */
function codingText(word: number): string | null {
    const letters = [24, 16, 8, 0].map((shift) => String.fromCharCode((word >>> shift) & 0x7f));
    return word === 0 ? null : letters.filter((letter) => /[A-Za-z0-9-]/.test(letter)).join('');
}

/** As the page knows them: a source that does not open is lost. */
function stateOf(row: ChannelRow): StreamJson['state'] | undefined {
    const state = rowState(row);
    if (state === 'failed') {
        return row.failure === -errorNumbers.PRIVATE ? 'private' : 'lost';
    }
    return state === 'free' ? undefined : state;
}

function streamJson(row: ChannelRow, stream: StreamName, address: string): StreamJson | undefined {
    const state = stateOf(row);
    return state && streamOf(row, stream, state, address);
}

/** Packets lost, by cause; only what there is. */
function lostOf(row: ChannelRow): StreamJson['lost'] {
    const first = rowFields.indexOf('lost_queue_full');
    const counts = lossCauses.map((cause, index) => [cause, row[rowFields[first + index] ?? 'lost_source']] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function latencyOf(row: ChannelRow): StreamJson['latencyUs'] {
    return { p50: row.lateness_p50_us, p99: row.lateness_p99_us, p999: row.lateness_p999_us, max: row.lateness_max_us };
}

/** What a source has. */
export function tracksOf(row: ChannelRow): Pick<StreamJson, 'video' | 'audio'> {
    const video = {
        codec: codecName(row.video_codec),
        width: row.width,
        height: row.height,
        fps: row.fps_milli / 1000,
        rotation: row.rotation,
    };
    const audio = { codec: codecName(row.audio_codec), sampleRate: row.sample_rate, channels: row.audio_channels };
    return { video: row.video_codec === 0 ? null : video, audio: row.audio_codec === 0 ? null : audio };
}

function streamOf(row: ChannelRow, stream: StreamName, state: StreamJson['state'], address: string): StreamJson {
    return {
        state,
        generation: row.live_begun,
        ...tracksOf(row),
        tls: tlsOf(address),
        omitted: { video: codingText(row.omitted_video), audio: codingText(row.omitted_audio) },
        bitrate: row.bitrate_bps,
        gopMs: row.gop_ms,
        gopBytes: row.gop_bytes,
        ring: {
            bytes: row.ring_bytes,
            heldBytes: row.ring_held_bytes,
            heldMs: row.ring_held_ms,
            readers: row.ring_readers,
            overruns: row.ring_overruns,
        },
        packets: counter(row.packets_hi, row.packets_lo),
        bytes: counter(row.bytes_hi, row.bytes_lo),
        dropped: row.dropped_packets + row.empty_packets,
        lost: lostOf(row),
        jumps: row.jumps,
        lostGops: row.lost_gops,
        sourceLosses: row.source_losses,
        latencyUs: latencyOf(row),
        latenessUs: latencyOf(row), // the previous name, until 0.2.0: ADR 35
        live: {
            playlist: playlistPath(row.name, stream),
            plain: plainPath(row.name, stream),
            master: masterPath(row.name),
            ...endlessPaths(row.name, { codec: codecName(row.video_codec || row.audio_codec), stream }),
            lowLatency: row.live_part_ms > 0,
            first: row.live_first,
            last: row.live_last,
            viewers: row.viewers,
        },
    };
}

/** One stream is recorded at a time; files of both count. */
function recordingJson(rows: readonly ChannelRow[], manual = notManual): ChannelJson['recording'] {
    const sum = (of: (row: ChannelRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
    return {
        active: sum(({ recording }) => recording) !== 0,
        failing: sum((row) => row.record_failing) !== 0,
        files: sum((row) => row.record_files),
        bytes: sum((row) => counter(row.record_bytes_hi, row.record_bytes_lo)),
        lostPackets: sum((row) => row.record_lost_packets),
        syncedAgeMs: sum((row) => row.record_synced_age_ms),
        ...manual,
    };
}

function channelJson(
    row: ChannelRow,
    sub: ChannelRow | undefined,
    entries: StatusSource['wanted'],
): ChannelJson | undefined {
    const settings = entries.find(({ name }) => name === row.name);
    const main = streamJson(row, 'main', settings?.input ?? '');
    const { problem, reason } = settings !== undefined && main?.state !== 'private' ? settings : noProblem;
    return (
        main && {
            id: row.number,
            name: row.name,
            title: shownTitle(settings?.title, row.name),
            ...main,
            recording: recordingJson(sub === undefined ? [row] : [row, sub], settings?.manual),
            sub: (sub && streamJson(sub, 'sub', settings?.sub ?? '')) ?? null,
            problem,
            reason,
        }
    );
}

/** Channels of the settings that the media plane does not have yet, under numbers that no other has. */
function comingChannels({ rows, wanted, privacy }: StatusSource): ChannelJson[] {
    const zeros = Object.fromEntries(rowFields.map((field) => [field, 0])) as Omit<ChannelRow, 'number' | 'name'>;
    const state = privacy.reasons.length > 0 ? 'private' : 'opening';
    let number = -1;
    return wanted
        .filter(({ name }) => !rows.some((row) => row.name === name))
        .map(({ name, title, input, manual }) => {
            do {
                number++;
            } while (rows.some((row) => row.number === number));
            const row = { ...zeros, number, name };
            return {
                id: number,
                name,
                title: shownTitle(title, name),
                ...streamOf(row, 'main', state, input),
                recording: recordingJson([row], manual),
                sub: null,
                ...noProblem,
            };
        });
}

/** As the settings list them; one that is open and not in them any more comes last. */
function inOrder(channels: readonly ChannelJson[], entries: StatusSource['wanted']): readonly ChannelJson[] {
    const listed = entries.map(({ name }) => channels.find((channel) => channel.name === name));
    const others = channels.filter(({ name }) => !entries.some((one) => one.name === name));
    return [...listed.filter((channel) => channel !== undefined), ...others];
}

/** The whole answer. */
export function statusJson(source: StatusSource): StatusJson {
    const { app, facts, name, nowMs, clock, zone, rows, sub, privacy, mode, cloud, disk, leftOut, wanted, snapshots } =
        source;
    const open = rows
        .filter((row) => row.name !== testChannel)
        .map((row) => channelJson(row, sub(row.number), wanted))
        .filter((channel) => channel !== undefined);
    const { lastEnd } = facts;
    return {
        version: facts.version,
        apiLevel: facts.apiLevel,
        application: { name: app.name, version: app.version },
        name,
        uptimeSeconds: Math.max(0, Math.floor((nowMs - facts.startedMs) / 1000)),
        script: {
            state: 'running',
            generation: facts.generation,
            restarts: facts.generation - 1 - facts.replaced,
            lastEnd:
                lastEnd === undefined
                    ? null
                    : { reason: lastEnd.reason, message: lastEnd.message, at: new Date(lastEnd.atMs).toISOString() },
            ...(leftOut.length > 0 && { leftOut }),
        },
        clock: { now: new Date(clock.wallMs).toISOString(), quality: clock.quality },
        timezone: { name: zone.name, posix: zone.posix, offsetMinutes: offsetMinutes(zone.rule, clock.wallMs) },
        privacy: privacyJson(privacy),
        mode,
        indicator: { sensorOn: privacy.sensorOn, watching: privacy.watching },
        cloud: cloud ?? null,
        disk,
        channels: inOrder([...open, ...comingChannels(source)], wanted),
        ...(snapshots && { snapshots }),
    };
}
