/* The front of the shop: all products, one category, or what a search found. */

import { get, withQuery } from '../api.js';
import { announce, h } from '../dom.js';
import { priceRange } from '../money.js';
import { empty, loading, picture, skeleton } from '../parts.js';
import { setBusy } from '../form.js';
import { go } from '../router.js';
import { marked } from '../marked.js';
import { row } from '../row.js';
import * as session from '../session.js';
import { flashFront } from './flash.js';
import { narrowed, refine, tree, wanted, within } from './refine.js';
import { problemWords } from '../words.js';

const PER_PAGE = 24;
const PAGES_AT_ONCE = 5; // a page that filters leave nearly empty is followed by the next

const lists = new Map(); // what was loaded, by address, so that going back finds it as it was left
const LISTS_MAX = 8;
let categories = null;

function card(item, n) {
  return h('li', { class: 'card' },
    h('a', { href: `#/products/${item.product_id}`, class: 'card-link' },
      picture(item.image?.url, '', { eager: n < 4 }),
      h('span', { class: 'card-title' }, item.highlight ? marked(item.highlight.title) : item.title)),
    item.vendor && h('p', { class: 'card-vendor' }, item.vendor),
    h('p', { class: 'card-price' }, priceRange(item.price_min, item.price_max, item.currency)),
    item.highlight?.snippet.includes('<mark>') && h('p', { class: 'card-snippet' }, marked(item.highlight.snippet)));
}

function hero() {
  return h('section', { class: 'hero' },
    h('div', { class: 'hero-in' },
      h('h1', { tabindex: -1 }, 'Good things from around the corner'),
      h('p', null, 'Stroll through our little market. Take your time, try everything, and pay with pretend money.')));
}

async function loadPage(state, signal) {
  const found = [];
  for (let n = 0; n < PAGES_AT_ONCE && found.length < PER_PAGE / 2; n++) {
    const query = new URLSearchParams(state.wanted);
    query.set('limit', PER_PAGE);
    if (state.next) query.set('cursor', state.next);
    if (state.q) query.set('q', state.q);
    if (state.q && query.get('sort') === 'title') query.delete('sort');
    const answer = await get(`/v1/${state.q ? 'search' : 'products'}?${query}`, { signal });
    found.push(...answer.items);
    state.total = answer.total ?? null;
    if (answer.facets) state.facets = { attributes: [], ...answer.facets };
    state.next = answer.next_cursor ?? null;
    if (!state.next) break;
  }
  state.items.push(...found);
  return found;
}

async function open(address, query, signal) {
  if (lists.has(address) && history.state?.shown) return lists.get(address);
  const state = { q: query.get('q') ?? '', category: query.get('category'), query, wanted: wanted(query), items: [], next: null, facets: null, total: null };
  const facets = state.q ? null : get(withQuery('/v1/products/facets', { category: state.category }), { signal }).catch(() => null);
  const [, found, narrow] = await Promise.all([
    loadPage(state, signal), categories ?? get('/v1/categories', { signal }).then((answer) => answer.items), facets,
  ]);
  categories = found;
  if (!state.q) state.facets = narrow;
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
  if (narrowed(state.query)) return empty('Nothing like that', 'No product has all of this. Take something away and look again.', all);
  return state.q ? empty(`Nothing found for “${state.q}”`, 'Try another word, or fewer letters of it.', all)
    : empty('Nothing here yet', 'This part of the shop is still empty.', all);
}

/* What may please whoever is signed in. */
function pleasing(signal) {
  if (!session.account()) return null;
  return row('For you', async () => {
    const answer = await get('/v1/me/recommendations?limit=6', { as: 'account', signal });
    return answer.based_on === 'history' ? answer.items : [];
  });
}

/* "#/", "#/?category=…", "#/?q=…". */
export async function shop(page) {
  const { query, signal } = page;
  const front = !query.get('q') && !query.get('category') && !narrowed(query);
  const address = location.hash || '#/';
  page.title(front ? '' : query.get('q') ? `Search: ${query.get('q')}` : 'Products');
  page.put(loading('Loading products', front && hero(), h('div', { class: 'shop' }, skeleton('card-shape', 8))));
  const [state, sales] = await Promise.all([open(address, query, signal), front ? flashFront(signal) : null]);
  if (signal.aborted) return;
  if (!front && !state.q) page.title(headingOf(state));
  const currency = state.items[0]?.currency ?? 'USD';
  const form = state.facets && (state.items.length > 0 || narrowed(query)) ? refine(query, state.facets, currency, go) : null;
  const chips = state.q ? within(query, state.facets?.categories ?? [], state.category) : tree(categories, state.category, state.q);
  if (state.items.length === 0) {
    page.put(chips, form && h('div', { class: 'shop' }, form), nothing(state));
  } else {
    const grid = h('ul', { class: 'grid' }, state.items.map(card));
    const head = front ? h('h2', { class: 'hidden' }, 'All products') : h('div', { class: 'list-head' }, h('h1', { tabindex: -1 }, headingOf(state)),
      state.q && h('p', { class: 'muted' }, `${state.total} ${state.total === 1 ? 'product' : 'products'}`, ' · ', h('a', { href: '#/' }, 'Clear the search')));
    page.put(front && hero(), h('div', { class: 'shop' }, sales, front && pleasing(signal), chips, head, form, grid, state.next && moreButton(state, grid, signal)));
    if (state.q) announce(`${state.total} ${state.total === 1 ? 'product' : 'products'} found.`);
  }
  history.replaceState({ ...history.state, shown: true }, '');
  page.ready();
}
