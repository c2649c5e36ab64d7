/** Bundled as `ocellus/impostor`, which no host has. */
export default 'of the application';
