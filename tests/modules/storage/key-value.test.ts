import { assertEqual, test } from 'ocellus/test/harness';
import files from 'embedded:storage/files';
import KeyValueStorage, { type Storage, type StorageFormat, type StorageValue } from 'embedded:storage/key-value';

function fresh(format: StorageFormat = 'string'): Storage {
    files.delete('kv/t');
    return KeyValueStorage.open({ path: 't', format });
}

function codeOf(action: () => unknown): string {
    try {
        action();
    } catch (error) {
        const kinds = { SyntaxError, TypeError, RangeError };
        const kind = Object.entries(kinds).find(([, type]) => error instanceof type);
        return kind?.[0] ?? (error as { code?: string }).code ?? 'Error';
    }
    return 'none';
}

test('each format gives back what was written, numbers wrapped to its width', () => {
    const cases: [StorageFormat, StorageValue, StorageValue][] = [
        ['string', 'M\u00f4ddable \u{1f600}\0\n', 'M\u00f4ddable \u{1f600}\0\n'],
        ['string', '', ''],
        ['uint8', 257, 1],
        ['uint8', -1, 255],
        ['int8', 129, -127],
        ['uint16', -1, 65535],
        ['int16', 32769, -32767],
        ['uint32', 0xffffffff, 0xffffffff],
        ['uint32', 0x100000001, 1],
        ['int32', 0x80000000, -0x80000000],
        ['int64', -2147483648000n, -2147483648000n],
        ['uint64', -1n, 0xffffffffffffffffn],
    ];
    for (const [format, value, expected] of cases) {
        const store = fresh(format);
        store.write('key', value);
        assertEqual(store.read('key') === expected, true);
        store.close();
    }
    const store = fresh('buffer');
    for (const value of [
        Uint8Array.of(1, 2, 3).subarray(1),
        Uint8Array.of(2, 3).buffer,
        new DataView(Uint8Array.of(2, 3).buffer),
    ]) {
        store.write('b', value);
        assertEqual([...new Uint8Array(store.read('b') as ArrayBuffer)], [2, 3]);
    }
    const into = new Uint8Array(4);
    assertEqual([store.read('b', into.subarray(1)), ...into], [2, 0, 2, 3, 0]);
    assertEqual(
        codeOf(() => store.read('b', new ArrayBuffer(1))),
        'RangeError',
    );
    assertEqual(store.read('none'), undefined);
    store.close();
});

test('values are those of the domain, whoever has it open', () => {
    const one = fresh();
    const two = KeyValueStorage.open({ path: 't', format: 'string' });
    one.write('a', '1');
    assertEqual(two.read('a'), '1');
    two.write('a', '2');
    two.write('b', '3');
    assertEqual([one.read('a'), one.read('b'), [...one].sort().join()], ['2', '3', 'a,b']);
    two.delete('a');
    two.delete('a');
    assertEqual([one.read('a'), [...one].join()], [undefined, 'b']);
    one.close();
    assertEqual(two.read('b'), '3');
    const other = KeyValueStorage.open({ path: 'other', format: 'string' });
    assertEqual([...other].length, 0);
    files.delete('kv/t');
    assertEqual(two.read('b'), undefined);
    two.close();
    other.close();
});

test('the limits of keys, values and domains are told apart from success', () => {
    const store = fresh();
    assertEqual(
        codeOf(() => store.write('', 'x')),
        'INVAL',
    );
    assertEqual(
        codeOf(() => store.write('k'.repeat(49), 'x')),
        'INVAL',
    );
    store.write('k'.repeat(48), 'x');
    store.write('v', 'x'.repeat(4000));
    assertEqual(
        codeOf(() => store.write('v', 'x'.repeat(4001))),
        'TOO_BIG',
    );
    assertEqual((store.read('v') as string).length, 4000);
    let written = 0;
    const full = codeOf(() => {
        for (; written < 100; written++) {
            store.write(`f${written}`, 'x'.repeat(4000));
        }
    });
    assertEqual([full, written], ['TOO_BIG', 15]);
    assertEqual([...store].length, 17);
    store.write('v', 'short');
    store.write('w', 'fits now');
    assertEqual(store.read('w'), 'fits now');
    store.close();
    for (const path of ['', '.', '..', 'a/b', '/a', '.a', 'a.bad', 'a\0', 'ä', 'n'.repeat(49)]) {
        assertEqual(
            codeOf(() => KeyValueStorage.open({ path })),
            'INVAL',
        );
    }
});

test('a damaged file is set aside, and the domain goes on empty', () => {
    const store = fresh();
    store.write('a', '1');
    const other = KeyValueStorage.open({ path: 'other', format: 'string' });
    other.write('kept', 'yes');
    const file = files.openFile({ path: 'kv/t', mode: 'r+' });
    const at = file.status().size - 40;
    const byte = new Uint8Array(file.read(1, at));
    file.write(Uint8Array.of((byte[0] ?? 0) ^ 1), at);
    file.close();
    assertEqual(store.read('a'), undefined);
    assertEqual([files.status('kv/t').isFile(), files.status('kv/t.bad').isFile()], [false, true]);
    store.write('a', '2');
    assertEqual([store.read('a'), other.read('kept')], ['2', 'yes']);
    files.delete('kv/t');
    files.createDirectory('kv/t');
    assertEqual([...store].length, 0);
    store.write('a', '3');
    assertEqual(store.read('a'), '3');
    files.delete('kv/t.bad');
    store.close();
    other.close();
});

test('modes, formats, receivers and closed stores are checked', () => {
    const store = fresh();
    store.write('a', '1');
    const read = KeyValueStorage.open({ path: 't', format: 'string', mode: 'r' });
    assertEqual(
        [read.read('a'), codeOf(() => read.write('a', '2')), codeOf(() => read.delete('a'))],
        ['1', 'READ_ONLY', 'READ_ONLY'],
    );
    read.format = 'uint8';
    assertEqual(
        codeOf(() => read.read('a')),
        'TypeError',
    );
    assertEqual(
        codeOf(() => (read.format = 'xyz' as StorageFormat)),
        'RangeError',
    );
    assertEqual(read.format, 'uint8');
    assertEqual(
        codeOf(() => store.read(Symbol() as unknown as string)),
        'TypeError',
    );
    assertEqual(
        codeOf(() => store.read(undefined as unknown as string)),
        'SyntaxError',
    );
    assertEqual(
        codeOf(() => store.write('a', undefined as unknown as string)),
        'SyntaxError',
    );
    assertEqual(
        codeOf(() => store.read.call({} as Storage, 'a', new ArrayBuffer(1))),
        'SyntaxError',
    );
    store.format = 'buffer';
    assertEqual(
        codeOf(() => store.write('a', 'text')),
        'TypeError',
    );
    store.close();
    store.close();
    for (const action of [
        () => store.read('a'),
        () => store.write('a', '1'),
        () => store.delete('a'),
        () => store.format,
        () => [...store],
    ]) {
        assertEqual(codeOf(action), 'SyntaxError');
    }
    assertEqual(
        codeOf(() => KeyValueStorage.open({ path: 't', mode: 'w' as 'r' })),
        'Error',
    );
    assertEqual(
        codeOf(() => KeyValueStorage.open({} as { path: string })),
        'Error',
    );
    read.close();
});
