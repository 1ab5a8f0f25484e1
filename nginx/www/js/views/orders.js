/* All orders of whoever is here, newest first. */

import { get, withQuery } from '../api.js';
import { announce, h } from '../dom.js';
import { setBusy } from '../form.js';
import { money, when } from '../money.js';
import { empty, loading, skeleton } from '../parts.js';
import * as session from '../session.js';
import { problemWords, stateWords } from '../words.js';

const PER_PAGE = 20;

export function stateBadge(state) {
  const { text, mood } = stateWords(state);
  return h('span', { class: `state ${mood}` }, text);
}

function row(order) {
  const more = order.items_n - 1;
  const title = more > 0 ? `${order.title} and ${more} more` : order.title;
  return h('li', { class: 'order-row' },
    h('div', null, h('a', { class: 'order-link', href: `#/orders/${order.order_id}` }, title), h('p', { class: 'muted' }, when(order.created_at))),
    stateBadge(order.state), h('strong', { class: 'order-total' }, money(order.total, order.currency)));
}

function moreButton(list, cursor, signal) {
  let next = cursor;
  const told = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'button', class: 'button quiet' }, 'Show older orders');
  const box = h('div', { class: 'load-more' }, button, told);
  button.addEventListener('click', async () => {
    if (button.classList.contains('busy')) return;
    setBusy(button, true);
    told.textContent = '';
    try {
      const answer = await get(withQuery('/v1/orders', { limit: PER_PAGE, cursor: next }), { as: 'either', signal });
      const rows = answer.items.map(row);
      list.append(...rows);
      rows[0]?.querySelector('a').focus();
      announce(`${rows.length} more orders.`);
      next = answer.next_cursor;
      if (!next) box.remove();
    } catch (problem) {
      if (!signal.aborted) told.textContent = problemWords(problem);
    } finally {
      setBusy(button, false);
    }
  });
  return box;
}

/* "#/orders". */
export async function orders(page) {
  page.title('Your orders');
  const account = session.account();
  if (!account && !session.guest()) {
    page.put(empty('Your orders', 'Sign in to see them, or order something first.', h('a', { class: 'button primary', href: '#/sign-in?next=/orders' }, 'Sign in'), h('a', { class: 'button', href: '#/' }, 'Look around')));
    page.ready();
    return;
  }
  page.put(loading('Loading your orders', h('div', { class: 'narrow' }, skeleton('row-shape', 4))));
  const answer = await get(withQuery('/v1/orders', { limit: PER_PAGE }), { as: 'either', signal: page.signal });
  if (answer.items.length === 0) {
    page.put(empty('No orders yet', 'When you have ordered something, you find it here.', h('a', { class: 'button primary', href: '#/' }, 'Look around')));
  } else {
    const list = h('ul', { class: 'order-list' }, answer.items.map(row));
    page.put(h('div', { class: 'narrow' }, h('h1', { tabindex: -1 }, 'Your orders'),
      !account && h('p', { class: 'muted' }, 'What you ordered as a guest in this browser.'), list, answer.next_cursor && moreButton(list, answer.next_cursor, page.signal)));
  }
  page.ready();
}
