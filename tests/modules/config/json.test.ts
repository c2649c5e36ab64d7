import { fileOthersMax, parseJson, parseObject } from 'ocellus/app/config/json';
import { isKnownName } from 'ocellus/app/config/known-names';
import { SettingsError } from 'ocellus/app/config/schema';
import { assert, assertEqual, test } from 'ocellus/test/harness';

/** The message of the refusal, '' when it is taken. */
function refusal(text: string, othersMax = 0): string {
    try {
        parseJson(text, 'body', othersMax);
        return '';
    } catch (error) {
        assert(error instanceof SettingsError, String(error));
        return error.message;
    }
}

/** Every name of a property in a value. */
function namesIn(value: unknown): string[] {
    if (typeof value !== 'object' || value === null) {
        return [];
    }
    const own = Array.isArray(value) ? [] : Object.keys(value);
    return [...own, ...Object.values(value).flatMap(namesIn)];
}

/** Whole numbers below `below`, the same ones in each run. */
class Chance {
    #state = 1;

    below(below: number): number {
        this.#state = (this.#state * 48_271) % 2_147_483_647;
        return this.#state % below;
    }
}

test('names that no part of the program knows are refused before they are parsed, however they are written', () => {
    for (const [text, name] of [
        ['{"portt":1}', 'portt'],
        ['{"record":{"nam":1}}', 'nam'],
        ['[[{"x" \n\t\r : 1}]]', 'x'],
        ['{"\\u0070\\u006frt\\u0074":1}', 'portt'],
        ['{"a\\"b":1}', 'a"b'],
        ['{"port\\u0000":1}', 'port\0'],
        ['{"port\\q":1}', 'port\\q'],
        ['{"":1}', ''],
        ['{"ü":1}', 'ü'],
        ['{"__proto__":1}', '__proto__'],
        ['{"port":1,"x":', 'x'],
        ['["x":1]', 'x'],
        [`{"${'y'.repeat(500)}":1}`, 'y'.repeat(40)],
    ] as const) {
        assertEqual(refusal(text), `body: ${name}: unknown key`, text);
    }
    for (const text of [
        '{"\\u0070ort":1}',
        '{"name":"a\\":b","input":"{\\"x\\":1}"}',
        '{"name":"x\\\\","port" :1}',
        '["x",":"]',
        '"x"',
    ]) {
        assertEqual(refusal(text), '', text);
    }
    assert(refusal('{"port" 1:1}').startsWith('body: not JSON'), 'no name stands there');
});

test('a file may bring some names of its own, and not any number', () => {
    const named = (count: number): string =>
        JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`other${n}`, n])));
    assertEqual(Object.keys(parseObject(named(fileOthersMax), 'file', fileOthersMax)).length, fileOthersMax);
    assertEqual(refusal(named(fileOthersMax + 1), fileOthersMax), `body: other${fileOthersMax}: unknown key`);
    assertEqual(refusal(`[${Array(1000).fill('{"again":1}').join()}]`, 1), '');
});

test('names are found as the parser finds them: texts changed at random', () => {
    const chance = new Chance();
    const first =
        '{"record":{"name":"a\\"b:","segmentMinutes":5},"channels":[{"input":"x\\\\","audio":true}],"port":1}';
    const pieces = ['"', '\\', ':', '{', '}', '[', ']', ',', ' ', 'x', '"x":', '\\u0070', '\n', '1', '"port"'];
    let taken = 0;
    for (let round = 0; round < 3000; round++) {
        let text = first;
        for (let change = chance.below(4); change >= 0; change--) {
            const at = chance.below(text.length);
            text = text.slice(0, at) + (pieces[chance.below(pieces.length)] ?? '') + text.slice(at + chance.below(3));
        }
        try {
            const names = namesIn(parseJson(text, 'body'));
            taken++;
            assert(
                names.every((name) => isKnownName(name)),
                text,
            );
        } catch (error) {
            assert(error instanceof SettingsError, text);
            if (error.message.endsWith(': unknown key')) {
                continue;
            }
            assert(error.message.startsWith('body: not JSON'), `${text}: ${error.message}`);
        }
    }
    assert(taken > 40, `${taken} of them are still JSON`);
});
