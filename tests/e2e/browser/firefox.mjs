// Firefox without a window and without a program beside it: the page does the work and posts what it saw, or Marionette, which is in Firefox, does.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A page in a fresh Firefox, ended with the test.
 * @param {import('ava').ExecutionContext} t
 * @param {string} address
 * @param {number} [marionette] port on loopback at which it is driven from outside; none: the page does the work
 */
export function openFirefox(t, address, marionette) {
    const program = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((file) => existsSync(file));
    if (program === undefined) throw new Error('no Firefox here: npm run setup all');
    const profile = mkdtempSync(path.join(tmpdir(), 'ocellus-firefox-'));
    const off = ['app.normandy.enabled', 'browser.shell.checkDefaultBrowser', 'datareporting.policy.dataSubmissionEnabled', 'network.captive-portal-service.enabled', 'network.connectivity-service.enabled', 'toolkit.telemetry.enabled'];
    const values = [...off.map((name) => [name, false]), ['media.autoplay.default', 0], ['media.autoplay.blocking_policy', 0], ...(marionette === undefined ? [] : [['marionette.port', marionette]])];
    writeFileSync(path.join(profile, 'user.js'), values.map(([name, value]) => `user_pref("${name}", ${value});\n`).join(''));
    const browser = spawn(program, ['--headless', '--no-remote', ...(marionette === undefined ? [] : ['--marionette']), '--profile', profile, address], { stdio: 'ignore', detached: true, env: { ...process.env, HOME: profile, MOZ_HEADLESS: '1' } });
    const ended = new Promise((resolve) => browser.once('exit', resolve));
    t.teardown(async () => {
        if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
        await ended;
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
}
