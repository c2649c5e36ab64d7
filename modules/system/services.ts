/** The services of a camera, made and not begun: `application.ts` begins them, `wiring.ts` has them hear of each other. */
import { withinHours } from 'ocellus/app/base/hours';
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import { zoneInForce } from 'ocellus/app/base/zone';
import type { CameraTest } from 'ocellus/app/camera/camera-test';
import { CloudService } from 'ocellus/app/cloud/cloud-service';
import type { Commands } from 'ocellus/app/commands/commands';
import { SettingsStore, storeName } from 'ocellus/app/config/settings-store';
import type { Loaded } from 'ocellus/app/config/load';
import { recordingName } from 'ocellus/app/config/recording-rules';
import type { Settings } from 'ocellus/app/config/settings';
import { EventBus } from 'ocellus/app/events/event-bus';
import { EventLog } from 'ocellus/app/events/event-log';
import { WebhookService } from 'ocellus/app/events/webhook-service';
import type { LivePush } from 'ocellus/app/live/live-push';
import { type Transport, Viewers } from 'ocellus/app/p2p/viewers';
import { Absences } from 'ocellus/app/record/absences';
import { DiskWatch } from 'ocellus/app/record/disk-watch';
import { EventPlans } from 'ocellus/app/record/event-plans';
import { hoursLeft, RecordHours } from 'ocellus/app/record/record-hours';
import { RecordNow } from 'ocellus/app/record/record-now';
import { Recorder } from 'ocellus/app/record/recorder';
import { Retention } from 'ocellus/app/record/retention';
import type { SnapshotService } from 'ocellus/app/snapshots/snapshot-service';
import { DesiredState } from 'ocellus/app/system/desired';
import { EventFeed } from 'ocellus/app/system/event-feed';
import { followSettings } from 'ocellus/app/system/follow-settings';
import { Handover } from 'ocellus/app/system/handover';
import { blamed, LeftOut } from 'ocellus/app/system/left-out';
import { AppMetrics } from 'ocellus/app/system/metrics';
import type { AnyOwn } from 'ocellus/app/system/own';
import { Privacy } from 'ocellus/app/system/privacy';
import { Report } from 'ocellus/app/system/report';
import { checkCanStart } from 'ocellus/app/system/can-start';
import { UpdateService } from 'ocellus/app/update/update-service';
import type { Body } from 'ocellus/body';
import type { HostApi } from 'ocellus/host';
import type { HttpSource } from 'ocellus/http';

/** What the application runs on; tests supply their own. */
export interface Context {
    readonly plane: PlaneApi & HttpSource;
    readonly host: HostApi;
    /** Of viewers by UDP; left out: there is none. */
    readonly transport?: Transport;
}

/** What the application was started with. */
export interface Given {
    readonly context: Context;
    /** Settings of the start of the process. */
    readonly boot: Loaded;
    /** Those of now. */
    readonly loaded: Loaded;
    readonly own: AnyOwn;
}

/** Hours of privacy mode are stored, but not those in force: they, or what they need, were not understood. */
function hoursLost({ problems, stored, edited }: Loaded): boolean {
    const given = stored.document['privacy'];
    const hours = (given as { readonly schedule?: unknown } | null | undefined)?.schedule ?? [];
    return problems.length > 0 && JSON.stringify(hours) !== JSON.stringify(edited.privacy.schedule);
}

/** The settings, and what outlives a script. */
function makeBase({ context, boot, loaded, own }: Given) {
    const { plane, host } = context;
    const { facts } = host;
    const settingsStore = new SettingsStore({
        facts,
        zones: host,
        boot: boot.settings,
        loaded,
        own: own.group,
        read: () => plane.readStore(storeName),
        canStart: (wanted) => checkCanStart(plane, wanted),
        write: (text) => plane.writeStore(storeName, text, 'person'),
    });
    const handover = new Handover({ plane, facts, name: own.name, own: () => own.handover() });
    const feed = new EventFeed(plane, facts.generation === 1, handover.complete ? handover.part('events') : undefined);
    handover.add('events', () => feed.position);
    const metrics = new AppMetrics(plane, handover.sameName ? handover.part('metrics') : undefined, () => {
        handover.changed();
    });
    handover.add('metrics', () => metrics.counts());
    const leftOut = new LeftOut(blamed(facts, host.now()));
    return { settingsStore, handover, feed, metrics, leftOut, report: new Report(host, loaded.json) };
}

type Base = ReturnType<typeof makeBase>;

/** What decides which channels run, and how they are recorded. */
function makeChannels({ context: { plane, host }, loaded }: Given, { settingsStore, handover }: Base) {
    const zone = () => zoneInForce(settingsStore.current, host);
    const recorded = (channel: string): Promise<void> => desired.recorded(channel);
    const follow = (): void => void desired.follow();
    const channels = () => settingsStore.current.channels;
    const recordNow = new RecordNow({ plane, host, channels, recorded, onChange: follow });
    const recorder = new Recorder({ plane, recorded });
    let test: CameraTest | undefined;
    const cameraTest = async (picture: (channel: number) => Promise<Body | undefined>): Promise<CameraTest> => {
        const { CameraTest: Test } = await import('ocellus/app/camera/camera-test');
        const changed = (): Promise<void> => desired.changed();
        test ??= new Test({ plane, changed, live: () => settingsStore.current.live, picture });
        return test;
    };
    const desired = new DesiredState({
        plane,
        causes: () => ({
            settings: settingsStore.current,
            zone: zone(),
            nowMs: plane.now(),
            wallMs: host.clock().wallMs,
            hoursLeft: (hours) => hoursLeft(hours, settingsStore.current, host),
            manualEnd: (channel) => recordNow.endMs(channel),
            manual: (channel) => recordNow.json(channel),
            named: recorder.named,
            tested: test?.tested,
        }),
    });
    recorder.adopt(handover.complete && handover.sameName ? handover.part('recorder') : undefined);
    handover.add('recorder', () => recorder.handover());
    const privacy = new Privacy(
        { plane, host, hours: () => settingsStore.current.privacy.schedule, zone },
        hoursLost(loaded),
    );
    const hours = new RecordHours({ host, settings: () => settingsStore.current, onMinute: follow });
    return { recordNow, recorder, cameraTest, desired, privacy, hours };
}

/** Events, whom they are told, and what is kept of recordings. */
function makeEvents(
    { context: { plane, host } }: Given,
    { settingsStore, handover, leftOut, metrics }: Base,
    desired: DesiredState,
) {
    const settings = (): Settings => leftOut.of(settingsStore.current);
    const log = new EventLog(plane, host);
    const quiet = (atMs: number): boolean => {
        const { quietHours } = settingsStore.current.events;
        return quietHours.length > 0 && withinHours(quietHours, zoneInForce(settingsStore.current, host).rule, atMs);
    };
    const events = new EventBus({ plane, host, log, quiet });
    const webhook = new WebhookService({
        plane,
        host,
        log,
        quiet,
        settings: () => settings().events.webhook,
        channels: () => settingsStore.current.channels,
        device: () => recordingName(settingsStore.current),
    });
    const plans = new EventPlans({
        plane,
        host,
        settings: () => settingsStore.current,
        recorded: (channel) => desired.records(channel),
        withSound: () => settingsStore.current.record.audio,
    });
    plans.adopt(handover.complete ? handover.part('clips') : undefined);
    handover.add('clips', () => plans.handover());
    return {
        log,
        events,
        webhook,
        plans,
        cloud: new CloudService({ plane, host, settings, metrics: () => metrics }),
        updates: new UpdateService({ plane, host, settings: () => settings().update }),
        disk: new DiskWatch({ plane, host, events, log, settings: () => settingsStore.current.record }),
        absences: new Absences({ log, host }),
        retention: new Retention(plane),
        snapshots: makeSnapshots({ plane, host, settings, metrics }),
        ...makePush({ plane, host, settings, raise: (event) => events.raise(event) }),
    };
}

type PushOptions = ConstructorParameters<typeof LivePush>[0];

/** Loaded with the first target of the settings, with what a script before kept, or with the first who asks. */
function makePush(given: Omit<PushOptions, 'device' | 'settings'> & { settings: () => Settings }) {
    const { plane, settings } = given;
    let service: LivePush | undefined;
    const push = loadedOnce(async () => {
        const { LivePush: Service } = await import('ocellus/app/live/live-push');
        service = new Service({ ...given, device: () => recordingName(settings()) });
        return service;
    });
    let isFirst = true;
    /** What a script before kept is asked for once. Never rejects. */
    const followPushes = async (): Promise<void> => {
        try {
            const kept = isFirst ? await plane.readStore('push').catch(() => undefined) : undefined;
            isFirst = false;
            if (service !== undefined || kept !== undefined || settings().live.targets.length > 0) {
                await (await push()).follow();
            }
        } catch (error) {
            console.warn(`live push: ${error instanceof Error ? error.message : String(error)}`);
        }
    };
    return { push, followPushes, lookAtPushes: () => void service?.look() };
}

type SnapshotOptions = ConstructorParameters<typeof SnapshotService>[0];

/** Loaded with the first target of the settings. */
function makeSnapshots({
    settings,
    ...options
}: Omit<SnapshotOptions, 'device' | 'settings'> & { settings: () => Settings }) {
    let service: SnapshotService | undefined;
    const follow = async (): Promise<void> => {
        try {
            if (service === undefined && settings().snapshots.target !== '') {
                const { SnapshotService: Service } = await import('ocellus/app/snapshots/snapshot-service');
                service ??= new Service({ ...options, settings, device: () => recordingName(settings()) });
            }
            await service?.follow();
        } catch (error) {
            console.warn(`snapshots: ${error instanceof Error ? error.message : String(error)}`);
        }
    };
    return { follow, state: () => service?.state() };
}

/** What takes memory with the first one who asks for it. */
function loadedOnce<T>(load: () => Promise<T>): () => Promise<T> {
    let service: Promise<T> | undefined;
    return () => {
        service ??= load().catch((error: unknown) => {
            service = undefined; // the heap may have room later
            throw error;
        });
        return service;
    };
}

/** All of them. `restart`: ends the script for the next one. */
export function makeServices(given: Given, restart: () => Promise<void>) {
    const { plane, host, transport } = given.context;
    const base = makeBase(given);
    const channels = makeChannels(given, base);
    const told = makeEvents(given, base, channels.desired);
    const { settingsStore, handover } = base;
    const begunMs = host.now();
    const viewers: Viewers = new Viewers({
        plane,
        transport,
        settings: () => settingsStore.current.p2p,
        talk: () => settingsStore.current.talk,
        recordings: (query) => channels.recorder.recordings(query),
        answer: async (request, session, login, scope) =>
            await (await commands()).answer(request, session, login, scope),
        handover,
    });
    const commands: () => Promise<Commands> = loadedOnce(async () => {
        const { Commands: Table } = await import('ocellus/app/commands/commands');
        const views = (session: number) => viewers.views(session);
        return new Table({ plane, host, ...channels, log: told.log, settingsStore, views, begunMs, restart });
    });
    const applied = followSettings(given.context, { ...channels, settingsStore, viewers });
    return { ...base, ...channels, ...told, viewers, commands, applied };
}

/** All services of one script. */
export type Services = ReturnType<typeof makeServices>;
