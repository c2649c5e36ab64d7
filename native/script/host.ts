/** The process around a script: facts, clock, standard output. */
import { type LogLevel, logLevels } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';

/** How far the wall clock can be trusted. */
export type ClockQuality = 'none' | 'rtc' | 'ntp';

/** Levels of the log. */
export { type LogLevel, logLevels } from 'ocellus/command';

/** One option of the command line; a flag without a value has ''. */
export interface Option {
    readonly name: string;
    readonly value: string;
}

/** What this host has room for (oc_limits.h); a board has less than a computer. */
export interface Limits {
    /** Channels open at a time. */
    readonly channels: number;
    /** Of a command's or reply's parcel. */
    readonly parcelBytes: number;
}

/** What does not change while a script runs. */
export interface Facts {
    readonly version: string;
    /** Of this host's API: applications of this level or a lower one run (docs/design/applications.md). */
    readonly apiLevel: number;
    /** What this application may use: "network", "files", … */
    readonly capabilities: readonly string[];
    readonly limits: Limits;
    /** URL of the clip that ships with the program; '': none. */
    readonly defaultInput: string;
    /** The command line. It, `settings` and `stored` are empty without the capability `settings`. */
    readonly options: readonly Option[];
    /** Undefined: no settings file was given. */
    readonly settings: { readonly path: string; readonly text: string } | undefined;
    /** Settings that the program stored, as they were when the process started. Undefined: none. */
    readonly stored: { readonly path: string; readonly text: string } | undefined;
    readonly dataPath: string;
    /** Monotonic milliseconds of the process's start. */
    readonly startedMs: number;
    /** 1: the first script of this process. */
    readonly generation: number;
    /** Scripts before this one that made way for another application. */
    readonly replaced: number;
    /** How the script before ended. */
    readonly lastEnd: { readonly reason: string; readonly message: string; readonly atMs: number } | undefined;
    /**
     * Scripts of this application that ended by themselves, the last few, oldest first: when, by monotonic milliseconds, and
     * what they said, a line for each frame of the stack behind the message.
     */
    readonly ends: readonly { readonly atMs: number; readonly message: string }[];
    /** What the script before this one handed over (`Plane.handOver`); undefined: nothing. */
    readonly handover: string | undefined;
    /** This script is an update on trial: the one before comes back when it fails. */
    readonly trial: boolean;
    /** Public keys (P-256 points, 65 bytes each) whose updates were trusted when this script started; none: no updates. */
    readonly updateKeys: readonly Uint8Array[];
}

/** A time zone. */
export interface HostZone {
    /** "Europe/Berlin" */
    readonly name: string;
    /** POSIX TZ as the host found it, not validated. */
    readonly rule: string;
}

/** The host as services see it; tests supply their own. */
export interface HostApi {
    readonly facts: Facts;
    /** Wall clock. */
    clock(): { readonly wallMs: number; readonly quality: ClockQuality };
    /** The zone of this name, '' the system's; undefined: not known here. */
    zone(name: string): HostZone | undefined;
    /** Monotonic milliseconds. */
    now(): number;
    /** A line to standard output. */
    print(line: string): void;
    /** Lines of the log below this level are left out from now on. Throws `OcellusError` `DENIED` without `system`. */
    setLogLevel(level: LogLevel): void;
}

interface RawFacts {
    readonly version: ArrayBuffer;
    readonly apiLevel: number;
    readonly capabilities: ArrayBuffer;
    readonly channelsMax: number;
    readonly parcelMax: number;
    readonly defaultInput: ArrayBuffer;
    readonly options: readonly ArrayBuffer[];
    readonly settingsPath: ArrayBuffer | undefined;
    readonly settingsText: ArrayBuffer | undefined;
    readonly storedPath: ArrayBuffer | undefined;
    readonly storedText: ArrayBuffer | undefined;
    readonly dataPath: ArrayBuffer;
    readonly startedMs: number;
    readonly generation: number;
    readonly replaced: number;
    readonly endReason: ArrayBuffer | undefined;
    readonly endMessage: ArrayBuffer | undefined;
    readonly endWallMs: number;
    readonly ends: ArrayBuffer | undefined;
    readonly handover: ArrayBuffer | undefined;
    readonly trial: number;
    readonly updatePoints: ArrayBuffer;
}

interface RawZone {
    readonly name: ArrayBuffer;
    readonly rule: ArrayBuffer;
}

const nativeHost = Object.freeze({
    facts(): RawFacts {
        return native<() => RawFacts>('xs_host_facts').call(this);
    },
    clock(): { wallMs: number; quality: number } {
        return native<() => { wallMs: number; quality: number }>('xs_host_clock').call(this);
    },
    zone(name: Uint8Array): RawZone | undefined {
        return native<(name: Uint8Array) => RawZone | undefined>('xs_host_zone').call(this, name);
    },
    now(): number {
        return native<() => number>('xs_host_now').call(this);
    },
    print(bytes: Uint8Array): void {
        return native<(bytes: Uint8Array) => void>('xs_host_print').call(this, bytes);
    },
    logLevel(level: number): number | undefined {
        return native<(level: number) => number | undefined>('xs_host_log_level').call(this, level);
    },
    used(): void {
        return native<() => void>('xs_host_used').call(this);
    },
    unused(): ArrayBuffer {
        return native<() => ArrayBuffer>('xs_host_unused').call(this);
    },
});

function text(bytes: ArrayBuffer | undefined): string {
    return bytes === undefined ? '' : new TextDecoder().decode(bytes);
}

const pointBytes = 65;

function pointsOf(raw: ArrayBuffer): Uint8Array[] {
    const count = Math.floor(raw.byteLength / pointBytes);
    return Array.from({ length: count }, (_, index) => new Uint8Array(raw, index * pointBytes, pointBytes));
}

/**
 * Why an application must not begin: options were given that it never looked at, and that would have no effect. '': none
 * were, or it was told before.
 */
export function unusedOptions(): string {
    const names = text(nativeHost.unused());
    return names === '' ? '' : `${names}: not read by this application (Host.facts.options); start it without`;
}

function endsOf(texts: string): Facts['ends'] {
    const ends = texts.split('\x1E').slice(0, -1);
    return ends.map((end) => {
        const space = end.indexOf(' ');
        return { atMs: Number(end.slice(0, space)), message: end.slice(space + 1) };
    });
}

function factsOf(raw: RawFacts): Facts {
    const options: Option[] = [];
    for (let index = 0; index + 1 < raw.options.length; index += 2) {
        options.push({ name: text(raw.options[index]), value: text(raw.options[index + 1]) });
    }
    return {
        version: text(raw.version),
        apiLevel: raw.apiLevel,
        capabilities: text(raw.capabilities)
            .split(', ')
            .filter((name) => name !== ''),
        limits: { channels: raw.channelsMax, parcelBytes: raw.parcelMax },
        defaultInput: text(raw.defaultInput),
        get options() {
            nativeHost.used();
            return options;
        },
        settings: raw.settingsText && { path: text(raw.settingsPath), text: text(raw.settingsText) },
        stored: raw.storedText && { path: text(raw.storedPath), text: text(raw.storedText) },
        dataPath: text(raw.dataPath),
        startedMs: raw.startedMs,
        generation: raw.generation,
        replaced: raw.replaced,
        lastEnd: raw.endReason && { reason: text(raw.endReason), message: text(raw.endMessage), atMs: raw.endWallMs },
        ends: endsOf(text(raw.ends)),
        handover: raw.handover && text(raw.handover),
        trial: raw.trial !== 0,
        updateKeys: pointsOf(raw.updatePoints),
    };
}

/** The host of this machine. Throws when it has no media plane. */
export class Host implements HostApi {
    readonly facts: Facts = factsOf(nativeHost.facts());

    clock(): { readonly wallMs: number; readonly quality: ClockQuality } {
        const { wallMs, quality } = nativeHost.clock();
        return { wallMs, quality: quality === 2 ? 'ntp' : quality === 1 ? 'rtc' : 'none' };
    }
    zone(name: string): HostZone | undefined {
        const zone = nativeHost.zone(new TextEncoder().encode(name));
        return zone && { name: text(zone.name), rule: text(zone.rule) };
    }
    now(): number {
        return nativeHost.now();
    }
    print(line: string): void {
        nativeHost.print(new TextEncoder().encode(line));
    }
    /** Lines of the log below this level are left out from now on. Throws `OcellusError` `DENIED` without `system`. */
    setLogLevel(level: LogLevel): void {
        const result = nativeHost.logLevel(logLevels.indexOf(level));
        if (result !== undefined) {
            throw OcellusError.fromNumber(result);
        }
    }
}
