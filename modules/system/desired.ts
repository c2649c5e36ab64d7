/** What shall run, whole: made of the settings and of what people and applications want, handed to the media plane. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { backoffMs, sleep } from 'ocellus/app/base/time';
import { offsetMinutes } from 'ocellus/app/base/time-zone';
import type { Zone } from 'ocellus/app/base/zone';
import { channelOptions, isOtherSource } from 'ocellus/app/camera/channel-options';
import { detectorsOf, noDetectors } from 'ocellus/app/camera/detectors';
import { errorOf, isOfRecording, lastingProblemOf, type Problem } from 'ocellus/app/camera/problem';
import { tlsOf } from 'ocellus/app/config/address';
import { titleOf } from 'ocellus/app/config/names';
import { redactUrl } from 'ocellus/app/config/redact';
import {
    clipPrerollSeconds,
    isAlwaysRecorded,
    recordingName,
    recordPrerollSeconds,
} from 'ocellus/app/config/recording-rules';
import type { ChannelSettings } from 'ocellus/app/config/settings';
import { desiredRecording, type RecordingCauses } from 'ocellus/app/record/desired-recording';
import type { RecordNowJson } from 'ocellus/app/record/record-now';
import { type ChannelState, testChannel } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import {
    type ChannelOptions,
    type ChannelRow,
    type Desired,
    type DesiredChannel,
    isOpen,
    rowState,
} from 'ocellus/plane';

/** All that decides what shall run. */
export interface DesiredCauses extends RecordingCauses {
    readonly zone: Zone;
    /** Milliseconds since 1970. */
    readonly wallMs: number;
    readonly manual: (channel: string) => RecordNowJson;
    /** The camera that is being tried; undefined: none is. */
    readonly tested: ChannelOptions | undefined;
}

/** `tls` of the status as a number (oc_desired_record.h). */
function tlsNumber(address: string): number {
    return [null, 'verified', 'pinned', 'off'].indexOf(tlsOf(address));
}

function manualUntil({ now, until }: RecordNowJson): number {
    return until === null ? (now ? Infinity : 0) : Date.parse(until) / 1000;
}

function desiredChannel(causes: DesiredCauses, channel: ChannelSettings): DesiredChannel {
    const { live, record, channels } = causes.settings;
    const { name } = channel;
    const options = channelOptions(channel, live, recordPrerollSeconds(record), clipPrerollSeconds(record, channel));
    return {
        ...options,
        record: desiredRecording(causes, name),
        detect: detectorsOf(channel),
        title: titleOf(channels, name),
        tls: tlsNumber(options.url),
        subTls: tlsNumber(options.subUrl),
        always: isAlwaysRecorded(causes.settings, name),
        manualUntil: manualUntil(causes.manual(name)),
    };
}

function testedChannel(options: ChannelOptions): DesiredChannel {
    const nothing = { record: undefined, detect: noDetectors, title: '', always: false, manualUntil: 0 };
    return { ...options, ...nothing, tls: tlsNumber(options.url), subTls: 0 };
}

/** The list. Pure. */
export function desiredList(causes: DesiredCauses): Desired {
    const { settings, zone, wallMs, tested } = causes;
    const channels = settings.channels.map((channel) => desiredChannel(causes, channel));
    return {
        name: recordingName(settings),
        zone: { name: zone.name, posix: zone.posix, offsetMinutes: offsetMinutes(zone.rule, wallMs) },
        channels: tested === undefined ? channels : [...channels, testedChannel(tested)],
    };
}

/** Ends that were reckoned anew from another clock and differ by less are the same. */
const slackMs = 1500;

function steadyEnd(before: number, now: number, slack: number): number {
    return before > 0 && now > 0 && Math.abs(now - before) < slack ? before : now;
}

/** The list with ends of recordings as they were handed over, where they mean the same. Pure. */
export function steady(before: Desired | undefined, now: Desired): Desired {
    const channels = now.channels.map((channel) => {
        const was = before?.channels.find(({ name }) => name === channel.name);
        if (was === undefined) {
            return channel;
        }
        const record = channel.record && {
            ...channel.record,
            untilMs: steadyEnd(was.record?.untilMs ?? 0, channel.record.untilMs, slackMs),
        };
        return { ...channel, record, manualUntil: steadyEnd(was.manualUntil, channel.manualUntil, slackMs / 1000) };
    });
    return { ...now, channels };
}

/** Names of the channels of both lists that have another source. Pure. */
export function reopenedOf(before: Desired, now: Desired): readonly string[] {
    const other = now.channels.filter((channel) => {
        const was = before.channels.find(({ name }) => name === channel.name);
        return was !== undefined && isOtherSource(was, channel);
    });
    return other.map(({ name }) => name);
}

/** What it needs. */
export interface DesiredStateOptions {
    readonly plane: Pick<PlaneApi, 'setDesired' | 'retryChannel' | 'channels' | 'channel' | 'sub' | 'why'>;
    readonly causes: () => DesiredCauses;
    /** A line for the log; left out: `console.warn`. */
    readonly warn?: (line: string) => void;
}

/** Milliseconds in which a source is tried once. */
const triedMs = 15_000;
/** Milliseconds in which a recording begins. */
const recordedMs = 5_000;

/** Lines for the log, each once until it is another one. */
class Warnings {
    readonly #last = new Map<string, string>();
    readonly #log: (line: string) => void;

    constructor(log: (line: string) => void) {
        this.#log = log;
    }

    warn(about: string, line: string): void {
        if (line !== '' && this.#last.get(about) !== line) {
            this.#log(line);
        }
        this.#last.set(about, line);
    }
}

/** One per script. */
export class DesiredState {
    readonly #options: DesiredStateOptions;
    readonly #warnings: Warnings;
    /** Names of channels that were seen closing or being opened since the last `apply`: some settings need it. */
    readonly #reopening = new Set<string>();
    /** Those who wait for the rows. */
    readonly #waiting = new Set<() => void>();
    /** As the media plane has it; undefined: nothing was handed over yet. */
    #list: Desired | undefined;
    #revision = 0;
    #next: Promise<void> | undefined;
    #chain: Promise<void> = Promise.resolve();
    /** Lists that could not be handed over since the last one that was. */
    #failures = 0;
    #isAgain = false;

    constructor(options: DesiredStateOptions) {
        this.#options = options;
        this.#warnings = new Warnings(options.warn ?? ((line) => console.warn(line)));
    }

    /**
     * The first list. Done when each channel was tried once. `strict`: rejects with the first one that is not as it shall be,
     * one line for a person.
     */
    async start(strict: boolean): Promise<void> {
        await (strict ? this.changed() : this.follow());
        const settled = await this.#until(() => this.#isSettled() || (strict && this.#errors().length > 0), triedMs);
        const [error] = strict ? this.#errors() : [];
        if (error !== undefined) {
            throw error;
        }
        if (strict && !settled) {
            const slow = this.#list?.channels.find(({ name }) => !this.#isTried(name));
            const what = `${slow?.name ?? ''}: cannot open ${redactUrl(slow?.url ?? '')}`;
            throw new OcellusError('TIMEOUT', `${what}: no answer within ${triedMs / 1000} s`);
        }
    }

    /** Something of it may have changed. Done when the media plane has it; changes that come together are one list. */
    changed(): Promise<void> {
        this.#next ??= this.#chain.then(() => this.#give());
        this.#chain = this.#next.catch(() => undefined);
        return this.#next;
    }

    /** As `changed`; never rejects. */
    async follow(): Promise<void> {
        await this.changed().catch(() => undefined); // it is logged, and tried again
    }

    /** As `follow`, done when each channel was tried once. The names of those that were opened again. */
    async apply(): Promise<readonly string[]> {
        const before = this.#list;
        const ran = this.#options.plane.channels().filter(isOpen);
        this.#reopening.clear();
        await this.follow();
        await this.#until(() => this.#isSettled(), triedMs);
        const others = before && this.#list ? reopenedOf(before, this.#list) : [];
        const again = ran.filter(({ name }) => this.#reopening.has(name) && this.#given(name) !== undefined);
        return [...new Set([...others, ...again.map(({ name }) => name)])];
    }

    /** As `changed`, done when a channel is recorded as it shall be, if it is open. Rejects with why it cannot be. */
    async recorded(channel: string): Promise<void> {
        await this.changed();
        const opening = (): boolean => this.#state(channel) === 'opening' || this.#state(channel) === 'free';
        if (!(await this.#until(() => opening() || this.#isTried(channel), recordedMs))) {
            throw new OcellusError('TIMEOUT', `record ${channel}: no answer within ${recordedMs / 1000} s`);
        }
        const row = this.#row(channel);
        const why = row === undefined ? '' : this.#options.plane.why(row.number);
        if (row !== undefined && row.failure !== 0 && isOfRecording(why)) {
            throw OcellusError.fromNumber(-row.failure, why.replace(/^record: /, ''));
        }
    }

    /** Whether a channel is recorded now without an event. */
    records(channel: string): boolean {
        return desiredRecording(this.#options.causes(), channel) !== undefined;
    }

    /** Why a channel is not as it shall be. */
    problem(channel: string): Problem {
        const row = this.#row(channel);
        const why = row === undefined ? '' : this.#options.plane.why(row.number);
        return lastingProblemOf(row, why, this.#given(channel)?.url ?? '');
    }

    /** What the media plane was given of a channel, to compare; '': nothing. */
    given(channel: string): string {
        return JSON.stringify(this.#given(channel) ?? '');
    }

    /** Somebody asks for it: a channel whose login was refused is tried at once. Never rejects. */
    async retry(channel: string): Promise<void> {
        const row = this.#row(channel);
        if (row !== undefined && this.problem(channel).reason === 'password') {
            await this.#options.plane.retryChannel(row.number).catch((error: unknown) => {
                console.warn(`${channel}: ${error instanceof Error ? error.message : String(error)}`);
            });
        }
    }

    /** The row of a channel has changed. */
    hear(channel: number): void {
        const row = this.#options.plane.channel(channel);
        if (row !== undefined && ['opening', 'closing'].includes(rowState(row))) {
            this.#reopening.add(row.name);
        }
        this.#tell(row);
        for (const look of [...this.#waiting]) {
            look();
        }
    }

    #row(channel: string): ChannelRow | undefined {
        return this.#options.plane.channels().find(({ name }) => name === channel);
    }

    #state(channel: string): ChannelState {
        const row = this.#row(channel);
        return row === undefined ? 'free' : rowState(row);
    }

    #given(channel: string): DesiredChannel | undefined {
        return this.#list?.channels.find(({ name }) => name === channel);
    }

    /** Undefined too of a source that is open and lost: it tells by events of its own. */
    #error(row: ChannelRow): OcellusError | undefined {
        const why = this.#options.plane.why(row.number);
        const isLost = rowState(row) !== 'failed' && why === '';
        const error = isLost ? undefined : errorOf(row, why, this.#given(row.name)?.url ?? '');
        return error?.code === 'PRIVATE' ? undefined : error;
    }

    #errors(): readonly OcellusError[] {
        const errors = this.#options.plane.channels().map((row) => this.#error(row));
        return errors.filter((error) => error !== undefined);
    }

    /** Lines for the log: why it is not as it shall be, and a recording that can have nothing in it. */
    #tell(row: ChannelRow | undefined): void {
        const desired = row && row.name !== testChannel ? this.#given(row.name) : undefined;
        if (row === undefined || desired === undefined) {
            return;
        }
        const { plane } = this.#options;
        if (!['opening', 'closing'].includes(rowState(row))) {
            this.#warnings.warn(row.name, this.#error(row)?.message ?? ''); // nothing new while it is tried again
        }
        const { record } = desired;
        const recorded = record?.stream === 'sub' ? plane.sub(row.number) : row;
        const silent = record?.audio === false && recorded?.video_codec === 0 && recorded.audio_codec !== 0;
        const line = `${row.name}: the source has audio only and record.audio is off: recording nothing`;
        this.#warnings.warn(`sound of ${row.name}`, silent ? line : '');
    }

    /** Hands the list over, unless the media plane has it. */
    async #give(): Promise<void> {
        this.#next = undefined;
        const list = steady(this.#list, desiredList(this.#options.causes()));
        if (JSON.stringify(list) === JSON.stringify(this.#list)) {
            return;
        }
        try {
            this.#revision = await this.#options.plane.setDesired(list);
        } catch (error) {
            this.#warnings.warn('channels', `channels: ${error instanceof Error ? error.message : String(error)}`);
            void this.#again();
            throw error;
        }
        this.#list = list;
        this.#failures = 0;
        this.#warnings.warn('channels', '');
        for (const { number } of this.#options.plane.channels()) {
            this.hear(number);
        }
    }

    /** It could not be handed over. */
    async #again(): Promise<void> {
        if (!this.#isAgain) {
            this.#isAgain = true;
            await sleep(backoffMs(this.#failures++));
            this.#isAgain = false;
            await this.follow();
        }
    }

    /** The media plane has tried a channel with this list. */
    #isTried(channel: string): boolean {
        return (this.#row(channel)?.revision ?? -1) >= this.#revision;
    }

    /** It has tried all of them, and closed others. */
    #isSettled(): boolean {
        const list = this.#list?.channels ?? [];
        const others = this.#options.plane.channels().some(({ name }) => this.#given(name) === undefined);
        return !others && list.every(({ name }) => this.#isTried(name));
    }

    /** Whether it came true in time; looked at with each change of a row. */
    async #until(done: () => boolean, ms: number): Promise<boolean> {
        if (done()) {
            return true;
        }
        return await new Promise<boolean>((resolve) => {
            const end = (reached: boolean): void => {
                this.#waiting.delete(look);
                clearTimeout(timer);
                resolve(reached);
            };
            const look = (): void => {
                if (done()) {
                    end(true);
                }
            };
            const timer = setTimeout(end, ms, false);
            this.#waiting.add(look);
        });
    }
}
