// The page with the real program: settings and channels while it runs, privacy, small streams, Motion JPEG with G.711.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test from 'ava';
import { root } from '../../../scripts/lib.mjs';
import { eventually, start, temporary } from '../device.mjs';
import { openPage, screenshot, shownCode } from './browser.mjs';
import { notes, together, watch } from './flashes.mjs';

const clip = path.join(root, 'assets', 'clip.mp4');

/** A file with Motion JPEG and G.711: white with a beep in the first 120 ms of each second. @param {import('ava').ExecutionContext} t */
function flashFile(t) {
    const file = path.join(temporary(t), 'flash.mov');
    const picture = "color=black:s=640x360:r=25,drawbox=color=white:t=fill:enable='lt(mod(t,1),0.119)'";
    // `volume` judges each frame of sound as a whole: these are 20 ms, so that beeps begin with the second
    const sound = "sine=1000:r=8000,asetnsamples=160,volume=8:eval=frame,volume='if(lt(mod(t,1),0.12),1,0)':eval=frame";
    const coded = ['-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p', '-c:a', 'pcm_mulaw', '-ac', '1'];
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, ...coded, '-t', '20', file]);
    return file;
}

test.serial('Motion JPEG and G.711 of the program: live and recorded, flash and beep together', async (t) => {
    const { device } = start(t, ['--input', `cam=ffmpeg:${flashFile(t)}`, '--segment-minutes', '1']);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    await watch(page);
    await page.goto(`${url}/`);
    await page.getByRole('img', { name: 'Picture of cam' }).waitFor();
    await page.getByRole('button', { name: 'Turn the sound on' }).click();
    t.log(`live, picture after sound, ms: ${(await together(page)).join(' ')}`);
    await screenshot(page, 'mjpeg-program');
    const delay = await page.locator('.state > dl dd').last().innerText();
    t.log(`delay ${delay}`);
    await page.getByRole('link', { name: /^Play / }).first().click();
    const before = (await notes(page)).flashes.length;
    await eventually(async () => ((await notes(page)).flashes.length >= before + 4 ? true : undefined), 'the recording plays', 90);
    t.deepEqual(errors, []);
});

test.serial('a channel is added, plays, and is removed; a zone the device does not know is refused at its field', async (t) => {
    const { device } = start(t);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/#/settings`);
    const time = page.getByRole('region', { name: 'Time', exact: true });
    await time.getByLabel('Time zone').fill('Mars/Olympus');
    await time.getByRole('button', { name: 'Save' }).click();
    await time.getByText('The device rejected this setting.').waitFor();
    t.is(await time.getByLabel('Time zone').getAttribute('aria-invalid'), 'true');
    t.regex(await time.locator('.field .why').innerText(), /^timezone: "Mars\/Olympus" is not allowed/);
    await time.getByLabel('Time zone').fill('IST-5:30');
    await time.getByRole('button', { name: 'Save' }).click();
    await time.getByText('Saved.').waitFor();
    await eventually(async () => ((await device.json('/api/status')).timezone.offsetMinutes === 330 ? true : undefined), 'the zone holds');
    await page.locator('.clock', { hasText: 'IST-5:30' }).waitFor();

    const channels = page.getByRole('region', { name: 'Cameras', exact: true });
    await channels.getByRole('button', { name: 'Add camera' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add camera' });
    await dialog.getByLabel('Display name').fill('Yard');
    await dialog.getByLabel('Address of the camera').fill('no-such-file.mp4');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Saved, but there is no picture: it does not exist').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).first().click();
    await page.getByRole('link', { name: 'Settings' }).click();
    await channels.locator('.problem').waitFor();
    t.is(await channels.locator('.problem').innerText(), 'it does not exist');
    await channels.getByText('no-such-file.mp4').first().click();
    const yard = channels.locator(':scope > details').nth(1);
    await yard.getByLabel('Video source').fill(clip);
    await yard.getByRole('button', { name: 'Save' }).click();
    await yard.getByRole('button', { name: 'Save and reopen' }).click();
    await channels.getByText('Saved.').waitFor();
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await page.getByRole('link', { name: /^Picture of Yard/ }).click();
    await eventually(() => shownCode(page), 'the new channel plays', 40);
    await page.getByRole('link', { name: 'Settings' }).click();
    await channels.getByText('clip.mp4').last().click();
    await channels.locator(':scope > details').nth(1).getByRole('button', { name: 'Remove', exact: true }).click();
    await channels.getByRole('button', { name: 'Yes, remove' }).click();
    await channels.getByText('Yard removed.').waitFor();
    t.deepEqual((await device.json('/api/status')).channels.map((/** @type {any} */ channel) => channel.name), ['cam1']);
    await page.getByRole('link', { name: 'Log', exact: true }).click();
    await page.getByRole('cell', { name: 'camera connected' }).first().waitFor();
    t.deepEqual(errors, []);
});

test.serial('privacy by the page: the picture goes, nothing can be had, and it comes back', async (t) => {
    const { device } = start(t);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    await page.goto(`${url}/`);
    await eventually(() => shownCode(page), 'the first picture', 40);
    const light = page.locator('.light');
    await eventually(async () => ((await light.getAttribute('data-state')) === 'watching' ? true : undefined), 'somebody watches');
    await page.getByRole('switch', { name: 'Privacy' }).click();
    await page.getByText('Turned on by: a person, with the privacy switch.').waitFor();
    await page.locator('.stage').getByText('Privacy is on').waitFor();
    t.is((await fetch(`${url}/live/cam1/index.m3u8`)).status, 403);
    await eventually(async () => ((await light.getAttribute('data-state')) === 'off' ? true : undefined), 'the sensor is off');
    await page.getByRole('switch', { name: 'Privacy' }).click();
    await eventually(() => shownCode(page), 'the picture is back', 40);
    await page.locator('.notice').waitFor({ state: 'hidden' });
    t.deepEqual(errors, []);
});

test.serial('tiles show the small stream, a channel alone its main one', async (t) => {
    const small = path.join(temporary(t), 'small.mp4');
    execFileSync('ffmpeg', ['-v', 'error', '-i', clip, '-vf', 'scale=320:180', '-c:v', 'libx264', '-g', '30', '-an', small]);
    const { device } = start(t, ['--input', `front=${clip},sub=${small}`, '--input', `yard=${clip}`, '--record', 'off']);
    const url = await device.url();
    const { page, errors } = await openPage(t);
    await eventually(async () => ((await device.json('/api/status')).channels[0].sub?.state === 'running' ? true : undefined), 'the small stream runs');
    await page.goto(`${url}/`);
    const widths = () => page.evaluate(() => [...document.querySelectorAll('.stage')].map((stage) => stage.querySelector('video')?.videoWidth));
    await eventually(async () => ((await widths()).join() === '320,640' ? true : undefined), 'small and large', 40);
    await page.waitForTimeout(1500);
    await screenshot(page, 'grid-program');
    await page.getByRole('link', { name: /^Picture of front/ }).click();
    await eventually(async () => ((await widths()).join() === '640' ? true : undefined), 'the main stream', 40);
    t.true((await page.locator('.state').textContent())?.includes('320 × 180') === true);
    t.deepEqual(errors, []);
});
