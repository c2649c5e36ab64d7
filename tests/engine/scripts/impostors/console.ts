/** Bundled as `ocellus/console`, which the host has and does not grant. */
export default 'of the application';
