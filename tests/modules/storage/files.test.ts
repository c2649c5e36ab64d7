import { assertEqual, test } from 'ocellus/test/harness';
import files, { type Directory, type File, type FilesError } from 'embedded:storage/files';

/** Empty for each test; gone after it. */
function fresh(): Directory {
    remove('t');
    files.createDirectory('t');
    return files.openDirectory({ path: 't' });
}

function remove(path: string): void {
    if (files.status(path).isDirectory()) {
        for (const name of files.scan(path)) {
            remove(`${path}/${name}`);
        }
    }
    files.delete(path);
}

function codeOf(action: () => unknown): string {
    try {
        action();
    } catch (error) {
        return (error as FilesError).code ?? (error instanceof SyntaxError ? 'SyntaxError' : 'Error');
    }
    return 'none';
}

function bytes(text: string): Uint8Array {
    return new TextEncoder().encode(text);
}

function text(buffer: ArrayBuffer): string {
    return new TextDecoder().decode(buffer);
}

test('a file is written, read at any place, cut, extended and removed', () => {
    const t = fresh();
    const file = t.openFile({ path: 'a.txt', mode: 'w+' });
    file.write(bytes('hello'), 0);
    file.write(bytes('there').buffer as ArrayBuffer, 6);
    assertEqual(text(file.read(100, 0)), 'hello\0there');
    assertEqual(text(file.read(2, 1)), 'el');
    assertEqual(file.read(5, 50).byteLength, 0);
    const into = new Uint8Array(4);
    assertEqual(file.read(into.subarray(1), 8), 3);
    assertEqual([...into], [0, 101, 114, 101]);
    file.setSize(3);
    file.setSize(5);
    file.flush();
    assertEqual(text(file.read(9, 0)), 'hel\0\0');
    const status = file.status();
    assertEqual([status.size, status.isFile(), status.isDirectory(), status.mode & 0o777], [5, true, false, 0o600]);
    file.close();
    file.close();
    assertEqual(t.delete('a.txt'), true);
    assertEqual(t.delete('a.txt'), false);
    assertEqual([t.status('a.txt').mode, t.status('a.txt').size], [0, 0]);
});

test('modes open what they say', () => {
    const t = fresh();
    assertEqual(
        codeOf(() => t.openFile({ path: 'a' })),
        'NOENT',
    );
    assertEqual(
        codeOf(() => t.openFile({ path: 'a', mode: 'r+' })),
        'NOENT',
    );
    const made = t.openFile({ path: 'a', mode: 'w' });
    made.write(bytes('12345'), 0);
    assertEqual(
        codeOf(() => made.read(1, 0)),
        'STATE',
    );
    assertEqual(
        codeOf(() => made.read(new Uint8Array(1), 0)),
        'STATE',
    );
    made.close();
    const read = t.openFile({ path: 'a' });
    assertEqual(
        codeOf(() => read.write(bytes('x'), 0)),
        'STATE',
    );
    assertEqual(
        codeOf(() => read.setSize(0)),
        'STATE',
    );
    assertEqual(
        codeOf(() => read.read(-1, 0)),
        'RANGE',
    );
    assertEqual(
        codeOf(() => read.read(1, 0.5)),
        'RANGE',
    );
    assertEqual(
        codeOf(() => read.read(1, Number.NaN)),
        'RANGE',
    );
    read.close();
    const update = t.openFile({ path: 'a', mode: 'r+' });
    update.write(bytes('X'), 1);
    assertEqual(text(update.read(9, 0)), '1X345');
    update.close();
    t.openFile({ path: 'a', mode: 'w+' }).close();
    assertEqual(t.status('a').size, 0);
    assertEqual(
        codeOf(() => t.openFile({ path: 'a', mode: 'rw' as 'r' })),
        'Error',
    );
});

test('no path leaves the folder', () => {
    const t = fresh();
    const long = 'x'.repeat(256);
    const paths = [
        '/etc/passwd',
        '..',
        '../x',
        './x',
        'x/..',
        'x/.',
        'x/../y',
        'x//y',
        'x/',
        'a\0b',
        'a\\b',
        'a\nb',
        long,
    ];
    for (const path of [...paths, `${'d/'.repeat(130)}x`]) {
        const refused = path.length > 255 ? 'TOO_BIG' : 'INVAL';
        assertEqual(
            codeOf(() => t.openFile({ path, mode: 'w' })),
            refused,
        );
        assertEqual(
            codeOf(() => t.openDirectory({ path })),
            refused,
        );
        assertEqual(
            codeOf(() => t.createDirectory(path)),
            refused,
        );
        assertEqual(
            codeOf(() => t.delete(path)),
            refused,
        );
        assertEqual(
            codeOf(() => t.status(path)),
            refused,
        );
        assertEqual(
            codeOf(() => t.scan(path)),
            refused,
        );
        assertEqual(
            codeOf(() => t.move(path, 'y')),
            refused,
        );
        assertEqual(
            codeOf(() => t.move('y', path)),
            refused,
        );
    }
});

test('an error names the path and what is wrong, and nothing of the host', () => {
    try {
        files.openFile({ path: 'none/at-all' });
        assertEqual(true, false);
    } catch (error) {
        assertEqual((error as Error).message, 'open "none/at-all": does not exist');
        assertEqual(Object.getPrototypeOf(error) === Error.prototype, true);
    }
});

test('folders are made, scanned, opened and removed', () => {
    const t = fresh();
    assertEqual(t.createDirectory('d'), true);
    assertEqual(t.createDirectory('d'), false);
    assertEqual(
        codeOf(() => t.createDirectory('none/d')),
        'NOENT',
    );
    const d = t.openDirectory({ path: 'd' });
    const names = ['ä', '日本', '😀', 'z.txt'];
    for (const path of names) {
        d.openFile({ path, mode: 'w' }).close();
    }
    assertEqual([...d].sort(), [...names].sort());
    assertEqual([...t.scan('d')].sort(), [...d.scan()].sort());
    assertEqual(
        codeOf(() => t.scan('none')),
        'NOENT',
    );
    assertEqual(
        codeOf(() => t.delete('d')),
        'EXIST',
    );
    assertEqual(
        codeOf(() => t.createDirectory('d/ä')),
        'EXIST',
    );
    assertEqual(d.status('').isDirectory(), true);
    for (const path of names) {
        d.delete(path);
    }
    assertEqual(t.delete('d'), true);
    assertEqual(
        codeOf(() => d.openFile({ path: 'x', mode: 'w' })),
        'NOENT',
    );
    d.close();
    assertEqual(
        codeOf(() => d.scan()),
        'SyntaxError',
    );
});

test('a scan ends early without a trace', () => {
    const t = fresh();
    for (const path of ['a', 'b', 'c']) {
        t.openFile({ path, mode: 'w' }).close();
    }
    for (const _ of t) {
        break;
    }
    const scan = t.scan();
    scan.next();
    assertEqual(scan.return?.().done, true);
    assertEqual(scan.next().done, true);
    assertEqual([...t].length, 3);
});

test('a move renames, replaces and crosses folders', () => {
    const t = fresh();
    t.createDirectory('d');
    const d = t.openDirectory({ path: 'd' });
    const a = t.openFile({ path: 'a', mode: 'w' });
    a.write(bytes('A'), 0);
    t.move('a', 'b', d);
    a.close();
    assertEqual([t.status('a').mode, t.status('d/b').size], [0, 1]);
    t.openFile({ path: 'c', mode: 'w' }).close();
    d.move('b', 'c', t);
    assertEqual([t.status('c').size, [...d].length], [1, 0]);
    t.move('c', 'c');
    assertEqual(t.status('c').size, 1);
    assertEqual(
        codeOf(() => t.move('none', 'x')),
        'NOENT',
    );
    assertEqual(
        codeOf(() => t.move('d', 'd/in')),
        'INVAL',
    );
});

test('a file that is open is neither removed nor replaced', () => {
    const t = fresh();
    const a = t.openFile({ path: 'a', mode: 'w' });
    t.openFile({ path: 'b', mode: 'w' }).close();
    assertEqual(
        codeOf(() => t.delete('a')),
        'BUSY',
    );
    assertEqual(
        codeOf(() => t.move('b', 'a')),
        'BUSY',
    );
    a.close();
    t.move('b', 'a');
    assertEqual(t.delete('a'), true);
});

test('64 are open at once, and no more', () => {
    const t = fresh();
    t.openFile({ path: 'a', mode: 'w' }).close();
    const open: File[] = [];
    const limit = codeOf(() => {
        for (let i = 0; i < 100; i++) {
            open.push(t.openFile({ path: 'a' }));
        }
    });
    assertEqual([limit, open.length <= 64 && open.length > 60], ['BUSY', true]);
    assertEqual(
        codeOf(() => t.scan()),
        'BUSY',
    );
    for (const file of open) {
        file.close();
    }
    let last = t.openFile({ path: 'a' });
    for (let i = 0; i < 200; i++) {
        last = t.openFile({ path: 'a' }); // what nobody can reach any more does not count
    }
    last.close();
    assertEqual(t.delete('a'), true);
    t.openFile({ path: 'a', mode: 'w' }).close();
    assertEqual([...t].length, 1);
});

test('folders are 16 deep, however they come there', () => {
    let path = 't';
    fresh();
    for (let depth = 2; depth <= 16; depth++) {
        path += '/d';
        files.createDirectory(path);
    }
    assertEqual(
        codeOf(() => files.createDirectory(`${path}/d`)),
        'TOO_BIG',
    );
    const deep = files.openDirectory({ path });
    assertEqual(
        codeOf(() => deep.createDirectory('d')),
        'TOO_BIG',
    );
    deep.openFile({ path: 'file', mode: 'w' }).close();
    files.createDirectory('side');
    files.createDirectory('side/inner');
    assertEqual(
        codeOf(() => files.move('side', 't/d/d/d/d/d/d/d/d/d/d/d/d/d/d/side')),
        'TOO_BIG',
    );
    files.move('side', 't/side');
    deep.close();
});

test('more than the application may have is refused, and room comes back', () => {
    const t = fresh();
    const file = t.openFile({ path: 'a', mode: 'w' });
    assertEqual(
        codeOf(() => file.setSize(256 * 1024 * 1024)),
        'DISK_FULL',
    );
    assertEqual(
        codeOf(() => file.write(bytes('x'), 2 ** 40)),
        'DISK_FULL',
    );
    assertEqual(
        codeOf(() => file.write(bytes('x'), 2 ** 53 - 1)),
        'DISK_FULL',
    );
    file.setSize(200 * 1024 * 1024);
    const other = t.openFile({ path: 'b', mode: 'w' });
    assertEqual(
        codeOf(() => other.setSize(100 * 1024 * 1024)),
        'DISK_FULL',
    );
    file.close();
    t.delete('a');
    other.setSize(100 * 1024 * 1024);
    t.openFile({ path: 'b', mode: 'w' }).close();
    const again = t.openFile({ path: 'c', mode: 'w' });
    again.setSize(200 * 1024 * 1024);
    again.setSize(0);
    other.close();
    again.close();
    remove('t');
});

test('a wrong receiver, a closed object and a missing argument are syntax errors, as in the SDK', () => {
    const t = fresh();
    const file = t.openFile({ path: 'a', mode: 'w+' });
    assertEqual(
        codeOf(() => t.scan.call(file as unknown as Directory)),
        'SyntaxError',
    );
    assertEqual(
        codeOf(() => file.status.call({} as typeof file)),
        'SyntaxError',
    );
    assertEqual(
        codeOf(() => file.read(1, undefined as unknown as number)),
        'SyntaxError',
    );
    assertEqual(
        codeOf(() => (file as unknown as { read(): void }).read()),
        'SyntaxError',
    );
    assertEqual(
        codeOf(() => (file as unknown as { setSize(): void }).setSize()),
        'SyntaxError',
    );
    file.close();
    assertEqual(
        codeOf(() => file.status()),
        'SyntaxError',
    );
    assertEqual(
        codeOf(() => file.write(bytes(''), 0)),
        'SyntaxError',
    );
});
