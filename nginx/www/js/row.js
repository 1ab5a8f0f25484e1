/* Products in a row: what others liked as well, what may please. It comes when it comes, and not at all when there is nothing. */

import { h, uid } from './dom.js';
import { priceRange } from './money.js';
import { picture } from './parts.js';

function tile(item) {
  return h('li', { class: 'card' },
    h('a', { href: `#/products/${item.product_id}`, class: 'card-link' }, picture(item.image?.url, ''), h('span', { class: 'card-title' }, item.title)),
    h('p', { class: 'card-price' }, priceRange(item.price_min, item.price_max, item.currency)));
}

/* A place that fills when `load` has resolved to products, at least `least` of them. */
export function row(title, load, least = 2) {
  const place = h('div', { class: 'row-place' });
  load().then((items) => {
    if (items.length < least) return;
    const id = uid('row');
    place.append(h('section', { class: 'row', 'aria-labelledby': id }, h('h2', { id }, title), h('ul', { class: 'row-list' }, items.map(tile))));
  }).catch(() => {});
  return place;
}
