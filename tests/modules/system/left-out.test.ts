import { loadSettings } from 'ocellus/app/config/load';
import type { Settings } from 'ocellus/app/config/settings';
import { startOn } from 'ocellus/app/system/application';
import { blamed, endsMin, LeftOut, serviceOf, withinMs } from 'ocellus/app/system/left-out';
import { FakeHost, FakePlane, requestOf } from 'ocellus/test/fake-plane';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assert, assertEqual, test } from 'ocellus/test/harness';

const stack = (...files: readonly string[]): string =>
    ['the limit is 16384', ...files.map((file) => ` at one (${file}:12)`)].join('\n');
const cloud = stack('native/script/xml.ts', 'modules/cloud/s3-error.ts', 'modules/snapshots/store-target.ts');
const none = stack('modules/record/recorder.ts', 'modules/system/application.ts');
const at = (message: string, atMs = 0) => ({ atMs, message });

function settingsOf(document: unknown): Settings {
    const facts = new FakeHost({ stored: { path: 'settings', text: JSON.stringify(document) } });
    return loadSettings(facts.facts, facts).settings;
}

test('[O39] the service at work is the innermost of the stack', () => {
    assertEqual(serviceOf(cloud), 'cloud');
    assertEqual(serviceOf(stack('modules/snapshots/snapshots.ts')), 'snapshots');
    assertEqual(serviceOf('x\n at modules/events/webhook-service.ts:9'), 'webhook');
    assertEqual(serviceOf('x\n at modules/update/web.ts:9\n at modules/cloud/turns.ts:1'), 'update');
    const others = [
        '',
        'modules/cloud/x.ts:1',
        none,
        stack('modules/events/event-bus.ts'),
        stack('my/modules/cloud/a.ts'),
    ];
    for (const other of others) {
        assertEqual(serviceOf(other), undefined, other);
    }
});

test('[O39] three ends within an hour leave a service out; others, older ones and those before a restart do not count', () => {
    const of = (nowMs: number, ...ends: readonly { readonly atMs: number; readonly message: string }[]) => [
        ...blamed({ ends }, nowMs),
    ];
    assertEqual(of(0), []);
    assertEqual(of(1, at(cloud), at(cloud)), []);
    assertEqual(of(1, at(cloud), at(none), at(cloud), at(none), at(cloud)), ['cloud']);
    assertEqual(of(withinMs + 1, at(cloud, 0), at(cloud, 2), at(cloud, 3)), []);
    assertEqual(of(1, at(cloud), at(cloud), at(cloud), at('Error: restarted by command\n at x')), []);
    assertEqual(of(1, at('Error: restarted by command'), at(cloud), at(cloud), at(cloud)), ['cloud']);
    assertEqual(endsMin, 3);
});

test('[O39] what is left out is switched off for services alone, until its own settings change', () => {
    const before = settingsOf({
        cloud: { endpoint: 'https://s3.example', bucket: 'b' },
        snapshots: { target: 'cloud' },
        events: { webhook: { url: 'https://a.example/x' } },
    });
    const out = new LeftOut(['cloud', 'update']);
    const seen = out.of(before);
    assertEqual([seen.cloud.endpoint, seen.snapshots.target], ['', ''], 'both write to the store');
    assertEqual(seen.events.webhook.url, 'https://a.example/x');
    assertEqual(before.cloud.endpoint, 'https://s3.example');
    assertEqual(out.changed(before, { ...before, listen: before.listen, talk: { ...before.talk } }), []);
    assertEqual(out.changed(before, { ...before, cloud: { ...before.cloud, bucket: 'c' } }), ['cloud']);
    assertEqual([out.names, out.of(before).cloud.endpoint], [['update'], 'https://s3.example']);
});

test('[O39] a script behind three ends of the webhook says so, has none, and has it again when it is changed', async () => {
    await withFakeTimers(async (clock) => {
        const plane = new FakePlane();
        const stored = { path: 'settings', text: '{"events":{"webhook":{"url":"https://a.example/x"}}}' };
        plane.stored.set('settings', stored.text);
        const ends = Array.from({ length: 3 }, () => at('Error: x\n at modules/events/webhook.ts:3'));
        await startOn({ plane, host: new FakeHost({ stored, ends, generation: 4 }) });
        const ask = async (id: number, method: string, path: string, body = ''): Promise<string> => {
            plane.requests.push(requestOf({ id, method, path, body, login: 7 }));
            plane.onRequests?.();
            const reply = () => plane.replies.find((one) => one.id === id)?.body;
            for (let i = 0; i < 200 && reply() === undefined; i++) {
                await clock.advance(1);
            }
            return reply() ?? '';
        };
        assert((await ask(1, 'GET', '/api/status')).includes('"leftOut":["webhook"]'));
        assertEqual(
            plane.added.map(([kind, , text]) => [kind, text]),
            [['service-left-out', '{"service":"webhook"}']],
        );
        await ask(2, 'PATCH', '/api/settings', '{"events":{"webhook":{"pictures":false}}}');
        assert(!(await ask(3, 'GET', '/api/status')).includes('leftOut'));
    });
});
