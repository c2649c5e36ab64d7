// What the page weighs, from what was built: before the first picture, and in all.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { buildFolder } from '../../scripts/build.mjs';

const folder = path.join(buildFolder('linux'), 'viewer');

/** @param {string} file relative to the folder */
const weight = (file) => gzipSync(readFileSync(path.join(folder, file))).length;

/** Files that a built file asks for by itself: not those that it loads when they are wanted. @param {string} file @returns {string[]} */
function needs(file) {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const found = file.endsWith('.html')
        ? [...text.matchAll(/(?:src|href)="([^"]+)"/g)]
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

test('the page is at most 80 KB compressed before the first picture', (t) => {
    for (const page of ['index.html', 'login.html', 'watch.html', 'cloud.html', 'embed.html']) {
        const files = closure(page);
        const bytes = files.reduce((sum, file) => sum + weight(file), 0);
        t.log(`${page}: ${files.length} files, ${bytes} bytes`);
        t.true(files.some((file) => file.endsWith('.css')) && files.some((file) => file.endsWith('.js')), files.join(' '));
        t.true(bytes <= 80_000, `${bytes} bytes`);
    }
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
    for (const part of ['hls', 'charts', 'settings-view', 'log-view', 'access-view', 'update-view', 'recordings-room', 'packet-player', 'zh-cn']) {
        t.true(all.some((file) => file.includes(part)), `${part} is a file of its own`);
        t.false(first.includes(part), `${part} comes with the page`);
    }
});

test('everything together is at most 400 KB compressed', (t) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => !['', '.gz'].includes(path.extname(file)));
    const bytes = files.reduce((sum, file) => sum + weight(file), 0);
    t.log(`${files.length} files, ${bytes} bytes`);
    t.true(bytes > 100_000 && bytes <= 400_000, `${bytes} bytes`);
});

test('what is larger than a packet lies compressed beside itself, byte for byte the same', (t) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const packed = files.filter((file) => file.endsWith('.gz'));
    for (const file of packed) {
        const plain = path.join(folder, file.slice(0, -'.gz'.length));
        t.deepEqual(gunzipSync(readFileSync(path.join(folder, file))), readFileSync(plain), file);
    }
    for (const file of files.filter((name) => name.endsWith('.js') && statSync(path.join(folder, name)).size > 4096)) {
        t.true(packed.includes(`${file}.gz`), file);
    }
});
