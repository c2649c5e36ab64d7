/** A live push with a plane, a host and a clock that a test moves. */
import type { Settings } from 'ocellus/app/config/settings';
import { loadSettings } from 'ocellus/app/config/load';
import type { Raised } from 'ocellus/app/events/event-bus';
import type { HlsParts } from 'ocellus/app/live/hls-pushes';
import { LivePush } from 'ocellus/app/live/live-push';
import { idle, type PushState } from 'ocellus/app/live/push-state';
import { FakeHost, FakePlane } from 'ocellus/test/fake-plane';
import type { FakeClock } from 'ocellus/test/fake-timers';

/** A push of HLS as a test dictates it. */
export interface FakeHls {
    readonly parts: HlsParts;
    now: PushState;
    isRunning: boolean;
}

const rtmp = 'rtmp://live.example.com/{channel}';
/** What people watch. */
export const page = 'https://example.com/{device}/{channel}-{number}';

/** Settings as they are stored: two cameras, and some targets. */
export function settingsOf(document: object = {}): Settings {
    const stored = {
        channels: [
            { name: 'front', input: 'test:' },
            { name: 'yard', input: 'test:', sub: '640x360' },
        ],
        live: {
            targets: [
                { name: 'one', url: rtmp, key: 'secret-{number}', watch: { page } },
                { name: 'two', url: 'srt://srt.example.com:9000', key: '{channel}', passphrase: 'open-sesame-1' },
                { name: 'web', url: 'https://cdn.example.com/{channel}/', user: 'me', key: 'pass' },
            ],
        },
        ...document,
    };
    const facts = new FakeHost().facts;
    const text = JSON.stringify(stored);
    return loadSettings({ ...facts, stored: { path: 'settings', text } }, undefined, true).settings;
}

/** Of one script. `store`: what was kept before. */
export function rigOf(given: { plane?: FakePlane; host?: FakeHost; settings?: Settings } = {}) {
    const plane = given.plane ?? new FakePlane();
    const host = given.host ?? new FakeHost();
    const raised: Raised[] = [];
    const hls: FakeHls[] = [];
    const current = { settings: given.settings ?? settingsOf() };
    const push = new LivePush({
        plane,
        host,
        settings: () => current.settings,
        device: () => 'ocellus',
        raise: (event) => void raised.push(event),
        hls: async (parts) => {
            const one: FakeHls = { parts, now: idle, isRunning: false };
            hls.push(one);
            return {
                start() {
                    one.isRunning = true;
                },
                async stop() {
                    one.isRunning = false;
                },
                state: () => one.now,
            };
        },
    });
    plane.onEdge = ({ kind }) => {
        if (kind === 'push') {
            void push.look();
        }
    };
    /** "push-started one", … since the last time. */
    const kinds = (): string[] =>
        raised.splice(0).map(({ kind, data }) => `${kind} ${String((data as { target: string }).target)}`);
    const kept = () => JSON.parse(plane.stored.get('push') ?? '{}');
    return { plane, host, push, raised, hls, current, kinds, kept };
}

/** Time goes on, everywhere. */
export async function pass(
    clock: FakeClock,
    { plane, host }: Pick<ReturnType<typeof rigOf>, 'plane' | 'host'>,
    ms: number,
): Promise<void> {
    // in steps: looks happen at their times
    for (let left = ms; left > 0; left -= 1000) {
        const step = Math.min(left, 1000);
        plane.nowMs += step;
        host.nowMs += step;
        host.wallMs += step;
        await clock.advance(step);
    }
}

/** The push of this place of the list takes packets now. */
export function deliver(
    { plane, host }: Pick<ReturnType<typeof rigOf>, 'plane' | 'host'>,
    at = 0,
    more: object = {},
): void {
    const row = plane.pushRows[at];
    // a moment later than whatever was before
    plane.nowMs++;
    host.nowMs++;
    host.wallMs++;
    if (row !== undefined) {
        plane.pushRow({ id: row.id, phase: 'runs', failure: 0, failures: 0, deliveredMs: host.nowMs, ...more });
    }
}
