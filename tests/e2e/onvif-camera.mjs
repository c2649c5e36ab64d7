// A simulated ONVIF camera: WS-Discovery on loopback, device and media services that check the WS-UsernameToken.
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import { escapeXml, parseXml } from '../../tools/cloud/xml.mjs';

const group = '239.255.255.250';
const host = '127.0.0.1';

/** The first element of this local name. @param {string} xml @param {string} name */
const elementOf = (xml, name) => {
    /** @type {(element: any) => string | undefined} */
    const within = (element) => (element.localName === name ? (element.textContent ?? '') : Array.from(element.childNodes).filter(({ nodeType }) => nodeType === 1).map(within).find((text) => text !== undefined));
    const root = parseXml(Buffer.from(xml));
    return root === undefined ? undefined : within(root);
};

/** What the body asks for. @param {string} xml */
const actionOf = (xml) => /<e:Body><t[dm]:(\w+)/.exec(xml)?.[1] ?? '';

/** @param {string} body @param {string} [header] */
const envelope = (body, header = '') =>
    `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:t="urn:any"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;

/** @param {string} token @param {number} width @param {number} height */
const profile = (token, width, height) =>
    `<t:Profiles token="${token}"><tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></t:Profiles>`;

/** One of them; `start` first. */
export class OnvifCamera {
    /** Probes that came. */
    probes = 0;
    /** Requests in order. @type {string[]} */
    asked = [];
    /** Nonces that were used. @type {Set<string>} */
    #nonces = new Set();
    #udp = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    /** Sends answers, from the address of the services. */
    #answers = dgram.createSocket('udp4');
    #http = http.createServer((request, response) => void this.#answer(request, response));
    #user;
    #password;
    #aheadMs;

    /** aheadMs: of its clock. @param {{ user: string, password: string, aheadMs?: number }} options */
    constructor({ user, password, aheadMs = 0 }) {
        this.#user = user;
        this.#password = password;
        this.#aheadMs = aheadMs;
    }

    async start() {
        this.#http.listen(0, host);
        this.#udp.on('message', (message, from) => this.#match(message.toString(), from));
        this.#udp.bind(3702, group);
        this.#answers.bind(0, host);
        await Promise.all([once(this.#http, 'listening'), once(this.#udp, 'listening'), once(this.#answers, 'listening')]);
        this.#udp.addMembership(group, host);
        return this;
    }

    close() {
        this.#udp.close();
        this.#answers.close();
        this.#http.close();
        this.#http.closeAllConnections();
    }

    get #service() {
        const { port } = /** @type {import('node:net').AddressInfo} */ (this.#http.address());
        return `http://${host}:${port}/onvif/device_service`;
    }

    /** @param {string} xml @param {dgram.RemoteInfo} from */
    #match(xml, { address, port }) {
        if (elementOf(xml, 'Types') !== 'dn:NetworkVideoTransmitter') {
            return;
        }
        this.probes++;
        const scopes = 'onvif://www.onvif.org/name/Front%20Door onvif://www.onvif.org/hardware/Sim-1';
        const match = `<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:sim</a:Address></a:EndpointReference><d:Types>t:NetworkVideoTransmitter</d:Types><d:Scopes>${scopes}</d:Scopes><d:XAddrs>http://192.0.2.99/onvif ${this.#service}</d:XAddrs></d:ProbeMatch>`;
        this.#answers.send(envelope(`<d:ProbeMatches>${match}</d:ProbeMatches>`, `<a:RelatesTo>${escapeXml(elementOf(xml, 'MessageID') ?? '')}</a:RelatesTo>`), port, address);
    }

    /** Whether the token of a message proves the password, now and once. @param {string} xml */
    #proves(xml) {
        const [user, digest, nonce, created] = ['Username', 'Password', 'Nonce', 'Created'].map((name) => elementOf(xml, name) ?? '');
        const bytes = Buffer.concat([Buffer.from(nonce ?? '', 'base64'), Buffer.from(`${created}${this.#password}`)]);
        const fresh = Math.abs(Date.parse(created ?? '') - Date.now() - this.#aheadMs) < 30_000 && !this.#nonces.has(nonce ?? '');
        this.#nonces.add(nonce ?? '');
        return user === this.#user && fresh && digest === createHash('sha1').update(bytes).digest('base64');
    }

    /** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
    async #answer(request, response) {
        let xml = '';
        for await (const chunk of request.setEncoding('utf8')) {
            xml += chunk;
        }
        const action = actionOf(xml);
        this.asked.push(`${action} ${request.url}`);
        const isTime = action === 'GetSystemDateAndTime';
        const right = isTime || this.#proves(xml);
        const body = right ? this.#body(action, xml) : '<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>';
        response.writeHead(right ? 200 : 400, { 'content-type': 'application/soap+xml' }).end(envelope(body));
    }

    /** @param {string} action @param {string} xml */
    #body(action, xml) {
        const time = new Date(Date.now() + this.#aheadMs);
        /** @type {Record<string, string>} */
        const bodies = {
            GetSystemDateAndTime: `<t:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>${time.getUTCHours()}</tt:Hour><tt:Minute>${time.getUTCMinutes()}</tt:Minute><tt:Second>${time.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${time.getUTCFullYear()}</tt:Year><tt:Month>${time.getUTCMonth() + 1}</tt:Month><tt:Day>${time.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></t:SystemDateAndTime>`,
            GetCapabilities: `<t:Capabilities><tt:Media><tt:XAddr>http://10.0.0.1/onvif/media</tt:XAddr></tt:Media></t:Capabilities>`,
            GetProfiles: profile('sub', 640, 360) + profile('main', 1920, 1080),
            GetStreamUri: `<t:MediaUri><tt:Uri>rtsp://10.0.0.1:8554/${elementOf(xml, 'ProfileToken')}</tt:Uri></t:MediaUri>`,
            GetDeviceInformation: '<t:Manufacturer>Acme</t:Manufacturer><t:Model>Sim-1</t:Model>',
        };
        return `<t:${action}Response>${bodies[action] ?? ''}</t:${action}Response>`;
    }
}
