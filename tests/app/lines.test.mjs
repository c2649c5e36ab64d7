// Errors of an application name the lines of its TypeScript.
import test from 'ava';
import { start } from '../e2e/device.mjs';
import { errorsNameLines } from './lines.mjs';

test('errors name the lines of TypeScript, in the log and the status', async (t) => {
    await errorsNameLines(t, [], (archive) => start(t, ['--app', archive]).device);
});
