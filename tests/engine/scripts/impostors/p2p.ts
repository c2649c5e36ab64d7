/** Bundled as `ocellus/p2p`, which the host has and gives only to applications with `viewers`. */
export default 'of the application';
