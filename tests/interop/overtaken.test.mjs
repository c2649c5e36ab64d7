// Live video over a path that is too narrow: what is overtaken is given up in its middle, and the SCTP of others (dcSCTP in
// libwebrtc, usrsctp in libdatachannel) goes on with whole frames, each gap ended by a key frame. OC_NATS=full (the soak): both.
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { asker } from '../crowd/ask.mjs';
import { cameraOf } from '../crowd/camera.mjs';
import { built } from '../net/lib/run.mjs';
import { makeTopology } from '../net/lib/topology.mjs';

const video = { fps: 30, size: 8192, key: 150_000, every: 30, seconds: 8 };
const label = `video?fps=${video.fps}&size=${video.size}&key=${video.key}&every=${video.every}&seconds=${video.seconds}&mode=live`;

const peers = process.env['OC_NATS'] === 'full' ? ['wrtc', 'node-datachannel'] : ['wrtc'];

for (const peer of peers) {
    test.serial(`${peer}: frames that are overtaken are missing as wholes`, async (t) => {
        t.timeout(120 * 1000);
        const network = await makeTopology({ delayMs: 10, rateKbit: 1400, queueMs: 100, lossPercent: 1 });
        t.teardown(() => network.close());
        const camera = await cameraOf(
            network.spawn('camera', [built('ocellus-peer'), '--http', '127.0.0.1:8090', '--json']),
            asker((argv) => network.spawn('camera', argv)),
        );
        const viewer = network.spawn('viewer', [process.execPath, path.join(import.meta.dirname, 'overtaken.mjs'), peer, label, String(video.key), String(video.size), String(video.every)]);
        let errors = '';
        viewer.stderr.setEncoding('utf8').on('data', (part) => {
            errors += part;
        });
        /** @type {Record<string, any>} */
        let told = {};
        for await (const line of createInterface({ input: viewer.stdout })) {
            told = line.startsWith('{') ? JSON.parse(line) : told;
            if (told['offer']) {
                const { status, body } = await camera.post(told['offer']);
                t.is(status, 201, body);
                viewer.stdin.write(`${JSON.stringify(body)}\n`);
            } else if (told['frames']) {
                break;
            }
        }
        const [{ abandoned, retransmitted }] = (await camera.stats()).peers;
        t.log(`${told['frames']} of ${video.fps * video.seconds} frames, ${told['gaps']} gaps, ${told['early']} of them not at a key frame, ${abandoned} given up, ${retransmitted} chunks sent again`);
        t.is(told['wrong'], undefined);
        t.true(told['frames'] > 50 && told['frames'] < video.fps * video.seconds, errors);
        t.true(told['gaps'] > 0 && abandoned > 0);
        viewer.stdin.write('\n');
    });
}
