/** Who hears of what: settings, events, edges of the media plane. */
import { apiRouter } from 'ocellus/app/http/api';
import type { Router } from 'ocellus/app/http/router';
import { heldMs } from 'ocellus/app/system/event-feed';
import type { Given, Services } from 'ocellus/app/system/services';
import type { Body } from 'ocellus/body';
import { HttpServer, type HttpSource } from 'ocellus/http';

/** Milliseconds for the answers to requests under way, of the 500 in which the host waits for the state of a script. */
const answeredMs = 400;

/** Pictures of this plane's channels as JPEG. */
function pictures(plane: HttpSource): (channel: number) => Promise<Body | undefined> {
    return async (channel) => {
        const { jpegBody } = await import('ocellus/picture');
        return 'mail' in plane ? await jpegBody(plane, channel) : undefined;
    };
}

/** The routes of `/api/…`. */
export function routerOf({ context: { plane, host }, own }: Given, services: Services): Router {
    const { cameraTest, snapshots, disk, leftOut } = services;
    return apiRouter({
        ...services,
        plane,
        host,
        cameraTest: () => cameraTest(pictures(plane)),
        snapshots: () => snapshots.state(),
        disk: () => disk.json(),
        leftOut: () => leftOut.names,
        app: own.json(host.facts.version),
        migrated: (text) => own.migrated(text) ?? text,
    });
}

/** Changed settings; `followSettings` has the rest. */
function followChanges(services: Services): void {
    const {
        settingsStore,
        leftOut,
        updates,
        hours,
        absences,
        recordNow,
        webhook,
        cloud,
        events,
        retention,
        snapshots,
        followPushes,
    } = services;
    settingsStore.on('changed', ({ before, now }) => {
        for (const service of leftOut.changed(before, now)) {
            console.log(`${service}: its settings have changed: tried again`);
        }
        if (JSON.stringify(before.update) !== JSON.stringify(now.update)) {
            void updates.follow();
        }
        hours.follow();
        absences.follow(before, now);
        recordNow.forget(before.channels);
        void webhook.changed();
        cloud.follow();
        if (before.mode.active !== now.mode.active) {
            events.raise({ kind: 'mode-changed', data: { mode: now.mode.active, before: before.mode.active } });
        }
        void retention.follow(now);
        void snapshots.follow();
        void followPushes();
    });
}

/** Events of the media plane, and of the application. */
function followEvents(services: Services): void {
    const {
        feed,
        report,
        privacy,
        desired,
        disk,
        absences,
        events,
        settingsStore,
        plans,
        webhook,
        cloud,
        log,
        lookAtPushes,
    } = services;
    feed.on('event', (event) => {
        report.event(event);
        privacy.hear(event);
        disk.hear(event);
        absences.hear(event);
        events.publish(event);
        if (event.kind.startsWith('clock-')) {
            void desired.follow(); // hours may hold, or no longer
        }
        if (event.kind.startsWith('clock-') || event.kind.startsWith('privacy-')) {
            lookAtPushes();
        }
        if (event.kind === 'data-moved') {
            settingsStore.restore().catch((error: unknown) => {
                console.warn(error instanceof Error ? error.message : String(error));
            });
        }
    });
    events.follow((event) => {
        plans.handle(event);
    });
    events.follow(() => {
        webhook.follow();
        cloud.wake();
    });
    log.follow(() => {
        cloud.wake(); // what is raised is kept after the bus has told it
    });
}

/** From now on everybody hears of what they follow. The server answers requests when it is woken. */
export function wire({ context: { plane } }: Given, services: Services, router: Router): HttpServer {
    const { feed, handover, desired, lookAtPushes } = services;
    const server = new HttpServer({ plane, onRequest: (request) => router.answer(request), judgesRights: true });
    /** Tells no event and takes no request more, gives the state when those under way are answered. */
    const makeWay = async (): Promise<void> => {
        feed.hold();
        await server.hold(answeredMs, heldMs);
        await handover.give(true);
    };
    followChanges(services);
    followEvents(services);
    plane.onEdge = (edge) => {
        switch (edge.kind) {
            case 'events':
                void feed.wake();
                break;
            case 'channel':
                desired.hear(edge.channel);
                break;
            case 'update':
                void makeWay();
                break;
            case 'push':
                lookAtPushes();
                break;
        }
    };
    return server;
}
