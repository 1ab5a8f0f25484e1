/* Text in which the API has marked what was looked for: escaped for HTML, with <mark> around the matches and no other tag. */

import { h } from './dom.js';

const CHARACTERS = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };

const plain = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS[entity]);

/* Nodes of it. Nothing in the text is ever taken for markup. */
export function marked(text) {
  return text.split(/(<mark>.*?<\/mark>)/s).filter(Boolean).map((piece) => {
    const inside = piece.match(/^<mark>(.*)<\/mark>$/s);
    return inside ? h('mark', null, plain(inside[1])) : plain(piece);
  });
}
