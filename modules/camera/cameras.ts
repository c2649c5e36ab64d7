/** Brings the running channels in line with the settings: adopts, reopens, opens, closes; also while they change. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { backoffMs, sleep } from 'ocellus/app/base/time';
import { channelHash, differs } from 'ocellus/app/camera/channel-options';
import { problemOf } from 'ocellus/app/camera/problem';
import { redactUrl } from 'ocellus/app/config/redact';
import { type ErrorCode, OcellusError } from 'ocellus/error';
import { type ChannelOptions, type ChannelRow, type RecordOptions, rowState } from 'ocellus/plane';

type CameraPlane = Pick<PlaneApi, 'channels' | 'openChannel' | 'adoptChannel' | 'changeChannel' | 'closeChannel'>;

/** How a channel came to run: opened and recorded from its start, opened, taken over from an earlier script. */
export type Running = 'recorded' | 'opened' | 'adopted';

/** What `Cameras` needs. */
export interface CamerasOptions {
    readonly plane: CameraPlane;
    readonly wanted: readonly ChannelOptions[];
    /** A source that cannot be opened at the start is an error, not something to try again. */
    readonly first: boolean;
    /** Called when a channel runs, opened or adopted; rejects: it is retried, or fails the start. */
    readonly onRunning: (channel: number, options: ChannelOptions, how: Running) => Promise<void>;
    /** How a channel that is opened is recorded from its start; undefined, or left out: it is not. */
    readonly recording?: (options: ChannelOptions) => RecordOptions | undefined;
    /** A `problem` has changed. */
    readonly onProblem?: () => void;
}

/** One channel that is wanted, or was until now. */
interface Slot {
    /** Undefined: it shall be closed. */
    options: ChannelOptions | undefined;
    /** Counts what was asked of it: an older wish is given up. */
    turn: number;
    /** What is under way, one after the other. */
    chain: Promise<void>;
    /** Why it does not run; '': it does, or was not tried yet. */
    problem: string;
    /** The code behind it. */
    code: ErrorCode | undefined;
    /** Logins that were refused since it last ran. */
    refusals: number;
}

/** How far `#bring` has come, for its error. */
interface Doing {
    what: 'open' | 'adopt' | 'reopen' | 'start' | 'change';
}

/** A channel that runs. */
interface Brought {
    readonly channel: number;
    readonly how: Running;
    /** Settings that did not take effect yet. */
    readonly later: OcellusError | undefined;
}

/** Answers to `changeChannel` after which only another opening helps. */
const needsOpening: ReadonlySet<string> = new Set(['NOTSUP', 'NOMEM']);

/** Before a refused login is tried again: minutes, then hours. As `oc_capture_pause.h`, which tells why. */
function refusedMs(refusals: number): number {
    return Math.min(8 * 60_000 * 4 ** Math.min(refusals - 1, 5), 4 * 3_600_000);
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

/** One per script. */
export class Cameras {
    readonly #options: CamerasOptions;
    readonly #slots = new Map<string, Slot>();
    /** Names of channels that were closed to be opened again since the last `apply`. */
    readonly #reopened = new Set<string>();
    /** The newest wish of all. */
    #wanted: readonly ChannelOptions[] = [];

    constructor(options: CamerasOptions) {
        this.#options = options;
    }

    /**
     * Done when every channel runs. `first`: rejects with the first failure, one line for a person. Else: done when
     * each was tried once; failures are logged and tried again for as long as they are wanted.
     */
    async start(): Promise<void> {
        const { wanted, first } = this.#options;
        const names = new Set(wanted.map(({ name }) => name));
        const closing = this.#options.plane
            .channels()
            .filter((row) => !names.has(row.name) && rowState(row) !== 'closing')
            .map((row) => this.#close(row));
        const starting = wanted.map((options) => this.#set(options.name, options, first));
        await Promise.all([...closing, ...starting]);
    }

    /**
     * From now on these channels are wanted; those that stay as they are notice nothing. Done when each other one was
     * tried once or is closed. Never rejects: `problem` tells. The names of those that were opened again.
     */
    async apply(wanted: readonly ChannelOptions[]): Promise<readonly string[]> {
        this.#wanted = wanted;
        this.#reopened.clear();
        const next = new Map(wanted.map((options) => [options.name, options]));
        const gone = [...this.#slots].filter(([name, { options }]) => options !== undefined && !next.has(name));
        const changed = wanted.filter((options) => {
            const before = this.#slots.get(options.name)?.options;
            return before !== undefined && differs(before, options);
        });
        const fresh = wanted.filter(({ name }) => this.#slots.get(name)?.options === undefined);
        const closing = gone.map(([name]) => this.#set(name, undefined));
        const changing = changed.map((options) => this.#set(options.name, options));
        await Promise.all(closing); // or there might be no room for new ones
        const still = this.#wanted === wanted ? fresh : []; // a later wish knows better
        await Promise.all([...changing, ...still.map((options) => this.#set(options.name, options))]);
        return [...this.#reopened];
    }

    /** Opens what does not run, calls `onRunning` again for every channel that does. */
    async rerun(): Promise<void> {
        await Promise.all([...this.#slots].map(([name, { options }]) => options && this.#set(name, options)));
    }

    /** Why a wanted channel does not run, one line without secrets; '': it does, or is just being opened. */
    problem(name: string): string {
        return this.#slots.get(name)?.problem ?? '';
    }

    /** The error behind `problem`; undefined: there is none. */
    code(name: string): ErrorCode | undefined {
        return this.#slots.get(name)?.code;
    }

    /** Counts what was asked of a channel; 0: nothing yet. */
    asked(name: string): number {
        return this.#slots.get(name)?.turn ?? 0;
    }

    /** Somebody asks for it: a channel whose login was refused is tried at once. */
    async retry(name: string): Promise<void> {
        const slot = this.#slots.get(name);
        const row = this.#row(name);
        if (slot?.options !== undefined && problemOf(slot, row).reason === 'password') {
            await (row && this.#close(row, 'its login is tried again'));
            await this.#set(name, slot.options);
        }
    }

    /** `fatal`: rejects instead of trying again. */
    #set(name: string, options: ChannelOptions | undefined, fatal = false): Promise<void> {
        const slot = this.#slots.get(name) ?? {
            options,
            turn: 0,
            chain: Promise.resolve(),
            problem: '',
            code: undefined,
            refusals: 0,
        };
        this.#slots.set(name, slot);
        if (
            slot.options !== undefined &&
            (options === undefined || channelHash(options) !== channelHash(slot.options))
        ) {
            this.#interrupt(name);
            slot.refusals = 0;
        }
        slot.options = options;
        slot.turn++;
        return this.#queue(name, slot, slot.turn, 0, fatal);
    }

    #queue(name: string, slot: Slot, turn: number, attempt: number, fatal: boolean): Promise<void> {
        const done = slot.chain.then(() => this.#turn(name, slot, turn, attempt, fatal));
        slot.chain = done.catch(() => undefined);
        return done;
    }

    /** A source that is just being opened may take long; whoever waits for it is told that it is closed. */
    #interrupt(name: string): void {
        const row = this.#row(name);
        if (row !== undefined && rowState(row) === 'opening') {
            void this.#close(row, 'its settings changed');
        }
    }

    #row(name: string): ChannelRow | undefined {
        return this.#options.plane.channels().find((row) => row.name === name);
    }

    async #turn(name: string, slot: Slot, turn: number, attempt: number, fatal: boolean): Promise<void> {
        if (turn !== slot.turn) {
            return; // a later wish follows
        }
        if (slot.options === undefined) {
            const row = this.#row(name);
            await (row && this.#close(row));
            if (turn === slot.turn) {
                this.#slots.delete(name);
            }
            return;
        }
        try {
            await this.#bring(slot.options);
            slot.refusals = 0;
            this.#note(slot, '', undefined);
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'PRIVATE') {
                this.#note(slot, `${name}: ${new OcellusError('PRIVATE').message}`, 'PRIVATE');
                return; // `rerun` follows when it ends
            }
            if (fatal) {
                throw error;
            }
            if (turn === slot.turn) {
                const before = slot.problem;
                this.#note(slot, messageOf(error), error instanceof OcellusError ? error.code : 'IO');
                if (slot.problem !== before) {
                    console.warn(slot.problem); // once: the next attempt mostly fails as this one did
                }
                slot.refusals += slot.code === 'PASSWORD' ? 1 : 0;
                void this.#again(name, slot, turn, attempt);
            }
        }
    }

    #note(slot: Slot, problem: string, code: ErrorCode | undefined): void {
        const changed = slot.problem !== problem;
        slot.problem = problem;
        slot.code = code;
        if (changed) {
            this.#options.onProblem?.();
        }
    }

    async #again(name: string, slot: Slot, turn: number, attempt: number): Promise<void> {
        await sleep(slot.code === 'PASSWORD' ? refusedMs(slot.refusals) : backoffMs(attempt));
        await this.#queue(name, slot, turn, attempt + 1, false);
    }

    /** A channel that is no longer wanted, or not as it is. */
    async #close(row: ChannelRow, why = 'it is not in the settings'): Promise<void> {
        console.info(`${row.name}: closed, ${why}`);
        try {
            await this.#options.plane.closeChannel(row.number);
        } catch (error) {
            console.warn(`${row.name}: cannot close: ${messageOf(error)}`);
        }
    }

    /** Adopts and changes, or closes what differs and opens; then tells. Every error names the channel and its source. */
    async #bring(options: ChannelOptions): Promise<void> {
        const doing: Doing = { what: 'open' };
        try {
            const { channel, how, later } = await this.#adopted(options, doing);
            doing.what = 'start';
            await this.#options.onRunning(channel, options, how);
            if (later !== undefined) {
                doing.what = 'change';
                throw later;
            }
        } catch (error) {
            const code = error instanceof OcellusError ? error.code : 'IO';
            const [shown, why] = [redactUrl(options.url), messageOf(error)];
            const says = why.startsWith(`${shown}: `) || /^[a-z0-9]+:\/\/\S*: /.test(why); // its reader names it too
            const named = says ? why : `${shown}: ${why}`;
            throw new OcellusError(code, `${options.name}: cannot ${doing.what} ${named}`);
        }
    }

    /** The channel as it is wanted: the one that runs when it can be, else another. */
    async #adopted(options: ChannelOptions, doing: Doing): Promise<Brought> {
        const hash = channelHash(options);
        const { plane, recording } = this.#options;
        const row = this.#row(options.name);
        if (row !== undefined && row.config_hash === hash && rowState(row) !== 'closing') {
            doing.what = 'adopt';
            const channel = row.number;
            const [, later] = await Promise.all([plane.adoptChannel(channel), this.#change(channel, hash, options)]);
            if (later === undefined || !needsOpening.has(later.code)) {
                return { channel, how: 'adopted', later };
            }
            console.info(`${options.name}: ${later.message}: opened again`);
        }
        if (row !== undefined) {
            doing.what = 'reopen';
            this.#reopened.add(options.name);
            await plane.closeChannel(row.number);
        }
        const opened = await plane.openChannel(hash, options, recording?.(options));
        return { channel: opened.channel, how: opened.recording ? 'recorded' : 'opened', later: undefined };
    }

    /** What can change while it runs does. Why it could not; it runs as it was then. */
    async #change(channel: number, hash: number, options: ChannelOptions): Promise<OcellusError | undefined> {
        try {
            await this.#options.plane.changeChannel(channel, hash, options);
            return undefined;
        } catch (error) {
            return error instanceof OcellusError ? error : new OcellusError('IO', messageOf(error));
        }
    }
}
