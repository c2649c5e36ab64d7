// A comment or a document that names something of the code names something that is there: names of C (`oc_…`, `OC_…`), also
// with a star for the rest of a name, and files. A rename that forgets a comment leaves one behind that lies.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' }).split('\n').filter(Boolean);
/** Says what was, not what is. */
const ofBefore = /^(docs\/(adr|evidence)\/|CHANGELOG\.md|THIRD)/;
const spoken = files.filter((file) => /\.(c|h|ts|mjs|md)$/.test(file) && !ofBefore.test(file));
const written = files.filter((file) => /\.(c|h|ts|mjs|js|json|cmake|txt|in|pml|yml|sh|py|service|html)$|CMakeLists|^tests\/corpora\/.*\.dict$/.test(file));

/** What a compiler reads of a file, and what people read. @param {string} file @returns {{ code: string, comments: [number, string][] }} */
function parts(file) {
    const text = readFileSync(file, 'utf8');
    if (file.endsWith('.md')) return { code: '', comments: text.split('\n').map((line, at) => [at + 1, line]) };
    /** @type {[number, string][]} */
    const comments = [];
    const code = text.replace(/("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g, (found, quoted, at) => {
        if (quoted !== undefined) return found;
        const line = text.slice(0, at).split('\n').length;
        comments.push(...found.split("\n").map((one, index) => /** @type {[number, string]} */ ([line + index, one])));
        return ' ';
    });
    return { code, comments };
}

/** Base names of files, and those of other programs that are spoken of. */
const bases = new Set([...files.map((file) => file.split('/').at(-1)), ...'main.ts part.ts file.ts bell.ts xs.h xsMemory.c reent.h core-isa.h sensor.h screen.c screen.h rtsp.c rtmpproto.c http.c g711.c'.split(' ')]);
const names = new Set(files.map((file) => file.split('/').at(-1)?.replace(/\.[a-z]+$/, '')));
for (const file of written) {
    const text = /\.(c|h|ts|mjs)$/.test(file) ? parts(file).code : readFileSync(file, 'utf8');
    for (const [name] of text.matchAll(/\b(?:oc|OC)_\w+/g)) names.add(name);
}
// what is pasted together by the preprocessor: its beginning is there
const pasted = [...written.filter((file) => /\.[ch]$/.test(file))].flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\b((?:oc|OC)_\w*_)##/g)].map(([, begin]) => begin));
const all = [...names];
let problems = 0;
for (const file of spoken) {
    for (const [line, text] of parts(file).comments) {
        for (const [name, star] of [...text.matchAll(/(?<![\w/])((?:oc|OC)_\w+)(\*|…)?/g)].map(([, one, more]) => [one, more])) {
            const begins = star !== undefined || name.endsWith('_');
            if (names.has(name) || names.has(name.replace(/s$/, '')) || (begins && all.some((one) => one?.startsWith(name))) || pasted.some((begin) => name.startsWith(begin))) continue;
            problems++;
            console.error(`${file}:${line}: ${name}${star ?? ''} is nowhere in the code`);
        }
        for (const [, name = ''] of text.matchAll(/(?<![\w/.<*-])([a-z][\w-]+\.(?:c|h|ts|mjs))(?![\w*-])/g)) {
            if (bases.has(name)) continue;
            problems++;
            console.error(`${file}:${line}: there is no ${name}`);
        }
    }
}
console.log(`comments: ${problems} problems`);
process.exit(problems === 0 ? 0 : 1);
