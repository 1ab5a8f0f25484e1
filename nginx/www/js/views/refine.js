/* Narrowing a list: the tree of categories as chips, and a form for attributes, price and order. What is chosen stands in the address,
 * under the names the API has for it, so that it can be shared and gone back to. */

import { h, uid } from '../dom.js';
import { fromMinor, toMinor } from '../money.js';

const CHIPS_SHOWN = 9;
const ATTRIBUTES_SHOWN = 6;
const VALUES_SHOWN = 24;
const NAMES = ['category', 'vendor', 'attr', 'price_min', 'price_max', 'sort'];
const ORDERS = [['newest', 'Newest first'], ['price_asc', 'Price: low to high'], ['price_desc', 'Price: high to low'], ['title', 'Name: A to Z']];
const FOUND_ORDERS = [['relevance', 'Best match'], ...ORDERS.slice(0, 3)];

/* What of an address the API understands, as one text. */
export const wanted = (query) => new URLSearchParams([...query].filter(([name, value]) => NAMES.includes(name) && value !== ''));

/* Is anything chosen but a category? */
export const narrowed = (query) => [...wanted(query).keys()].some((name) => name !== 'category');

const address = (query) => (query.toString() ? `#/?${query}` : '#/');

function chip(text, href, current, n) {
  return h('li', null, h('a', { class: 'chip', href, 'aria-current': current ? 'true' : null },
    text, n !== undefined && h('span', { class: 'chip-n' }, h('span', { class: 'hidden' }, ', '), String(n), h('span', { class: 'hidden' }, n === 1 ? ' product' : ' products'))));
}

/* The chosen category, those above it, nearest last, and those to show beside or below it. */
function around(categories, chosen) {
  const byId = new Map(categories.map((one) => [one.category_id, one]));
  const below = (id) => categories.filter((one) => (one.parent_id ?? null) === id && one.products > 0);
  let level = chosen && below(chosen).length === 0 ? (byId.get(chosen)?.parent_id ?? null) : (chosen ?? null);
  const shown = below(byId.has(level) ? level : null);
  const trail = [];
  for (let at = byId.get(level); at && trail.length < 10; at = byId.get(at.parent_id)) trail.unshift(at);
  return { trail, shown };
}

/* Chips: everything, the way down to here, and where to go on. */
export function tree(categories, chosen, searching) {
  const { trail, shown } = around(categories, chosen);
  if (shown.length === 0 && trail.length === 0) return null;
  const link = (one) => chip(one.name, `#/?category=${one.category_id}`, one.category_id === chosen, one.products);
  const chips = shown.map(link);
  const list = h('ul', { class: 'chips' }, chip('Everything', '#/', !chosen && !searching), trail.map(link), chips);
  const hiddenChosen = shown.findIndex((one) => one.category_id === chosen) >= CHIPS_SHOWN;
  if (chips.length > CHIPS_SHOWN + 1 && !hiddenChosen) {
    const rest = chips.slice(CHIPS_SHOWN);
    rest.forEach((one) => { one.hidden = true; });
    const more = h('button', { type: 'button', class: 'chip more', 'aria-expanded': 'false' }, `${rest.length} more`);
    more.addEventListener('click', () => {
      rest.forEach((one) => { one.hidden = false; });
      more.parentElement.remove();
      rest[0].querySelector('a').focus();
    });
    list.append(h('li', null, more));
  }
  return h('nav', { class: 'filter', 'aria-label': 'Categories' }, list);
}

function values(facet, chosen) {
  const boxes = facet.values.slice(0, VALUES_SHOWN).map(({ value, products }) => {
    const id = uid('attr');
    const pair = `${facet.name}:${value}`;
    const checked = chosen.some((one) => one.toLowerCase() === pair.toLowerCase());
    return h('span', { class: 'tick' }, h('input', { type: 'checkbox', id, name: 'attr', value: pair, checked }),
      h('label', { for: id }, value, ' ', h('span', { class: 'chip-n' }, String(products))));
  });
  return h('fieldset', { class: 'facet' }, h('legend', null, facet.name), h('div', { class: 'ticks' }, boxes));
}

function field(label, input) {
  const id = uid('refine');
  input.id = id;
  return h('p', { class: 'field' }, h('label', { for: id }, label), input);
}

const price = (name, query, currency) => h('input', { name, inputmode: 'decimal', autocomplete: 'off', maxlength: 12,
  value: query.get(name) ? fromMinor(Number(query.get(name)), currency) : '' });

/* Chips of what a search found: the categories it found something in. */
export function within(query, facets, chosen) {
  if (facets.length < 2 && !chosen) return null;
  const to = (category) => {
    const next = new URLSearchParams(query);
    next.delete('category');
    if (category) next.set('category', category);
    return `#/?${next}`;
  };
  return h('nav', { class: 'filter', 'aria-label': 'Categories' }, h('ul', { class: 'chips' }, chip('Everywhere', to(null), !chosen),
    facets.slice(0, CHIPS_SHOWN).map((one) => chip(one.name, to(one.category_id), one.category_id === chosen, one.products))));
}

/* What stays when a list is narrowed otherwise. */
const kept = (query) => new URLSearchParams([...query].filter(([name]) => name === 'category' || name === 'q'));

/* The form. `facets`: as the API gave them; `go` gets the new address. */
export function refine(query, facets, currency, go) {
  const chosen = query.getAll('attr');
  const orders = query.get('q') ? FOUND_ORDERS : ORDERS;
  const order = h('select', { name: 'sort' }, orders.map(([value, text]) => h('option', { value, selected: (query.get('sort') ?? orders[0][0]) === value }, text)));
  const vendor = facets.vendors.length > 1 || query.get('vendor')
    ? h('select', { name: 'vendor' }, h('option', { value: '' }, 'Any maker'), facets.vendors.slice(0, 50).map((one) => h('option', { value: one.vendor, selected: one.vendor === query.get('vendor') }, one.vendor)))
    : null;
  const form = h('form', { class: 'refine-form', novalidate: true }, h('div', { class: 'refine-row' }, field('Order', order), vendor && field('Maker', vendor),
    field('Price from', price('price_min', query, currency)), field('Price to', price('price_max', query, currency))),
  facets.attributes.slice(0, ATTRIBUTES_SHOWN).map((facet) => values(facet, chosen)),
  h('p', { class: 'actions' }, h('button', { class: 'button primary', type: 'submit' }, 'Show products'),
    narrowed(query) && h('a', { class: 'button quiet', href: address(kept(query)) }, 'Clear')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const next = kept(query);
    for (const [name, value] of new FormData(form)) {
      const amount = name.startsWith('price_') ? toMinor(value, currency) : value;
      if (amount !== '' && !(name === 'sort' && amount === orders[0][0])) next.append(name, amount);
    }
    go(address(next));
  });
  return h('details', { class: 'refine', open: narrowed(query) }, h('summary', null, 'Filter and sort'), form);
}
