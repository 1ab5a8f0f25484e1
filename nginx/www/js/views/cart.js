/* The cart, in the panel and as a page. */

import * as cart from '../cart.js';
import { announce, h, icon } from '../dom.js';
import { money } from '../money.js';
import { picture, stepper } from '../parts.js';

/* Lines by currency; nearly always there is one. */
export function totals(lines) {
  const sums = new Map();
  for (const line of lines) sums.set(line.currency, (sums.get(line.currency) ?? 0) + line.price * line.qty);
  return [...sums].map(([currency, amount]) => money(amount, currency)).join(' + ') || '–';
}

function lineRow(line, onRemove) {
  const sum = h('p', { class: 'line-sum' }, money(line.price * line.qty, line.currency));
  const amount = stepper({
    value: line.qty, max: cart.QTY_MAX, label: `Quantity of ${line.title}`, iconOf: icon,
    change: (qty) => {
      cart.setQty(line.sku_id, qty);
      sum.textContent = money(line.price * qty, line.currency);
    },
  });
  const remove = h('button', { type: 'button', class: 'text-button', onclick: () => onRemove(line) }, 'Remove', h('span', { class: 'hidden' }, ` ${line.title}`));
  return h('li', { class: 'line' },
    picture(line.image, '', { size: 96 }),
    h('div', { class: 'line-text' },
      h('a', { href: `#/products/${line.product_id}` }, line.title), line.choice && h('p', { class: 'muted' }, line.choice), line.gone && h('p', { class: 'error' }, 'No longer for sale'),
      h('div', { class: 'line-tools' }, amount.node, remove)),
    sum);
}

/* The lines, the total and the way on. `leave` is called before another view is opened from here. */
export function cartBody(leave) {
  const body = h('div', { class: 'cart' });
  const total = h('strong');
  const showTotal = () => { total.textContent = totals(cart.lines()); };

  function onRemove(line) {
    cart.remove(line.sku_id);
    announce(`${line.title} was removed from your cart.`);
    draw();
    (body.querySelector('.line a, .empty-cart') ?? body).focus();
  }

  function draw() {
    const lines = cart.lines();
    if (lines.length === 0) {
      body.replaceChildren(h('div', { class: 'empty small-empty' }, h('span', { class: 'arch', 'aria-hidden': 'true' }),
        h('p', { class: 'empty-cart', tabindex: -1 }, 'Nothing in it yet.'), h('p', null, h('a', { class: 'button', href: '#/', onclick: leave }, 'Look around'))));
      return;
    }
    showTotal();
    body.replaceChildren(
      h('ul', { class: 'lines' }, lines.map((line) => lineRow(line, onRemove))),
      h('div', { class: 'cart-end' },
        h('p', { class: 'total' }, h('span', null, 'Total'), total),
        h('a', { class: 'button primary large full', href: '#/checkout', onclick: leave }, 'Go to checkout')));
  }

  draw();
  const stop = cart.onChange(() => {
    if (!body.isConnected) {
      stop();
      return;
    }
    if (cart.lines().length !== body.querySelectorAll('.line').length) draw();
    else showTotal();
  });
  return body;
}

/* "#/cart". */
export function cartPage(page) {
  page.title('Your cart');
  page.put(h('div', { class: 'narrow' }, h('h1', { tabindex: -1 }, 'Your cart'), cartBody(() => {})));
  page.ready();
}
