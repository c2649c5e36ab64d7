/** Requests of a command channel: the application's answer, or why there is none. */
import { commands } from 'ocellus/command';
import { OcellusError } from 'ocellus/error';
import { type Ground, isLate, messageOf, reasonBytes, say } from 'ocellus/p2p-ground';
import type { CommandAnswer, Peer } from 'ocellus/p2p-types';

function bytesOf(given: CommandAnswer): Uint8Array {
    if (given === null) {
        return new Uint8Array(0);
    }
    if (typeof given === 'string') {
        return new TextEncoder().encode(given);
    }
    if (!(given instanceof Uint8Array)) {
        throw new TypeError('onCommand must give back bytes, a string or null');
    }
    return given;
}

/**
 * Answers one request. The media plane closes the channel after an empty answer, and has answered by itself what comes
 * after its deadline. What cannot be sent as it is becomes an error.
 */
export async function answerRequest(ground: Ground, request: number, bytes: Uint8Array, peer: Peer): Promise<void> {
    const { callbacks, command } = ground;
    const fail = (error: unknown): Promise<void> => {
        const reason = reasonBytes(messageOf(error));
        return say(command, commands.P2P_REPLY, 'answer', { args: [peer.view, request, 1] }, reason);
    };
    let answer: Uint8Array;
    try {
        if (callbacks.onCommand === undefined) {
            throw new OcellusError('NOTSUP', 'no commands are taken here');
        }
        answer = bytesOf(await callbacks.onCommand(bytes, peer));
    } catch (error) {
        await fail(error);
        return;
    }
    try {
        await command(commands.P2P_REPLY, 'answer', { args: [peer.view, request, 0] }, answer);
    } catch (error) {
        if (!isLate(error)) {
            await fail(error);
        }
    }
}
