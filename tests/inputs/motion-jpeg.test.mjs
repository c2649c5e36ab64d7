// Motion JPEG without ocellus-ffmpeg: the DC values of its blocks are enough for motion (ADR 66).
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { Device, eventually, program, temporary } from '../e2e/device.mjs';

/** Something dark crosses a plain scene from second 12 on. @param {string} file */
function makeCrossing(file) {
    const scene = 'color=c=0x707070:s=640x360:r=10:d=18,noise=alls=4:allf=t[a];color=c=0x181818:s=60x130:r=10:d=18[b]';
    const graph = `${scene};[a][b]overlay=x='if(lt(t,12),-100,(t-12)*150)':y=150:eval=frame`;
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-filter_complex', graph, '-t', '18', '-c:v', 'mjpeg', '-q:v', '6', '-pix_fmt', 'yuvj420p', file]);
}

test('motion is found in Motion JPEG where there is no ocellus-ffmpeg', async (t) => {
    t.timeout(120_000);
    const folder = temporary(t);
    const file = path.join(folder, 'crossing.mp4');
    makeCrossing(file);
    for (const name of readdirSync(path.dirname(program))) {
        if (name !== 'ocellus-ffmpeg' && name !== 'ocellus') symlinkSync(path.join(path.dirname(program), name), path.join(folder, name));
    }
    copyFileSync(program, path.join(folder, 'ocellus'));
    const device = new Device(['run', '--json', '--port', '0', '--data', temporary(t), '--record', 'off'], {
        program: path.join(folder, 'ocellus'),
    });
    t.teardown(async () => {
        device.process.kill('SIGKILL');
        await device.ended;
    });
    const set = await fetch(`${await device.url()}/api/channels`, {
        method: 'POST',
        body: JSON.stringify({ name: 'front', input: file, motion: { enabled: true, cooldownSeconds: 2 } }),
        headers: { 'content-type': 'application/json' },
    });
    t.is(set.status, 201);
    const [kept] = await eventually(
        async () => {
            const { events } = await device.json('/api/event-log?kind=motion');
            return events.length > 0 ? events : undefined;
        },
        'an event of motion',
        60,
    );
    const [, y, , height] = kept.data.box;
    t.true(y >= 350 && y + height <= 850, `where it crosses: ${JSON.stringify(kept.data)}`);
    const [before = ''] = device.stderr.split(/front: motion: on/);
    t.notRegex(before, /motion, sound and snapshots need/);
    await device.stop();
});
