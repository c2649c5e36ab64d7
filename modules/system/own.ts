/** What an application adds to the camera: `start(options)` (docs/design/applications.md). */
import type { CommandArguments } from 'ocellus/app/commands/arguments';
import type { Commands } from 'ocellus/app/commands/commands';
import type { PtzHandler } from 'ocellus/app/commands/ptz';
import type { Command } from 'ocellus/app/commands/command-table';
import type { SettingsStore } from 'ocellus/app/config/settings-store';
import { migrated } from 'ocellus/app/config/migrate';
import { ownGroup, ownJson, type OwnSchema, type OwnTree, type OwnValues } from 'ocellus/app/config/own-settings';
import { SettingsError } from 'ocellus/app/config/schema';
import type { Group } from 'ocellus/app/config/settings-entry';
import type { EventBus } from 'ocellus/app/events/event-bus';
import type { AppJson } from 'ocellus/app/http/api-types';
import { addOwnRoute, type HttpHandler } from 'ocellus/app/http/own-routes';
import type { ClipRecorder } from 'ocellus/app/record/clips';
import type { Handover } from 'ocellus/app/system/handover';
import type { Metrics } from 'ocellus/app/system/metrics';
import type { Method, Router } from 'ocellus/app/http/router';

/** An application of one's own. */
export interface ApplicationOptions<S extends OwnSchema = OwnSchema> {
    /** For people; left out: it is the camera as it comes. */
    readonly name?: string;
    readonly version?: string;
    /** Own settings, below `app` in the settings. */
    readonly settings?: S;
    /**
     * Version of own settings, a whole number from 1: raised when settings that are stored mean something else. Left out: they
     * have none.
     */
    readonly settingsVersion?: number;
    /**
     * Own settings as version `from` (0: none) stored them, as this version reads them; called once, before they are read.
     * What it throws ends the start, and a host that tries an update goes back.
     */
    migrate?(stored: OwnTree, from: number): OwnTree;
    /**
     * State for the next script, which finds it as `handedOver`: anything that JSON has, 48 KB of it. Called when this one makes
     * way for an update, and for each checkpoint. It must not wait.
     */
    handover?(): unknown;
    /** The page shows `panel/index.html` of the archive under this title. */
    readonly panel?: { readonly title: string };
    /** Everything runs but the requests and events that came meanwhile: these come after it has returned. */
    started?(app: Application<S>): void | Promise<void>;
}

/** The services of the camera, for the application's own code. */
export interface Application<S extends OwnSchema = OwnSchema> {
    /** As they are now, also when it was taken apart at the start: `started({ settings })`. A copy of it stays as it is. */
    readonly settings: OwnValues<S>;
    /** After each change of them. */
    onSettings(callback: () => void): void;
    readonly events: EventBus;
    readonly recorder: ClipRecorder;
    readonly metrics: Metrics;
    /** What `handover` of the script before this one gave; undefined: nothing, or it was another application. Check it. */
    readonly handedOver: unknown;
    /** `handover` would give something else now: it is called within 5 s, so that also an end without warning loses little. */
    checkpoint(): void;
    /** A route below `/api/`; throws `OcellusError` `EXIST` for one of the program's own. */
    route(method: Method, path: string, handler: HttpHandler): void;
    /**
     * A command of `/api/commands` and of command channels. Rejects with `SettingsError` for a mistake in it, with
     * `OcellusError` `EXIST` for a name that there is. Declared in `started` it is there for the first request.
     */
    command<const A extends CommandArguments>(name: string, command: Command<A>): Promise<void>;
    /** Moves the camera for the command `ptz`, in place of the handler before. */
    ptz(handler: PtzHandler): Promise<void>;
}

/** What the application's services are made of. */
export interface OwnParts {
    readonly settingsStore: SettingsStore;
    readonly events: EventBus;
    readonly recorder: ClipRecorder;
    readonly metrics: Metrics;
    readonly router: Router;
    readonly commands: () => Promise<Commands>;
    readonly handover: Pick<Handover, 'own' | 'changed'>;
}

function line(value: string | undefined, at: string): string {
    if (value !== undefined && !/^[^\n]{1,60}$/.test(value)) {
        throw new SettingsError(`${at} of the application: a line of 1 to 60 characters`);
    }
    return value ?? '';
}

/** The same without the type of its settings. */
export type AnyOwn = Pick<Own<OwnSchema>, 'group' | 'name' | 'migrated' | 'handover' | 'json' | 'begin'>;

/** Checks the options and keeps them. Throws `SettingsError`: a mistake in the application. */
export class Own<S extends OwnSchema> {
    /** Its settings, as the table of settings has them. */
    readonly group: Group;
    readonly #options: ApplicationOptions<S>;
    readonly #routes = new Set<string>();

    constructor(options: ApplicationOptions<S> = {}) {
        this.#options = options;
        this.group = ownGroup(options.settings);
        line(options.name, 'name');
        line(options.version, 'version');
        line(options.panel?.title, 'panel.title');
        const version = options.settingsVersion ?? 1;
        if (!Number.isSafeInteger(version) || version < 1) {
            throw new SettingsError('settingsVersion of the application: a whole number from 1');
        }
    }

    /** Its state goes to the next application of this name. */
    get name(): string {
        return this.#options.name ?? '';
    }

    /** What is stored, as this version reads it. Throws `SettingsError`: the application cannot. */
    migrated(stored: string | undefined): string | undefined {
        const { settingsVersion: version = 0, migrate } = this.#options;
        return migrated(stored, { version, migrate });
    }

    /** As the application gives it. */
    handover(): unknown {
        return this.#options.handover?.();
    }

    /** For `GET /api/app`. `version`: of the program. */
    json(version: string): Omit<AppJson, 'apiLevel' | 'capabilities'> {
        const { name, panel, settings = {} } = this.#options;
        const own = { name: name ?? 'ocellus', version: this.#options.version ?? (name === undefined ? version : '') };
        const routes = this.#routes;
        return {
            ...own,
            panel: panel === undefined ? null : { title: panel.title },
            get routes() {
                return [...routes];
            },
            settings: ownJson(settings),
        };
    }

    /** Calls `started`. What it throws ends the script; a promise that rejects later does so as well. */
    begin({ settingsStore, events, recorder, metrics, router, commands, handover }: OwnParts): void | Promise<void> {
        // live also when it is taken apart: each value is read when it is asked for
        const live = Object.freeze(
            Object.defineProperties(
                {},
                Object.fromEntries(
                    Object.keys(this.#options.settings ?? {}).map((key) => [
                        key,
                        { enumerable: true, get: () => settingsStore.current.app?.[key] },
                    ]),
                ),
            ),
        ) as OwnValues<S>;
        const app: Application<S> = {
            settings: live,
            onSettings(callback) {
                settingsStore.on('changed', ({ before, now }) => {
                    if (JSON.stringify(before.app) !== JSON.stringify(now.app)) {
                        callback();
                    }
                });
            },
            events,
            recorder,
            metrics,
            handedOver: handover.own,
            checkpoint() {
                handover.changed();
            },
            route: (method, path, handler) => {
                addOwnRoute(router, method, path, handler);
                this.#routes.add(path.split('/').slice(0, 3).join('/'));
            },
            command: async (name, command) => {
                (await commands()).add(name, command);
                this.#routes.add(`/api/commands/${name}`);
            },
            ptz: async (handler) => {
                (await commands()).ptz = handler;
            },
        };
        return this.#options.started?.(app);
    }
}
