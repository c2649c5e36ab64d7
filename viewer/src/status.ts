/** The answer of `/api/status` (docs/design/api.md), checked. Fields that a device does not know stay undefined. */
import type { AudioJson, ChannelJson, StatusJson, VideoJson } from '../../modules/http/api-types.js';
import { date, each, fields, number, record, text } from './json.js';

/** The picture of a stream. */
export interface Video {
    readonly codec: string;
    /** Pixels. */
    readonly width: number;
    readonly height: number;
    /** Frames per second, measured. */
    readonly fps: number | undefined;
    /** Degrees clockwise by which it is turned for display; players do it. */
    readonly rotation: number;
}

/** One stream of a channel: the main one, or the small one. */
export interface Stream {
    /** opening, running, lost, silent, ended, closing, private. */
    readonly state: string;
    /** Another number than before: it was opened again. undefined, 0: not known. */
    readonly generation: number | undefined;
    readonly video: Video | undefined;
    /** Codec name. */
    readonly audio: string | undefined;
    /** verified, pinned, off; undefined: an address without TLS. */
    readonly tls: string | undefined;
    /** Codings of tracks of the source that are not carried; undefined: there is none. */
    readonly omitted: { readonly video: string | undefined; readonly audio: string | undefined };
    /** Bits per second of all tracks. */
    readonly bitrate: number | undefined;
    readonly gopMs: number | undefined;
    readonly packets: number | undefined;
    readonly dropped: number | undefined;
    readonly sourceLosses: number | undefined;
    /** Microseconds from capture to ring. */
    readonly latency: { readonly p50: number; readonly p99: number; readonly max: number } | undefined;
    readonly viewers: number | undefined;
    /** Path of the live playlist. */
    readonly playlist: string;
    /** Path of the playlist without parts. */
    readonly plain: string | undefined;
    /** Path of the progressive MP4. */
    readonly mp4: string;
}

/** One input of the device. */
export interface Channel extends Stream {
    /** Unique; the name in paths. */
    readonly name: string;
    /** What people call it. */
    readonly title: string;
    readonly recording: boolean;
    /** Somebody asked for it; undefined: nobody did. untilMs: undefined: until it is ended. sinceMs: undefined: not known. */
    readonly manual: { readonly untilMs: number | undefined; readonly sinceMs: number | undefined } | undefined;
    /** Why it does not run: a sentence of the device, and its word (refused, password, …). */
    readonly problem: string | undefined;
    readonly reason: string | undefined;
    /** The disk refuses. */
    readonly recordingFailing: boolean;
    readonly sub: Stream | undefined;
}

/** The time zone of the device. */
export interface Zone {
    /** Name of IANA; undefined: only the rule is known. */
    readonly name: string | undefined;
    /** Rule as in POSIX `TZ`. */
    readonly posix: string | undefined;
    /** East of Greenwich, now. */
    readonly offsetMinutes: number | undefined;
}

/** Cloud storage; undefined: there is none. */
export interface Cloud {
    /** off, idle, sending, retrying, blocked, … */
    readonly state: string;
    /** "DENIED: …"; empty: there is none. */
    readonly reason: string;
    readonly lagMs: number;
    readonly waitingBytes: number;
    /** Recordings that were deleted here before they were sent: how many gaps, and how long they are together. */
    readonly gaps: number;
    readonly gapMs: number;
    /** What is sent is encrypted for keys of the owner. */
    readonly encrypted: boolean;
}

/** The disk of the recordings. */
export interface Disk {
    /** good, low, full, blocked, failing, gone. */
    readonly state: string;
    /** Milliseconds since 1970; undefined: not known. */
    readonly sinceMs: number | undefined;
    /** Bytes; 0: not known. */
    readonly free: number;
    readonly total: number;
    /** Channels whose recordings cannot be written. */
    readonly failing: readonly string[];
}

/** The device as a whole. */
export interface Status {
    readonly version: string;
    readonly name: string;
    readonly uptimeMs: number | undefined;
    /** Counts the starts of the application, from 1. */
    readonly generation: number | undefined;
    readonly restarts: number | undefined;
    /** False: the host gave this answer, for no application runs just now or it does not answer. */
    readonly answers: boolean;
    /** Why the application ended last; empty: it did not. */
    readonly lastEnd: string;
    /** Services that the application does without, since they ended it: cloud, webhook, snapshots, update. */
    readonly leftOut: readonly string[];
    readonly clock: { readonly nowMs: number | undefined; readonly quality: string } | undefined;
    readonly zone: Zone | undefined;
    /** by: command, schedule, switch. undefined: the device has no privacy mode. */
    readonly privacy: { readonly on: boolean; readonly by: readonly string[] } | undefined;
    /** home, away, night, none; undefined: the device has no modes. */
    readonly mode: string | undefined;
    readonly indicator: { readonly sensorOn: boolean; readonly watching: boolean } | undefined;
    readonly cloud: Cloud | undefined;
    /** undefined: there is none, or it is not known. */
    readonly disk: Disk | undefined;
    readonly channels: readonly Channel[];
}

function parseVideo(value: unknown): Video | undefined {
    const video = fields<VideoJson>(value);
    return (
        video && {
            codec: text(video.codec) ?? '',
            width: number(video.width) ?? 0,
            height: number(video.height) ?? 0,
            fps: number(video.fps),
            rotation: number(video.rotation) ?? 0,
        }
    );
}

function parseLatency(value: unknown): Stream['latency'] {
    const { p50, p99, max } = record(value);
    const [low, high, most] = [number(p50), number(p99), number(max)];
    return low === undefined || high === undefined || most === undefined ? undefined : { p50: low, p99: high, max: most };
}

function parseStream(value: unknown, name: string, sub: boolean): Stream | undefined {
    const stream = fields<ChannelJson>(value);
    if (stream === undefined) {
        return undefined;
    }
    const live = record(stream.live);
    const omitted = record(stream.omitted);
    const folder = `/live/${encodeURIComponent(name)}`;
    return {
        state: text(stream.state) ?? '',
        generation: number(stream.generation),
        video: parseVideo(stream.video),
        audio: text(fields<AudioJson>(stream.audio)?.codec),
        tls: text(stream.tls),
        omitted: { video: text(omitted['video']), audio: text(omitted['audio']) },
        bitrate: number(stream.bitrate),
        gopMs: number(stream.gopMs),
        packets: number(stream.packets),
        dropped: number(stream.dropped),
        sourceLosses: number(stream.sourceLosses),
        latency: parseLatency(stream.latencyUs),
        viewers: number(live['viewers']),
        playlist: text(live['playlist']) ?? `${folder}${sub ? '/sub' : ''}/index.m3u8`,
        plain: text(live['plain']),
        mp4: text(live['mp4']) ?? `${folder}.mp4${sub ? '?stream=sub' : ''}`,
    };
}

function parseChannel(value: unknown): Channel | undefined {
    const channel = fields<ChannelJson & { sub: unknown }>(value);
    const name = text(channel?.name);
    const main = name === undefined ? undefined : parseStream(value, name, false);
    if (channel === undefined || name === undefined || main === undefined) {
        return undefined;
    }
    const recording = record(channel.recording);
    return {
        ...main,
        name,
        title: text(channel.title) || name,
        problem: text(channel.problem),
        reason: text(channel.reason),
        recording: recording['active'] === true,
        manual: recording['now'] === true ? { untilMs: date(recording['until']), sinceMs: date(recording['since']) } : undefined,
        recordingFailing: recording['failing'] === true,
        sub: parseStream(channel.sub, name, true),
    };
}

/** What people call a channel; of one that the settings do not have any more its name. */
export function titleOf(status: Status | undefined, name: string): string {
    return status?.channels.find((channel) => channel.name === name)?.title ?? name;
}

/** A channel of which nothing is known: its recordings may be there still. */
export function channelNamed(name: string): Channel | undefined {
    return parseChannel({ name });
}

function parsePrivacy(value: unknown): Status['privacy'] {
    const privacy = fields<{ on: unknown; by: unknown }>(value);
    return privacy && { on: privacy.on === true, by: each(privacy.by, text) };
}

function parseZone(value: unknown): Zone | undefined {
    const zone = fields<{ name: unknown; posix: unknown; offsetMinutes: unknown }>(value);
    return zone && { name: text(zone.name), posix: text(zone.posix), offsetMinutes: number(zone.offsetMinutes) };
}

function parseCloud(value: unknown): Cloud | undefined {
    const cloud = fields<NonNullable<StatusJson['cloud']>>(value);
    return cloud && { state: text(cloud.state) ?? '', reason: text(cloud.reason) ?? '', lagMs: number(cloud.lagMs) ?? 0, waitingBytes: number(cloud.waitingBytes) ?? 0, gaps: number(cloud.gaps) ?? 0, gapMs: number(cloud.gapMs) ?? 0, encrypted: cloud.encrypted === true };
}

function parseDisk(value: unknown): Disk | undefined {
    const disk = fields<NonNullable<StatusJson['disk']>>(value);
    return disk && { state: text(disk.state) ?? 'good', sinceMs: date(disk.since), free: number(disk.free) ?? 0, total: number(disk.total) ?? 0, failing: each(disk.failing, text) };
}

/** Checks the answer of `/api/status`; undefined: it is none. */
export function parseStatus(value: unknown): Status | undefined {
    const status = fields<StatusJson & { timezone: unknown; privacy: unknown; indicator: unknown; cloud: unknown; disk: unknown }>(value);
    if (status === undefined || !Array.isArray(status.channels)) {
        return undefined;
    }
    const uptime = number(status.uptimeSeconds);
    const script = record(status.script);
    const clock = fields<StatusJson['clock']>(status.clock);
    const indicator = fields<{ sensorOn: unknown; watching: unknown }>(status.indicator);
    return {
        version: text(status.version) ?? '',
        name: text(status.name) ?? '',
        uptimeMs: uptime === undefined ? undefined : uptime * 1000,
        generation: number(script['generation']),
        restarts: number(script['restarts']),
        answers: (text(script['state']) ?? 'running') === 'running',
        lastEnd: text(record(script['lastEnd'])['message']) ?? '',
        leftOut: each(script['leftOut'], text),
        clock: clock && { nowMs: date(clock.now), quality: text(clock.quality) ?? '' },
        zone: parseZone(status.timezone),
        privacy: parsePrivacy(status.privacy),
        mode: text(status.mode),
        indicator: indicator && { sensorOn: indicator.sensorOn === true, watching: indicator.watching === true },
        cloud: parseCloud(status.cloud),
        disk: parseDisk(status.disk),
        channels: each(status.channels, parseChannel),
    };
}
