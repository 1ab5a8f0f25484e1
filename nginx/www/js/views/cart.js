/* The cart, in the panel and as a page. Ticks say what is ordered; the rest stays in the cart. */

import { get } from '../api.js';
import * as cart from '../cart.js';
import { announce, h, icon, uid } from '../dom.js';
import { money } from '../money.js';
import { choiceWords, loading, picture, skeleton, stepper } from '../parts.js';
import { problemWords } from '../words.js';

/* Lines by currency; nearly always there is one. */
export function totals(lines) {
  const sums = new Map();
  for (const line of lines.filter(cart.sold)) sums.set(line.currency, (sums.get(line.currency) ?? 0) + line.total);
  return [...sums].map(([currency, amount]) => money(amount, currency)).join(' + ') || '–';
}

const things = (n) => `${n} ${n === 1 ? 'thing' : 'things'}`;

/* What changed since it was put in. */
function priceWords(line) {
  if (!cart.sold(line)) return '';
  if (line.price_change === null) return `Now priced in ${line.currency}.`;
  if (line.price_change === 0) return '';
  return `${line.price_change > 0 ? 'Went up' : 'Went down'} from ${money(line.added_price, line.currency)} to ${money(line.price, line.currency)} since you put it in.`;
}

const LEVELS = { few: 'Only a few left.', none: 'Sold out at the moment.' };

/* What a line says about stock. One shard of the shop may have none where another has: then the shop as a whole is asked. */
async function stockWords(line) {
  if (line.availability === 'not_for_sale') return 'No longer for sale.';
  if (line.availability === 'few_left') return LEVELS.few;
  if (line.availability !== 'uncertain') return '';
  const { level } = await get(`/v1/skus/${line.sku_id}/availability`);
  return LEVELS[level] ?? '';
}

/* One line. `show` brings it up to date where it stands, so that the focus stays where it is. */
function lineRow(first, { tell, gone }) {
  let line = first;
  let stock = null;
  const attempt = (work) => work.catch((problem) => tell(problem, line));
  const tick = h('input', { type: 'checkbox', onchange: () => attempt(cart.tick([line.sku_id], tick.checked)) });
  const sum = h('p', { class: 'line-sum' });
  const price = h('p', { class: 'line-note' });
  const there = h('p', { class: 'line-note' });
  const choice = h('p', { class: 'muted' });
  const amount = stepper({ value: line.qty, max: cart.QTY_MAX, label: `Quantity of ${line.title}`, iconOf: icon, change: (qty) => attempt(cart.setQty(line.sku_id, qty)) });
  const remove = h('button', { type: 'button', class: 'text-button', onclick: () => gone(line) }, 'Remove', h('span', { class: 'hidden' }, ` ${line.title}`));
  const node = h('li', { class: 'line cart-line' },
    h('label', { class: 'line-tick' }, tick, h('span', { class: 'hidden' }, `Order ${line.title}`)),
    picture(line.image_url, '', { size: 96 }),
    h('div', { class: 'line-text' }, h('a', { href: `#/products/${line.product_id}` }, line.title), choice, price, there,
      h('div', { class: 'line-tools' }, amount.node, remove)),
    sum);

  async function showStock() {
    if (stock === line.availability) return;
    stock = line.availability;
    const words = await stockWords(line).catch(() => '');
    there.textContent = words;
    there.classList.toggle('error', !cart.sold(line));
  }
  function show(next) {
    line = next;
    tick.checked = line.ticked && cart.sold(line);
    tick.disabled = !cart.sold(line);
    amount.node.hidden = !cart.sold(line);
    if (!amount.node.contains(document.activeElement) || amount.value !== line.qty) amount.show(line.qty);
    choice.textContent = choiceWords(line.options_text);
    choice.hidden = choice.textContent === '';
    sum.textContent = cart.sold(line) ? money(line.total, line.currency) : '–';
    price.textContent = priceWords(line);
    node.classList.toggle('off', !line.ticked || !cart.sold(line));
    showStock();
  }
  show(first);
  return { node, show };
}

/* The tick that stands for all: checked, mixed or not. */
function allRow(tell) {
  const id = uid('all');
  const box = h('input', { type: 'checkbox', id, onchange: () => cart.tickAll(box.checked).catch((problem) => tell(problem)) });
  const label = h('label', { for: id });
  const node = h('p', { class: 'tick cart-all' }, box, label);
  return {
    node,
    show(now) {
      const orderable = now.items.filter(cart.sold);
      node.hidden = now.lines_n < 2;
      const on = cart.ticked({ items: orderable }).length;
      box.checked = on > 0 && on === orderable.length;
      box.indeterminate = on > 0 && on < orderable.length;
      label.textContent = on === orderable.length ? `Everything (${orderable.length})` : `${on} of ${orderable.length} chosen`;
    },
  };
}

/* The sum and the way on. */
function endPart(leave) {
  const total = h('strong');
  const title = h('span');
  const why = h('p', { class: 'small muted', id: uid('why') });
  const on = h('a', { class: 'button primary large full', href: '#/checkout', 'aria-describedby': why.id }, 'Go to checkout');
  on.addEventListener('click', (event) => {
    if (!on.getAttribute('aria-disabled')) return leave();
    event.preventDefault();
    return announce(why.textContent);
  });
  return {
    node: h('div', { class: 'cart-end' }, h('p', { class: 'total' }, title, total), why, on),
    show(now) {
      const chosen = cart.ticked(now).filter(cart.sold);
      const mixed = new Set(chosen.map((line) => line.currency)).size > 1;
      title.textContent = chosen.length === now.lines_n ? 'Together' : `Together (${chosen.length} of ${things(now.lines_n)})`;
      total.textContent = totals(chosen);
      why.textContent = chosen.length === 0 ? 'Tick what you would like to order.'
        : mixed ? 'You ticked prices in different currencies. Please order them one currency after the other.' : 'Offers, shipping and taxes come at the checkout.';
      if (chosen.length === 0 || mixed) on.setAttribute('aria-disabled', 'true');
      else on.removeAttribute('aria-disabled');
    },
  };
}

function emptyPart(leave) {
  const back = cart.waits();
  return h('div', { class: 'empty small-empty' }, h('span', { class: 'arch', 'aria-hidden': 'true' }),
    h('p', { class: 'empty-cart', tabindex: -1 }, back ? 'You were signed out. Your cart is as you left it when you sign in again.' : 'Nothing in it yet.'),
    h('p', null, back ? h('a', { class: 'button primary', href: '#/sign-in?next=/cart', onclick: leave }, 'Sign in') : h('a', { class: 'button', href: '#/', onclick: leave }, 'Look around')));
}

/* `leave` is called before another view is opened from here. */
export function cartBody(leave) {
  const told = h('p', { class: 'error', role: 'alert' });
  const tell = (problem, line) => { told.textContent = `${line ? `${line.title}: ` : ''}${problemWords(problem)}${problem.status === 0 ? ' Nothing was changed.' : ''}`; };
  const rows = new Map();
  const list = h('ul', { class: 'lines' });
  const all = allRow(tell);
  const end = endPart(leave);
  const full = [all.node, told, list, end.node];
  const body = h('div', { class: 'cart' });

  function gone(line) {
    told.textContent = '';
    cart.remove(line.sku_id).catch((problem) => tell(problem, line));
    announce(`${line.title} was removed from your cart.`);
    (body.querySelector('.line a, .empty-cart') ?? body).focus();
  }

  function draw() {
    const now = cart.now();
    if (now.lines_n === 0) {
      rows.clear();
      list.replaceChildren();
      body.replaceChildren(told, emptyPart(leave));
      return;
    }
    if (!end.node.isConnected || end.node.parentElement !== body) body.replaceChildren(...full);
    for (const [id, row] of rows) {
      if (now.items.some((line) => line.sku_id === id)) continue;
      row.node.remove();
      rows.delete(id);
    }
    for (const line of now.items) {
      if (rows.has(line.sku_id)) rows.get(line.sku_id).show(line);
      else {
        rows.set(line.sku_id, lineRow(line, { tell, gone }));
        list.append(rows.get(line.sku_id).node);
      }
    }
    all.show(now);
    end.show(now);
  }

  draw();
  let seen = false;
  const stop = cart.onChange(() => {
    seen ||= body.isConnected;
    if (seen && !body.isConnected) stop();
    else draw();
  });
  cart.look().catch((problem) => { if (body.isConnected) told.textContent = `${problemWords(problem)} This is the cart as you saw it last.`; });
  return body;
}

/* "#/cart". */
export async function cartPage(page) {
  page.title('Your cart');
  if (cart.now().lines_n === 0) {
    page.put(loading('Loading your cart', h('div', { class: 'narrow' }, skeleton('row-shape', 3))));
    await cart.look({ signal: page.signal });
  }
  page.put(h('div', { class: 'narrow' }, h('h1', { tabindex: -1 }, 'Your cart'), cartBody(() => {})));
  page.ready();
}
