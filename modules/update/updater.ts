/** Looks for releases, and fetches and starts the one that this device may have. */
import { backoffMs } from 'ocellus/app/base/time';
import { isObject, parseJson } from 'ocellus/app/config/json';
import type { Settings } from 'ocellus/app/config/settings';
import { checkFresh, indexBytesMax, IndexError, keyIdOf, openIndex } from 'ocellus/app/update/release-index';
import { chooseRelease, chooseRevocation } from 'ocellus/app/update/rollout';
import type {
    Available,
    Release,
    ReleaseIndex,
    Revocation,
    UpdatePlane,
    UpdateState,
    Web,
} from 'ocellus/app/update/types';
import { indexAddress } from 'ocellus/app/update/update-service';
import { DownloadError, web } from 'ocellus/app/update/web';
import { fromHex, hex, randomBytes } from 'ocellus/crypto';
import { type ErrorCode, OcellusError } from 'ocellus/error';
import type { HostApi } from 'ocellus/host';

/** Settings of updates. */
export type UpdateSettings = Settings['update'];

/** What the service needs. */
export interface UpdaterOptions {
    readonly plane: UpdatePlane;
    readonly host: Pick<HostApi, 'facts' | 'clock'>;
    readonly settings: () => UpdateSettings;
    /** Left out: the web of this machine. */
    readonly web?: Web;
    /** 0 to below 1; left out: of Math. */
    readonly random?: () => number;
}

/** Refusals of the host that are over some time. */
const passing: readonly ErrorCode[] = ['BUSY', 'STATE', 'TIMEOUT', 'GENERATION', 'NOMEM', 'IO', 'DISK_FULL'];
const storeName = 'update';
/** After an attempt that failed: doubles from here to the interval. */
const [retryMs, minuteMs] = [30_000, 60_000] as const;
/** Tries of one download that bring bytes each, and bytes that are written at once. */
const [triesMax, partMax] = [20, 32_768] as const;

/** What a device remembers of updates. */
interface Memory {
    /** Of this device, for roll-outs: made once. */
    readonly device: string;
    /** The highest version of an index. */
    seen: number;
}

/** An address without what may be secret. */
function besideIndex(url: string, file: string): string {
    const path = url.split(/[?#]/)[0] ?? '';
    return path.slice(0, path.lastIndexOf('/') + 1) + file;
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}

function isMissing(error: unknown): boolean {
    return error instanceof OcellusError && (error.code === 'NOTSUP' || error.code === 'DENIED');
}

/** One per script. */
export class Updater {
    readonly #options: UpdaterOptions;
    readonly #web: Web;
    readonly #random: () => number;
    /** By SHA-256: bundles that the host refused. */
    readonly #refused = new Set<string>();
    #memory: Memory | undefined;
    #failures = 0;
    #reported = '';
    #wake: (() => void) | undefined;
    #isDue = false;
    #runs = false;

    constructor(options: UpdaterOptions) {
        this.#options = options;
        this.#web = options.web ?? web;
        this.#random = options.random ?? Math.random;
    }

    /** From now on; once. */
    start(): void {
        this.#runs = true;
        void this.#run();
    }

    /** No more. */
    stop(): void {
        this.#runs = false;
        this.#wake?.();
    }

    /** Looks now, also when it would not by itself. */
    check(): void {
        this.#isDue = true;
        this.#wake?.();
    }

    /** The settings changed. */
    follow(): void {
        this.#failures = 0;
        this.#isDue = this.#options.settings().mode !== 'off';
        this.#wake?.();
    }

    async #run(): Promise<void> {
        let isFirst = true;
        while (this.#runs) {
            const settings = this.#options.settings();
            const { mode } = settings;
            const isRequested = this.#isDue;
            if ((mode === 'off' && !isRequested) || indexAddress(settings) === '') {
                this.#isDue = false;
                await this.#wait(undefined);
                continue;
            }
            if (isFirst) {
                isFirst = false;
                // not all devices at once after a power cut
                await this.#wait(this.#random() * Math.min(this.#intervalMs() / 10, 10 * minuteMs));
            }
            this.#isDue = false;
            const isGood = await this.#look(mode === 'apply');
            this.#failures = isGood ? 0 : this.#failures + 1;
            await this.#wait(this.#pauseMs());
        }
    }

    #intervalMs(): number {
        return this.#options.settings().intervalMinutes * minuteMs;
    }

    /** Never longer than the interval: a recall is seen within it. */
    #pauseMs(): number {
        const base =
            this.#failures === 0
                ? this.#intervalMs()
                : Math.min((backoffMs(this.#failures - 1) / backoffMs(0)) * retryMs, this.#intervalMs());
        return base * (0.8 + 0.2 * this.#random());
    }

    /** Until then, or until somebody asks; undefined: only that. */
    async #wait(ms: number | undefined): Promise<void> {
        if (this.#isDue || !this.#runs) {
            return;
        }
        await new Promise<void>((resolve) => {
            const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
        });
        this.#wake = undefined;
    }

    /** One look at the index. false: it failed, and is tried again soon. */
    async #look(mayApply: boolean): Promise<boolean> {
        let found: Omit<Available, 'checked' | 'problem'> = {
            index: null,
            expiryChecked: this.#options.host.clock().quality !== 'none',
            version: null,
            bytes: 0,
        };
        let problem: string | null = null;
        try {
            const state = (await this.#options.plane.updateState()) as UpdateState;
            if (state.state !== 'idle') {
                throw new IndexError(`an update is under way: ${state.state}`);
            }
            const index = await this.#fetchIndex(state);
            const release = await this.#choose(index, state);
            found = {
                ...found,
                index: index.version,
                version: release?.version ?? null,
                bytes: release?.bytes ?? 0,
            };
            const revocation = chooseRevocation(index, state.keys);
            const bundle = revocation !== undefined && !this.#refused.has(revocation.sha256) ? revocation : release;
            if (bundle !== undefined && mayApply) {
                await this.#note(found, null);
                await this.#install(bundle);
            }
        } catch (error) {
            if (isMissing(error)) {
                this.#runs = false; // a host without updates
                return true;
            }
            problem = messageOf(error);
        }
        await this.#note(found, problem);
        return problem === null;
    }

    async #fetchIndex(state: UpdateState): Promise<ReleaseIndex> {
        const { host, settings } = this.#options;
        const reply = await this.#web.get(indexAddress(settings()), indexBytesMax);
        if (reply.status !== 200) {
            throw new IndexError(`the index: HTTP ${reply.status}`);
        }
        const points = host.facts.updateKeys.filter((point) => !state.revoked.includes(keyIdOf(point)));
        const index = openIndex(reply.text(), points);
        const memory = await this.#remember();
        const { wallMs, quality } = host.clock();
        checkFresh(index, { name: state.name, seen: memory.seen, nowMs: quality === 'none' ? undefined : wallMs });
        if (index.version > memory.seen) {
            memory.seen = index.version;
            await this.#keep(memory);
        }
        return index;
    }

    async #choose(index: ReleaseIndex, state: UpdateState): Promise<Release | undefined> {
        const { channel, group } = this.#options.settings();
        const { device } = await this.#remember();
        const { name, version, host, apiLevel, engine, counter } = state;
        const facts = { name, version, host, apiLevel, engine, counter };
        return chooseRelease(index, { ...facts, id: device, channel, group, refused: this.#refused });
    }

    /** Fetches the bundle, and has the host start it. */
    async #install({ bundle, bytes, sha256 }: Release | Revocation): Promise<void> {
        const { plane, host, settings } = this.#options;
        const url = besideIndex(indexAddress(settings()), bundle);
        const partBytes = Math.min(partMax, Math.floor(host.facts.limits.parcelBytes / 2));
        let have = await this.#refusing(sha256, plane.beginUpdate(fromHex(sha256), bytes));
        for (let tries = 0; have < bytes; tries++) {
            const before = have;
            try {
                await this.#web.download(url, have, bytes, partBytes, async (part) => {
                    have = await plane.writeUpdate(have, part);
                });
            } catch (error) {
                const goesOn = error instanceof DownloadError && error.broken && have > before && tries < triesMax;
                if (!goesOn) {
                    throw error;
                }
            }
        }
        console.info(`update: ${await this.#refusing(sha256, plane.applyUpdate())} is staged`);
    }

    /** The host's word; a bundle that it refuses for good is not fetched again. */
    async #refusing<T>(sha256: string, answer: Promise<T>): Promise<T> {
        try {
            return await answer;
        } catch (error) {
            if (!(error instanceof OcellusError && passing.includes(error.code))) {
                this.#refused.add(sha256);
            }
            throw error;
        }
    }

    async #remember(): Promise<Memory> {
        if (this.#memory !== undefined) {
            return this.#memory;
        }
        let text: string | undefined;
        try {
            text = await this.#options.plane.readStore(storeName);
        } catch (error) {
            if (!isMissing(error)) {
                throw error;
            }
        }
        this.#memory = memoryOf(text);
        if (this.#memory === undefined) {
            this.#memory = { device: hex(randomBytes(16)), seen: 0 };
            await this.#keep(this.#memory);
        }
        return this.#memory;
    }

    async #keep(memory: Memory): Promise<void> {
        try {
            await this.#options.plane.writeStore(storeName, JSON.stringify(memory));
        } catch (error) {
            console.warn(`update: what was seen cannot be kept: ${messageOf(error)}`);
        }
    }

    /** For people: each change is a line of the log, once. */
    async #note(found: Omit<Available, 'checked' | 'problem'>, problem: string | null): Promise<void> {
        const { plane, host } = this.#options;
        const checked = new Date(host.clock().wallMs).toISOString();
        const line = problem ?? (found.version === null ? '' : `${found.version} is available`);
        if (line !== this.#reported) {
            this.#reported = line;
            if (problem !== null) {
                console.warn(`update: ${problem}`);
            } else if (line !== '') {
                console.info(
                    `update: ${line}${found.expiryChecked ? '' : '; the clock is not set, so that the age of the index is not known'}`,
                );
            }
        }
        try {
            await plane.noteUpdate(JSON.stringify({ checked, ...found, problem } satisfies Available));
        } catch (error) {
            if (!isMissing(error)) {
                console.warn(`update: ${messageOf(error)}`);
            }
        }
    }
}

function memoryOf(text: string | undefined): Memory | undefined {
    if (text === undefined || text === '') {
        return undefined;
    }
    try {
        const value = parseJson(text, storeName, 0, new Set(['device', 'seen']));
        const { device, seen } = isObject(value) ? value : {};
        const isWhole = typeof seen === 'number' && Number.isSafeInteger(seen) && seen >= 0;
        return typeof device === 'string' && /^[0-9a-f]{32}$/.test(device) && isWhole ? { device, seen } : undefined;
    } catch {
        return undefined;
    }
}
