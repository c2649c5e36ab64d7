/** Callbacks of the binding of viewers: what is asked, what is answered, in which order, and when it is too late. */
import { commands } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import {
    type Accept,
    P2p,
    type P2pCallbacks,
    type P2pEvent,
    type Params,
    paramsOf,
    type Peer,
    type SessionEvent,
    type Voice,
} from 'ocellus/p2p';
import { FakeLink } from 'ocellus/test/fake-link';
import { FakeP2pLink, makeP2p, openP2p, settle } from 'ocellus/test/fake-p2p-link';
import { withFakeTimers } from 'ocellus/test/fake-timers';
import { assertEqual, assertThrows, test } from 'ocellus/test/harness';
import { Plane } from 'ocellus/plane';

const live: Accept = { kind: 'live', channel: 0 };

/** A viewer asks to be sent something. */
function start(view: number, label = 'action=live&channel=0'): object {
    return { kind: 'send-start', view, session: 3, label, peer: '192.0.2.7:4711' };
}

function stop(view: number, reason = 'left'): object {
    return { kind: 'send-stop', view, session: 3, reason };
}

/** An answer that the test gives later. */
function later<T>(): { readonly promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
    let resolve: (value: T) => void = () => undefined;
    let reject: (error: unknown) => void = () => undefined;
    const promise = new Promise<T>((yes, no) => {
        resolve = yes;
        reject = no;
    });
    return { promise, resolve, reject };
}

test('[B2] labels: name, action and query, as URLSearchParams reads them', () => {
    const { action, name, query } = paramsOf('action=live&channel=0&stream=main&note=a+b%20%C3%BC%26&empty=');
    assertEqual([action, name, query.get('note'), query.get('empty'), query.size], ['live', '', 'a b ü&', '', 5]);
    const echo = paramsOf('echo');
    assertEqual([echo.action, echo.name, echo.query.size], ['', 'echo', 0]);
    const both = paramsOf('source?bytes=10&action=x');
    assertEqual([both.action, both.name, [...both.query.keys()].join()], ['x', 'source', 'bytes,action']);
    assertEqual(paramsOf('').name, '');
    assertEqual(paramsOf('a=🎥').query.get('a'), '🎥');
    for (const [label, why] of [
        ['a=%zz', /^label: a '%' without two hex digits$/],
        ['a=1&a=2', /^label: a key twice$/],
        ['=1', /^label: a key without a name$/],
        ['ü?', /^label: a name is of letters/],
        ['a=%00', /^label: a zero byte$/],
        ['a=%ff', /^label: not UTF-8$/],
        ['a'.repeat(1025), /^label: more than 1,024 bytes$/],
        [Array.from({ length: 17 }, (_, index) => `k${index}=`).join('&'), /^label: more than 16 keys$/],
    ] as const) {
        assertThrows(() => paramsOf(label), { type: OcellusError, message: why });
    }
});

test('[B2] a viewer asks and gets live', async () => {
    const asked: [Params, Peer][] = [];
    const { link } = await openP2p({
        onSendStart: (...args) => {
            asked.push(args);
            return { kind: 'live', channel: 2, stream: args[0].query.get('stream') === 'sub' ? 'sub' : 'main' };
        },
    });
    link.notice(start(7, 'action=live&channel=2&stream=sub'));
    link.notice(start(8));
    await settle();
    const [params, peer] = asked[0] ?? [];
    assertEqual([params?.action, params?.query.get('channel')], ['live', '2']);
    assertEqual(peer, { session: 3, view: 7, address: '192.0.2.7:4711' });
    assertEqual(
        link.posted.map(({ kind, object, args, text }) => [kind, object, ...args, text]),
        [
            [commands.P2P_ACCEPT, 1, 7, 2, 1, 0, ''],
            [commands.P2P_ACCEPT, 1, 8, 2, 0, 0, ''],
        ],
    );
});

test('[B2] a viewer asks and gets recordings', async () => {
    const files = [
        { offsetMs: 0, path: 'recordings/cam1/a.mp4' },
        { offsetMs: 5_400_000, path: 'recordings/cam1/ü 🎥.mp4' },
    ];
    const { link } = await openP2p({
        onSendStart: async () => ({ kind: 'playback', base: '2026-11-21T02:51:00.123Z', atMs: 1500, files }),
    });
    link.notice(start(7, 'action=playback&time=0'));
    await settle();
    const [accept] = link.posted;
    assertEqual([accept?.kind, accept?.object, accept?.args], [commands.P2P_ACCEPT, 2, [7, 0, 0, 0]]);
    assertEqual(
        accept?.text,
        '2026-11-21T02:51:00.123Z 1500\n0 recordings/cam1/a.mp4\n5400000 recordings/cam1/ü 🎥.mp4\n',
    );
});

test('[B2] what a viewer says on its playback is heard, on other views it is not', async () => {
    const heard: string[] = [];
    const { link } = await openP2p({
        onSendStart: ({ action }) =>
            action === 'live' ? live : { kind: 'playback', base: '2026', atMs: 0, files: [{ offsetMs: 0, path: 'a' }] },
        onControl: (view, text) => void heard.push(`${view} ${text}`),
    });
    link.notice(start(7, 'action=playback'));
    link.notice(start(8));
    await settle();
    for (const view of [7, 8, 9]) {
        link.notice({ kind: 'control', view, session: 3 }, new TextEncoder().encode('{"ü":\n1}'));
    }
    link.notice(stop(7));
    link.notice({ kind: 'control', view: 7, session: 3 }, new TextEncoder().encode('late'));
    await settle();
    assertEqual(heard, ['7 {"ü":\n1}']);
});

test('[B2] recordings that are none are refused', async () => {
    const file = { offsetMs: 5, path: 'recordings/a' };
    const good = { kind: 'playback' as const, base: '2026', atMs: 0, files: [file] };
    const wrong: [object, string][] = [
        [{ ...good, files: [] }, 'number of files must be a whole number from 1 to 64'],
        [{ ...good, files: new Array(65).fill(file) }, 'number of files must be a whole number from 1 to 64'],
        [
            { ...good, files: [file, { offsetMs: 4, path: 'b' }] },
            'offsetMs must be a whole number from 5 to 2147483647',
        ],
        [{ ...good, files: [{ offsetMs: 0, path: 'a\n0 b' }] }, 'path holds a character that it must not'],
        [{ ...good, files: [{ offsetMs: 0, path: 'a"b' }] }, 'path holds a character that it must not'],
        [{ ...good, files: [{ offsetMs: 0, path: 'a\\b' }] }, 'path holds a character that it must not'],
        [{ ...good, files: [{ offsetMs: 0, path: '' }] }, 'path holds a character that it must not'],
        [{ ...good, files: [{ offsetMs: 0, path: 'ü'.repeat(128) }] }, 'path must be at most 255 bytes'],
        [{ ...good, base: 'a b' }, 'base holds a character that it must not'],
        [{ ...good, base: '' }, 'base holds a character that it must not'],
        [{ ...good, base: '2'.repeat(40) }, 'base must be at most 39 bytes'],
        [{ ...good, atMs: -1 }, 'atMs must be a whole number from 0 to 2147483647'],
    ];
    const { link } = await openP2p({ onSendStart: (_params, { view }) => wrong[view - 1]?.[0] as never });
    for (const index of wrong.keys()) {
        link.notice(start(index + 1));
    }
    await settle();
    assertEqual(
        link.of(commands.P2P_REFUSE).map(({ text }) => text),
        wrong.map(([, why]) => why),
    );
});

test('[B2] refusals carry their reason to the viewer', async () => {
    const { link } = await openP2p({
        onSendStart: ({ action }) => {
            switch (action) {
                case 'live':
                    throw new RangeError('no channel 9');
                case 'slow':
                    return Promise.reject(new OcellusError('PRIVATE'));
                case 'bare':
                    throw new Error('');
                case 'text':
                    throw 'grün';
                case 'long':
                    throw new Error(`${'x'.repeat(511)}ü`);
                case 'stream':
                    return { kind: 'live', channel: 0, stream: 'third' as never };
                case 'channel':
                    return { kind: 'live', channel: -1 };
                default:
                    return undefined as never;
            }
        },
    });
    const actions = ['live', 'slow', 'bare', 'text', 'long', 'stream', 'channel', 'other'];
    actions.forEach((action, index) => {
        link.notice(start(index + 1, `action=${action}`));
    });
    link.notice(start(9, 'a=1&a=2'));
    await settle();
    const refused = link.of(commands.P2P_REFUSE);
    assertEqual(refused.length, link.posted.length);
    assertEqual(
        refused.sort((a, b) => (a.args[0] ?? 0) - (b.args[0] ?? 0)).map(({ text }) => text),
        [
            'no channel 9',
            'privacy mode is on',
            'refused',
            'grün',
            'x'.repeat(511),
            'no stream third',
            'channel must be a whole number from 0 to 2147483647',
            'onSendStart must give back what the viewer gets',
            'label: a key twice',
        ],
    );
});

test('[B2] without callbacks everything is refused, with a reason', async () => {
    const { link } = await openP2p();
    link.notice(start(1));
    link.notice(start(2, 'action=command'));
    link.notice({ kind: 'receive-start', view: 3, session: 3, label: 'action=voice', peer: '' });
    link.notice({ kind: 'command', view: 4, session: 3, request: 9 }, new Uint8Array([1]));
    for (const kind of [
        'ready',
        'connect-fail',
        'addr-changed',
        'session',
        'candidate',
        'watermark',
        'receive',
        'news',
    ]) {
        link.notice({ kind });
    }
    await settle();
    assertEqual(
        link.posted.map(({ kind, args, text }) => [kind, ...args.slice(0, 3), text].join(' ')),
        [
            `${commands.P2P_REFUSE} 1 0 0 nothing is sent here`,
            `${commands.P2P_REFUSE} 2 0 0 no commands are taken here`,
            `${commands.P2P_REFUSE} 3 0 0 nothing is received here`,
            `${commands.P2P_REPLY} 4 9 1 no commands are taken here`,
        ],
    );
});

test('[B2] what is told has the fields of its kind and no others; a kind that is not known is told to nobody', async () => {
    const told: unknown[] = [];
    const { link } = await openP2p({
        onEvent: (event) => told.push(event),
        onSession: (event) => told.push(event),
    });
    link.notice({ kind: 'peer-error', session: 3, later: 1 });
    link.notice({ kind: 'news', session: 3 });
    link.notice({ kind: 'session', session: 3, state: 'up', later: 1 });
    await settle();
    assertEqual(told, [
        { kind: 'peer-error', session: 3, reason: '' },
        { session: 3, state: 'up', reason: '', address: '' },
    ]);
});

test('[B4] each accepted view stops once, whatever its handler does', async () => {
    const stops: string[] = [];
    const { link, p2p } = await openP2p({
        onSendStart: () => live,
        onSendStop: (view, reason) => {
            stops.push(`${view} ${reason}`);
            if (view === 7) {
                throw new Error('is logged');
            }
            return Promise.reject(new Error('is logged too')) as never;
        },
    });
    for (const view of [7, 8, 9]) {
        link.notice(start(view));
    }
    link.notice(stop(7));
    link.notice(stop(7));
    link.notice(stop(8, 'timeout'));
    link.notice({ kind: 'send-stop', view: 9, session: 3 });
    link.notice(start(10));
    link.notice(stop(99, 'never accepted'));
    await settle();
    assertEqual(stops, ['7 left', '8 timeout', '9 ']);
    await p2p.close();
    assertEqual(stops, ['7 left', '8 timeout', '9 ', '10 closed']);
});

test('[B4] a viewer that leaves before the answer: the answer is not posted, its end is told after it', async () => {
    const stops: string[] = [];
    const answers = new Map<number, ReturnType<typeof later<Accept>>>();
    const { link } = await openP2p({
        onSendStart: (_params, { view }) => {
            const answer = later<Accept>();
            answers.set(view, answer);
            return answer.promise;
        },
        onSendStop: (view, reason) => void stops.push(`${view} ${reason}`),
    });
    link.notice(start(7));
    link.notice(start(8));
    link.notice(stop(7));
    link.notice(stop(8));
    await settle();
    assertEqual(stops, []);
    answers.get(7)?.resolve(live);
    answers.get(8)?.reject(new Error('no'));
    await settle();
    assertEqual([stops, link.posted.length], [['7 left'], 0]);
});

test('[B4] what was accepted too late, or cannot be carried out, ends at once', async () => {
    const stops: string[] = [];
    const { link } = await openP2p({
        onSendStart: () => live,
        onSendStop: (view, reason) => void stops.push(`${view} ${reason}`),
    });
    link.outcomes.set(commands.P2P_ACCEPT, { code: -5 });
    link.notice(start(7));
    await settle();
    link.outcomes.set(commands.P2P_ACCEPT, { code: -4, text: 'channel 0 has no picture yet' });
    link.notice(start(8));
    await settle();
    link.notice(stop(7));
    link.notice(stop(8));
    await settle();
    assertEqual(stops, ['7 does not exist', '8 channel 0 has no picture yet']);
});

test('[B4] closed while a question is open: its answer goes nowhere, its end is told', async () => {
    const stops: string[] = [];
    const answer = later<Accept>();
    const { link, p2p } = await openP2p({
        onSendStart: () => answer.promise,
        onSendStop: (view, reason) => void stops.push(`${view} ${reason}`),
    });
    link.notice(start(7));
    await settle();
    await p2p.close();
    answer.resolve(live);
    await settle();
    assertEqual(stops, ['7 closed']);
    assertEqual(
        link.posted.map(({ kind }) => kind),
        [commands.P2P_CLOSE],
    );
});

test('[B4] [B9] closing tells what is left with its own reasons, and asks nothing more', async () => {
    const seen: string[] = [];
    const { link, p2p } = await openP2p({
        onSendStart: (_params, { view }) => {
            seen.push(`start ${view}`);
            return live;
        },
        onSendStop: (view, reason) => void seen.push(`stop ${view} ${reason}`),
        onSession: ({ session, state, reason }) => void seen.push(`session ${session} ${state} ${reason}`),
    });
    link.notice(start(7));
    link.notice(start(8));
    await settle();
    const closing = p2p.close();
    link.notice(stop(7, 'ended by the device'));
    link.notice(start(9));
    link.notice({ kind: 'session', session: 3, state: 'over', reason: 'closed by us' });
    await closing;
    assertEqual(seen, [
        'start 7',
        'start 8',
        'stop 7 ended by the device',
        'session 3 over closed by us',
        'stop 8 closed',
    ]);
    assertEqual(link.of(commands.P2P_REFUSE).length, 0);
});

test('[B2] a slow answer holds nobody up; a question is asked once', async () => {
    const slow = later<Accept>();
    const seen: string[] = [];
    const { link } = await openP2p({
        onSendStart: (_params, { view }) => {
            seen.push(`start ${view}`);
            return view === 7 ? slow.promise : live;
        },
        onSendStop: (view) => void seen.push(`stop ${view}`),
        onEvent: ({ kind }) => void seen.push(kind),
    });
    link.notice(start(7));
    link.notice(start(7));
    link.notice(start(8));
    link.notice(start(8));
    link.notice({ kind: 'addr-changed' });
    link.notice(stop(8));
    await settle();
    assertEqual(seen, ['start 7', 'start 8', 'addr-changed', 'stop 8']);
    slow.resolve(live);
    await settle();
    assertEqual(
        link.posted.map(({ args }) => args[0]),
        [8, 7],
    );
});

test('[B8] events: each once, in order, a view only with watermarks', async () => {
    const seen: P2pEvent[] = [];
    const { link } = await openP2p({ onEvent: (event) => void seen.push(event) });
    const given: P2pEvent[] = [
        { kind: 'ready' },
        { kind: 'connect-fail', reason: 'stun.example: no answer' },
        { kind: 'peer-error', session: 3, reason: 'no path' },
        { kind: 'addr-changed' },
        { kind: 'watermark', level: 'warn', view: 7, session: 3 },
        { kind: 'watermark', level: 'high', view: 7, session: 3 },
        { kind: 'watermark', level: 'low', view: 7, session: 3 },
    ];
    for (const event of given) {
        link.notice({ ...event, more: 'a field that this version does not know' });
    }
    link.notice({ kind: 'connect-fail' });
    await settle();
    assertEqual(seen, [...given, { kind: 'connect-fail', reason: '' }]);
});

test('[B8] sessions and candidates; a handler that throws stops nobody', async () => {
    const seen: unknown[] = [];
    const callbacks: P2pCallbacks = {
        onSession: (event) => {
            seen.push(event);
            throw new Error('is logged');
        },
        onCandidate: (event) => void seen.push(event),
        onEvent: () => {
            throw new Error('is logged');
        },
    };
    const { link } = await openP2p(callbacks);
    link.notice({ kind: 'ready' });
    link.notice({ kind: 'session', session: 3, state: 'up', address: '192.0.2.7:4711' });
    link.notice({ kind: 'candidate', session: 3, line: 'candidate:1 1 udp 1 192.0.2.1 9 typ host' });
    link.notice({ kind: 'candidate', session: 3, line: '' });
    link.notice({ kind: 'session', session: 3, state: 'over', reason: 'left' });
    await settle();
    assertEqual(seen, [
        { session: 3, state: 'up', reason: '', address: '192.0.2.7:4711' } satisfies SessionEvent,
        { session: 3, line: 'candidate:1 1 udp 1 192.0.2.1 9 typ host' },
        { session: 3, line: '' },
        { session: 3, state: 'over', reason: 'left', address: '' } satisfies SessionEvent,
    ]);
});

test('[B9] talkback: bytes as they came, null once at the end', async () => {
    const seen: string[] = [];
    const { link, p2p } = await openP2p({
        onReceiveStart: ({ query }, { view }) => {
            if (query.get('codec') !== 'opus') {
                throw new Error('opus only');
            }
            seen.push(`start ${view}`);
        },
        onReceive: (view, data) => void seen.push(`${view} ${data === null ? 'end' : [...data].join()}`),
    });
    const ask = (view: number, codec: string) => ({
        kind: 'receive-start',
        view,
        session: 3,
        label: `action=voice&codec=${codec}`,
        peer: '',
    });
    link.notice(ask(7, 'opus'));
    link.notice(ask(8, 'g729'));
    link.notice(ask(9, 'opus'));
    link.notice({ kind: 'receive', view: 7, session: 3 }, new Uint8Array([10, 0, 10, 255]));
    link.notice({ kind: 'receive', view: 7, session: 3 }, new Uint8Array(0));
    link.notice({ kind: 'receive', view: 8, session: 3 }, new Uint8Array([1]));
    link.notice({ kind: 'receive-end', view: 7, session: 3 });
    link.notice({ kind: 'receive', view: 7, session: 3 }, new Uint8Array([1]));
    link.notice({ kind: 'receive-end', view: 7, session: 3 });
    await settle();
    assertEqual(seen, ['start 7', 'start 9', '7 10,0,10,255', '7 ', '7 end']);
    assertEqual(
        link.posted.map(({ kind, object, args, text }) => [kind, object, args[0], text].join(' ')),
        [`${commands.P2P_ACCEPT} 4 7 `, `${commands.P2P_REFUSE} 0 8 opus only`, `${commands.P2P_ACCEPT} 4 9 `],
    );
    await p2p.close();
    assertEqual(seen.slice(5), ['9 end']);
});

test('[B9] a voice that the device plays: the script sees its beginning and its end, and no sound', async () => {
    const seen: string[] = [];
    const given = [
        { kind: 'voice', codec: 'pcmu', output: 'alsa:plughw:0,0', volume: 40 },
        { kind: 'voice', codec: 'pcma' },
        { kind: 'voice', codec: 'opus' },
        { kind: 'voice', codec: 'pcma', volume: 101 },
        { kind: 'voice', codec: 'pcma', output: 'a b' },
        { kind: 'live', codec: 'pcma' },
    ] as unknown[] as Voice[];
    const { link } = await openP2p({
        onReceiveStart: (_, { view }) => given[view - 1],
        onReceive: (view, data) => void seen.push(`${view} ${data === null ? 'end' : data.length}`),
    });
    for (let view = 1; view <= given.length; view++) {
        link.notice({ kind: 'receive-start', view, session: 3, label: 'action=voice', peer: '' });
    }
    await settle();
    link.notice({ kind: 'receive', view: 1, session: 3 }, new Uint8Array([1]));
    link.notice({ kind: 'receive-end', view: 1, session: 3 });
    await settle();
    assertEqual(
        link.posted.map(({ kind, object, args, text }) => [kind, object, ...args.slice(0, 3), text].join(' ')),
        [
            `${commands.P2P_ACCEPT} 5 1 1 40 alsa:plughw:0,0`,
            `${commands.P2P_ACCEPT} 5 2 0 100 auto`,
            `${commands.P2P_REFUSE} 0 3 0 0 onReceiveStart must give back a voice of pcma or pcmu, or nothing`,
            `${commands.P2P_REFUSE} 0 4 0 0 volume must be a whole number from 0 to 100`,
            `${commands.P2P_REFUSE} 0 5 0 0 output holds a character that it must not`,
            `${commands.P2P_REFUSE} 0 6 0 0 onReceiveStart must give back a voice of pcma or pcmu, or nothing`,
        ],
    );
    assertEqual(seen, ['1 end']);
});

test('[B10] commands: answers, and what closes the channel', async () => {
    const given = [
        new Uint8Array([10, 0, 1]),
        'grün',
        null,
        '',
        new Uint8Array(0),
        new Uint8Array([0, 7, 8, 0]).subarray(1, 3),
    ];
    const asked: [string, Peer][] = [];
    const { link } = await openP2p({
        onCommand: (bytes, peer) => {
            asked.push([new TextDecoder().decode(bytes), peer]);
            return given[asked.length - 1] ?? null;
        },
    });
    link.notice(start(5, 'action=command'));
    given.forEach((_, index) => {
        link.notice(
            { kind: 'command', view: 5, session: 3, request: index + 1 },
            new TextEncoder().encode(`ü\n${index}`),
        );
    });
    await settle();
    assertEqual(link.posted[0]?.object, 3);
    assertEqual(asked[0], ['ü\n0', { session: 3, view: 5, address: '192.0.2.7:4711' }]);
    assertEqual(
        link.of(commands.P2P_REPLY).map(({ args, text }) => [...args.slice(0, 3), text]),
        [
            [5, 1, 0, '\n\0\u0001'],
            [5, 2, 0, 'grün'],
            [5, 3, 0, ''],
            [5, 4, 0, ''],
            [5, 5, 0, ''],
            [5, 6, 0, '\u0007\u0008'],
        ],
    );
    assertEqual(given[0], new Uint8Array([10, 0, 1]));
});

test('[B10] commands: a throw, a rejection and a wrong answer are errors of that request alone', async () => {
    const { link } = await openP2p({
        onCommand: (bytes) => {
            switch (bytes[0]) {
                case 1:
                    throw new Error('no such command');
                case 2:
                    return Promise.reject(new OcellusError('NOENT', 'no such preset'));
                case 3:
                    return undefined as never;
                case 4:
                    return { length: 3 } as never;
                default:
                    return 'fine';
            }
        },
    });
    for (const number of [1, 2, 3, 4, 5]) {
        link.notice({ kind: 'command', view: 5, session: 3, request: number }, new Uint8Array([number]));
    }
    await settle();
    const replies = link.of(commands.P2P_REPLY).sort((a, b) => (a.args[1] ?? 0) - (b.args[1] ?? 0));
    assertEqual(
        replies.map(({ args, text }) => [args[2], text].join(' ')),
        [
            '1 no such command',
            '1 no such preset',
            '1 onCommand must give back bytes, a string or null',
            '1 onCommand must give back bytes, a string or null',
            '0 fine',
        ],
    );
});

test('[B10] commands: too late is nobody’s, too long becomes an error; answers need not keep their order', async () => {
    const first = later<string>();
    const { link } = await openP2p({ onCommand: (bytes) => (bytes[0] === 1 ? first.promise : 'b') });
    link.notice({ kind: 'command', view: 5, session: 3, request: 1 }, new Uint8Array([1]));
    link.notice({ kind: 'command', view: 5, session: 3, request: 2 }, new Uint8Array([2]));
    await settle();
    link.outcomes.set(commands.P2P_REPLY, { code: -5 });
    first.resolve('a');
    await settle();
    assertEqual(
        link.posted.map(({ args, text }) => [args[1], args[2], text].join(' ')),
        ['2 0 b', '1 0 a'],
    );
    link.outcomes.set(commands.P2P_REPLY, { code: -12, text: 'an answer of more than 16384 bytes' });
    link.notice({ kind: 'command', view: 5, session: 3, request: 3 }, new Uint8Array([3]));
    await settle();
    assertEqual(
        link.posted.slice(2).map(({ args, text }) => [args[1], args[2], text].join(' ')),
        ['3 0 b', '3 1 an answer of more than 16384 bytes'],
    );
});

test('notices: none is left when edges come while one is being taken, none is told before it is open', async () => {
    const seen: number[] = [];
    const { link, p2p } = makeP2p({ onCandidate: ({ session }) => void seen.push(session) });
    link.notice({ kind: 'candidate', session: 0, line: '' });
    await settle();
    assertEqual(link.takes, 0);
    await p2p.open({ owner: 'raw' });
    for (let session = 1; session < 50; session++) {
        link.notice({ kind: 'candidate', session, line: '' });
        if (session % 7 === 0) {
            await undefined;
        }
    }
    for (let turn = 0; turn < 10; turn++) {
        await settle();
    }
    assertEqual(seen, [...seen.keys()]);
    assertEqual(seen.length, 50);
    await p2p.close();
    link.notice({ kind: 'candidate', session: 50, line: '' });
    await settle();
    assertEqual(seen.length, 50);
});

test('notices: what cannot be taken now is taken a second later, and is not lost', async () => {
    await withFakeTimers(async (clock) => {
        const mail = new FakeLink();
        const link = new FakeP2pLink(mail);
        const seen: number[] = [];
        const callbacks: P2pCallbacks = { onCandidate: ({ session }) => void seen.push(session) };
        const p2p = new P2p(new Plane(mail, clock), callbacks, link);
        await p2p.open({ owner: 'raw' });
        await clock.settle();
        link.takeCodes.push(-7, -7);
        link.notice({ kind: 'candidate', session: 1, line: '' });
        link.notice({ kind: 'candidate', session: 2, line: '' });
        await clock.advance(999);
        assertEqual(seen, []);
        await clock.advance(1001);
        assertEqual(seen, [1, 2]);
        link.takeCodes.push(-7);
        link.notice({ kind: 'candidate', session: 3, line: '' });
        await clock.settle();
        await p2p.close();
        await clock.advance(5000);
        assertEqual([seen, clock.waiting.size], [[1, 2, 3], 0]);
    });
});
