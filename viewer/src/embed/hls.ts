/** `ocellus-hls.js`: the library of the element, loaded when it falls back to HLS; a part of the page. */
export { default } from 'hls.js/light';
