// Includes in native/ and hosts/ go one way: from a folder to those before it in `order`.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** From the lowest folder to the highest: each includes from those before it. `native/p2p` has labels and the glue of p2p.ts. */
const order = `
    native/base native/motion native/talk native/media native/vod native/capture native/ring native/out native/keep native/script native/update
    native/plane native/p2p
    native/p2p/base native/p2p/stun native/p2p/ice native/p2p/turn native/p2p/sdp native/p2p/dcep native/p2p/dtls native/p2p/cc native/p2p/sctp
    native/p2p/source native/p2p/play native/p2p/peer native/p2p/view
    hosts/loop
    hosts/posix/sys hosts/posix/file hosts/posix/index hosts/posix/net hosts/posix/embedded hosts/posix/embedded/network/http
    hosts/posix/embedded/io/socket
    hosts/xs hosts/posix/embedded/storage hosts/xs/embedded
    hosts/linux/engine hosts/sdk
    hosts/posix/source hosts/posix/object hosts/posix/push hosts/posix/ffmpeg hosts/posix/ffmpeg/convert hosts/posix/ffmpeg/process hosts/posix/media
    hosts/posix/vod hosts/posix/access hosts/posix/http hosts/posix/pictures hosts/posix/speaker hosts/posix/p2p hosts/posix/script
    hosts/posix/script/process hosts/posix/update hosts/posix/transcode hosts/posix/watch hosts/posix/program
    hosts/linux hosts/sim hosts/sim/headless
    hosts/esp32/sys hosts/esp32/media hosts/esp32/p2p hosts/esp32
`.trim().split(/\s+/);

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'native', 'hosts'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => /\.[ch]$/.test(name) && existsSync(name));
/** Base names are unique (layout.mjs). */
const headers = new Map(files.filter((file) => file.endsWith('.h')).map((file) => [path.basename(file), path.dirname(file)]));
const problems = [];
for (const folder of new Set(files.map((file) => path.dirname(file)))) {
    if (!order.includes(folder)) problems.push(`${folder}: is not in the order of folders (tools/checks/includes.mjs); add it behind those that it includes from`);
}
for (const file of files) {
    const folder = path.dirname(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(/^#include "([^"]+)"/gm)) {
        const target = headers.get(path.basename(name));
        if (target !== undefined && target !== folder && order.indexOf(target) > order.indexOf(folder)) {
            problems.push(`${file} includes ${name}: ${folder} comes before ${target}; move one of the files, or the declaration`);
        }
    }
}

for (const problem of problems) console.error(problem);
console.log(`includes: ${files.length} files, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
