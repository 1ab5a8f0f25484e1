/* One product: pictures, options that choose the SKU, quantity, and into the cart. */

import { get } from '../api.js';
import { tell } from '../behaviour.js';
import * as cart from '../cart.js';
import { announce, h, icon, toast, uid } from '../dom.js';
import * as drawer from '../drawer.js';
import { onSubmit } from '../form.js';
import { money, priceRange } from '../money.js';
import { loading, picture, skeleton, stepper } from '../parts.js';
import { rich } from '../rich.js';
import { row } from '../row.js';
import { problemWords } from '../words.js';

const forSale = (sku) => /^active$/i.test(sku.state ?? 'active');

/* Shopify writes "Title: Default Title" for a product without options. */
const realOptions = (product) => (product.options ?? []).filter((option) => !(product.options.length === 1 && option.values.length === 1
  && /^default( title)?$/i.test(option.values[0])));

/* The SKU for the chosen values, one per option, or undefined. */
const skuOf = (product, chosen) => product.skus.find((sku) => forSale(sku) && chosen.every((value, n) => sku.options[n] === value));

/* Does any SKU for sale have this value together with what is chosen in the other options? */
const goesWith = (product, chosen, option, value) => product.skus.some((sku) => forSale(sku)
  && chosen.every((other, n) => sku.options[n] === (n === option ? value : other)));

function gallery(product) {
  const images = product.images.length > 0 ? product.images : [{ url: null, alt: product.title }];
  const stage = h('div', { class: 'stage' });
  const thumbs = images.map((image, n) => h('button', { type: 'button', class: 'thumb', 'aria-label': `Picture ${n + 1} of ${images.length}`, onclick: () => show(n) },
    picture(image.url, '', { size: 96 })));
  function show(n) {
    stage.replaceChildren(picture(images[n].url, images[n].alt || product.title, { size: 800, eager: true }));
    thumbs.forEach((thumb, other) => thumb.setAttribute('aria-pressed', String(other === n)));
  }
  show(0);
  const showUrl = (url) => {
    const n = images.findIndex((image) => image.url === url);
    if (n >= 0) show(n);
  };
  return { node: h('div', { class: 'gallery' }, stage, images.length > 1 && h('div', { class: 'thumbs', role: 'group', 'aria-label': 'Pictures' }, thumbs)), showUrl };
}

function picker(option, chosenValue, choose) {
  const name = uid('option');
  const radios = option.values.map((value) => {
    const id = uid('value');
    const input = h('input', { type: 'radio', name, id, value, checked: value === chosenValue, onchange: () => choose(value) });
    const label = h('label', { for: id }, h('span', null, value), h('span', { class: 'hidden not-made' }));
    return { value, input, label };
  });
  const mark = (possible) => radios.forEach(({ value, label }) => {
    label.classList.toggle('off', !possible(value));
    label.querySelector('.not-made').textContent = possible(value) ? '' : ', not in this combination';
  });
  const node = h('fieldset', { class: 'picker' }, h('legend', null, option.name),
    h('div', { class: 'values' }, radios.map(({ input, label }) => h('span', { class: 'value' }, input, label))));
  return { node, mark };
}

async function put(product, sku, qty) {
  const now = await cart.add(sku.sku_id, qty);
  tell('cart', product.product_id);
  const words = now === cart.QTY_MAX ? `That makes ${cart.QTY_MAX}, the most of one thing that fits in a cart.` : `${product.title} is in your cart.`;
  if (drawer.open()) announce(words);
  else toast(words, { text: 'View cart', href: '#/cart' });
}

const LEVELS = { in_stock: 'In stock', few: 'Only a few left', none: 'Sold out' };

/* How much of a SKU there is, in words: a hint that comes when it comes. Whoever wants to buy may, whatever it says: the order knows. */
function availability(signal) {
  const node = h('p', { class: 'there', role: 'status' });
  let asked = null;
  const show = async (sku) => {
    asked = sku?.sku_id;
    node.textContent = '';
    delete node.dataset.level;
    if (!sku) return;
    try {
      const { level } = await get(`/v1/skus/${sku.sku_id}/availability`, { signal });
      if (asked !== sku.sku_id || !LEVELS[level]) return;
      node.textContent = LEVELS[level];
      node.dataset.level = level;
    } catch {
      // nothing is said then
    }
  };
  return { node, show };
}

/* The part of the page that depends on what is chosen. */
function buying(product, pictures, signal) {
  const options = realOptions(product);
  const start = product.skus.find(forSale);
  const chosen = options.length > 0 ? options.map((option, n) => start?.options[n] ?? option.values[0]) : [];
  const price = h('p', { class: 'price', 'aria-live': 'polite' });
  const told = h('p', { class: 'choice-note', role: 'status' });
  const there = availability(signal);
  const amount = stepper({ value: 1, max: cart.QTY_MAX, label: 'Quantity', iconOf: icon });
  const button = h('button', { class: 'button primary large', type: 'submit' }, 'Add to cart');
  const pickers = options.map((option, n) => picker(option, chosen[n], (value) => { chosen[n] = value; update(); }));
  const sku = () => (options.length > 0 ? skuOf(product, chosen) : start);

  function update() {
    const now = sku();
    pickers.forEach((one, n) => one.mark((value) => goesWith(product, chosen, n, value)));
    price.replaceChildren(...priceNodes(product, now));
    told.textContent = now ? '' : start ? 'This combination does not exist. Please choose another one.' : 'This product is not for sale at the moment.';
    if (now) button.removeAttribute('aria-disabled');
    else button.setAttribute('aria-disabled', 'true');
    if (now?.image_url) pictures.showUrl(now.image_url);
    there.show(now);
  }
  update();
  const failed = h('p', { class: 'error', role: 'alert' });
  const form = h('form', { class: 'buy', novalidate: true }, price, pickers.map((one) => one.node), told, there.node,
    h('div', { class: 'buy-row' }, amount.node, button), failed);
  form.addEventListener('submit', (event) => {
    failed.textContent = '';
    if (sku()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    announce(told.textContent);
  });
  onSubmit(form, button, () => put(product, sku(), amount.value).catch((problem) => {
    if (!signal.aborted) failed.textContent = problem.code === 'offline' ? `${problemWords(problem)} It is not in your cart yet.` : problemWords(problem);
  }));
  return form;
}

function priceNodes(product, sku) {
  if (!sku) {
    const prices = product.skus.map((one) => one.price);
    return prices.length > 0 ? [h('span', { class: 'now' }, priceRange(Math.min(...prices), Math.max(...prices), product.skus[0].currency))] : [];
  }
  const lower = sku.list_price && sku.list_price > sku.price;
  return [
    h('span', { class: 'now' }, lower && h('span', { class: 'hidden' }, 'Now '), money(sku.price, sku.currency)),
    lower && h('s', { class: 'before' }, h('span', { class: 'hidden' }, 'before '), money(sku.list_price, sku.currency)),
  ].filter(Boolean);
}

/* "#/products/<id>". */
export async function product(page) {
  page.title('Product');
  page.put(loading('Loading the product', skeleton('product-shape')));
  const found = await get(`/v1/products/${page.parameters[0]}`, { signal: page.signal });
  const pictures = gallery(found);
  const about = rich(found.description_html);
  page.title(found.title);
  page.put(
    h('nav', { class: 'crumbs', 'aria-label': 'Where you are' }, h('a', { href: '#/' }, icon('back'), 'All products')),
    h('article', { class: 'product' }, pictures.node,
      h('div', { class: 'product-info' },
        found.vendor && h('p', { class: 'eyebrow' }, found.vendor), h('h1', { tabindex: -1 }, found.title), buying(found, pictures, page.signal),
        about.textContent.trim() && h('section', { class: 'prose' }, h('h2', null, 'About it'), about))),
    row('Others also liked', async () => (await get(`/v1/products/${found.product_id}/recommendations?limit=6`, { signal: page.signal })).items));
  tell('view', found.product_id);
  page.ready();
}
