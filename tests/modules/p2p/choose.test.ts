import { checkAction } from 'ocellus/app/p2p/choose';
import { OcellusError } from 'ocellus/error';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const params = (action: string, query: readonly (readonly [string, string])[] = []) => ({
    name: 'label',
    action,
    query: new Map([['action', action], ...query]),
});

test('actions and keys of a label that are not known are refused', () => {
    assertEqual(checkAction(params('live', [['channel', 'front']])), 'live');
    assertEqual(checkAction(params('playback', [['time', '1']])), 'playback');
    for (const action of ['', 'Live', 'constructor', '__proto__', 'toString', 'voice']) {
        const error = assertThrows(() => checkAction(params(action)));
        assert(error instanceof OcellusError && error.code === 'NOTSUP', action);
    }
    for (const key of ['time', 'constructor', '']) {
        const error = assertThrows(() => checkAction(params('live', [[key, '1']])));
        assert(error instanceof OcellusError && error.code === 'INVAL', key);
    }
});

test('labels of any number leave the names of the engine as they are', () => {
    for (let i = 0; i < 20_000; i++) {
        assertThrows(() => checkAction(params(`action${i}`)));
        assertThrows(() => checkAction(params('live', [[`key${i}`, '']])));
    }
    assertEqual(checkAction(params('live')), 'live');
});
