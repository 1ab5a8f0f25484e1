/* The shop's staff: orders of all buyers, found and filtered. What an account may do is said by its roles; the shop checks them itself. */

import { get, withQuery } from '../api.js';
import { announce, h } from '../dom.js';
import { check, emailRule, field, onSubmit, problemBox, setBusy, tell } from '../form.js';
import { money, when } from '../money.js';
import { empty, loading, skeleton } from '../parts.js';
import { go, goInstead } from '../router.js';
import * as session from '../session.js';
import { problemWords, stateWords } from '../words.js';
import { stateBadge } from './orders.js';

const PER_PAGE = 30;
const STATES = ['PENDING_PAYMENT', 'PAID', 'ON_HOLD', 'PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CANCELLING', 'CANCELLED', 'CLOSING', 'CLOSED'];
const VIEWS = [['#/staff', 'Orders', ['merchant', 'support', 'admin']], ['#/staff/returns', 'Returns', ['merchant', 'support', 'admin']], ['#/staff/flash', 'Flash sales', ['merchant', 'admin']], ['#/staff/money', 'Money', ['support', 'admin', 'ops']], ['#/staff/rules', 'Rules', ['support', 'admin']]];

export const AS = { as: 'account' };
export const may = (...roles) => roles.some((role) => (session.account()?.roles ?? []).includes(role));

/* Sends away who is no staff; true for those who are. */
export function admitted(page, ...roles) {
  if (!session.account()) goInstead(`#/sign-in?next=${encodeURIComponent(location.hash.slice(1))}`);
  else if (!may(...roles)) {
    page.put(empty('For the shop’s staff', 'Your account does not have the role for this.', h('a', { class: 'button', href: '#/' }, 'To the shop')));
    page.ready();
  } else return true;
  return false;
}

/* The frame of the staff's views. */
export function frame(title, ...children) {
  const here = location.hash.split('?')[0];
  return h('div', { class: 'staff' },
    h('nav', { class: 'filter', 'aria-label': 'Staff' }, h('ul', { class: 'chips' }, VIEWS.filter(([, , roles]) => may(...roles)).map(([href, text]) => h('li', null, h('a', { class: 'chip', href, 'aria-current': href === here ? 'page' : null }, text))))),
    h('h1', { tabindex: -1 }, title), children);
}

function row(order) {
  const more = order.items_n - 1;
  return h('li', { class: 'order-row' },
    h('div', null, h('a', { class: 'order-link', href: `#/staff/orders/${order.order_id}` }, more > 0 ? `${order.title} and ${more} more` : order.title),
      h('p', { class: 'muted' }, [order.name, order.country, order.contact_email].filter(Boolean).join(' · ')), h('p', { class: 'muted small' }, `${when(order.created_at)} · ${order.order_id}`)),
    stateBadge(order.state), h('strong', { class: 'order-total' }, money(order.total, order.currency)));
}

/* A list that goes on: rows for what `load(cursor)` gives, and a button for more. */
export async function growing(load, rowOf, nothing, signal) {
  const first = await load(null);
  if (first.items.length === 0) return [h('p', { class: 'muted' }, nothing), first];
  const list = h('ul', { class: 'order-list' }, first.items.map(rowOf));
  let next = first.next_cursor;
  const told = h('p', { class: 'error', role: 'alert' });
  const button = h('button', { type: 'button', class: 'button quiet' }, 'Show more');
  const box = h('div', { class: 'load-more' }, button, told);
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled')) return;
    setBusy(button, true);
    told.textContent = '';
    try {
      const answer = await load(next);
      const rows = answer.items.map(rowOf);
      list.append(...rows);
      rows[0]?.querySelector('a, button')?.focus();
      announce(`${rows.length} more.`);
      next = answer.next_cursor;
      if (!next) box.remove();
    } catch (problem) {
      if (!signal.aborted) told.textContent = problemWords(problem);
    } finally {
      setBusy(button, false);
    }
  });
  return [h('div', null, list, next && box), first];
}

function filters(query) {
  const box = problemBox();
  const state = field({ name: 'state', label: 'State', optional: true, control: h('select', null, h('option', { value: '' }, 'Any'), STATES.map((one) => h('option', { value: one, selected: one === query.get('state') }, stateWords(one).text))) });
  const email = field({ name: 'email', label: 'E-mail', optional: true, type: 'email', autocomplete: 'off', maxlength: 254, rule: emailRule, value: query.get('email') ?? '' });
  const from = field({ name: 'from', label: 'Placed from', optional: true, type: 'date', value: query.get('from') ?? '' });
  const to = field({ name: 'to', label: 'Placed before', optional: true, type: 'date', value: query.get('to') ?? '' });
  const fields = [state, email, from, to];
  const button = h('button', { class: 'button primary', type: 'submit' }, 'Show orders');
  const form = h('form', { class: 'refine-form staff-filters', novalidate: true }, box.node, h('div', { class: 'fields' }, fields.map((one) => one.node)), h('p', { class: 'actions' }, button, [...query].length > 0 && h('a', { class: 'button quiet', href: '#/staff' }, 'Clear')));
  onSubmit(form, button, async () => {
    box.hide();
    if (check(fields)) go(withQuery('#/staff', Object.fromEntries(fields.map((one) => [one.name, one.value]))));
  });
  return { node: form, tell: (problem) => tell(problem, fields, box) };
}

/* "#/staff": the order of a number typed alone opens by itself. */
export async function staff(page) {
  page.title('Orders');
  if (!admitted(page, 'merchant', 'support', 'admin')) return;
  const { query, signal } = page;
  page.put(loading('Loading orders', h('div', { class: 'narrow' }, skeleton('row-shape', 5))));
  const form = filters(query);
  const load = (cursor) => get(withQuery('/v1/admin/orders', { ...Object.fromEntries(query), limit: PER_PAGE, cursor }), { ...AS, signal });
  try {
    const [list, first] = await growing(load, row, 'No order is like that.', signal);
    page.put(frame('Orders', form.node, first.away?.length > 0 && h('p', { class: 'notice', role: 'status' }, 'A part of the shop did not answer in time, so orders may be missing here. Please look again in a moment.'), list));
  } catch (problem) {
    if (problem.status !== 400) throw problem;
    page.put(frame('Orders', form.node));
    form.tell(problem);
  }
  page.ready();
}
