/** Wires the services of a camera and starts them; what already runs is taken over. */
import { backoffMs, sleep } from 'ocellus/app/base/time';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { Cameras } from 'ocellus/app/camera/cameras';
import { zoneInForce } from 'ocellus/app/base/zone';
import { SettingsKeeper, storeName } from 'ocellus/app/config/keeper';
import { type Loaded, loadSettings } from 'ocellus/app/config/load';
import { recordedStream } from 'ocellus/app/config/recording-rules';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted, type Settings } from 'ocellus/app/config/settings';
import { apiRouter } from 'ocellus/app/http/api';
import { ApiServer } from 'ocellus/app/http/server';
import { Viewers, type Transport } from 'ocellus/app/p2p/viewers';
import { serverUrl } from 'ocellus/app/live/urls';
import { Recorder } from 'ocellus/app/record/recorder';
import { DesiredReport } from 'ocellus/app/system/desired';
import { EventFeed } from 'ocellus/app/system/event-feed';
import { followSettings, desiredChannels, useLog } from 'ocellus/app/system/follow-settings';
import { checkStartable, listenOptions } from 'ocellus/app/system/startable';
import { showOn } from 'ocellus/app/system/indicator';
import { Privacy } from 'ocellus/app/system/privacy';
import { Report } from 'ocellus/app/system/report';
import { runSettingsTask, settingsTask } from 'ocellus/app/system/settings-task';
import { OcellusError } from 'ocellus/error';
import { Host, type HostApi } from 'ocellus/host';
import { P2p, viewersMax, viewersThere } from 'ocellus/p2p';
import { type Listening, Plane } from 'ocellus/plane';

/** What the application runs on; tests supply their own. */
export interface Ground {
    readonly plane: PlaneApi;
    readonly host: HostApi;
    /** Of viewers by UDP; left out: there is none. */
    readonly transport?: Transport;
}

/** Exit codes of the program (docs/design/cli.md). */
const exits = { done: 0, failure: 1, usage: 2 } as const;

/** Starts on the media plane and host of this machine. */
export async function start(): Promise<void> {
    const plane = new Plane();
    const most = viewersMax();
    const transport: Transport = {
        make: (callbacks) => new P2p(plane, callbacks),
        inUse: viewersThere,
        most,
    };
    await startOn({ plane, host: new Host(), ...(most > 0 && { transport }) });
}

/**
 * Done when everything runs. The first script of a process ends it when that is not possible (`exits`); a later one
 * throws instead, since recordings and viewers go on without it and the host starts the next.
 */
export async function startOn(ground: Ground): Promise<void> {
    const { plane, host } = ground;
    const task = settingsTask(host.facts);
    try {
        if (task !== undefined) {
            await runSettingsTask(ground, task);
            await plane.exit(exits.done);
            return;
        }
        const boot = loadSettings(host.facts, host);
        if (boot.printOnly) {
            host.print(JSON.stringify(redacted(boot.settings), undefined, 4));
            await plane.exit(exits.done);
            return;
        }
        await run(ground, boot, host.facts.generation === 1 ? boot : await readAgain(ground));
    } catch (error) {
        const known = error instanceof SettingsError || error instanceof OcellusError;
        if (host.facts.generation > 1 || !known) {
            throw error;
        }
        await plane.exit(error instanceof SettingsError ? exits.usage : exits.failure, error.message);
    }
}

/** The facts are of the start of the process: scripts before this one may have stored something since. */
async function readAgain({ plane, host }: Ground): Promise<Loaded> {
    const { facts } = host;
    try {
        const text = await plane.readStore(storeName);
        const stored = text === undefined ? undefined : { path: storeName, text };
        return loadSettings({ ...facts, stored }, host);
    } catch (error) {
        if (error instanceof OcellusError && error.code === 'NOTSUP') {
            return loadSettings(facts, host);
        }
        throw error;
    }
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
function hoursLost({ problems, stored, settings }: Loaded): boolean {
    const given = stored.document['privacy'];
    const hours = (given as { readonly schedule?: unknown } | null | undefined)?.schedule ?? [];
    return problems.length > 0 && JSON.stringify(hours) !== JSON.stringify(settings.privacy.schedule);
}

async function run(ground: Ground, boot: Loaded, loaded: Loaded): Promise<void> {
    const { plane, host } = ground;
    const { facts } = host;
    const { settings } = loaded;
    useLog(host, settings);
    await tellProblems(plane, loaded);

    const report = new Report(host, loaded.json);
    const recorder = new Recorder(plane, settings.record);
    const feed = new EventFeed(plane, facts.generation === 1);
    const keeper = new SettingsKeeper({
        facts,
        zones: host,
        boot: boot.settings,
        loaded,
        read: () => plane.readStore(storeName),
        startable: (wanted) => checkStartable(plane, wanted),
        write: (text) => plane.writeStore(storeName, text),
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
    const cameras = new Cameras({
        plane,
        first: facts.generation === 1 && !loaded.channelsStored,
        wanted: desiredChannels(settings),
        recording: ({ name }) => recorder.fromStart(recordedStream(keeper.current, name)),
        onRunning: (channel, { name }, how) => recorder.follow(channel, recordedStream(keeper.current, name), how),
        onProblem: () => void desired.tell(),
    });
    const desired = new DesiredReport({ plane, host, keeper, cameras });
    const viewers = new Viewers({
        plane,
        host,
        transport: ground.transport,
        settings: () => keeper.current.p2p,
        recordings: (query) => recorder.recordings(query),
    });
    const applied = followSettings(ground, { keeper, recorder, cameras, privacy, viewers });
    const server = new ApiServer(
        plane,
        apiRouter({ plane, host, recorder, keeper, cameras, privacy, applied, viewers }),
    );
    keeper.on('changed', () => void desired.tell());
    feed.on('event', (event) => {
        report.event(event);
        privacy.hear(event);
    });
    privacy.on('ended', () => {
        void cameras.rerun();
    });
    plane.onEdge = (edge) => {
        if (edge.kind === 'http') {
            void server.wake();
        } else if (edge.kind === 'events') {
            void feed.wake();
        }
    };

    const listening = await listen(ground, boot.settings);
    await showOn(plane, settings);
    await privacy.start();
    await desired.tell();
    await cameras.start();
    await viewers.start();
    await plane.ready();
    void server.wake();
    // last: whoever reads the address may ask at once
    if (listening !== undefined && !listening.already) {
        const { urls, port, fingerprint } = listening;
        const guess = listenOptions(boot.settings).addresses.map((address) => serverUrl(address, port));
        report.listening(urls.length > 0 ? urls : guess, fingerprint);
    }
    void feed.wake();
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
