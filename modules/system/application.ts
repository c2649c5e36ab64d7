/** Starts the services of a camera. Channels that run go on: the first list of each script says what shall. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { backoffMs, sleep } from 'ocellus/app/base/time';
import { storeName } from 'ocellus/app/config/settings-store';
import { type Loaded, loadSettings } from 'ocellus/app/config/load';
import type { OwnSchema } from 'ocellus/app/config/own-settings';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted, type Settings } from 'ocellus/app/config/settings';
import type { Router } from 'ocellus/app/http/router';
import { serverUrl } from 'ocellus/app/live/urls';
import type { Transport } from 'ocellus/app/p2p/viewers';
import { Clips, type RingBodies } from 'ocellus/app/record/clips';
import { useLog } from 'ocellus/app/system/follow-settings';
import { showOn } from 'ocellus/app/system/indicator';
import { endsMin, restartedText } from 'ocellus/app/system/left-out';
import { type AnyOwn, type ApplicationOptions, Own } from 'ocellus/app/system/own';
import { type Given, type Context, makeServices, type Services } from 'ocellus/app/system/services';
import { runSettingsTask, settingsTask } from 'ocellus/app/system/settings-task';
import { listenOptions } from 'ocellus/app/system/can-start';
import { routerOf, wire } from 'ocellus/app/system/wiring';
import { ringBody, snapshotBody } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import { type Facts, Host } from 'ocellus/host';
import type { HttpSource } from 'ocellus/http';
import { P2p, viewersMax, viewersThere } from 'ocellus/p2p';
import { type Listening, Plane } from 'ocellus/plane';

/** Events of an application. */
export type { AppEvent, EventBus, EventState, Raised } from 'ocellus/app/events/event-bus';
/** Arguments of an application's commands. */
export type { CommandArgument, CommandArguments, CommandValues } from 'ocellus/app/commands/arguments';
/** Movements for an application that moves its camera. */
export type { PtzHandler, PtzMove } from 'ocellus/app/commands/ptz';
/** Rights of whoever gives a command. */
export type { Right } from 'ocellus/app/commands/rights';
/** Commands of an application. */
export type { Caller, Command } from 'ocellus/app/commands/command-table';
/** Clips for an application. */
export type { Clip, ClipOptions, ClipRecorder, RecordStart, SpanOptions } from 'ocellus/app/record/clips';
/** Metrics of an application. */
export type { Counter, Gauge, Metrics } from 'ocellus/app/system/metrics';
/** Routes of an application. */
export type { HttpHandler, HttpRequest, HttpResponse } from 'ocellus/app/http/own-routes';
/** What an application gives to `start`, and gets. */
export type { Application, ApplicationOptions } from 'ocellus/app/system/own';

/** What the application runs on. */
export type { Context } from 'ocellus/app/system/services';

/** Bodies of this plane's rings; undefined: a plane of a test has none. */
function ringOf(plane: HttpSource): RingBodies | undefined {
    if (!('mail' in plane)) {
        return undefined;
    }
    return {
        span: (channel, span) => ringBody(plane, channel, span),
        snapshot: (channel, stream) => snapshotBody(plane, channel, stream),
    };
}

/** Exit codes of the program (docs/design/cli.md). */
const exits = { done: 0, failure: 1, usage: 2 } as const;
/** Milliseconds in which the answer to the command `restart` leaves before the script ends. */
const restartMs = 200;
/** The whole camera on the media plane and host of this machine; `options` add an application's own to it. */
export async function start<const S extends OwnSchema = Record<never, never>>(
    options?: ApplicationOptions<S>,
): Promise<void> {
    const plane = new Plane();
    const max = viewersMax();
    const transport: Transport = {
        make: (callbacks) => new P2p(plane, callbacks),
        inUse: viewersThere,
        max,
    };
    await startOn({ plane, host: new Host(), ...(max > 0 && { transport }) }, options);
}

/**
 * Done when everything runs. The first script of a process ends it when that is not possible (`exits`); a later one
 * throws instead, since recordings and viewers go on without it and the host starts the next.
 */
export async function startOn<S extends OwnSchema>(context: Context, options?: ApplicationOptions<S>): Promise<void> {
    const { plane, host } = context;
    const task = settingsTask(host.facts);
    try {
        const own = new Own(options);
        if (task !== undefined) {
            await runSettingsTask(context, task, own.group);
            await plane.exit(exits.done);
            return;
        }
        const facts = await storeMigrated(context, own);
        const boot = loadSettings(facts, host, false, own.group);
        if (boot.printOnly) {
            host.print(JSON.stringify(redacted(boot.settings, own.group), undefined, 4));
            await plane.exit(exits.done);
            return;
        }
        const loaded = facts.generation === 1 ? boot : await readAgain(context, facts, own);
        await run({ context, boot, loaded, own });
    } catch (error) {
        const known = error instanceof SettingsError || error instanceof OcellusError;
        if (host.facts.generation > 1 || !known) {
            throw error;
        }
        await plane.exit(error instanceof SettingsError ? exits.usage : exits.failure, error.message);
    }
}

/** The first script brings what is stored to its version; later ones read it again (`readAgain`). */
async function storeMigrated({ plane, host }: Context, own: AnyOwn): Promise<Facts> {
    const { facts } = host;
    const text = facts.generation === 1 ? own.migrated(facts.stored?.text) : undefined;
    if (text === undefined || text === facts.stored?.text) {
        return facts;
    }
    await keep(plane, text);
    return { ...facts, stored: { path: storeName, text } };
}

async function keep(plane: PlaneApi, text: string): Promise<void> {
    try {
        await plane.writeStore(storeName, text);
    } catch (error) {
        console.warn(`stored settings: ${error instanceof Error ? error.message : String(error)}`); // the next start migrates
    }
}

/** The facts are of the start of the process: scripts before this one may have stored something since. */
async function readAgain({ plane, host }: Context, facts: Facts, own: AnyOwn): Promise<Loaded> {
    let kept: string | undefined;
    try {
        kept = await plane.readStore(storeName);
    } catch (error) {
        if (error instanceof OcellusError && error.code === 'NOTSUP') {
            return loadSettings(facts, host, false, own.group);
        }
        throw error;
    }
    const text = own.migrated(kept);
    if (text !== undefined && text !== kept) {
        await keep(plane, text);
    }
    const stored = text === undefined ? undefined : { path: storeName, text };
    return loadSettings({ ...facts, stored }, host, false, own.group);
}

/** What is stored and not used: each with a line. What cannot be read at all is taken out of the way. */
async function tellProblems(plane: PlaneApi, { problems, stored }: Loaded): Promise<void> {
    for (const problem of problems) {
        console.warn(`stored settings: ${problem}: ${stored.broken ? `kept as ${storeName}.json.bad` : 'left out'}`);
    }
    if (stored.broken) {
        try {
            await plane.setAsideStore(storeName);
        } catch (error) {
            console.warn(`stored settings: cannot be set aside: ${String(error)}`);
        }
    }
}

async function run(given: Given): Promise<void> {
    const { context, loaded } = given;
    useLog(context.host, loaded.settings);
    await tellProblems(context.plane, loaded);
    const services = makeServices(given, async () => {
        services.feed.hold();
        await services.handover.give(true);
        setTimeout(() => {
            throw new Error(restartedText);
        }, restartMs);
    });
    const router = routerOf(given, services);
    const server = wire(given, services, router);
    const listening = await openAll(given, services);
    await beginOwn(given, services, router);
    await context.plane.ready();
    void server.wake();
    // last: whoever reads the address may ask at once
    reportListening(given, services, listening);
    beginServices(services);
    void endAfter(context, given.boot.settings.duration);
}

/** The address, and what was under way in the script before; then the channels. */
async function openAll({ context, boot, loaded }: Given, services: Services): Promise<Listening | undefined> {
    const { privacy, recordNow, desired, viewers } = services;
    const listening = await listen(context, boot.settings);
    await showOn(context.plane, loaded.settings);
    await privacy.start();
    await recordNow.load();
    // of the command line: a source that cannot be opened is an error there, else something to try again
    await desired.start(context.host.facts.generation === 1 && !loaded.channelsStored);
    await viewers.start();
    return listening;
}

/** The application's own part. */
async function beginOwn({ context, own }: Given, services: Services, router: Router): Promise<void> {
    const { plane, host } = context;
    const { settingsStore, recorder, events, leftOut } = services;
    const clips = new Clips(plane, () => settingsStore.current.record.audio, ringOf(plane), recorder);
    const began = own.begin({ ...services, recorder: clips, router });
    events.open();
    for (const service of leftOut.names) {
        console.warn(`${service}: left out, since it ended ${endsMin} scripts; change its settings to try it again`);
        events.raise({ kind: 'service-left-out', data: { service } });
    }
    // on trial an application must have begun: one that never does is no better than the one before
    if (host.facts.trial) {
        await began;
    }
}

function reportListening({ boot }: Given, { report }: Services, listening: Listening | undefined): void {
    if (listening !== undefined && !listening.already) {
        const { urls, port, fingerprint } = listening;
        const guess = listenOptions(boot.settings).addresses.map((address) => serverUrl(address, port));
        report.listening(urls.length > 0 ? urls : guess, fingerprint);
    }
}

/** Services that a camera runs without. */
function beginServices(services: Services): void {
    const { feed, updates, webhook, cloud, snapshots, hours, retention, disk, settingsStore, followPushes } = services;
    void feed.wake();
    void updates.follow();
    void webhook.follow();
    cloud.follow();
    void snapshots.follow();
    void followPushes();
    hours.follow();
    void retention.follow(settingsStore.current);
    void disk.start();
}

/**
 * First script: rejects when the address cannot be had. Later ones go on, and try again until they get it.
 * A host without an HTTP server records and keeps its ring without one.
 */
async function listen({ plane, host }: Context, settings: Settings): Promise<Listening | undefined> {
    const options = listenOptions(settings);
    const attempt = async (): Promise<Listening | undefined> => {
        try {
            return await plane.listen(options);
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'NOTSUP') {
                console.warn(error.message);
                return undefined;
            }
            const why = error instanceof Error ? error.message : String(error);
            const code = error instanceof OcellusError ? error.code : 'IO';
            throw new OcellusError(
                code,
                `cannot listen on ${options.addresses.join(', ')}, port ${options.port}: ${why}`,
            );
        }
    };
    if (host.facts.generation === 1) {
        return await attempt();
    }
    try {
        return await attempt();
    } catch (error) {
        console.warn(String(error));
        void listenAgain(attempt);
        return undefined;
    }
}

async function listenAgain(attempt: () => Promise<unknown>): Promise<void> {
    for (let count = 0; ; count++) {
        await sleep(backoffMs(count));
        try {
            await attempt();
            return;
        } catch (error) {
            console.warn(String(error));
        }
    }
}

/** Ends the process `seconds` after its start, however many scripts it had; 0: never. */
async function endAfter({ plane, host }: Context, seconds: number): Promise<void> {
    if (seconds === 0) {
        return;
    }
    await sleep(seconds * 1000 - (host.now() - host.facts.startedMs));
    for (let count = 0; ; count++) {
        try {
            await plane.exit(exits.done);
            return;
        } catch (error) {
            console.warn(`end after ${seconds} s: ${error instanceof Error ? error.message : String(error)}`);
            await sleep(backoffMs(count));
        }
    }
}
