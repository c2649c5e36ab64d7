// The tools by their names.
import { bundleCommand } from './bundle.mjs';
import { updateCommand } from './device.mjs';
import { keysCommand } from './key-commands.mjs';
import { publishCommand } from './publish.mjs';
import { pushCommand } from './push.mjs';
import { eventsCommand, recordingsCommand, snapshotCommand } from './query.mjs';

/** Only what reaches a store loads what that takes. @param {readonly string[]} args */
const cloudCommand = async (args) => (await import('../cloud/cloud.mjs')).cloudCommand(args);

/** @type {Readonly<Record<string, (args: readonly string[]) => Promise<number>>>} */
export const tools = {
    keys: keysCommand,
    bundle: bundleCommand,
    update: updateCommand,
    publish: publishCommand,
    recordings: recordingsCommand,
    events: eventsCommand,
    snapshot: snapshotCommand,
    push: pushCommand,
    cloud: cloudCommand,
};
