// RTP of another source (SSRC) in the session of a camera: left out, counted, and followed when it takes the place of the first.
import test from 'ava';
import { eventually, start, temporary } from '../e2e/device.mjs';
import { probe, recordingsIn } from './inputs.mjs';
import { rtpCamera, units } from './rtp_camera.mjs';
import { certificate, tlsBefore } from './servers.mjs';

const foreign = 0xbadcafe;

/** The same packet of another source, with another picture in it. @param {Buffer} bytes @param {number} count */
function another(bytes, count) {
    const changed = Buffer.from(bytes);
    changed.writeUInt16BE(count & 0xffff, 2);
    changed.writeUInt32BE(foreign, 8);
    return changed.fill(0x61, 13);
}

/** A report and the end of a source (RFC 3550, 6.6). @param {number} ssrc */
const bye = (ssrc) => Buffer.concat([0x80c90001, ssrc, 0x81cb0001, ssrc].map((word) => Buffer.from(word.toString(16).padStart(8, '0'), 'hex')));

/** @param {import('../e2e/device.mjs').Device} device @param {string} name */
const channel = async (device, name) => (await device.json('/api/status')).channels.find((/** @type {any} */ one) => one.name === name);

test.serial('packets of another source beside those of the camera: not one is recorded, each is counted, and its BYE ends nothing', async (t) => {
    t.timeout(120_000, 'three cameras');
    const folder = temporary(t);
    const pair = certificate(folder, 'camera', 'IP:127.0.0.1');
    const count = 300;
    /** @type {Record<string, number>} */
    const sent = { tcp: 0, udp: 0, tls: 0 };
    const camera = (/** @type {'tcp' | 'udp' | 'tls'} */ way) =>
        rtpCamera(t, units(4), {
            packet: (bytes) => {
                const before = sent[way] ?? 0;
                if (before >= count) {
                    return bytes;
                }
                sent[way] = before + 1;
                return [bytes, another(bytes, before), ...(before % 40 === 39 ? [bye(foreign)] : [])];
            },
        });
    const inputs = [
        `tcp=rtsp://127.0.0.1:${await camera('tcp')}/cam`,
        `udp=rtsp://127.0.0.1:${await camera('udp')}/cam#transport=udp`,
        `tls=rtsps://${(await tlsBefore(t, pair, await camera('tls'))).at}/cam#tlsFingerprint=${pair.fingerprint}`,
    ];
    const { device, data } = start(t, ['--record', 'on', ...inputs.flatMap((input) => ['--input', input])]);
    for (const name of Object.keys(sent)) {
        const cam = await eventually(async () => {
            const found = await channel(device, name);
            return found?.packets > 250 && (found.lost['foreign-ssrc'] ?? 0) >= count ? found : undefined;
        }, `${name}: the camera plays, the others are counted`, 60);
        t.deepEqual([cam.state, cam.lost, cam.sourceLosses, cam.jumps], ['running', { 'foreign-ssrc': count }, 0, 0], name);
        t.is(cam.recording.lostPackets, 0, `${name}: nothing is missing in recordings`);
    }
    const metrics = await (await fetch(`${await device.url()}/metrics`)).text();
    t.regex(metrics, new RegExp(`^ocellus_packets_lost_total\\{[^}]*channel="udp"[^}]*cause="foreign-ssrc"[^}]*\\} ${count}$`, 'm'));
    await device.said(/tls: packets-lost: \d+ packets lost: foreign-ssrc \d+ \(\d+ so far\)/);
    await device.stop();
    const files = recordingsIn(data);
    t.is(files.length, 3, files.join(' '));
    for (const file of files) {
        const pictures = probe(['-select_streams', 'v', '-show_entries', 'frame=pict_type', file]).frames;
        const packets = probe(['-select_streams', 'v', '-show_entries', 'packet=pts_time', file]).packets;
        t.is(pictures.length, packets.length, `${file}: each is a picture`);
    }
});

test.serial('the source that the server announces is played, whoever speaks first; a wrong announcement costs the time to the next key frame', async (t) => {
    t.timeout(120_000, 'two cameras');
    const announce = (/** @type {string} */ ssrc) => (/** @type {Buffer} */ bytes) => Buffer.from(bytes.toString('latin1').replace(/^(Transport: .*)$/m, `$1;ssrc=${ssrc}`), 'latin1');
    const first = () => {
        let sent = 0;
        return (/** @type {Buffer} */ bytes) => {
            sent++;
            return sent > 60 ? bytes : [another(bytes, sent), ...(sent > 5 ? [bytes] : [])];
        };
    };
    const inputs = await Promise.all(
        ['tcp', 'udp'].map(async (way) => `${way}=rtsp://127.0.0.1:${await rtpCamera(t, units(4), { answer: announce('00C0FFEE'), packet: first() })}/cam#transport=${way}`),
    );
    const wrong = await rtpCamera(t, units(4), { answer: announce('12345678') });
    const { device } = start(t, ['--record', 'off', ...[...inputs, `wrong=rtsp://127.0.0.1:${wrong}/cam`].flatMap((input) => ['--input', input])]);
    for (const name of ['tcp', 'udp', 'wrong']) {
        const cam = await eventually(async () => ((await channel(device, name))?.packets > 150 ? channel(device, name) : undefined), `${name} plays`, 60);
        t.deepEqual([Object.keys(cam.lost), cam.sourceLosses], [['foreign-ssrc'], 0], name);
        t.true(name === 'wrong' ? cam.lost['foreign-ssrc'] > 5 : cam.lost['foreign-ssrc'] === 60, `${name} ${JSON.stringify(cam.lost)}`);
    }
});

test.serial('a camera whose encoder begins a new source in the same session is followed: connected again within seconds', async (t) => {
    t.timeout(120_000, 'two cameras');
    const restart = () => {
        let sent = 0;
        return (/** @type {Buffer} */ bytes, /** @type {number} */ seq) => (sent++ < 100 ? bytes : Buffer.concat([another(bytes, seq).subarray(0, 12), bytes.subarray(12)]));
    };
    const inputs = await Promise.all(['tcp', 'udp'].map(async (way) => `${way}=rtsp://127.0.0.1:${await rtpCamera(t, units(4), { packet: restart() })}/cam#transport=${way}`));
    const { device } = start(t, ['--record', 'off', ...inputs.flatMap((input) => ['--input', input])]);
    for (const name of ['tcp', 'udp']) {
        const cam = await eventually(async () => {
            const found = await channel(device, name);
            return found?.sourceLosses > 0 && found.packets > 250 ? found : undefined;
        }, `${name} goes on`, 60);
        t.deepEqual([cam.state, cam.sourceLosses, Object.keys(cam.lost)], ['running', 1, ['foreign-ssrc']], name);
        t.true(cam.lost['foreign-ssrc'] >= 50, `${name}: two seconds are counted: ${JSON.stringify(cam.lost)}`);
        await device.said(/another RTP source \(SSRC\) took the place of the one before/);
    }
});
