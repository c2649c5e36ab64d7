// Two peers behind NATs with a wide area network and a STUN/TURN server between them:
//
//   viewer 10.1.0.2 -- natv 100.64.0.1 -- inet -- relay -- natc 100.64.1.1 -- camera 10.2.0.2
//                                         server 100.64.9.1, .2
//
// Without a NAT the peer itself has the address of its box. The relay impairs both directions of the camera's access, so
// a packet between the peers, straight or through the server, meets it once.
import { Namespaces } from './namespaces.mjs';
import { setNat } from './nat.mjs';
import { startCoturn } from './coturn.mjs';
import { startRelay } from './relay.mjs';

/**
 * @typedef {import('./relay.mjs').Impairment & {
 *   viewerNat?: import('./nat.mjs').NatKind,
 *   cameraNat?: import('./nat.mjs').NatKind,
 *   seed?: number,
 *   mtu?: number,
 * }} TopologyOptions
 */
/** @typedef {'viewer' | 'camera' | 'inet' | 'natv' | 'natc'} Place */

/** Addresses that do not depend on the options. */
const server = ['100.64.9.1', '100.64.9.2'];
const sides = {
    viewer: { nat: 'natv', outside: '100.64.0.1', gateway: '100.64.0.254', inside: '10.1.0.2', box: '10.1.0.1' },
    camera: { nat: 'natc', outside: '100.64.1.1', gateway: '100.64.1.254', inside: '10.2.0.2', box: '10.2.0.1' },
};

/**
 * The part of one side between its NAT and the peer.
 * @param {Namespaces} spaces
 * @param {'viewer' | 'camera'} who
 * @param {import('./nat.mjs').NatKind} kind
 * @returns {[name: string, device: string]} where the wide area network is connected
 */
function makeSide(spaces, who, kind) {
    const side = sides[who];
    if (kind === 'none') {
        return [who, 'e0'];
    }
    spaces.cable([who, 'e0', `${side.inside}/24`], [side.nat, 'in', `${side.box}/24`]);
    spaces.ip(who, `route add default via ${side.box}`);
    spaces.forward(side.nat);
    setNat(spaces, side.nat, kind, side.inside);
    return [side.nat, 'out'];
}

/** @param {TopologyOptions} [options] */
export async function makeTopology(options = {}) {
    const { viewerNat = 'none', cameraNat = 'none', seed, mtu, ...impairment } = options;
    const nats = [...(viewerNat === 'none' ? [] : ['natv']), ...(cameraNat === 'none' ? [] : ['natc'])];
    const spaces = new Namespaces(['viewer', 'inet', 'nowhere', 'camera', ...nats]);
    try {
        spaces.forward('inet');
        for (const address of server) {
            spaces.ip('inet', `addr add ${address}/32 dev lo`);
        }
        // Private addresses lead nowhere, and nobody is told, as in the internet: coturn ends an allocation whose peer
        // its kernel has no route to.
        spaces.cable(['inet', 'void', '192.0.2.1/30'], ['nowhere', 'e0', '192.0.2.2/30']);
        spaces.ip('inet', 'route add 10.0.0.0/8 via 192.0.2.2');
        const viewer = makeSide(spaces, 'viewer', viewerNat);
        spaces.cable(['inet', 'v', `${sides.viewer.gateway}/24`], [...viewer, `${sides.viewer.outside}/24`]);
        spaces.ip(viewer[0], `route add default via ${sides.viewer.gateway}`);
        const camera = makeSide(spaces, 'camera', cameraNat);
        const relay = await startRelay(spaces, ['inet', 'c'], camera, impairment, { ...(seed === undefined ? {} : { seed }), ...(mtu === undefined ? {} : { mtu }) });
        spaces.ip('inet', `addr add ${sides.camera.gateway}/24 dev c`);
        spaces.ip(camera[0], `addr add ${sides.camera.outside}/24 dev ${camera[1]}`);
        spaces.ip(camera[0], `route add default via ${sides.camera.gateway}`);
        const outside = { viewer: sides.viewer.outside, camera: sides.camera.outside };
        /** @type {(() => Promise<void>)[]} */
        const servers = [];
        return {
            addresses: {
                viewer: viewerNat === 'none' ? sides.viewer.outside : sides.viewer.inside,
                camera: cameraNat === 'none' ? sides.camera.outside : sides.camera.inside,
                /** As the other side sees them. */
                viewerPublic: sides.viewer.outside,
                cameraPublic: sides.camera.outside,
                server,
            },
            /** Runs a program at a place and waits for it. @param {Place} place @param {readonly string[]} argv @param {Parameters<Namespaces['exec']>[2]} [how] */
            exec: (place, argv, how) => spaces.exec(place, argv, how),
            /** Starts one; it ends with the topology. @param {Place} place @param {readonly string[]} argv @param {Parameters<Namespaces['spawn']>[2]} [how] */
            spawn: (place, argv, how) => spaces.spawn(place, argv, how),
            /** The arguments that run a program at a place, for those who start it themselves (a browser). @param {Place} place @param {readonly string[]} argv */
            argv: (place, argv) => spaces.argv(place, argv),
            /** What was started and has not ended. */
            processes: () => spaces.processes(),
            /** Changes the wide area network; "a": towards the camera, "b": from it. */
            impair: relay.set,
            /** Packets the relay has seen and lost; a: towards the camera, b: from it. */
            stats: relay.stats,
            /** Another kind of NAT, or the same anew: mappings are forgotten. @param {'viewer' | 'camera'} who @param {Exclude<import('./nat.mjs').NatKind, 'none'>} kind */
            changeNat: (who, kind) => setNat(spaces, sides[who].nat, kind, sides[who].inside),
            /** The provider gives a side another address: every mapping of its NAT is gone. @param {'viewer' | 'camera'} who @returns {string} the new one */
            renumber(who) {
                const [space, device] = who === 'viewer' ? viewer : camera;
                const old = outside[who];
                const next = old.replace(/\d+$/, (last) => String(Number(last) + 1));
                outside[who] = next;
                spaces.ip(space, `addr del ${old}/24 dev ${device}`);
                spaces.ip(space, `addr add ${next}/24 dev ${device}`);
                spaces.ip(space, `route replace default via ${sides[who].gateway}`);
                return next;
            },
            /** STUN and TURN at addresses.server. @param {readonly string[]} [more] lines of its configuration */
            async coturn(more) {
                const started = await startCoturn(
                    (argv) => spaces.spawn('inet', argv),
                    (argv) => spaces.argv('inet', argv),
                    { addresses: server, ...(more ? { more } : {}) },
                );
                servers.push(started.close);
                return started;
            },
            /** Takes everything down; works twice. */
            async close() {
                await Promise.all(servers.splice(0).map((stop) => stop()));
                spaces.close();
            },
        };
    } catch (error) {
        spaces.close();
        throw error;
    }
}
