/**
 * Services that a script does without, since they ended several scripts before it (ADR 105). A service that is left out
 * sees its settings as those of one that is switched off; a change of its settings has it tried again.
 */
import type { Settings } from 'ocellus/app/config/settings';
import type { Facts } from 'ocellus/host';

/** So many ends make a script do without what was at work each time. */
export const endsMin = 3;
/** Milliseconds in which they count. */
export const withinMs = 3_600_000;

/** What a command to restart says at its end: everything is tried again after it. */
export const restartedText = 'restarted by command';

/** A service that recordings and viewers do not need. */
export type Service = 'cloud' | 'webhook' | 'snapshots' | 'update';

/** The sources of each, as stacks name them, and what the owner sets of it. */
const services: readonly {
    readonly name: Service;
    readonly source: RegExp;
    readonly settings: (settings: Settings) => unknown;
}[] = [
    { name: 'cloud', source: /^modules\/cloud\//, settings: ({ cloud }) => cloud },
    { name: 'webhook', source: /^modules\/events\/webhook/, settings: ({ events }) => events.webhook },
    { name: 'snapshots', source: /^modules\/snapshots\//, settings: ({ snapshots }) => snapshots },
    { name: 'update', source: /^modules\/update\//, settings: ({ update }) => update },
];

/** The innermost service on the stack of an end; undefined: none was at work. */
export function serviceOf(message: string): Service | undefined {
    for (const line of message.split('\n').slice(1)) {
        const file = /^ ?at (?:.* )?\(?([\w./-]+):\d+\)?$/.exec(line)?.[1] ?? '';
        const found = services.find(({ source }) => source.test(file));
        if (found !== undefined) {
            return found.name;
        }
    }
    return undefined;
}

/** Those to do without, by how scripts before this one ended. */
export function blamed({ ends }: Pick<Facts, 'ends'>, nowMs: number): ReadonlySet<Service> {
    const from = ends.map(({ message }) => message.startsWith(`Error: ${restartedText}`)).lastIndexOf(true) + 1;
    const at = ends.slice(from).filter(({ atMs }) => atMs >= nowMs - withinMs);
    const found = at.map(({ message }) => serviceOf(message));
    return new Set(
        services.map(({ name }) => name).filter((name) => found.filter((one) => one === name).length >= endsMin),
    );
}

/** One per script. */
export class LeftOut {
    readonly #names: Set<Service>;

    constructor(names: Iterable<Service>) {
        this.#names = new Set(names);
    }

    /** Those that the script does without. */
    get names(): readonly Service[] {
        return [...this.#names];
    }

    /** The settings as services have them: what is left out is switched off. */
    of(settings: Settings): Settings {
        if (this.#names.size === 0) {
            return settings;
        }
        const { cloud, events, snapshots, update } = settings;
        const has = (name: Service): boolean => this.#names.has(name);
        const withoutTarget = has('snapshots') || (has('cloud') && snapshots.target === 'cloud');
        return {
            ...settings,
            cloud: has('cloud') ? { ...cloud, endpoint: '' } : cloud,
            events: has('webhook') ? { ...events, webhook: { ...events.webhook, url: '' } } : events,
            snapshots: withoutTarget ? { ...snapshots, target: '' } : snapshots,
            update: has('update') ? { ...update, url: '' } : update,
        };
    }

    /** The settings have changed: a service whose own are others is tried again. Those, by name. */
    changed(before: Settings, now: Settings): readonly Service[] {
        const again = services.filter(
            ({ name, settings }) =>
                this.#names.has(name) && JSON.stringify(settings(before)) !== JSON.stringify(settings(now)),
        );
        for (const { name } of again) {
            this.#names.delete(name);
        }
        return again.map(({ name }) => name);
    }
}
