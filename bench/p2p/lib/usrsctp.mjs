// Debian's usrsctp at both ends: an SCTP alone, without ICE and DTLS. bench/p2p/usrsctp_peer.c
import { execFileSync } from "node:child_process";
import { sockets, withNetwork } from "./network.mjs";
import { load, look } from "./process.mjs";

/** Builds the program. undefined: libusrsctp-dev is not there. */
export function usrsctpIn(build) {
    try {
        execFileSync("cmake", ["--build", build, "--target", "usrsctp_peer"], { stdio: "ignore" });
        return `${build}/bench/p2p/usrsctp_peer`;
    } catch {
        return undefined;
    }
}

/** One association that is asked for a label: what came, the CPU of both ends, what was true. place: where the viewer is. */
export function betweenUsrsctp(program, options, label, place = "viewer") {
    return withNetwork(options, async (network) => {
        const address = place === "camera" ? "127.0.0.1" : network.net.addresses.camera;
        const server = network.start("camera", [program, "serve", address]);
        const { port } = await server.next("listening", 20);
        const viewer = network.start(place, [program, "get", address, String(port), label]);
        const { ms } = await viewer.next("open", 20);
        const before = [look(server.pid), look(viewer.pid)];
        const got = await viewer.next("got");
        const after = [look(server.pid), look(viewer.pid)];
        const [camera, other] = [await sockets(network, "camera"), await sockets(network, "viewer")];
        const beside = { rcvbuf: [camera.rcvbuf, other.rcvbuf], drops: camera.drops + other.drops, load: load(), suite: "none", checksum: true, mtu: 1472, gso: false };
        if (network.impaired) {
            const { a, b } = await network.net.stats();
            Object.assign(beside, { seen: a.seen + b.seen, lost: a.lost + b.lost + a.overflowed + b.overflowed });
        }
        return { ms, got, send: after[0].cpu - before[0].cpu, receive: after[1].cpu - before[1].cpu, beside };
    });
}
