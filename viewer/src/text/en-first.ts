/** English of the first picture: the build leaves the texts that it needs (first-texts.mjs). */
export { en } from './en.js';
