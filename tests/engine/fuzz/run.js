// Programs of a dozen steps each, the same for the same number on every engine. Prints one line for each: its number and
// the sum of all that it showed. What a program worked on is kept, and has to be the same when fifty others have run.
import { arraySteps, byteSteps } from './arrays.js';
import { show, sum } from './show.js';
import { textSteps } from './texts.js';
import { thingSteps } from './things.js';
import { World } from './world.js';

const named = (kind, steps) => Object.entries(steps).map(([name, step]) => [`${kind}.${name}`, step]);
const kinds = [named('array', arraySteps), named('array', arraySteps), named('bytes', byteSteps), named('text', textSteps), named('thing', thingSteps)];
const length = 14;
const kept = 50;

const shown = (v) => { try { return show(v); } catch (error) { return `! ${error.name}`; } };
const state = (w) => [...w.arrays, ...w.bytes, w.maps, w.sets, w.objects].map((x) => shown(x))
  .join();

/** One program; `tell` gets each step. What a hostile one showed is of no use: most of it would be the text of it. */
function program(number, hostile, tell) {
  const w = new World(number, hostile);
  let all = 0;
  for (let i = 0; i < length; i++) {
    const [name, step] = w.random.of(w.random.of(kinds));
    let text;
    try {
      const result = step(w);
      text = hostile && !tell ? typeof result : shown(result);
    } catch (error) {
      text = `! ${error?.name}`;
    }
    for (const a of w.arrays) if (a.length > 150 && !Object.isFrozen(a)) try { a.length = 20; } catch {}
    if (w.arrays.length > 8) w.arrays.splice(0, w.arrays.length - 6);
    tell?.(`${number} ${name} ${text}`, w);
    if (!hostile) all = sum(text, all);
    w.budget += 10;
  }
  const text = hostile ? '' : state(w);
  return { w, text, all: sum(text, all) };
}

/** @param {number} first @param {number} count @param {{ hostile: boolean, only?: number | 'all', print: (line: string) => void }} how */
export async function run(first, count, { hostile, only, print }) {
  const ring = [];
  for (let number = first; number < first + count; number++) {
    const tell = only === number || only === 'all' ? (line, w) => { print(`step ${line.slice(0, 900)}`); print(`state ${state(w).slice(0, 3000)}`); } : undefined;
    const { w, text, all } = program(number, hostile, tell);
    if (!hostile) {
      const before = ring[number % kept];
      if (before && state(before.w) !== before.text) print(`${before.number} changed while it was kept`);
      ring[number % kept] = { w, text, number };
    } else {
      ring[number % kept] = { w };
      if (number % 10 === 0) await null;
    }
    print(`${number} ${hostile ? 'done' : all}`);
  }
  print('end');
}
