/** Channels of an application: a list of what shall run, with defaults for whatever it leaves out. */
import { OcellusError } from 'ocellus/error';
import {
    type ChannelRow,
    type DesiredChannel,
    type Detectors,
    type Plane,
    type RecordOptions,
    rowState,
} from 'ocellus/plane';

/** A recording; left out: in files of 90 minutes, without sound, of the main stream, without an end. */
export type RecordWanted = Partial<RecordOptions> & Pick<RecordOptions, 'name'>;

/** A channel; left out: a ring of 12 s, with sound, a file begins again at its end, nothing is recorded or looked for. */
export type ChannelWanted = Partial<Omit<DesiredChannel, 'record' | 'detect'>> &
    Pick<DesiredChannel, 'name' | 'url'> & { readonly record?: RecordWanted; readonly detect?: Partial<Detectors> };

/** Of whatever is left out, beside the ring. */
const defaults = Object.freeze({
    subUrl: '',
    audio: true,
    loop: true,
    ringBytes: 0,
    prerollMs: 0,
    maxGopBytes: 0,
    liveTargetMs: 0,
    livePartMs: 0,
    fast: false,
    bitrate: 0,
    title: '',
    tls: 0,
    subTls: 0,
    always: false,
    manualUntil: 0,
} satisfies Omit<DesiredChannel, 'name' | 'url' | 'ringMs' | 'record' | 'detect'>);

/** Milliseconds between two looks at rows that are waited for. */
const lookMs = 50;

/** A channel with everything that was left out. Pure. */
export function channelOf({ record, detect, ...given }: ChannelWanted): DesiredChannel {
    const ringMs = given.ringBytes === undefined ? 12_000 : 0;
    return {
        ...defaults,
        ringMs,
        ...given,
        record: record && { segmentMs: 0, prerollMs: 0, audio: false, stream: 'main', untilMs: 0, ...record },
        detect: { sensitivity: 0, leastPermille: 0, cooldownMs: 10_000, zones: '', soundDb: 0, ...detect },
    };
}

/** Whether the media plane has brought the channel of a row in line with the list of a revision. Pure. */
export function isBrought({ revision: reached }: Pick<ChannelRow, 'revision'>, revision: number): boolean {
    return reached >= revision;
}

/** One per script. Whatever the list names runs on when the script ends; the next one gives its list, and nothing is lost. */
export class Channels {
    readonly #plane: Plane;
    #revision = 0;
    #names: readonly string[] = [];

    constructor(plane: Plane) {
        this.#plane = plane;
    }

    /** These run from now on, and no others. Done when the list is taken; rejects as `Plane.setDesired`. Its revision. */
    async set(list: readonly ChannelWanted[]): Promise<number> {
        const zone = { name: '', posix: '', offsetMinutes: 0 };
        const revision = await this.#plane.setDesired({ name: '', zone, channels: list.map(channelOf) });
        this.#names = list.map(({ name }) => name);
        this.#revision = revision;
        return revision;
    }

    /** Of all channels, also of those that fail. */
    rows(): readonly ChannelRow[] {
        return this.#plane.channels();
    }

    /** The row of a channel; undefined: it is not in the list. */
    get(name: string): ChannelRow | undefined {
        return this.rows().find((row) => row.name === name);
    }

    /** Why a channel is not as the list wants it, one line; undefined: it is. */
    problem(name: string): OcellusError | undefined {
        const row = this.get(name);
        const why = row === undefined ? '' : this.#plane.why(row.number);
        const number = row?.failure ?? 0;
        return number === 0 ? undefined : OcellusError.fromNumber(-number, why === '' ? undefined : why);
    }

    /**
     * Done when each channel of the list was tried once: it runs, or `problem` says why not. `TIMEOUT` after
     * `deadlineMs`: a source takes longer, and opens all the same.
     */
    async settled(revision = this.#revision, deadlineMs = 15_000): Promise<readonly ChannelRow[]> {
        const endMs = this.#plane.now() + deadlineMs;
        for (;;) {
            const rows = this.rows().filter(({ name }) => this.#names.includes(name));
            if (rows.length === this.#names.length && rows.every((row) => isBrought(row, revision))) {
                return rows;
            }
            if (this.#plane.now() >= endMs) {
                const slow = this.#names.filter((name) => {
                    const row = rows.find((one) => one.name === name);
                    return row === undefined || rowState(row) === 'opening';
                });
                throw new OcellusError('TIMEOUT', `${slow.join(', ')}: not open within ${deadlineMs / 1000} s`);
            }
            await new Promise<void>((resolve) => {
                this.#plane.mail.timers.set(resolve, lookMs);
            });
        }
    }
}
