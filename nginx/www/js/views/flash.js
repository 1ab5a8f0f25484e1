/* The flash sales that are coming, under way, or were over within the last day. */

import { get, pause } from '../api.js';
import { h, uid } from '../dom.js';
import { money, when } from '../money.js';
import { empty, loading, picture, skeleton } from '../parts.js';
import { now } from '../shop_time.js';
import { saleWords } from '../words.js';

const FRONT_MAX = 3;
const FRONT_MS_MAX = 1500; // the front does not wait longer for them

export function saleBadge(state) {
  const { text, mood } = saleWords(state);
  return h('span', { class: `state ${mood}` }, text);
}

/* To staff a sale is open from when its queue is. */
export const staffBadge = ({ state, starts_at }) => saleBadge(state === 'open' && Date.parse(starts_at) > now() ? 'queue' : state);

const times = (sale) => ({ scheduled: `Starts ${when(sale.starts_at)}`, queue: `Starts ${when(sale.starts_at)}`, cancelled: '' }[sale.state]
  ?? `${sale.state === 'closed' ? 'Ended' : 'Until'} ${when(sale.ends_at)}`);

/* The price, and the usual one where that is higher. */
export function salePrice(sale) {
  return [h('span', { class: 'now' }, h('span', { class: 'hidden' }, 'In the sale '), money(sale.price, sale.currency)),
    sale.regular_price > sale.price && h('s', { class: 'before' }, h('span', { class: 'hidden' }, 'usually '), money(sale.regular_price, sale.currency))];
}

function row(sale) {
  return h('li', { class: 'order-row flash-row' },
    picture(sale.image_url, '', { size: 96 }),
    h('div', null, h('a', { class: 'order-link', href: `#/flash/${sale.sale_id}` }, sale.title), h('p', { class: 'muted' }, sale.product_title), h('p', { class: 'muted small' }, times(sale))),
    saleBadge(sale.state), h('p', { class: 'order-total flash-price' }, salePrice(sale)));
}

/* For the front of the shop: the next few, or nothing. */
export async function flashFront(signal) {
  const answer = await Promise.race([get('/v1/flash', { signal }), pause(FRONT_MS_MAX, signal)]).catch(() => null);
  const sales = (answer?.items ?? []).filter((sale) => sale.state !== 'closed').slice(0, FRONT_MAX);
  if (sales.length === 0) return null;
  const id = uid('flash');
  return h('section', { class: 'panel flash-front', 'aria-labelledby': id }, h('h2', { id }, 'Flash sales'), h('ul', { class: 'order-list' }, sales.map(row)),
    h('p', null, h('a', { class: 'button quiet', href: '#/flash' }, 'All flash sales')));
}

/* "#/flash". */
export async function flash(page) {
  page.title('Flash sales');
  page.put(loading('Loading the sales', h('div', { class: 'narrow' }, skeleton('row-shape', 4))));
  const { items } = await get('/v1/flash', { signal: page.signal });
  if (items.length === 0) page.put(empty('No flash sale at the moment', 'Now and then we sell a few things at a special price, for a short time. Look in again.', h('a', { class: 'button', href: '#/' }, 'To the shop')));
  else page.put(h('div', { class: 'narrow' }, h('h1', { tabindex: -1 }, 'Flash sales'), h('p', { class: 'muted' }, 'A few things at a special price, for a short time. Who comes first is let in first.'), h('ul', { class: 'order-list' }, items.map(row))));
  page.ready();
}
