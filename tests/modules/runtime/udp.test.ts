import UDP, { type Datagram, type Options } from 'embedded:io/socket/udp';
import { assert, assertEqual, assertThrows, test } from 'ocellus/test/harness';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A socket, and what it receives one after the other. */
function receiver(options: Options = {}) {
    const came: Datagram[] = [];
    let wake = (): void => {};
    const udp: UDP = new UDP({
        ...options,
        onReadable(packets) {
            assertEqual([packets, this === udp], [1, true]);
            for (let one = this.read(); one !== undefined; one = this.read()) {
                came.push(one);
            }
            wake();
        },
    });
    const until = (count: number): Promise<Datagram[]> =>
        new Promise((resolve) => {
            wake = () => came.length >= count && resolve(came);
            wake();
        });
    return { udp, until };
}

test('datagrams go there and back, with the address of their sender', async () => {
    const one = receiver({ address: '127.0.0.1', target: 'mine' });
    const two = receiver({ address: '127.0.0.1' });
    assertEqual([(one.udp as { target?: unknown }).target, one.udp.format], ['mine', 'buffer']);
    assert(one.udp.localPort > 0 && one.udp.localPort !== two.udp.localPort);
    assertEqual(one.udp.read(), undefined);
    one.udp.write(utf8('xhellox').subarray(1, 6), '127.0.0.1', two.udp.localPort);
    one.udp.write(new ArrayBuffer(0), '127.0.0.1', two.udp.localPort);
    const [hello, empty] = await two.until(2);
    assertEqual(
        [new TextDecoder().decode(hello), hello?.address, hello?.port],
        ['hello', '127.0.0.1', one.udp.localPort],
    );
    assertEqual(empty?.byteLength, 0);
    two.udp.write(new DataView(utf8('back').buffer), '127.0.0.1', hello?.port ?? 0);
    assertEqual(new TextDecoder().decode((await one.until(1))[0]), 'back');
    one.udp.close();
    two.udp.close();
});

test('the longest that is taken; a longer one is dropped, and what follows comes', async () => {
    const one = receiver({ address: '127.0.0.1' });
    const two = new UDP();
    const to = (size: number): void => two.write(new Uint8Array(size), '127.0.0.1', one.udp.localPort);
    to(8_193);
    to(8_192);
    to(3);
    assertEqual(
        (await one.until(2)).map(({ byteLength }) => byteLength),
        [8_192, 3],
    );
    assertThrows(() => to(70_000), { message: /cannot be sent/ });
    one.udp.close();
    two.close();
});

test('IPv6, where the machine has it', async () => {
    let six: ReturnType<typeof receiver>;
    try {
        six = receiver({ address: '::1' });
    } catch {
        return;
    }
    six.udp.write(utf8('six'), '::1', six.udp.localPort);
    assertEqual((await six.until(1))[0]?.address, '::1');
    assertThrows(() => six.udp.write(utf8(''), '127.0.0.1', six.udp.localPort), { message: /cannot be sent/ });
    six.udp.close();
});

test('a socket may be closed in its own call', async () => {
    const one = new UDP({ address: '127.0.0.1' });
    await new Promise<void>((resolve) => {
        const other = new UDP({
            address: '127.0.0.1',
            onReadable() {
                this.close();
                resolve();
            },
        });
        one.write(utf8('1'), '127.0.0.1', other.localPort);
        one.write(utf8('2'), '127.0.0.1', other.localPort);
    });
    one.close();
});

test('what is refused', () => {
    const udp = new UDP({ address: '127.0.0.1' });
    for (const options of [{ address: 'localhost' }, { address: '999.1.1.1' }, { address: '203.0.113.1' }]) {
        assertThrows(() => new UDP(options), { message: /UDP: address/ });
    }
    assertThrows(() => new UDP({ address: '127.0.0.1', port: udp.localPort }), { message: /cannot be had/ });
    assertThrows(() => new UDP({ port: 65_536 }), { type: RangeError });
    assertThrows(() => new UDP({ format: 'number' as 'buffer' }), { type: RangeError });
    assertThrows(() => udp.write(utf8('x'), 'localhost', 1), { message: /neither/ });
    assertThrows(() => udp.write(utf8('x'), '127.0.0.1', 0), { type: RangeError });
    assertThrows(() => udp.write('x' as unknown as Uint8Array, '127.0.0.1', 1), { type: TypeError });
    const { read } = udp;
    assertThrows(() => read.call({} as UDP), { type: SyntaxError });
    udp.close();
    udp.close();
    new UDP().close();
    assertThrows(() => udp.read(), { type: SyntaxError });
    assertThrows(() => udp.localPort, { type: SyntaxError });
    const many: UDP[] = [];
    assertThrows(
        () => {
            for (;;) {
                many.push(new UDP());
            }
        },
        { message: /16 sockets/ },
    );
    for (const one of many) {
        one.close();
    }
    assertEqual(many.length, 16);
});
