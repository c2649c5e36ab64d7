/** Wires the services of a camera and starts them; what already runs is taken over. */
import { backoffMs, sleep } from 'ocellus/app/base/time';
import type { Commands } from 'ocellus/app/commands/commands';
import type { OwnSchema } from 'ocellus/app/config/own-settings';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { Cameras } from 'ocellus/app/camera/cameras';
import { withinHours } from 'ocellus/app/base/hours';
import { CloudService } from 'ocellus/app/cloud/cloud-service';
import { Detectors } from 'ocellus/app/camera/detectors';
import { zoneInForce } from 'ocellus/app/base/zone';
import { SettingsKeeper, storeName } from 'ocellus/app/config/keeper';
import { type Loaded, loadSettings } from 'ocellus/app/config/load';
import { channelNamed, recordedForMs, recordedStream, recordingName } from 'ocellus/app/config/recording-rules';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted, type Settings } from 'ocellus/app/config/settings';
import { EventBus } from 'ocellus/app/events/event-bus';
import { EventLog } from 'ocellus/app/events/event-log';
import { WebhookService } from 'ocellus/app/events/webhook-service';
import { apiRouter } from 'ocellus/app/http/api';
import { Viewers, type Transport } from 'ocellus/app/p2p/viewers';
import { serverUrl } from 'ocellus/app/live/urls';
import { Absences } from 'ocellus/app/record/absences';
import { Clips, type RingBodies } from 'ocellus/app/record/clips';
import { EventPlans } from 'ocellus/app/record/event-plans';
import { hoursLeft, RecordHours } from 'ocellus/app/record/record-hours';
import { DiskWatch } from 'ocellus/app/record/disk-watch';
import { RecordNow } from 'ocellus/app/record/record-now';
import { Recorder } from 'ocellus/app/record/recorder';
import { Retention } from 'ocellus/app/record/retention';
import { DesiredReport } from 'ocellus/app/system/desired';
import { EventFeed, heldMs } from 'ocellus/app/system/event-feed';
import { followSettings, desiredChannels, useLog } from 'ocellus/app/system/follow-settings';
import { checkStartable, listenOptions } from 'ocellus/app/system/startable';
import { showOn } from 'ocellus/app/system/indicator';
import { Handover } from 'ocellus/app/system/handover';
import { AppMetrics } from 'ocellus/app/system/metrics';
import { type AnyOwn, type ApplicationOptions, Own } from 'ocellus/app/system/own';
import { Privacy } from 'ocellus/app/system/privacy';
import { blamed, endsMin, LeftOut, restartedText } from 'ocellus/app/system/left-out';
import { Report } from 'ocellus/app/system/report';
import { runSettingsTask, settingsTask } from 'ocellus/app/system/settings-task';
import type { CameraTest } from 'ocellus/app/camera/camera-test';
import type { SnapshotService } from 'ocellus/app/snapshots/snapshot-service';
import { UpdateService } from 'ocellus/app/update/update-service';
import { type Body, ringBody, snapshotBody } from 'ocellus/body';
import { OcellusError } from 'ocellus/error';
import { type Facts, Host, type HostApi } from 'ocellus/host';
import { HttpServer, type HttpSource } from 'ocellus/http';
import { P2p, viewersMax, viewersThere } from 'ocellus/p2p';
import { type Listening, Plane, rowState } from 'ocellus/plane';

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

/** What the application runs on; tests supply their own. */
export interface Ground {
    readonly plane: PlaneApi & HttpSource;
    readonly host: HostApi;
    /** Of viewers by UDP; left out: there is none. */
    readonly transport?: Transport;
}

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

/** Pictures of this plane's channels as JPEG. */
function pictures(plane: HttpSource): (channel: number) => Promise<Body | undefined> {
    return async (channel) => {
        const { jpegBody } = await import('ocellus/picture');
        return 'mail' in plane ? await jpegBody(plane, channel) : undefined;
    };
}

/** Exit codes of the program (docs/design/cli.md). */
const exits = { done: 0, failure: 1, usage: 2 } as const;
/** Milliseconds in which the answer to the command `restart` leaves before the script ends. */
const restartMs = 200;
/** Milliseconds for the answers to requests under way, of the 500 in which the host waits for the state of a script. */
const answeredMs = 400;

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
export async function startOn<S extends OwnSchema>(ground: Ground, options?: ApplicationOptions<S>): Promise<void> {
    const { plane, host } = ground;
    const task = settingsTask(host.facts);
    try {
        const own = new Own(options);
        if (task !== undefined) {
            await runSettingsTask(ground, task, own.group);
            await plane.exit(exits.done);
            return;
        }
        const facts = await storeMigrated(ground, own);
        const boot = loadSettings(facts, host, false, own.group);
        if (boot.printOnly) {
            host.print(JSON.stringify(redacted(boot.settings, own.group), undefined, 4));
            await plane.exit(exits.done);
            return;
        }
        await run(ground, boot, facts.generation === 1 ? boot : await readAgain(ground, facts, own), own);
    } catch (error) {
        const known = error instanceof SettingsError || error instanceof OcellusError;
        if (host.facts.generation > 1 || !known) {
            throw error;
        }
        await plane.exit(error instanceof SettingsError ? exits.usage : exits.failure, error.message);
    }
}

/** The first script brings what is stored to its version; later ones read it again (`readAgain`). */
async function storeMigrated({ plane, host }: Ground, own: AnyOwn): Promise<Facts> {
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
async function readAgain({ plane, host }: Ground, facts: Facts, own: AnyOwn): Promise<Loaded> {
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

/** Hours of privacy mode are stored, but not those in force: they, or what they need, were not understood. */
function hoursLost({ problems, stored, edited }: Loaded): boolean {
    const given = stored.document['privacy'];
    const hours = (given as { readonly schedule?: unknown } | null | undefined)?.schedule ?? [];
    return problems.length > 0 && JSON.stringify(hours) !== JSON.stringify(edited.privacy.schedule);
}

async function run(ground: Ground, boot: Loaded, loaded: Loaded, own: AnyOwn): Promise<void> {
    const { plane, host } = ground;
    const { facts } = host;
    const { settings } = loaded;
    useLog(host, settings);
    await tellProblems(plane, loaded);

    const report = new Report(host, loaded.json);
    const recordNow = new RecordNow({
        plane,
        host,
        channels: () => keeper.current.channels,
        follow: async (name) => {
            const row = plane.channels().find((one) => one.name === name);
            // one that is just being opened is recorded when it runs
            if (row !== undefined && ['running', 'lost', 'ended'].includes(rowState(row))) {
                await recorder.follow(row.number, recordedStream(keeper.current, name), 'adopted');
            }
        },
        onChange: () => void desired.tell(),
    });
    const recorder = new Recorder(
        plane,
        settings.record,
        (name) => recordedForMs(channelNamed(keeper.current, name), (hours) => hoursLeft(hours, keeper.current, host)),
        (name) => recordedStream(keeper.current, name),
        (name) => recordNow.leftMs(name),
    );
    const handover = new Handover({ plane, facts, name: own.name, own: () => own.handover() });
    const feed = new EventFeed(plane, facts.generation === 1, handover.complete ? handover.part('events') : undefined);
    handover.add('events', () => feed.position);
    const keeper = new SettingsKeeper({
        facts,
        zones: host,
        boot: boot.settings,
        loaded,
        own: own.group,
        read: () => plane.readStore(storeName),
        startable: (wanted) => checkStartable(plane, wanted),
        write: (text) => plane.writeStore(storeName, text, 'person'),
    });
    const leftOut = new LeftOut(blamed(facts, host.now()));
    const forServices = (): Settings => leftOut.of(keeper.current);
    keeper.on('changed', ({ before, now }) => {
        for (const service of leftOut.changed(before, now)) {
            console.log(`${service}: its settings have changed: tried again`);
        }
    });
    const privacy = new Privacy(
        {
            plane,
            host,
            hours: () => keeper.current.privacy.schedule,
            zone: () => zoneInForce(keeper.current, host),
        },
        hoursLost(loaded),
    );
    const detectors = new Detectors(plane, facts.generation === 1, (name) => channelNamed(keeper.current, name));
    const cameras = new Cameras({
        plane,
        first: facts.generation === 1 && !loaded.channelsStored,
        wanted: desiredChannels(settings),
        recording: ({ name }) => recorder.fromStart(recordedStream(keeper.current, name), name),
        onRunning: (channel, { name }, how) => {
            void detectors.follow(channel, name);
            return recorder.follow(channel, recordedStream(keeper.current, name), how);
        },
        onProblem: () => void desired.tell(),
    });
    const desired = new DesiredReport({ plane, host, keeper, cameras, recordNow });
    const viewers = new Viewers({
        plane,
        transport: ground.transport,
        settings: () => keeper.current.p2p,
        talk: () => keeper.current.talk,
        recordings: (query) => recorder.recordings(query),
        answer: async (request, session, login, scope) =>
            await (await commands()).answer(request, session, login, scope),
        handover,
    });
    const applied = followSettings(ground, { keeper, recorder, cameras, privacy, viewers });
    const updates = new UpdateService({ plane, host, settings: () => forServices().update });
    keeper.on('changed', ({ before, now }) => {
        if (JSON.stringify(before.update) !== JSON.stringify(now.update)) {
            void updates.follow();
        }
    });
    const log = new EventLog(plane, host);
    const quiet = (atMs: number): boolean => {
        const { quietHours } = keeper.current.events;
        return quietHours.length > 0 && withinHours(quietHours, zoneInForce(keeper.current, host).rule, atMs);
    };
    const events = new EventBus({ plane, host, log, quiet });
    const webhook = new WebhookService({
        plane,
        host,
        log,
        quiet,
        settings: () => forServices().events.webhook,
        channels: () => keeper.current.channels,
        device: () => recordingName(keeper.current),
    });
    const cloud = new CloudService({ plane, host, settings: forServices, metrics: () => metrics });
    const plans = new EventPlans({
        plane,
        host,
        settings: () => keeper.current,
        recorded: (name) => recorder.records(name),
        withSound: () => recorder.withSound,
    });
    plans.adopt(handover.complete ? handover.part('clips') : undefined);
    handover.add('clips', () => plans.handover());
    recorder.adopt(handover.complete && handover.sameName ? handover.part('recorder') : undefined);
    handover.add('recorder', () => recorder.handover());
    events.follow((event) => {
        plans.handle(event);
    });
    const hours = new RecordHours({ plane, host, settings: () => keeper.current, recorder });
    const disk = new DiskWatch({ plane, host, events, log, settings: () => keeper.current.record });
    const absences = new Absences({ log, host });
    keeper.on('changed', ({ before, now }) => {
        hours.follow();
        absences.follow(before, now);
        recordNow.forget(before.channels);
        void webhook.changed();
        cloud.follow();
    });
    events.follow(() => {
        webhook.follow();
        cloud.wake();
    });
    log.follow(() => {
        cloud.wake(); // what is raised is kept after the bus has told it
    });
    const begunMs = host.now();
    let table: Promise<Commands> | undefined;
    const commands = (): Promise<Commands> => {
        table ??= import('ocellus/app/commands/commands').then(
            (loaded) => {
                const views = (session: number) => viewers.views(session);
                return new loaded.Commands({
                    plane,
                    host,
                    recorder,
                    recordNow,
                    log,
                    keeper,
                    privacy,
                    views,
                    begunMs,
                    restart,
                });
            },
            (error: unknown) => {
                table = undefined; // the heap may have room later
                throw error;
            },
        );
        return table;
    };
    /** Tells no event and takes no request more, gives the state when those under way are answered. */
    const makeWay = async (): Promise<void> => {
        feed.hold();
        await server.hold(answeredMs, heldMs);
        await handover.give(true);
    };
    const restart = async (): Promise<void> => {
        feed.hold();
        await handover.give(true);
        setTimeout(() => {
            throw new Error(restartedText);
        }, restartMs);
    };
    let tested: CameraTest | undefined;
    const cameraTest = async (): Promise<CameraTest> => {
        const { CameraTest: Test } = await import('ocellus/app/camera/camera-test');
        tested ??= new Test({ plane, live: () => keeper.current.live, picture: pictures(plane) });
        return tested;
    };
    let snapshots: SnapshotService | undefined;
    const router = apiRouter({
        plane,
        host,
        recorder,
        recordNow,
        keeper,
        cameras,
        privacy,
        applied,
        viewers,
        updates,
        events,
        log,
        cloud,
        commands,
        cameraTest,
        snapshots: () => snapshots?.state(),
        disk: () => disk.json(),
        leftOut: () => leftOut.names,
        app: own.json(facts.version),
        migrated: (text) => own.migrated(text) ?? text,
    });
    const server = new HttpServer({ plane, onRequest: (request) => router.answer(request), judgesRights: true });
    const retention = new Retention(plane);
    keeper.on('changed', ({ before, now }) => {
        if (before.mode.active !== now.mode.active) {
            events.raise({ kind: 'mode-changed', data: { mode: now.mode.active, before: before.mode.active } });
        }
        void desired.tell();
        void retention.follow(now);
        void detectors.apply();
    });
    feed.on('event', (event) => {
        report.event(event);
        privacy.hear(event);
        disk.hear(event);
        absences.hear(event);
        events.publish(event);
        if (event.kind === 'data-moved') {
            keeper.restore().catch((error: unknown) => {
                console.warn(error instanceof Error ? error.message : String(error));
            });
        }
    });
    privacy.on('ended', () => {
        void cameras.rerun();
    });
    plane.onEdge = (edge) => {
        if (edge.kind === 'events') {
            void feed.wake();
        } else if (edge.kind === 'update') {
            void makeWay();
        }
    };

    const listening = await listen(ground, boot.settings);
    await showOn(plane, settings);
    await privacy.start();
    await recordNow.load();
    await desired.tell();
    await cameras.start();
    await viewers.start();
    const clips = new Clips(plane, () => recorder.withSound, ringOf(plane), recorder);
    const metrics = new AppMetrics(plane, handover.sameName ? handover.part('metrics') : undefined, () => {
        handover.changed();
    });
    handover.add('metrics', () => metrics.counts());
    const began = own.begin({ keeper, events, recorder: clips, metrics, router, commands, handover });
    const followSnapshots = async (): Promise<void> => {
        try {
            if (snapshots === undefined && forServices().snapshots.target !== '') {
                const { SnapshotService } = await import('ocellus/app/snapshots/snapshot-service');
                const device = () => recordingName(keeper.current);
                snapshots ??= new SnapshotService({ plane, host, settings: forServices, device, metrics });
            }
            await snapshots?.follow();
        } catch (error) {
            console.warn(`snapshots: ${error instanceof Error ? error.message : String(error)}`);
        }
    };
    keeper.on('changed', () => void followSnapshots());
    events.open();
    for (const service of leftOut.names) {
        console.warn(`${service}: left out, since it ended ${endsMin} scripts; change its settings to try it again`);
        events.raise({ kind: 'service-left-out', data: { service } });
    }
    // on trial an application must have begun: one that never does is no better than the one before
    if (facts.trial) {
        await began;
    }
    await plane.ready();
    void server.wake();
    // last: whoever reads the address may ask at once
    if (listening !== undefined && !listening.already) {
        const { urls, port, fingerprint } = listening;
        const guess = listenOptions(boot.settings).addresses.map((address) => serverUrl(address, port));
        report.listening(urls.length > 0 ? urls : guess, fingerprint);
    }
    void feed.wake();
    void updates.follow();
    void webhook.follow();
    cloud.follow();
    void followSnapshots();
    hours.follow();
    void retention.follow(keeper.current);
    void disk.start();
    void endAfter(ground, boot.settings.duration);
}

/**
 * First script: rejects when the address cannot be had. Later ones go on, and try again until they get it.
 * A host without an HTTP server records and keeps its ring without one.
 */
async function listen({ plane, host }: Ground, settings: Settings): Promise<Listening | undefined> {
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
async function endAfter({ plane, host }: Ground, seconds: number): Promise<void> {
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
