/** `embed.html` below a watch link: the element alone, for frames of other sites. */
import { el } from '../dom.js';
import { definePlayer } from './player-element.js';

definePlayer();
const query = new URLSearchParams(location.search);
const stream = query.get('stream') === 'sub' ? 'sub' : undefined;
document.body.append(el('ocellus-player' as 'div', { src: './', width: '100%', height: '100%', stream }));
