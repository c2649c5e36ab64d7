/** The table of channels by address. */
import { channelsMax, lineBytesMax, parseTable, type TableFile, TableReader } from 'ocellus/app/snapshots/table';
import { assert, assertEqual, assertRejects, test } from 'ocellus/test/harness';

/** A text as a file; `piece`: bytes that are read at once, at most. */
function fileOf(text: string, piece = 65_536): TableFile & { closed: boolean } {
    const bytes = new TextEncoder().encode(text);
    return {
        closed: false,
        bytes: bytes.length,
        read(from, length) {
            assert(length <= 65_536 && !this.closed);
            return bytes.subarray(from, from + Math.min(length, piece));
        },
        close() {
            this.closed = true;
        },
    };
}

const parse = (text: string, piece?: number) => parseTable(fileOf(text, piece));

test('[C4] lines: names, addresses, off, comments, whatever pieces they come in', async () => {
    const text =
        '# cameras of the yard, größer\n\ngate http://192.0.2.5/snap.jpg\r\n' +
        'yard\thttps://example.org:8443/cgi?ch=1   on\nshed http://[2001:db8::1]/a off\nlast http://a.example/b@c';
    for (const piece of [1, 7, 64, 65_536]) {
        const { channels, problems } = await parse(text, piece);
        assertEqual(problems, []);
        assertEqual(channels, [
            { name: 'gate', url: 'http://192.0.2.5/snap.jpg', authorization: '' },
            { name: 'yard', url: 'https://example.org:8443/cgi?ch=1', authorization: '' },
            { name: 'last', url: 'http://a.example/b@c', authorization: '' },
        ]);
    }
    assertEqual((await parse('')).channels, []);
});

test('user and password become a header and are in no address', async () => {
    const [channel] = (await parse('a http://admin:p%40ss%3Aword@192.0.2.5:81/x?y=z')).channels;
    assertEqual(channel, {
        name: 'a',
        url: 'http://192.0.2.5:81/x?y=z',
        authorization: 'Basic YWRtaW46cEBzczp3b3Jk',
    });
    assertEqual((await parse('a http://admin@192.0.2.5/')).channels[0]?.authorization, 'Basic YWRtaW46');
});

test('wrong lines are left out, with a reason that shows nothing of them', async () => {
    const { channels, problems } = await parse(
        [
            'a http://192.0.2.5/',
            'a http://192.0.2.6/',
            'Big http://192.0.2.5/',
            'b ftp://secret:word@192.0.2.5/',
            'c http://secret:wo%rd@192.0.2.5/',
            'd http://192.0.2.5/ maybe',
            'e',
        ].join('\n'),
    );
    assertEqual(channels.length, 1);
    assertEqual(
        problems.map((problem) => problem.replace(/^snapshots\.txt: line (\d).*/, '$1')),
        ['2', '3', '4', '5', '6'],
    );
    assert(!/secret|wo%rd|192|Big/.test(problems.join()), problems.join());
});

test('long lines and long tables are bounded', async () => {
    const long = `x http://192.0.2.5/${'y'.repeat(lineBytesMax)}`;
    for (const piece of [100, 65_536]) {
        const { channels, problems } = await parse(`${long}\na http://192.0.2.5/\n${long}`, piece);
        assertEqual(
            channels.map(({ name }) => name),
            ['a'],
        );
        assertEqual(
            problems,
            ['1', '3'].map((line) => `snapshots.txt: line ${line}: longer than ${lineBytesMax} bytes`),
        );
    }
    const lines = Array.from({ length: channelsMax + 1 }, (_, at) => `c${at} http://a.example/${at}`);
    const { channels, problems } = await parse(lines.join('\n'));
    assertEqual(channels.length, channelsMax);
    assertEqual(problems, [`snapshots.txt: line ${channelsMax + 1}: more than ${channelsMax} channels`]);
});

test('[C4] it is parsed again when it has changed, and closed each time', async () => {
    let file: ReturnType<typeof fileOf> | undefined;
    const reader = new TableReader(() => file);
    assertEqual((await reader.read()).channels, []);
    file = fileOf('a http://192.0.2.5/');
    const first = await reader.read();
    assert(file.closed);
    file = fileOf('a http://192.0.2.5/');
    assert((await reader.read()) === first, 'parsed again');
    file = fileOf('b http://192.0.2.5/');
    assertEqual(
        (await reader.read()).channels.map(({ name }) => name),
        ['b'],
    );
    const broken = fileOf('c http://192.0.2.5/');
    broken.read = () => {
        throw new Error('disk');
    };
    file = broken;
    await assertRejects(reader.read(), { message: /disk/ });
    assert(broken.closed);
    file = undefined;
    assertEqual((await reader.read()).channels, []);
    file = fileOf('b http://192.0.2.5/');
    assertEqual((await reader.read()).channels.length, 1);
});
