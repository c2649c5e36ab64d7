/** Which way the datagrams of a connection take. */

/** Whether the device can take a candidate of this browser: of UDP (RFC 8839 section 5.1), or the end of them. */
export function isUseful(candidate: string): boolean {
    return candidate === '' || candidate.split(' ')[2]?.toLowerCase() === 'udp';
}

/** Whether a TURN server is on the way; undefined: not known yet. */
export async function isRelayed(pc: RTCPeerConnection): Promise<boolean | undefined> {
    const stats = await pc.getStats();
    const types = new Map<string, unknown>();
    let ends: readonly unknown[] = [];
    stats.forEach((entry: Readonly<Record<string, unknown>>) => {
        types.set(String(entry['id']), entry['candidateType']);
        if (entry['type'] === 'candidate-pair' && entry['nominated'] === true && entry['state'] === 'succeeded') {
            ends = [entry['localCandidateId'], entry['remoteCandidateId']];
        }
    });
    const found = ends.map((id) => types.get(String(id))).filter((type) => type !== undefined);
    return found.length === 0 ? undefined : found.includes('relay');
}
