import TCP, { type Options } from 'embedded:io/socket/tcp';
import { request } from 'ocellus/app/net/request';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const host = '127.42.0.1';

async function ports(): Promise<{ tcp: number; shut: number }> {
    return JSON.parse((await request(`http://${host}:8042/ports`)).text()) as { tcp: number; shut: number };
}

/** Connects; resolves with the object and what can be written. */
function connected(options: Options): Promise<{ tcp: TCP; room: number }> {
    return new Promise((resolve, reject) => {
        const tcp = new TCP({
            ...options,
            onWritable(room) {
                resolve({ tcp, room });
                options.onWritable?.call(this, room);
            },
            onError(error) {
                reject(error);
                options.onError?.call(this, error);
            },
        });
    });
}

test('bytes go there and back, by number and by buffer', async () => {
    const { tcp: port } = await ports();
    let resolve: (() => void) | undefined;
    const { tcp, room } = await connected({
        address: host,
        port,
        nodelay: true,
        keepAlive: 30,
        target: 'mine',
        onReadable: () => resolve?.(),
    });
    assert(room >= 1000);
    assertEqual((tcp as { target?: unknown }).target, 'mine');
    assertEqual([tcp.remoteAddress, tcp.remotePort], [host, port]);
    assertEqual(tcp.read(), undefined);
    assertEqual(tcp.write(new TextEncoder().encode('abcdefgh')), room - 8);
    await new Promise<void>((done) => {
        resolve = done;
    });
    assertThrows(() => tcp.read(9), { type: Error });
    assertThrows(() => tcp.read(0), { type: Error });
    assertThrows(() => tcp.read(new Uint16Array(1) as never), { type: TypeError });
    assertEqual(new TextDecoder().decode(tcp.read(2) as ArrayBuffer), 'ab');
    const view = new Uint8Array(8).subarray(2, 5);
    assertEqual(tcp.read(view), 3);
    assertEqual(new TextDecoder().decode(new Uint8Array(view.buffer)), '\0\0cde\0\0\0');
    tcp.format = 'number';
    assertEqual(tcp.read(), 'f'.charCodeAt(0));
    tcp.format = 'buffer';
    assertEqual(new TextDecoder().decode(tcp.read() as ArrayBuffer), 'gh');
    assertThrows(() => tcp.write(1), { type: TypeError });
    tcp.close();
    tcp.close();
    assertThrows(() => tcp.read(), { type: SyntaxError });
    assertThrows(() => tcp.write(new Uint8Array(1)), { type: SyntaxError });
    assertThrows(() => tcp.remotePort, { type: SyntaxError });
});

test('a megabyte, as fast as each side takes it', async () => {
    const { tcp: port } = await ports();
    const size = 1_000_000;
    let left = size;
    let came = 0;
    await new Promise<void>((resolve, reject) => {
        new TCP({
            host,
            port,
            onWritable(room) {
                if (left > 0) {
                    const part = Math.min(room, left);
                    left -= part;
                    this.write(new Uint8Array(part));
                }
            },
            onReadable(count) {
                assert(count <= 16_384);
                came += (this.read() as ArrayBuffer).byteLength;
                if (came === size) {
                    this.close();
                    resolve();
                }
            },
            onError: reject,
        });
    });
});

test('a connection goes over to another object', async () => {
    const { tcp: port } = await ports();
    const from = new TCP({ address: host, port, onWritable: () => assert(false, 'reported to the wrong one') });
    const { tcp } = await connected({ from });
    assertEqual(tcp.remotePort, port);
    assertThrows(() => new TCP({ from }), { type: SyntaxError });
    assertThrows(() => new TCP({ from: {} as TCP }), { type: SyntaxError });
    assertThrows(() => from.read(), { type: SyntaxError });
    from.close();
    tcp.close();
});

test('what is no connection throws', () => {
    const wrong: [object, ErrorConstructor | RangeErrorConstructor][] = [
        [{ port: 80 }, Error],
        [{ address: host }, Error],
        [{ address: 'example.org', port: 80 }, Error],
        [{ host: 'a b', port: 80 }, Error],
        [{ address: host, port: -1 }, RangeError],
        [{ address: host, port: 65_536 }, RangeError],
        [{ address: host, port: 80, format: 'text' }, RangeError],
    ];
    for (const [options, type] of wrong) {
        assertThrows(() => new TCP(options as Options), { type });
    }
});

test('failures are reported once, behind what came', async () => {
    const { shut } = await ports();
    for (const options of [
        { address: host, port: shut },
        { host: 'no-such-name.invalid', port: 80 },
    ]) {
        const errors: string[] = [];
        await new Promise<void>((resolve) => {
            new TCP({
                ...options,
                onWritable: () => assert(false),
                onError(error) {
                    errors.push(error.message);
                    this.close();
                    resolve();
                },
            });
        });
        assertEqual(errors.length, 1);
        assert(/nobody answers there|has no address/.test(errors[0] ?? ''), errors[0]);
    }
    const text = await new Promise<string>((resolve) => {
        let all = '';
        new TCP({
            address: host,
            port: 8042,
            onWritable() {
                if (all === '') {
                    all = ' ';
                    this.write(new TextEncoder().encode('GET /garbage HTTP/1.1\r\nHost: a\r\n\r\n'));
                }
            },
            onReadable() {
                all += new TextDecoder().decode(this.read() as ArrayBuffer);
            },
            onError() {
                this.close();
                resolve(all);
            },
        });
    });
    assertEqual(text, ' this is no HTTP\r\n\r\n');
});

test('close while a name is looked up, and of many at once', async () => {
    const { tcp: port } = await ports();
    const never = { onWritable: () => assert(false), onError: () => assert(false) };
    new TCP({ host: 'no-such-name.invalid', port: 80, ...never }).close();
    new TCP({ host, port, ...never }).close();
    const all: TCP[] = [];
    const error = assertThrows(() => {
        for (let i = 0; i < 200; i++) {
            all.push(new TCP({ address: host, port }));
        }
    });
    assertEqual(all.length, 128, error.message);
    for (const one of all) {
        one.close();
    }
    (await connected({ host, port })).tcp.close();
});
