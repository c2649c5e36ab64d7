/** `ocellus-player.js`: the element as one script, for pages of other sites. */
import { definePlayer } from './player-element.js';

definePlayer();
