// `ocellus cloud`: footage in an object store, without the camera that sent it.
import { need, parse, runCommand } from '../update/words.mjs';
import { corsText, putCors } from './cors.mjs';
import { checkDay, Footage, prefixOf } from './footage.mjs';
import { get } from './get.mjs';
import { key } from './key-command.mjs';
import { ls } from './list.mjs';
import { placeOf, placeOptions, placeUsage } from './place.mjs';
import { rm } from './remove.mjs';
import { S3 } from './s3.mjs';
import { verify } from './verify.mjs';

/** @typedef {import('../update/words.mjs').Parsed} Parsed */

export const cloudUsage = `usage: ocellus cloud COMMAND --endpoint URL --bucket NAME [options]

  ls [DEVICE [CHANNEL [DAY]]]      devices; channels; days; hours
  get DEVICE CHANNEL --from TIME [--to TIME] -o FILE.mp4 [--key FILE]
                                   a span as one MP4; 2026-11-21T02:51:00Z. After
                                   an interruption the same command goes on;
                                   --pictures DIR: those of its events too, or
                                   without -o them alone
  verify [DEVICE [CHANNEL [DAY]]]  is there what the indexes promise? A line for
                                   each finding, exit code 1; --continuous: gaps
                                   inside of a recording are findings; --key FILE:
                                   reads and decrypts what is encrypted, and what
                                   nothing proves to be of the camera is a finding
  rm DEVICE CHANNEL --before DAY   deletes days; --dry-run; --yes: is confirmed;
                                   --force: days that are not over too
  cors --origin URL [--put]        the rules that browsers need, printed or put;
                                   --origin again for more
  key --out FILE | --public FILE   a new key pair: FILE, mode 0600, decrypts, and
                                   the public half that is printed goes into the
                                   setting cloud.encryptFor; --public prints it
                                   of a FILE that is there. No store is needed

The camera is not needed; days and hours are UTC.

  --key FILE          private key of recordings that are encrypted, mode 0600;
                      again for more, or OCELLUS_CLOUD_KEY in the environment
  --signer KEY        public key that the camera signs with (cloud.signer of its
                      status); what others signed is refused
  --allow-unauthenticated
                      with --key: also what nothing proves, as recordings that
                      were sent in the clear or by an older version
  --prefix PREFIX     in front of all names, as on the camera
  --json              one JSON object per line
${placeUsage}
Exit: 0 done, 1 it cannot be done or something was found, 2 usage. verify, the
highest of: 3 not proven, 4 changed, 5 swapped, 6 missing, 7 inserted, 8 an
older index put back.
`;

const text = /** @type {const} */ ({ type: 'string' });
const texts = { ...text, multiple: true };
const flag = /** @type {const} */ ({ type: 'boolean' });
const proven = { signer: texts, 'allow-unauthenticated': flag };
const common = { ...placeOptions, bucket: text, prefix: text, json: flag };

/**
 * Parses, and works with the store.
 * @param {readonly string[]} args @param {import('../update/words.mjs').Options} options @param {number} min words @param {number} max
 * @param {(parsed: Parsed, footage: Footage) => Promise<number>} work
 */
async function withStore(args, options, min, max, work) {
    const parsed = parse(args, { ...common, ...options }, min, max);
    const day = parsed.words[2];
    if (day !== undefined) checkDay(day, 'DAY');
    const s3 = new S3(placeOf(parsed, need(parsed, 'bucket')));
    return await work(parsed, new Footage(s3, prefixOf(parsed.text('prefix') ?? '', '--prefix')));
}

/** @type {Readonly<Record<string, (args: readonly string[]) => number | Promise<number>>>} */
const commands = {
    ls: (args) => withStore(args, {}, 0, 3, ls),
    get: (args) => withStore(args, { from: text, to: text, out: { ...text, short: 'o' }, pictures: text, key: texts, ...proven }, 2, 2, get),
    verify: (args) => withStore(args, { continuous: flag, key: texts, ...proven }, 0, 3, verify),
    rm: (args) => withStore(args, { before: text, 'dry-run': flag, yes: flag, force: flag }, 2, 2, rm),
    cors: async (args) => {
        const options = { origin: texts, put: flag };
        const parsed = parse(args, { ...common, ...options }, 0, 0);
        if (parsed.is('put')) return withStore(args, options, 0, 0, ({ all, is }, { s3 }) => putCors(all('origin'), is('json'), s3));
        console.log(corsText(parsed.all('origin')));
        return 0;
    },
    key: (args) => key(parse(args, { out: text, public: text, json: flag }, 0, 0)),
};

/** @param {readonly string[]} args */
export const cloudCommand = (args) => runCommand('cloud', cloudUsage, commands, args);
