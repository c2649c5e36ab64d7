// Settings, channels and privacy in the page: checked before they are sent, what the device says stands at the field.
import test from 'ava';
import { eventually } from '../device.mjs';
import { openPage, screenshot } from './browser.mjs';
import { FakeApi } from './fake-api.mjs';
import { fakeDevice } from './fake-device.mjs';

/** @param {import('ava').ExecutionContext} t @param {string} hash @param {FakeApi} api */
async function open(t, hash, api) {
    const device = await fakeDevice(t, (url, asked) => api.answer(url, asked));
    const opened = await openPage(t);
    await opened.page.goto(device.url + hash);
    return opened;
}

/** Unfolds the advanced settings of a panel or form. @param {import('playwright-core').Locator} place */
const unfold = (place) => place.getByText('Advanced', { exact: true }).click();

/** The panel of this name. @param {import('playwright-core').Page} page @param {string} name */
const panel = (page, name) => page.getByRole('region', { name, exact: true });

test.serial('what is wrong is said at the field and not sent; what is right is sent alone', async (t) => {
    const api = new FakeApi();
    const { page, errors } = await open(t, '#/settings', api);
    const recording = panel(page, 'Recording');
    const minutes = recording.getByLabel('New file every (minutes)');
    for (const wrong of ['0', '1441', '1.5', '-3', 'abc', '']) {
        await minutes.fill(wrong);
        await recording.getByRole('button', { name: 'Save' }).click();
        await recording.getByText('Enter a whole number from 1 to 1440.').waitFor();
        t.is(await minutes.getAttribute('aria-invalid'), 'true', wrong);
        t.true(await minutes.evaluate((field) => field === document.activeElement), 'the focus is where the problem is');
    }
    t.deepEqual(api.changes, []);
    await minutes.fill('30');
    await recording.getByLabel('Record sound').check();
    await recording.getByRole('button', { name: 'Save' }).click();
    await recording.getByText('Saved.').waitFor();
    t.is(await minutes.getAttribute('aria-invalid'), null);
    t.deepEqual(api.changes, [{ what: 'PATCH /api/settings', body: { record: { audio: true, segmentMinutes: 30 } } }]);
    t.deepEqual(errors, []);
});

test.serial('a value that was saved and is set back is saved again', async (t) => {
    const api = new FakeApi();
    const { page, errors } = await open(t, '#/settings', api);
    const recording = panel(page, 'Recording');
    const minutes = recording.getByLabel('New file every (minutes)');
    const sound = recording.getByLabel('Record sound');
    for (const [value, checked] of /** @type {const} */ ([['30', true], ['90', false], ['30', true]])) {
        await minutes.fill(value);
        await sound.setChecked(checked);
        await recording.getByRole('button', { name: 'Save' }).click();
        const body = { record: { audio: checked, segmentMinutes: Number(value) } };
        t.deepEqual(await eventually(async () => api.changes.shift(), `the change to ${value}`, 10), { what: 'PATCH /api/settings', body });
        await recording.getByText('Saved.').waitFor();
    }
    await recording.getByRole('button', { name: 'Save' }).click();
    await recording.getByText('No changes to save.').waitFor();
    t.deepEqual(api.changes, []);
    t.deepEqual(errors, []);
});

test.serial('what the device refuses stands at the field that it names, as text', async (t) => {
    const api = new FakeApi();
    const { page, errors } = await open(t, '#/settings', api);
    const time = panel(page, 'Time');
    const zone = time.getByLabel('Time zone');
    await zone.fill('Mars/Olympus');
    api.refusal = { message: 'timezone: "Mars/Olympus" is <b>not</b> allowed', at: 'timezone' };
    await time.getByRole('button', { name: 'Save' }).click();
    await time.getByText('timezone: "Mars/Olympus" is <b>not</b> allowed').waitFor();
    t.is(await zone.getAttribute('aria-invalid'), 'true');
    await time.getByText('The device rejected this setting.').waitFor();
    api.refusal = { message: 'disk full', at: '' };
    await time.getByRole('button', { name: 'Save' }).click();
    await time.getByText('disk full').waitFor();
    t.deepEqual(errors, []);
});

test.serial('lists, what needs a restart, what the command line fixed, hours of privacy', async (t) => {
    const api = new FakeApi();
    const { page, errors } = await open(t, '#/settings', api);
    const network = panel(page, 'Network');
    t.false(await network.getByLabel('Port').isVisible(), 'folded');
    await unfold(network);
    t.true(await network.getByLabel('Port').isDisabled());
    await network.getByText('Set on the command line').waitFor();
    await network.getByLabel('Addresses', { exact: true }).fill('127.0.0.1\nno address');
    await network.getByRole('button', { name: 'Save' }).click();
    await network.getByText('“no” is not valid.').waitFor();
    await network.getByLabel('Addresses', { exact: true }).fill('127.0.0.1\n::1\n');
    await network.getByRole('button', { name: 'Save' }).click();
    await network.getByText('Restart Ocellus to apply: listen.').waitFor();
    t.deepEqual(api.changes.pop()?.body, { listen: ['127.0.0.1', '::1'] });

    const privacy = panel(page, 'Privacy');
    await privacy.getByRole('button', { name: 'Add a time' }).click();
    await privacy.getByLabel('Days').last().fill('weekend');
    await privacy.getByRole('button', { name: 'Save' }).click();
    await privacy.getByText('“weekend” is not a list of days').waitFor();
    await privacy.getByLabel('Days').last().fill('sat,sun');
    await privacy.getByLabel('From', { exact: true }).last().fill('22:00');
    await privacy.getByLabel('To', { exact: true }).last().fill('06:30');
    await privacy.getByRole('button', { name: 'Save' }).click();
    await privacy.getByText('Saved.').waitFor();
    t.deepEqual(api.changes.pop()?.body, {
        privacy: { schedule: [{ days: 'mon-fri', from: '08:00', to: '17:00' }, { days: 'sat,sun', from: '22:00', to: '06:30' }] },
    });
    t.deepEqual(errors, []);
});

test.serial('channels: one that does not run says why; added, changed, removed after a question', async (t) => {
    const api = new FakeApi();
    api.problems = { cam1: 'rtsp://***@10.0.0.7/live: connection refused' };
    const { page, errors } = await open(t, '#/settings', api);
    const channels = panel(page, 'Cameras');
    await channels.getByText('connection refused').waitFor();
    await channels.getByRole('button', { name: 'Add camera' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add camera' });
    await dialog.getByLabel('Address of the camera').fill('yard.mp4');
    await dialog.getByLabel('Display name').fill('Yard');
    await dialog.getByLabel('Record', { exact: true }).selectOption('event');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    /** But for those of the live picture. */
    const changes = () => api.changes.filter(({ what }) => !what.includes('/api/p2p/'));
    t.deepEqual(changes(), [{ what: 'POST /api/channels', body: { input: 'yard.mp4', title: 'Yard', record: { mode: 'event' }, motion: { enabled: true } } }]);
    api.changes = [];
    t.is(new URL(page.url()).hash, '#/', 'Live shows it');
    await page.getByRole('link', { name: 'Settings' }).click();
    await channels.getByText('yard.mp4').click();
    const yard = channels.locator(':scope > details').nth(1);
    await unfold(yard);
    await yard.getByLabel('Keep in memory (seconds)').fill('30');
    await yard.getByRole('button', { name: 'Save' }).click();
    await channels.getByText('Saved.').waitFor();
    t.deepEqual(changes(), [{ what: 'PATCH /api/channels/yard', body: { ring: { seconds: 30 } } }]);
    api.changes = [];
    await channels.getByText('yard.mp4').click();
    await channels.locator(':scope > details').nth(1).getByRole('button', { name: 'Remove', exact: true }).click();
    await channels.getByText('Remove Yard? Its recordings stay.').waitFor();
    await screenshot(page, 'settings');
    t.deepEqual(changes(), []);
    await channels.getByRole('button', { name: 'Yes, remove' }).click();
    await channels.getByText('Yard removed.').waitFor();
    t.deepEqual(changes(), [{ what: 'DELETE /api/channels/yard', body: undefined }]);
    t.deepEqual(errors, []);
});

test.serial('the privacy switch: asks the device, says what holds; a refusal is shown', async (t) => {
    const api = new FakeApi();
    const { page, errors } = await open(t, '', api);
    const button = page.getByRole('switch', { name: 'Privacy' });
    await page.getByRole('img', { name: 'The camera sensor is on and somebody is watching' }).waitFor();
    t.is(await button.getAttribute('aria-checked'), 'false');
    await button.focus();
    await page.keyboard.press('Space');
    await page.getByText('Privacy is on: nothing is captured or recorded. Turned on by: a person, with the privacy switch.').waitFor();
    await page.locator('.stage').getByText('Privacy is on').waitFor();
    t.deepEqual(api.changes.pop(), { what: 'POST /api/privacy', body: { on: true } });
    await page.getByRole('img', { name: 'The camera sensor is off' }).waitFor();
    await screenshot(page, 'privacy');
    api.refusal = { message: 'it cannot be stored', at: '' };
    await button.click();
    await page.getByRole('alert').getByText('it cannot be stored').waitFor();
    await button.click();
    await eventually(async () => ((await button.getAttribute('aria-checked')) === 'false' ? true : undefined), 'it is off');
    t.deepEqual(errors, []);
});
