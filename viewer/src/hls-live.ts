/** What a live picture by HLS needs: loaded where WebRTC does not work. */
export { loadHls } from './library.js';
export { Player } from './player.js';
export { firstPicture, QuickStart } from './quick-start.js';
