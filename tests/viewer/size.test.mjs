// What the page weighs, from what was built: before the first picture, and in all.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import test from 'ava';
import { buildFolder } from '../../scripts/build.mjs';

const folder = path.join(buildFolder('linux'), 'viewer');

/** What a browser is sent that takes Brotli, as browsers do by HTTPS and of their own machine. @param {string} file relative to the folder */
const weight = (file) => statSync(path.join(folder, existsSync(path.join(folder, `${file}.br`)) ? `${file}.br` : file)).size;

/** Files that a built file asks for by itself: not those that it loads when they are wanted. @param {string} file @returns {string[]} */
function needs(file) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const found = file.endsWith('.html')
        ? [...text.replace(/<link rel="(?:manifest|apple-touch-icon|preload)"[^>]*>/g, '').matchAll(/(?:src|href)="([^"]+)"/g)]
        : file.endsWith('.js')
          ? [...text.matchAll(/(?:^|[;}])\s*(?:import|export)\s*(?:[\w$*{}\s,]+from\s*)?["']([^"']+)["']/g)]
          : [];
    return found.map(([, name]) => path.join(path.dirname(file), name ?? ''));
}

/** A page with all that comes with it. @param {string} page @returns {string[]} */
function closure(page) {
    const all = new Set([page]);
    for (const file of all) {
        for (const next of needs(file)) {
            all.add(next);
        }
    }
    return [...all];
}

test('the page is at most 24 KB as it travels before the first picture, in few files; other pages 40 KB [O11]', (t) => {
    for (const page of ['index.html', 'login.html', 'watch.html', 'cloud.html', 'embed.html']) {
        const files = closure(page);
        const bytes = files.reduce((sum, file) => sum + weight(file), 0);
        t.log(`${page}: ${files.length} files, ${bytes} bytes`);
        t.true(files.some((file) => file.endsWith('.css')) && files.some((file) => file.endsWith('.js')), files.join(' '));
        t.true(bytes <= (page === 'index.html' ? 24_000 : page === 'cloud.html' ? 80_000 : 40_000), `${page}: ${bytes} bytes`);
        t.true(page !== 'index.html' || files.length <= 5, files.join(' '));
    }
});

test('the first texts are those that the first modules name, in each language; the others come later', (t) => {
    const files = readdirSync(path.join(folder, 'assets')).filter((name) => name.endsWith('.js'));
    /** @param {RegExp} name */
    const read = (name) => files.filter((file) => name.test(file)).map((file) => readFileSync(path.join(folder, 'assets', file), 'utf8')).join('');
    const [first, chinese] = [read(/^first-/), read(/^zh-cn-first-/)];
    for (const text of ['Waiting for the first picture…', 'No cameras yet', 'Wrong password.']) {
        t.true(first.includes(text), text);
    }
    t.regex(chinese, /\p{Script=Han}/u);
    t.false(first.includes('Delete all links'));
    t.true(read(/^en-/).includes('Delete all links'));
    t.true(chinese.length < read(/^zh-cn-(?!first)/).length / 3);
});

test('the player for other sites is one script of at most 40 KB compressed [E11]', (t) => {
    t.deepEqual(closure('ocellus-player.js'), ['ocellus-player.js']);
    const bytes = weight('ocellus-player.js');
    t.log(`${bytes} bytes`);
    t.true(bytes > 1000 && bytes <= 40_000, `${bytes} bytes`);
    t.true(closure('ocellus-hls.js').some((file) => file.includes('hls.light')), 'the library is that of the page');
});

test('libraries and rooms are loaded when they are wanted', (t) => {
    const first = closure('index.html').join(' ');
    const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const part of ['hls', 'charts', 'settings-view', 'log-view', 'access-view', 'update-view', 'recordings-room', 'packet-player', 'zh-cn', 'channel-side', 'hls-live', 'frame-later', 'rooms']) {
        t.true(all.some((file) => file.includes(part)), `${part} is a file of its own`);
        t.false(first.includes(part), `${part} comes with the page`);
    }
});

test('everything together is at most 400 KB compressed', (t) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => !['', '.gz', '.br'].includes(path.extname(file)));
    const bytes = files.reduce((sum, file) => sum + weight(file), 0);
    t.log(`${files.length} files, ${bytes} bytes`);
    t.true(bytes > 100_000 && bytes <= 400_000, `${bytes} bytes`);
});

test('what is larger than a packet lies compressed beside itself, byte for byte the same', (t) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const packed = files.filter((file) => /\.(?:gz|br)$/.test(file));
    for (const file of packed) {
        const unpack = file.endsWith('.gz') ? gunzipSync : brotliDecompressSync;
        t.deepEqual(unpack(readFileSync(path.join(folder, file))), readFileSync(path.join(folder, file.slice(0, -3))), file);
    }
    for (const file of files.filter((name) => name.endsWith('.js') && statSync(path.join(folder, name)).size > 4096)) {
        t.true(packed.includes(`${file}.gz`) && packed.includes(`${file}.br`), file);
    }
});
