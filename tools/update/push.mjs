// `ocellus push`: live pushes of the program that runs (docs/design/live-push.md), over its control socket. Keys are settings:
// none of these commands has one.
import { dataOf, patient, reasonOf } from './control.mjs';
import { plain, table } from './query.mjs';
import { parse, runCommand, Unable, Usage } from './words.mjs';

/** @typedef {import('./words.mjs').Parsed} Parsed */

export const pushUsage = `usage: ocellus push COMMAND [options]

  start CHANNEL TARGET        sends a channel to a target of the settings (live.targets);
                              prints where it is watched. One that runs already: the same
  stop CHANNEL TARGET         ends it, for good
  status                      how all of them stand

  --stream main|sub           of start; else as the target says
  --json                      as JSON; of status one object a line
  --data DIR                  the data directory of the program

A program must run: it is reached by the socket control.sock in its data
directory, by the same user or root. Exit: 0 done, 1 it cannot be done, 2 usage;
status: 3 when one of them is not on the air.
`;

const text = /** @type {const} */ ({ type: 'string' });
const options = /** @type {import('./words.mjs').Options} */ ({ data: text, json: { type: 'boolean' } });

/** @param {Parsed} parsed @returns {readonly [channel: string, target: string]} */
function namesOf(parsed) {
    const [channel = '', target = ''] = parsed.words;
    for (const name of [channel, target]) if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) throw new Usage(`"${name}" is no name of a channel or target`);
    return [channel, target];
}

/** The value of a good answer. @param {Parsed} parsed @param {string} target @param {import('./control.mjs').Ask} [ask] @returns {Promise<any>} */
async function asked(parsed, target, ask) {
    const data = dataOf(parsed);
    const answer = await patient(data, target, ask);
    if (answer === undefined) throw new Unable(`no program runs with the data directory ${data}`);
    if (answer.status >= 300) throw new Unable(withVendor(answer));
    return answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString('utf8'));
}

/** The reason, with the code of the vendor where it has one. @param {{ status: number, body: Buffer }} answer */
function withVendor(answer) {
    let error;
    try {
        ({ error } = JSON.parse(answer.body.toString('utf8')));
    } catch {
        // said without
    }
    return `${reasonOf(answer)}${error?.vendor ? ` (${error.vendor}: ${error.advice})` : ''}`;
}

/** @param {readonly string[]} args */
async function start(args) {
    const parsed = parse(args, { ...options, stream: text }, 2, 2);
    const [channel, target] = namesOf(parsed);
    const stream = parsed.text('stream');
    if (stream !== undefined && stream !== 'main' && stream !== 'sub') throw new Usage(`--stream: "${stream}" is not allowed: main or sub`);
    const started = await asked(parsed, `/api/push/${channel}`, { method: 'POST', json: { target, ...(stream && { stream }) } });
    if (parsed.is('json')) console.log(JSON.stringify(started));
    else {
        console.log(started.already ? 'runs already' : 'started');
        table(Object.entries(started.addresses).map(([kind, address]) => [kind, plain(address)]));
    }
    return 0;
}

/** @param {readonly string[]} args */
async function stop(args) {
    const parsed = parse(args, options, 2, 2);
    const [channel, target] = namesOf(parsed);
    await asked(parsed, `/api/push/${channel}/${target}`, { method: 'DELETE' });
    console.log(parsed.is('json') ? JSON.stringify({ channel, target }) : 'stopped');
    return 0;
}

/** @param {any} push */
const columns = ({ channel, target, stream, state, bitrate, leftOutGops, sentence }) => [`${channel} ${stream}`, target, state, `${(bitrate / 1e6).toFixed(2)} Mbit/s`, `${leftOutGops} GOPs left out`, plain(sentence)];

/** @param {readonly string[]} args */
async function status(args) {
    const parsed = parse(args, options, 0, 0);
    const { pushes } = await asked(parsed, '/api/push');
    if (parsed.is('json')) for (const push of pushes) console.log(JSON.stringify(push));
    else table(pushes.map(columns));
    return pushes.some((/** @type {any} */ { state }) => state !== 'runs') ? 3 : 0;
}

/** @param {readonly string[]} args */
export const pushCommand = (args) => runCommand('push', pushUsage, { start, stop, status }, args);
