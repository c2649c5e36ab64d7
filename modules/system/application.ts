/** Wires the services of a camera and starts them; what already runs is taken over. */
import { backoffMs, sleep } from 'ocellus/app/base/time';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { channelOptions } from 'ocellus/app/camera/channel-options';
import { Cameras } from 'ocellus/app/camera/cameras';
import { type Loaded, loadSettings } from 'ocellus/app/config/load';
import { SettingsError } from 'ocellus/app/config/schema';
import { redacted, type Settings } from 'ocellus/app/config/settings';
import { apiRouter } from 'ocellus/app/http/api';
import { ApiServer } from 'ocellus/app/http/server';
import { serverUrl } from 'ocellus/app/live/urls';
import { Recorder } from 'ocellus/app/record/recorder';
import { EventFeed } from 'ocellus/app/system/event-feed';
import { Report } from 'ocellus/app/system/report';
import { OcellusError } from 'ocellus/error';
import { Host, type HostApi } from 'ocellus/host';
import { type Listening, Plane } from 'ocellus/plane';

/** What the application runs on; tests supply their own. */
export interface Ground {
    readonly plane: PlaneApi;
    readonly host: HostApi;
}

/** Exit codes of the program (docs/design/cli.md). */
const exits = { done: 0, failure: 1, usage: 2 } as const;

/** Starts on the media plane and host of this machine. */
export async function start(): Promise<void> {
    await startOn({ plane: new Plane(), host: new Host() });
}

/**
 * Done when everything runs. The first script of a process ends it when that is not possible (`exits`); a later one
 * throws instead, since recordings and viewers go on without it and the host starts the next.
 */
export async function startOn(ground: Ground): Promise<void> {
    const { plane, host } = ground;
    try {
        const loaded = loadSettings(host.facts, host);
        if (loaded.printOnly) {
            host.print(JSON.stringify(redacted(loaded.settings), undefined, 4));
            await plane.exit(exits.done);
            return;
        }
        await run(ground, loaded);
    } catch (error) {
        const known = error instanceof SettingsError || error instanceof OcellusError;
        if (host.facts.generation > 1 || !known) {
            throw error;
        }
        await plane.exit(error instanceof SettingsError ? exits.usage : exits.failure, error.message);
    }
}

async function run(ground: Ground, { settings, json }: Loaded): Promise<void> {
    const { plane, host } = ground;
    const { facts } = host;
    const first = facts.generation === 1;
    host.setLogLevel(settings.log);

    const report = new Report(host, json);
    const recorder = new Recorder(plane, settings.record);
    const feed = new EventFeed(plane, first);
    const server = new ApiServer(plane, apiRouter({ plane, host, recorder, settings }));
    feed.on('event', (event) => {
        report.event(event);
    });
    plane.onEdge = (edge) => {
        if (edge.kind === 'http') {
            void server.wake();
        } else if (edge.kind === 'events') {
            void feed.wake();
        }
    };

    const listening = await listen(ground, settings);
    const cameras = new Cameras({
        plane,
        first,
        wanted: settings.channels.map((channel) =>
            channelOptions(
                channel,
                settings.live.targetMs,
                settings.record.enabled ? settings.record.prerollSeconds : 0,
            ),
        ),
        onRunning: (channel) => (recorder.enabled ? recorder.start(channel) : recorder.stop(channel)),
    });
    await cameras.start();
    if (listening !== undefined && !listening.already) {
        const { urls, port, fingerprint } = listening;
        const guess = settings.listen.map((address) => serverUrl(address, port));
        report.listening(urls.length > 0 ? urls : guess, fingerprint);
    }
    await plane.ready();
    void server.wake();
    void feed.wake();
    void endAfter(ground, settings.duration);
}

/**
 * First script: rejects when the address cannot be had. Later ones go on, and try again until they get it.
 * A host without an HTTP server records and keeps its ring without one.
 */
async function listen({ plane, host }: Ground, settings: Settings): Promise<Listening | undefined> {
    const { listen: addresses, port, http } = settings;
    const attempt = async (): Promise<Listening | undefined> => {
        try {
            return await plane.listen({ addresses, port, always: http.login === 'always', ...http });
        } catch (error) {
            if (error instanceof OcellusError && error.code === 'NOTSUP') {
                console.warn(error.message);
                return undefined;
            }
            const why = error instanceof Error ? error.message : String(error);
            const code = error instanceof OcellusError ? error.code : 'IO';
            throw new OcellusError(code, `cannot listen on ${addresses.join(', ')}, port ${port}: ${why}`);
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
