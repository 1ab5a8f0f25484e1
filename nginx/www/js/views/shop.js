/* The front of the shop: all products, one category, or what a search found. */

import { get, withQuery } from '../api.js';
import { announce, h } from '../dom.js';
import { priceRange } from '../money.js';
import { empty, loading, picture, skeleton } from '../parts.js';
import { setBusy } from '../form.js';
import { problemWords } from '../words.js';

const PER_PAGE = 24;
const CHIPS_SHOWN = 9;

const lists = new Map(); // what was loaded, by address, so that going back finds it as it was left
const LISTS_MAX = 8;
let categories = null;

function card(item, n) {
  return h('li', { class: 'card' },
    h('a', { href: `#/products/${item.product_id}`, class: 'card-link' },
      picture(item.image?.url, '', { eager: n < 4 }),
      h('span', { class: 'card-title' }, item.title)),
    item.vendor && h('p', { class: 'card-vendor' }, item.vendor),
    h('p', { class: 'card-price' }, priceRange(item.price_min, item.price_max, item.currency)));
}

function hero() {
  return h('section', { class: 'hero' },
    h('div', { class: 'hero-in' },
      h('h1', { tabindex: -1 }, 'Good things from around the corner'),
      h('p', null, 'Stroll through our little market. Take your time, try everything, and pay with pretend money.')));
}

function chip(text, href, current, n) {
  return h('li', null, h('a', { class: 'chip', href, 'aria-current': current ? 'true' : null },
    text, n !== undefined && h('span', { class: 'chip-n' }, h('span', { class: 'hidden' }, ', '), String(n), h('span', { class: 'hidden' }, n === 1 ? ' product' : ' products'))));
}

function filter(chosen, searching) {
  const used = categories.filter((one) => one.products > 0);
  if (used.length === 0) return null;
  const chips = used.map((one) => chip(one.name, `#/?category=${one.category_id}`, one.category_id === chosen, one.products));
  const hiddenChosen = used.findIndex((one) => one.category_id === chosen) >= CHIPS_SHOWN;
  const list = h('ul', { class: 'chips' }, chip('Everything', '#/', !chosen && !searching), chips);
  if (chips.length <= CHIPS_SHOWN + 1 || hiddenChosen) return h('nav', { class: 'filter', 'aria-label': 'Categories' }, list);
  const rest = chips.slice(CHIPS_SHOWN);
  rest.forEach((one) => { one.hidden = true; });
  const more = h('button', { type: 'button', class: 'chip more', 'aria-expanded': 'false' }, `${rest.length} more`);
  more.addEventListener('click', () => {
    rest.forEach((one) => { one.hidden = false; });
    more.parentElement.remove();
    rest[0].querySelector('a').focus();
  });
  list.append(h('li', null, more));
  return h('nav', { class: 'filter', 'aria-label': 'Categories' }, list);
}

async function loadPage(state, signal) {
  const path = state.q ? withQuery('/v1/search', { q: state.q, limit: 48 })
    : withQuery('/v1/products', { category: state.category, limit: PER_PAGE, cursor: state.next });
  const answer = await get(path, { signal });
  state.items.push(...answer.items);
  state.next = answer.next_cursor ?? null;
  return answer.items;
}

async function open(address, query, signal) {
  if (lists.has(address) && history.state?.shown) return lists.get(address);
  const state = { q: query.get('q') ?? '', category: query.get('category'), items: [], next: null };
  const [, found] = await Promise.all([
    loadPage(state, signal), categories ?? get('/v1/categories', { signal }).then((answer) => answer.items),
  ]);
  categories = found;
  lists.delete(address);
  lists.set(address, state);
  if (lists.size > LISTS_MAX) lists.delete(lists.keys().next().value);
  return state;
}

function headingOf(state) {
  if (state.q) return `Results for “${state.q}”`;
  return categories.find((one) => one.category_id === state.category)?.name ?? 'Products';
}

function moreButton(state, grid, signal) {
  const told = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'button', class: 'button quiet' }, 'Load more');
  const box = h('div', { class: 'load-more' }, button, told);
  button.addEventListener('click', async () => {
    if (button.classList.contains('busy')) return;
    setBusy(button, true);
    told.textContent = '';
    try {
      const from = state.items.length;
      const items = await loadPage(state, signal);
      grid.append(...items.map((item, n) => card(item, from + n)));
      announce(`${items.length} more products, ${state.items.length} in all.`);
      grid.children[from]?.querySelector('a').focus({ preventScroll: true });
      if (!state.next) box.remove();
    } catch (error) {
      if (signal.aborted) return;
      told.textContent = problemWords(error);
    } finally {
      setBusy(button, false);
    }
  });
  return box;
}

function nothing(state) {
  const all = h('a', { class: 'button', href: '#/' }, 'See everything');
  return state.q ? empty(`Nothing found for “${state.q}”`, 'Try another word, or fewer letters of it.', all)
    : empty('Nothing here yet', 'This part of the shop is still empty.', all);
}

/* "#/", "#/?category=…", "#/?q=…". */
export async function shop(page) {
  const { query, signal } = page;
  const front = !query.get('q') && !query.get('category');
  const address = location.hash || '#/';
  page.title(front ? '' : query.get('q') ? `Search: ${query.get('q')}` : 'Products');
  page.put(loading('Loading products', front && hero(), h('div', { class: 'shop' }, skeleton('card-shape', 8))));
  const state = await open(address, query, signal);
  if (signal.aborted) return;
  if (!front && !state.q) page.title(headingOf(state));
  if (state.items.length === 0) {
    page.put(filter(state.category, state.q), nothing(state));
  } else {
    const grid = h('ul', { class: 'grid' }, state.items.map(card));
    const head = front ? h('h2', { class: 'hidden' }, 'All products') : h('div', { class: 'list-head' }, h('h1', { tabindex: -1 }, headingOf(state)),
      state.q && h('p', { class: 'muted' }, `${state.items.length} ${state.items.length === 1 ? 'product' : 'products'}`, ' · ', h('a', { href: '#/' }, 'Clear the search')));
    page.put(front && hero(), h('div', { class: 'shop' }, filter(state.category, state.q), head, grid, state.next && moreButton(state, grid, signal)));
    if (state.q) announce(`${state.items.length} ${state.items.length === 1 ? 'product' : 'products'} found.`);
  }
  history.replaceState({ ...history.state, shown: true }, '');
  page.ready();
}
