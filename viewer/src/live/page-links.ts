/** The connections of the device's own page. */
import { address, send } from '../request.js';
import { Links } from './links.js';
import { type Send, Signalling } from './signalling.js';

/** By the login of the page; an end leaves with the page. */
const sendOwn: Send = async (method, path, body) => {
    if (method === 'DELETE') {
        await fetch(address(path), { method, keepalive: true }).catch(() => undefined);
        return { ok: true, body: undefined };
    }
    return send(method, path, body);
};

/** Those of this page. */
export const links = new Links({ signalling: new Signalling(sendOwn), commands: true });
