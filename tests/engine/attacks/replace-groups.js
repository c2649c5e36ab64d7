// A group of a match is read once: its text may differ the second time (XS db0490c5), and the collector may move
// what is copied and where to.
let n = 0;
const evil = { toString() { n++; return n % 2 ? 'a' : 'B'.repeat(1 << 20); } };
class R extends RegExp { exec(s) { if (this.done) { this.done = false; return null; } this.done = true; const r = ['x']; r.index = 0; r.groups = { g: evil }; return r; } }
'xyz'.replace(new R('x'), '[$<g>]');
for (const text of ['[$<g>', '[$<g>]' + '$<g>'.repeat(10), "$&$'$<g>$`$<none>"]) {
    const same = {
        toString() {
            for (let i = 0; i < 300; i++) 'x'.repeat(1000 + i);
            return 'B'.repeat(1 << 12);
        },
    };
    class Long extends RegExp {
        exec() {
            if (this.done) return null;
            this.done = true;
            const match = ['x'.repeat(1000)];
            match.index = 1;
            match.groups = { g: same };
            return match;
        }
    }
    'xyz'.replace(new Long('x'), text);
}
if ('ab'.replace(/(?<l>a)(?<r>b)/, '$<r>$<l>$<none>') !== 'ba') throw new Error('wrong');
console.log('end');
