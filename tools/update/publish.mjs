// `ocellus publish`: bundles and the index of releases in a folder that any web server serves, or in a bucket.
import { compareVersions } from 'ocellus/app/base/semver';
import { openBundle, signerFrom } from './bundle.mjs';
import { sha256Of, signedBy } from './format.mjs';
import { indexName, readIndex, releasesMax, writeIndex } from './index-file.mjs';
import { idOf, readPublic } from './keys.mjs';
import { siteOf } from './publish-site.mjs';
import { need, parse, runWords, Unable, Usage, whole } from './words.mjs';

/** @typedef {import('./index-file.mjs').Index} Index */
/** @typedef {import('./index-file.mjs').Release} Release */
/** @typedef {import('./publish-site.mjs').Site} Site */
/** @typedef {import('./words.mjs').Parsed} Parsed */

export const publishUsage = `usage: ocellus publish FILE.ocb --dir SITE --key KEY [--percent N] [--group NAME=N]
       ocellus publish COMMAND --dir SITE --key KEY

  FILE.ocb            a release, or a revocation; --percent of the devices (100),
                      --group: another percentage for a group, again for more
  percent VERSION N   another percentage, with --group those of groups
  pause VERSION       no more devices take it
  resume VERSION      they do again
  recall VERSION      nobody takes it, and devices that run it leave it
  refresh             the same index with another expiry
  status              what is published; needs no KEY but --trust KEY.pub

  SITE: a folder, or s3://BUCKET/PREFIX, with --endpoint and the options and keys
  of "ocellus cloud --help"

  all: --expires-days N (30): devices refuse the index after that, so refresh it
  in time; --trust OTHER.pub: who signed the index or the bundle before; --json;
  for KEY --passphrase-file, --pin-file
`;

const text = /** @type {const} */ ({ type: 'string' });
const options = /** @type {import('./words.mjs').Options} */ ({
    dir: text,
    key: text,
    percent: text,
    group: { type: 'string', multiple: true },
    trust: { type: 'string', multiple: true },
    'expires-days': text,
    'passphrase-file': text,
    'pin-file': text,
    json: { type: 'boolean' },
    endpoint: text,
    region: text,
    'path-style': { type: 'boolean' },
    ca: text,
    'key-file': text,
});
/** Looks at an index that others change at the same time. */
const tries = 5;

/** @param {string} value @param {string} what */
function percentOf(value, what) {
    const number = Number(value);
    if (!/^\d{1,3}(\.\d{1,2})?$/.test(value) || number > 100) throw new Usage(`${what}: "${value}" is not allowed: a number from 0 to 100`);
    return number;
}

/** @param {Parsed} parsed @param {Record<string, number>} before */
function groupsOf(parsed, before) {
    const groups = parsed.all('group').map((entry) => {
        const [, name = '', percent = ''] = /^([a-z0-9][a-z0-9-]{0,31})=(.*)$/.exec(entry) ?? [];
        if (name === '') throw new Usage(`--group: "${entry}" is not allowed: NAME=PERCENT, NAME of a-z, 0-9 and -`);
        return /** @type {const} */ ([name, percentOf(percent, '--group')]);
    });
    const all = { ...before, ...Object.fromEntries(groups) };
    if (Object.keys(all).length > 16) throw new Usage('--group: at most 16 groups');
    return all;
}

/** @param {Index} index @param {string | undefined} version */
function releaseOf({ releases }, version) {
    if (version === undefined) throw new Usage('a version is missing');
    const release = releases.find((one) => one.version === version);
    if (release === undefined) throw new Unable(`${version} is not published; there are ${releases.map((one) => one.version).join(', ') || 'none'}`);
    return release;
}

/** Puts a bundle there; what the index says of it. @param {Site} site @param {Index | undefined} index @param {string} file @param {Parsed} parsed @param {readonly { id: string, key: import('node:crypto').KeyObject }[]} keys @returns {Promise<Index>} */
async function add(site, index, file, parsed, keys) {
    const { data, bundle } = openBundle(file);
    const { manifest } = bundle;
    if (signedBy(bundle, keys).length === 0) throw new Unable(`${file}: not signed by these keys: give the public half of its key with --trust`);
    const sha256 = sha256Of(data);
    const place = { bundle: `${manifest.name}-${manifest.version}-${sha256.slice(0, 16)}.ocb`, bytes: data.length, sha256 };
    const isRevocation = manifest.engines.length === 0;
    if (index === undefined && isRevocation) throw new Unable(`${file}: publish a release first: the index has the name of its application`);
    /** @type {Index} */
    const next = index ?? { version: 0, expires: '', name: manifest.name, releases: [], revoked: [] };
    if (!isRevocation && manifest.name !== next.name) throw new Unable(`${file}: the application ${manifest.name}, the index is of ${next.name}: another folder is needed`);
    if (next.releases.some(({ version }) => version === manifest.version)) throw new Unable(`${manifest.version} is published already: raise the version; "percent" changes the roll-out`);
    const percent = percentOf(parsed.text('percent') ?? '100', '--percent');
    await site.add(place.bundle, data);
    if (isRevocation) return { ...next, revoked: [...next.revoked.filter((one) => one.sha256 !== sha256), { keys: manifest.revoked, ...place }] };
    /** @type {Release} */
    const release = {
        version: manifest.version,
        channel: manifest.channel,
        ...place,
        counter: manifest.counter,
        apiLevel: manifest.apiLevel,
        host: manifest.host,
        engines: manifest.engines.map(({ engine }) => engine),
        rollout: { percent, groups: groupsOf(parsed, {}), paused: false },
        recalled: false,
    };
    const releases = [release, ...next.releases].sort((a, b) => compareVersions(b.version, a.version));
    return { ...next, releases: releases.slice(0, releasesMax) };
}

/** @type {Readonly<Record<string, (index: Index, parsed: Parsed) => void>>} */
const changes = {
    percent: (index, parsed) => {
        const { rollout } = releaseOf(index, parsed.words[1]);
        if (parsed.words[2] === undefined) throw new Usage('a number is missing');
        rollout.percent = percentOf(parsed.words[2], 'percent');
        rollout.groups = groupsOf(parsed, rollout.groups);
    },
    pause: (index, parsed) => {
        releaseOf(index, parsed.words[1]).rollout.paused = true;
    },
    resume: (index, parsed) => {
        releaseOf(index, parsed.words[1]).rollout.paused = false;
    },
    recall: (index, parsed) => {
        releaseOf(index, parsed.words[1]).recalled = true;
    },
    refresh: () => undefined,
};

/** @param {Index} index @param {boolean} json */
function show(index, json) {
    if (json) {
        console.log(JSON.stringify(index));
        return;
    }
    console.log(`${index.name}: index ${index.version}, until ${index.expires}`);
    for (const { version, channel, rollout, recalled } of index.releases) {
        const groups = Object.entries(rollout.groups).map(([name, percent]) => `, ${name} ${percent} %`);
        console.log(`  ${version} ${channel}: ${recalled ? 'recalled' : `${rollout.percent} %${groups.join('')}${rollout.paused ? ', paused' : ''}`}`);
    }
    for (const { keys } of index.revoked) console.log(`  revokes ${keys.join(', ')}`);
}

/** @param {Site} site @param {readonly { id: string, key: import('node:crypto').KeyObject }[]} keys */
async function before(site, keys) {
    const text = await site.read();
    return text === undefined ? undefined : readIndex(text, keys, site.shown);
}

/** @param {Parsed} parsed @param {string} dir @param {readonly { id: string, key: import('node:crypto').KeyObject }[]} keys */
async function status(parsed, dir, keys) {
    const site = await siteOf(parsed, dir, false);
    try {
        const index = await before(site, keys);
        if (index === undefined) throw new Unable(`${dir}: no ${indexName}`);
        show(index, parsed.is('json'));
        return 0;
    } finally {
        site.close();
    }
}

/** @param {Parsed} parsed */
async function publish(parsed) {
    const [word = ''] = parsed.words;
    const dir = need(parsed, 'dir');
    const others = parsed.all('trust').map((file) => ({ key: readPublic(file), id: idOf(readPublic(file)).toString('hex') }));
    if (word === 'status') return status(parsed, dir, others);
    const days = whole(parsed, 'expires-days', 30, 3650);
    const change = Object.hasOwn(changes, word) ? changes[word] : undefined;
    if (change === undefined && parsed.words.length > 1) throw new Usage(`"${parsed.words[1]}" is one word too many`);
    const signer = await signerFrom(parsed);
    const keys = [{ id: signer.id.toString('hex'), key: signer.publicKey }, ...others];
    const site = await siteOf(parsed, dir, true);
    try {
        for (let left = tries; left > 0; left--) {
            let index = await before(site, keys);
            if (change === undefined) {
                index = await add(site, index, word, parsed, keys);
            } else if (index === undefined) {
                throw new Unable(`${dir}: no ${indexName}: publish a bundle first`);
            } else {
                change(index, parsed);
            }
            const expires = new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z');
            const next = { ...index, version: index.version + 1, expires };
            if (await site.replace(writeIndex(next, signer))) {
                show(next, parsed.is('json'));
                return 0;
            }
        }
        throw new Unable(`${site.shown}: others change it all the time; try again`);
    } finally {
        site.close();
    }
}

/** @param {readonly string[]} args */
export const publishCommand = (args) => runWords('publish', publishUsage, args, () => publish(parse(args, options, 1, 3)));
