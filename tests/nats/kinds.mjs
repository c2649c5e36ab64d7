// The kinds of NAT, and which pairs of them leave no path but the relay.

/** @typedef {import('../net/lib/nat.mjs').NatKind} NatKind */

export const kinds = /** @type {const} */ (['none', 'full-cone', 'port-restricted', 'symmetric']);

/** Whether no path without the server exists. @param {NatKind} a @param {NatKind} b */
export function relayNeeded(a, b) {
    return [[a, b], [b, a]].some(([one, other]) => one === 'symmetric' && (other === 'symmetric' || other === 'port-restricted'));
}
